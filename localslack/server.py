"""`LocalWorkspace`: one Slack-compatible workspace on the loopback interface."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from localslack.desk import Desk
from localslack.driver import Driver
from localslack.faults import Faults
from localslack.hub import DEFAULT_EVENTS, Hub
from localslack.ledger import Ledger
from localslack.page_api import Control, PageApi
from localslack.roster import App, WorkspaceChannel, WorkspaceUser
from localslack.socket_mode import SocketMode
from localslack.views import Views
from localslack.web_api import DEFAULT_SCOPES, Tokens, WebApi

__all__ = ["LocalWorkspace"]


class LocalWorkspace(Driver):
    """A workspace that an unmodified Slack app connects to: give its client `api_url` and the `tokens`.

    `controls`: name -> coroutine function, shown as buttons in the page's clock bar; what it returns is shown as a
    notice. `clock`: seconds since the epoch (message times follow it); `timezone`: IANA zone the clock bar shows.
    `scopes`, `events`, `commands`: what the app's manifest asks for; `commands` None takes any. Timings are Slack's own
    unless told otherwise: `ack_within`, `trigger_life` and `retry_pauses` in seconds.
    """

    def __init__(
        self,
        people: Sequence[WorkspaceUser],
        channels: Sequence[WorkspaceChannel],
        *,
        controls: Mapping[str, Control] | None = None,
        clock: Callable[[], float] = time.time,
        timezone: str = "UTC",
        app: App | None = None,
        scopes: frozenset[str] = DEFAULT_SCOPES,
        events: frozenset[str] = DEFAULT_EVENTS,
        commands: frozenset[str] | None = None,
        ack_within: float = 3.0,
        trigger_life: float = 3.0,
        retry_pauses: Sequence[float] = (0.0, 60.0, 300.0),
        seconds_between_posts: float | None = None,
    ) -> None:
        ledger = Ledger(people, channels, app=app or App(), clock=clock)
        views = Views(ledger)
        self.faults = Faults(seconds_between_posts)
        self.socket = SocketMode(app_id=ledger.app.app_id, ack_within=ack_within, retry_pauses=retry_pauses)
        self.hub = Hub(ledger, self.socket, self.faults, events=events, trigger_life=trigger_life)
        super().__init__(ledger, Desk(self.hub, views, commands), views)
        self.tokens = Tokens(users={user.id: f"xoxp-local-{user.id}" for user in people})
        self.web_api = WebApi(self.hub, views, self.tokens, scopes)
        self.page = PageApi(self, controls or {}, timezone)
        self.url = ""
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    @property
    def api_url(self) -> str:
        """The base URL for a Slack client, as in SLACK_API_URL."""
        return f"{self.url}/api/"

    @property
    def signing_secret(self) -> str:
        return self.hub.signing_secret

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> str:
        """Listens; gives the page's URL. Raises OSError when the port is taken."""
        application = web.Application(client_max_size=20 * 1024 * 1024)
        self.web_api.add_routes(application)
        application.router.add_get("/link/", self.socket.handle)
        self.page.add_routes(application)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        assert self._runner.server is not None
        try:
            self._listening = await asyncio.get_running_loop().create_server(self._runner.server, host, port)
        except OSError:
            await self._runner.cleanup()
            raise
        bound = self._listening.sockets[0].getsockname()[1]
        self.url = self.hub.base_url = f"http://{host}:{bound}"
        return self.url

    async def stop(self) -> None:
        """Closes every connection and the port."""
        await self.hub.close()
        await self.page.close()
        await self.socket.close()
        if self._runner is None or self._listening is None:
            return
        # First let nobody in any more and finish with those at the door: asyncio loses a connection that is accepted in
        # the
        # very moment in which the server is closed.
        for listening in self._listening.sockets:
            asyncio.get_running_loop().remove_reader(listening.fileno())
        await asyncio.sleep(0.02)
        self._listening.close()
        await self._runner.cleanup()
        self._runner = self._listening = None

    async def wait_connected(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Until the app's socket is there. Raises TimeoutError."""
        await self.socket.wait_connected(timeout)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Sends the app Slack's disconnect frame."""
        await self.socket.disconnect(reason)

    def use_http(self, request_url: str) -> Callable[[], Awaitable[None]]:
        """From now on payloads go to this request URL as signed requests; gives the function that ends it."""
        self.hub.request_url = request_url

        async def back() -> None:
            self.hub.request_url = ""

        return back
