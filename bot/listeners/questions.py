"""Mentions, direct messages, `/kpi` and buttons that ask: written down, then acknowledged, then answered.

A middleware, because bolt acknowledges an event before any listener of it runs.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.delivery_key import delivery_key
from bot.inbox import Inbox
from bot.listeners.places import place_of_action, place_of_command, place_of_event
from bot.questions import Question

__all__ = ["question_of", "register"]

Body = dict[str, Any]

_STEPS = re.compile(r"(?:step|choice|suggest)_\w+")
_NOTHING = "-"  # the value of a button that carries none: no question either, and no text
_WRITTEN = (None, "file_share")  # subtypes of a message that somebody wrote


def register(app: AsyncApp, inbox: Inbox) -> None:
    async def accept(
        body: Body, context: dict[str, Any], req: AsyncBoltRequest, next: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        own, signed_at = str(context.get("bot_user_id") or ""), req.headers.get("x-slack-request-timestamp", [""])[0]
        key = delivery_key(body, req.raw_body, signed_at) or uuid.uuid4().hex
        question = question_of(body, key=key, own=own, repeated=_repeated(req))
        if question is None:
            await next()
            return None
        # Not acknowledged while we are about to stop: Slack gives an event to another process then.
        taken = await inbox.accept(question, may_refuse="event" in body)
        return BoltResponse(status=200 if taken else 503, body="")

    app.middleware(accept)


def question_of(body: Body, *, key: str, own: str = "", repeated: bool = False) -> Question | None:
    """What a payload of Slack asks; None when it is no question. `key` tells one delivery from another."""
    event = body.get("event")
    if isinstance(event, dict):
        if not _asks(event):
            return None
        place = place_of_event(event)
        return Question(key, place.user, place, text=str(event.get("text") or ""), own=own, repeated=repeated)
    if body.get("command") == "/kpi":
        place = place_of_command(body)
        text = str(body.get("text") or "").strip() or "help"
        return Question(key, place.user, place, text=text, own=own)
    if body.get("type") == "block_actions":
        pressed = (body.get("actions") or [{}])[0]
        if _STEPS.fullmatch(str(pressed.get("action_id") or "")):
            user, value = str(body["user"]["id"]), str(pressed.get("value") or _NOTHING)
            return Question(key, user, place_of_action(body), value=value, own=own)
    return None


def _asks(event: Body) -> bool:
    if not (event.get("channel") and event.get("user") and event.get("ts")):
        return False
    if event.get("bot_id"):
        return False  # an app or a workflow: it asks for nobody
    if event.get("type") == "app_mention":
        return True
    direct = event.get("type") == "message" and event.get("channel_type") == "im"
    return direct and event.get("subtype") in _WRITTEN


def _repeated(request: AsyncBoltRequest) -> bool:
    return str((request.headers.get("x-slack-retry-num") or ["0"])[0]) not in ("", "0")
