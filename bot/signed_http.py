"""HTTP mode: one address that takes requests signed by Slack. Nothing in a request is read before its signature holds:
what cannot be verified is answered 401, and nothing else happens."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

__all__ = ["PATH", "VERIFIED", "signature_holds", "signed_listener"]

PATH = "/slack/events"
VERIFIED = "signature_verified"  # in the context of a request: it came in through this door
WINDOW_S = 300
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


def signed_listener(app: AsyncApp, secret: str, *, now: Callable[[], float] = time.time) -> web.Application:
    """The web application in front of the bolt app. `now`: seconds since the epoch."""

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        stamps = request.headers.getall("X-Slack-Request-Timestamp", [])
        signatures = request.headers.getall("X-Slack-Signature", [])
        if not signature_holds(secret, stamps, signatures, body, now=now()):
            return web.json_response({"error": "invalid request"}, status=401)
        if not _is_payload(body, request.content_type):
            return web.json_response({"error": "unreadable request"}, status=400)
        signed = AsyncBoltRequest(
            body=body.decode(),
            query=request.query_string,
            headers=dict(request.headers),
            context={VERIFIED: True},
        )
        return await to_aiohttp_response(await app.async_dispatch(signed))

    listener = web.Application()
    listener.router.add_post(PATH, receive)
    return listener


def signature_holds(
    secret: str, timestamps: Sequence[str], signatures: Sequence[str], body: bytes, *, now: float
) -> bool:
    """Whether exactly one timestamp, within five minutes of `now`, and exactly one signature of it and of these bytes
    came along. Never raises, whatever the headers hold."""
    if not secret.strip() or len(timestamps) != 1 or len(signatures) != 1:
        return False
    if _SECONDS.fullmatch(timestamps[0]) is None or abs(now - int(timestamps[0])) > WINDOW_S:
        return False
    signed = b"v0:" + timestamps[0].encode("ascii") + b":" + body
    expected = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode("ascii"), signatures[0].encode("utf-8", "replace"))


def _is_payload(body: bytes, content_type: str) -> bool:
    """Whether it is one of the two things Slack sends: a JSON object, or a form (of an interaction: with one in its
    field `payload`). The app's own parser raises on anything else."""
    try:
        text = body.decode()
        if content_type == "application/json" or text.startswith("{"):
            return isinstance(json.loads(text), dict)
        carried = dict(parse_qsl(text, keep_blank_values=True)).get("payload")
        return carried is None or isinstance(json.loads(carried), dict)
    except (ValueError, RecursionError):
        return False
