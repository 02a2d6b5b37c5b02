"""People and Slack users of the same e-mail are tied together, so that digests find their way, timezone and
language. A tie is a note of what was decided, never the decision: each use decides anew (`admission`)."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection

from slack_sdk.web.async_client import AsyncWebClient

from bot.admission import Account, Ties, account_of, admit
from bot.state import State
from bot.state.links import BY_EMAIL
from metrics.people import Org

__all__ = ["link_by_email"]

_PAGE = 200


async def link_by_email(
    client: AsyncWebClient, state: State, org: Org, *, homes: Collection[str], today: dt.date, at: dt.datetime
) -> int:
    """Go through the workspace's users once; returns how many people were tied. What an admin tied or untied stays;
    what was tied by e-mail and is right no more is untied.

    Raises SlackApiError when the users may not be listed.
    """
    links = await asyncio.to_thread(state.links.all)
    if not org.by_email and not any(link.person for link in links):
        return 0
    accounts = await _accounts(client)
    ties = Ties(links)
    wanted: dict[str, Account] = {}  # person -> the account that speaks for them; the one tied already stays
    for account in sorted(accounts, key=lambda a: getattr(ties.of(a.user), "person", None) is None):
        link = ties.of(account.user)
        if link is not None and link.explicit:
            continue
        person = admit(account, ties, org=org, homes=homes, today=today).person
        if person is not None:
            wanted.setdefault(person.id, account)
        if link is not None and link.person is not None and wanted.get(link.person) != account:
            await asyncio.to_thread(state.links.link, account.user, None, at=at)
    tied = 0
    for person_id, account in wanted.items():
        link = ties.of(account.user)
        if link is None or link.person != person_id:
            await asyncio.to_thread(_tie, state, account, person_id, at)
            tied += 1
    return tied


async def _accounts(client: AsyncWebClient) -> list[Account]:
    found: list[Account] = []
    cursor = ""
    while True:
        page = await client.users_list(limit=_PAGE, cursor=cursor, include_locale=True)
        found += [account_of(user) for user in page["members"]]
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return found


def _tie(state: State, account: Account, person: str, at: dt.datetime) -> None:
    state.links.link(account.user, person, at=at, by=BY_EMAIL)
    state.links.profile(account.user, timezone=account.timezone, language=account.language, at=at)
