"""HTTP mode: the same payloads as signed requests to an app's request URL, as Slack sends them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import aiohttp

from localslack.refusals import Json
from localslack.socket_mode import Delivery

__all__ = ["deliver_http", "signature", "signed_headers"]

STAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"


def signature(signing_secret: str, timestamp: str, body: bytes) -> str:
    """Slack's request signature: HMAC-SHA256 over `v0:timestamp:body`."""
    mac = hmac.new(signing_secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return "v0=" + mac.hexdigest()


def signed_headers(signing_secret: str, body: bytes, at: int | None = None) -> dict[str, str]:
    """The two headers of a signed request; `at`: seconds, None for now."""
    timestamp = str(int(time.time()) if at is None else at)
    return {STAMP: timestamp, SIGNATURE: signature(signing_secret, timestamp, body)}


async def deliver_http(
    url: str,
    signing_secret: str,
    kind: str,
    payload: Json,
    *,
    retry_num: int = 0,
    timeout_s: float = 3.0,
    at: int | None = None,
) -> Delivery:
    """One signed POST. `kind`: "events_api" (JSON), "interactive" (form field `payload`), "slash_commands" (form).

    `at` is the timestamp to sign, seconds; not acknowledged when the app is slow, refuses or cannot be reached.
    """
    if kind == "events_api":
        body, content_type = json.dumps(payload).encode(), "application/json"
    else:
        form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
        body, content_type = urlencode(form).encode(), "application/x-www-form-urlencoded"
    headers = {"Content-Type": content_type, **signed_headers(signing_secret, body, at)}
    if retry_num:
        headers |= {"X-Slack-Retry-Num": str(retry_num), "X-Slack-Retry-Reason": "http_timeout"}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout_s)) as session,
            session.post(url, data=body, headers=headers) as response,
        ):
            text = await response.text()
            if response.status != 200:
                return Delivery(False, attempts=1)
            if response.content_type == "application/json" and text.strip():
                return Delivery(True, json.loads(text), 1)
            return Delivery(True, {"text": text} if text.strip() else {}, 1)
    except (aiohttp.ClientError, TimeoutError):
        return Delivery(False, attempts=1)
