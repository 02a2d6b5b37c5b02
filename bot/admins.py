"""Telling the admins something by direct message."""

from __future__ import annotations

import asyncio
import logging

from slack_sdk.web.async_client import AsyncWebClient

from bot.posting import Place, direct_message, post
from bot.render.replies import line_post
from bot.runtime import Runtime
from bot.slack_calls import is_passing
from bot.wording import say
from metrics.errors import DeliveryError
from schedules.selection import admins

__all__ = ["tell_admins"]

log = logging.getLogger("paceline.admins")


async def tell_admins(client: AsyncWebClient, runtime: Runtime, sentence: str, /, **fields: object) -> None:
    """Say it to every admin who is linked to a Slack user. What cannot be delivered is in the log only."""
    log.warning("%s", say("en", sentence, **fields))
    for user, language in await asyncio.to_thread(_admins, runtime):
        try:
            place = await direct_message(client, Place("", user))
            await post(client, place, line_post(say(language, sentence, **fields)))
        except DeliveryError as error:
            log.warning("an admin could not be told (%s): %s", "for now" if is_passing(error) else "at all", error)


def _admins(runtime: Runtime) -> list[tuple[str, str]]:
    """(Slack user, language) of each."""
    today = runtime.local_date(runtime.clock.now())
    people = admins(runtime.metrics.org, runtime.state.links.roles(), today)
    links = {link.person: link for link in runtime.state.links.all() if link.person is not None}
    default = runtime.settings.language
    return [(links[p.id].slack_user, p.language or links[p.id].language or default) for p in people if p.id in links]
