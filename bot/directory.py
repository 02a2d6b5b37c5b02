"""People and Slack users of the same e-mail are tied together, so that digests find their way, timezone and
language."""

from __future__ import annotations

import asyncio
import datetime as dt

from slack_sdk.web.async_client import AsyncWebClient

from bot.identity import language_of_locale
from bot.state import State
from metrics.people import Org

__all__ = ["link_by_email"]

_PAGE = 200


async def link_by_email(client: AsyncWebClient, state: State, org: Org, *, at: dt.datetime) -> int:
    """Go through the workspace's users once; returns how many people were tied. What an admin tied or untied stays.

    Raises SlackApiError when the users may not be listed.
    """
    known = await asyncio.to_thread(state.links.all)
    by_user = {link.slack_user: link for link in known}
    taken = {link.person for link in known if link.person is not None}
    by_email: dict[str, set[str]] = {}
    for person in org.people.values():
        if person.email and person.id not in taken:
            by_email.setdefault(person.email.casefold(), set()).add(person.id)
    tied, cursor = 0, ""
    while by_email:
        page = await client.users_list(limit=_PAGE, cursor=cursor, include_locale=True)
        for user in page["members"]:
            email = str((user.get("profile") or {}).get("email") or "").casefold()
            people = by_email.get(email, set())
            link = by_user.get(str(user["id"]))
            settled = link is not None and (link.person is not None or link.linked_by is not None)
            if user.get("deleted") or user.get("is_bot") or len(people) != 1 or settled:
                continue
            language = language_of_locale(user.get("locale"))
            await asyncio.to_thread(_tie, state, str(user["id"]), next(iter(people)), user.get("tz"), language, at)
            tied += 1
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return tied


def _tie(state: State, user: str, person: str, timezone: str | None, language: str | None, at: dt.datetime) -> None:
    state.links.link(user, person, at=at, by="e-mail")
    state.links.profile(user, timezone=timezone, language=language, at=at)
