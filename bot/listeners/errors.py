"""The one error handler: any error of any listener becomes one reply, and what is our fault is logged whole."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ask import log_internal
from bot.conversation import Conversation
from bot.listeners.places import place_of_body
from bot.posting import post
from bot.render.replies import line_post
from bot.signed_http import VERIFIED
from bot.wording import language_of
from metrics.errors import UserError

__all__ = ["register"]

log = logging.getLogger("paceline.slack")

# Replying would fail the same way.
UNREACHABLE = (
    "invalid_auth",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "not_authed",
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "ratelimited",
    "missing_scope",
    "messages_tab_disabled",
)


def register(app: AsyncApp, conversation: Conversation) -> None:
    async def failed(error: Exception, req: AsyncBoltRequest, body: dict[str, Any], client: AsyncWebClient) -> None:
        if req.mode == "http" and not req.context.get(VERIFIED):
            log_internal(error)  # anybody may have sent this: not a word of it is believed
            return
        place = place_of_body(body)
        own = conversation.identities.language_of(place.user) if place is not None else None
        written = str((body.get("event") or body).get("text") or "")
        words = conversation.words(language_of(written, own or conversation.runtime.settings.language))
        said = words.error(error) if isinstance(error, UserError) else words.internal(log_internal(error))
        if isinstance(error, SlackApiError) and error.response.get("error") in UNREACHABLE:
            return
        if place is not None:
            await post(client, place.only_asker(), line_post(said))

    app.error(failed)
