"""What the page asks and is told: a snapshot for one person, a stream of changes, and what that person does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from localslack.ledger import Change, Conversation
from localslack.refusals import Json, SlackRefusal

if TYPE_CHECKING:
    from localslack.driver import Driver

__all__ = ["Control", "PageApi"]

Control = Callable[[], Awaitable[str | None]]
_ASSETS = Path(__file__).parent / "page"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_POLICY = (
    "default-src 'self'; img-src 'self' data: https:; connect-src 'self' ws:; style-src 'self' 'unsafe-inline';"
    " frame-ancestors 'none'"
)


class PageApi:
    """Routes / (the page), /page/… (assets), /client/… (JSON and one WebSocket per open page)."""

    def __init__(self, driver: Driver, controls: Mapping[str, Control], timezone: str) -> None:
        self._driver = driver
        self._ledger = driver.ledger
        self._controls = dict(controls)
        self._timezone = timezone
        self._streams: dict[web.WebSocketResponse, tuple[str, asyncio.Queue[Change]]] = {}
        self._prompts: dict[str, Json] = {}
        self._ledger.watch(self._spread)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._index)
        app.router.add_get("/page/{name}", self._asset)
        app.router.add_get("/client/state", self._state)
        app.router.add_get("/client/stream", self._stream)
        app.router.add_post("/client/{deed}", self._do)

    def _spread(self, change: Change) -> None:
        if change.kind == "prompts":
            self._prompts[change.channel] = change.body
        for user_id, queue in self._streams.values():
            if change.user is not None:
                wanted = change.user == user_id
            else:
                conversation = self._ledger.conversations.get(change.channel)
                wanted = conversation is None or user_id in conversation.members or conversation.kind == "channel"
            if wanted:
                queue.put_nowait(change)

    async def _index(self, _: web.Request) -> web.Response:
        return self._file("index.html")

    async def _asset(self, request: web.Request) -> web.Response:
        return self._file(request.match_info["name"])

    def _file(self, name: str) -> web.Response:
        known = {path.name: path for path in _ASSETS.iterdir() if path.suffix in _TYPES}
        if name not in known:
            return web.Response(status=404)
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY}
        return web.Response(
            text=known[name].read_text("utf-8"), content_type=_TYPES[known[name].suffix], headers=headers
        )

    def _conversation(self, conversation: Conversation, user_id: str) -> Json:
        others = [m for m in conversation.members if m != user_id]
        return {
            "id": conversation.id,
            "name": conversation.name,
            "kind": conversation.kind,
            "topic": conversation.topic,
            "members": conversation.members,
            "with": others[0] if conversation.kind == "im" and others else None,
            "messages": [_shown(m) for m in conversation.seen_by(user_id)][-500:],
            "prompts": self._prompts.get(conversation.id),
        }

    def _news(self, user_id: str) -> Json:
        """Where the person's DM with the app is and when it last had a message: the page marks who has news."""
        dm = self._ledger.app_dm(user_id)
        return {"dm": dm.id, "latest": dm.messages[-1]["ts"] if dm.messages else None}

    async def _state(self, request: web.Request) -> web.Response:
        ledger, app = self._ledger, self._ledger.app
        user_id = request.query.get("user") or next(iter(ledger.users))
        if user_id not in ledger.users:
            return web.json_response({"ok": False, "error": "user_not_found"}, status=404)
        ledger.app_dm(user_id)
        body = {
            "ok": True,
            "team": app.team_name,
            "app": {"id": app.user_id, "name": app.name},
            "me": user_id,
            "users": [
                {
                    "id": u.id,
                    "name": u.name,
                    "title": u.title,
                    "tz": u.tz,
                    "locale": u.locale,
                    "front": u.up_front,
                    **self._news(u.id),
                }
                for u in ledger.users.values()
            ],
            "suggestions": list(ledger.users[user_id].suggestions),
            "conversations": [
                self._conversation(c, user_id) for c in ledger.conversations.values() if user_id in c.members
            ],
            "commands": sorted(self._driver.desk.commands or ()),
            "modal": self._driver.views.modal(user_id),
            "home": self._driver.views.home(user_id),
            "clock": ledger.clock(),
            "timezone": self._timezone,
            "controls": list(self._controls),
        }
        return web.Response(text=json.dumps(body, ensure_ascii=False), content_type="application/json")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if not _same_origin(request):
            return web.Response(status=403)
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        queue: asyncio.Queue[Change] = asyncio.Queue()
        self._streams[socket] = (request.query.get("user", ""), queue)
        sender = asyncio.get_running_loop().create_task(self._send(socket, queue))
        try:
            async for frame in socket:
                if frame.type == WSMsgType.ERROR:
                    break
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            self._streams.pop(socket, None)
        return socket

    async def _send(self, socket: web.WebSocketResponse, queue: asyncio.Queue[Change]) -> None:
        while True:
            change = await queue.get()
            body = {
                "kind": change.kind,
                "channel": change.channel,
                "body": _shown(change.body),
                "clock": self._ledger.clock(),
            }
            await socket.send_str(json.dumps(body, ensure_ascii=False))

    async def _do(self, request: web.Request) -> web.Response:
        if not _same_origin(request) or request.content_type != "application/json":
            return web.json_response({"ok": False, "error": "invalid_origin"}, status=403)
        given: Json = await request.json()
        try:
            result = await self._deed(request.match_info["deed"], given)
        except SlackRefusal as refusal:
            return web.json_response(refusal.as_json())
        return web.json_response({"ok": True, **result})

    async def _deed(self, deed: str, given: Json) -> Json:
        desk, user = self._driver.desk, str(given.get("user", ""))
        match deed:
            case "say":
                return {"message": desk.say(user, given["channel"], given["text"], thread_ts=given.get("thread_ts"))}
            case "slash":
                return {
                    "acked": (await desk.slash(user, given["channel"], given["command"], given.get("text", ""))).acked
                }
            case "act" if given.get("view_id"):
                done = await desk.act_in_view(
                    user,
                    given["view_id"],
                    given["block_id"],
                    given["action_id"],
                    given.get("value"),
                    given.get("entered"),
                )
                return {"acked": done.acked}
            case "act":
                done = await desk.act(
                    user, given["channel"], given["ts"], given["block_id"], given["action_id"], given.get("value")
                )
                return {"acked": done.acked}
            case "submit":
                return {"errors": await desk.submit(user, given.get("entered") or {})}
            case "close":
                await desk.close_modal(user)
            case "app":
                desk.open_app(user, given.get("tab", "home"))
            case "control":
                return {"notice": await self._control(str(given.get("name"))), "clock": self._ledger.clock()}
            case _:
                raise SlackRefusal("unknown_method")
        return {}

    async def _control(self, name: str) -> str | None:
        if name not in self._controls:
            raise SlackRefusal("unknown_method")
        notice = await self._controls[name]()
        self._ledger.announce(Change("clock"))
        return notice

    async def close(self) -> None:
        """Closes every page's stream."""
        for socket in tuple(self._streams):
            await socket.close()


def _shown(message: Json) -> Json:
    # Metadata is for the app, never for a reader.
    return {key: value for key, value in message.items() if key not in ("metadata", "client_msg_id")}


def _same_origin(request: web.Request) -> bool:
    """Only this page may act: another site open in the same browser must not post as somebody here."""
    origin = request.headers.get("Origin")
    allowed: set[Any] = {None, f"http://{request.host}"}
    return origin in allowed and request.host.split(":")[0] in ("127.0.0.1", "localhost")
