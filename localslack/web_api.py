"""The HTTP face of the Web API: tokens, scopes, faults, and Slack's way of answering."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field

from aiohttp import web

from localslack.arguments import read_arguments
from localslack.hub import Hub
from localslack.methods import METHODS, SCOPES, Call
from localslack.methods.chat import respond
from localslack.refusals import Json, SlackRefusal
from localslack.views import Views

__all__ = ["DEFAULT_SCOPES", "Tokens", "WebApi"]

DEFAULT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "reactions:write",
        "users:read",
        "users:read.email",
    }
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the workspace takes: the app's bot token, its app-level token, and a token for each person."""

    bot: str = "xoxb-local-bot"
    app: str = "xapp-1-local-app"
    users: dict[str, str] = field(default_factory=dict)


class WebApi:
    """Routes /api/{method}, /hooks/{secret}, /upload/{file} and /files/…"""

    def __init__(self, hub: Hub, views: Views, tokens: Tokens, scopes: frozenset[str]) -> None:
        self._hub = hub
        self._views = views
        self._tokens = tokens
        self._scopes = scopes
        self.calls: list[tuple[str, Json]] = []  # every call with its arguments, for tests

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/hooks/{secret}", self._hook)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_get("/files/{file}/{name}", self._download)

    def _caller(self, token: str | None, method: str) -> tuple[str, str]:
        if not token:
            raise SlackRefusal("not_authed")
        if token in self._hub.faults.revoked:
            raise SlackRefusal("token_revoked")
        owners = {value: key for key, value in self._tokens.users.items()}
        if token == self._tokens.bot:
            needed = SCOPES.get(method, ())
            if needed and not self._scopes.intersection(needed):
                raise SlackRefusal("missing_scope", needed=needed[0], provided=",".join(sorted(self._scopes)))
            return self._hub.ledger.app.user_id, "bot"
        if token == self._tokens.app:
            if method not in ("apps.connections.open", "auth.test"):
                raise SlackRefusal("not_allowed_token_type")
            return self._hub.ledger.app.user_id, "app"
        if token in owners:
            return owners[token], "user"
        raise SlackRefusal("invalid_auth")

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method, faults = request.match_info["method"], self._hub.faults
        if faults.down or faults.take("refuse", method) is not None:
            return _break(request)
        if (status := faults.take("status", method)) is not None:
            return web.Response(status=int(str(status)), text="upstream connect error")
        try:
            token, arguments = await read_arguments(request)
            caller, kind = self._caller(token, method)
            self.calls.append((method, arguments))
            faults.check_before(method)
            if method not in METHODS:
                raise SlackRefusal("unknown_method", req_method=method)
            if (seconds := faults.take("delay", method)) is not None:
                await asyncio.sleep(float(str(seconds)))
            result = METHODS[method](Call(arguments, caller, kind, self._hub, self._views))
            text = json.dumps({"ok": True, **result}, ensure_ascii=False)
        except SlackRefusal as refusal:
            headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else None
            return web.json_response(refusal.as_json(), status=refusal.status, headers=headers)
        if faults.take("drop", method) is not None:
            return _break(request)
        return web.Response(
            text=text, content_type="application/json", headers={"x-oauth-scopes": ",".join(sorted(self._scopes))}
        )

    async def _hook(self, request: web.Request) -> web.Response:
        secret, faults = request.match_info["secret"], self._hub.faults
        if faults.down or faults.take("refuse", "response_url") is not None:
            return _break(request)
        if (status := faults.take("status", "response_url")) is not None:
            return web.Response(status=int(str(status)), text="upstream connect error")
        if (seconds := faults.take("delay", "response_url")) is not None:
            await asyncio.sleep(float(str(seconds)))
        hook = self._hub.hooks.get(secret)
        if hook is None:
            return web.Response(status=404, text="no_service")
        if hook.until < time.monotonic() or hook.uses <= 0:
            return web.Response(status=404, text="used_url" if hook.uses <= 0 else "expired_url")
        hook.uses -= 1
        try:
            _, body = await read_arguments(request)
            respond(self._hub, hook, body)
        except SlackRefusal as refusal:
            return web.Response(status=400 if refusal.error != "ratelimited" else 429, text=refusal.error)
        if faults.take("drop", "response_url") is not None:
            return _break(request)
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.Response:
        stored = self._hub.ledger.files.get(request.match_info["file"])
        if stored is None:
            return web.Response(status=404, text="file_not_found")
        if request.content_type.startswith("multipart/"):
            part = next((v for v in (await request.post()).values() if isinstance(v, web.FileField)), None)
            content = part.file.read() if part is not None else b""
        else:
            content = await request.read()
        if len(content) != stored.length:
            return web.Response(status=400, text="length mismatch")
        stored.content, stored.received = content, True
        return web.Response(text=f"OK - {len(content)}")

    async def _download(self, request: web.Request) -> web.Response:
        stored = self._hub.ledger.files.get(request.match_info["file"])
        if stored is None or not stored.received:
            return web.Response(status=404)
        # Always a download, never a page of this origin: the content is somebody's data.
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{request.rel_url.raw_parts[-1]}",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=stored.content, content_type="application/octet-stream", headers=headers)


def _break(request: web.Request) -> web.Response:
    if isinstance(request.transport, asyncio.Transport):
        request.transport.abort()
    return web.Response()
