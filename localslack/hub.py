"""The wire between the workspace and the app: which events go out, how, and the short-lived permits (trigger ids,
response URLs) that come with them."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from localslack import payloads
from localslack.faults import Faults
from localslack.http_delivery import deliver_http
from localslack.ledger import Conversation, Ledger
from localslack.refusals import Json, SlackRefusal
from localslack.socket_mode import Delivery, SocketMode

__all__ = ["DEFAULT_EVENTS", "Hook", "Hub"]

DEFAULT_EVENTS = frozenset(
    {
        "app_mention",
        "message.im",
        "message.channels",
        "message.groups",
        "app_home_opened",
        "user_change",
        "member_joined_channel",
        "member_left_channel",
    }
)
_MESSAGE_KINDS = {"channel": "message.channels", "group": "message.groups", "im": "message.im", "mpim": "message.mpim"}


@dataclass(slots=True)
class Hook:
    """A response_url: 5 uses in 30 minutes, for the conversation and person it was made for."""

    conversation: str
    user: str
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 5
    until: float = field(default_factory=lambda: time.monotonic() + 1800)


class Hub:
    """`events`: the bot events the app subscribes to, as its manifest names them. With `request_url` payloads go out as
    signed HTTP requests instead of over the socket. `trigger_life` is in seconds (Slack: 3)."""

    def __init__(
        self,
        ledger: Ledger,
        socket: SocketMode,
        faults: Faults,
        *,
        events: frozenset[str] = DEFAULT_EVENTS,
        trigger_life: float = 3.0,
    ) -> None:
        self.ledger = ledger
        self.socket = socket
        self.faults = faults
        self.events = events
        self.trigger_life = trigger_life
        self.base_url = ""
        self.request_url = ""
        self.signing_secret = "local-signing-secret"
        self.hooks: dict[str, Hook] = {}
        self._triggers: dict[str, tuple[str, float]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def background(self, work: Coroutine[Any, Any, Any]) -> None:
        """Runs on while the caller goes on; a reference is kept, as the loop keeps none."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stops everything still under way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def deliver(self, kind: str, payload: Json, *, accepts_response: bool = False) -> Delivery:
        """One payload to the app by its transport, retried as Slack retries events."""
        if not self.request_url:
            return await self.socket.deliver(kind, payload, accepts_response=accepts_response)
        pauses = (0.0, *self.socket.retry_pauses) if kind == "events_api" else (0.0,)
        for attempt, pause in enumerate(pauses):
            await asyncio.sleep(pause)
            sent = await deliver_http(self.request_url, self.signing_secret, kind, payload, retry_num=attempt)
            if sent.acked:
                return Delivery(True, sent.payload, attempt + 1)
        return Delivery(False, attempts=len(pauses))

    def emit(self, event: Json) -> None:
        """Sends an event when the app subscribes to it."""
        name = _MESSAGE_KINDS.get(event.get("channel_type", ""), "") if event["type"] == "message" else event["type"]
        if name in self.events:
            self.background(self.deliver("events_api", payloads.event_callback(self.ledger, event)))

    def emit_message(self, conversation: Conversation, message: Json) -> None:
        """The events of a new message: `message`, and `app_mention` when the app is named in a channel."""
        app_user = self.ledger.app.user_id
        if app_user not in conversation.members:
            return
        event = payloads.message_event(conversation, message)
        self.emit(event)
        mentions = f"<@{app_user}>" in message.get("text", "") or f"<@{app_user}|" in message.get("text", "")
        if mentions and conversation.kind != "im" and message.get("user") != app_user:
            mention = {k: v for k, v in event.items() if k != "channel_type"} | {"type": "app_mention"}
            self.emit(mention)

    def emit_changed(self, conversation: Conversation, subtype: str, fields: Json) -> None:
        """`message_changed` or `message_deleted`."""
        if self.ledger.app.user_id in conversation.members:
            ts = self.ledger.new_ts()
            body = {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, **fields}
            self.emit(payloads.message_event(conversation, body))

    def new_trigger(self, user_id: str) -> str:
        """A trigger_id: one use, for a few seconds."""
        trigger = f"{int(time.time())}.{uuid.uuid4().hex}"
        self._triggers[trigger] = (user_id, time.monotonic() + self.trigger_life)
        return trigger

    def use_trigger(self, trigger: str | None) -> str:
        """The user id it was made for. Raises invalid_trigger_id, expired_trigger_id or exchanged_trigger_id."""
        if not trigger or trigger not in self._triggers:
            raise SlackRefusal("invalid_trigger_id" if trigger else "invalid_arguments")
        user_id, until = self._triggers[trigger]
        if not user_id:
            raise SlackRefusal("exchanged_trigger_id")
        if time.monotonic() > until:
            raise SlackRefusal("expired_trigger_id")
        self._triggers[trigger] = ("", until)
        return user_id

    def new_response_url(self, hook: Hook) -> str:
        """Registers a response_url and gives its address."""
        secret = uuid.uuid4().hex
        self.hooks[secret] = hook
        return f"{self.base_url}/hooks/{secret}"
