"""Who a Slack account is: the one decision behind every door, every time. Pure: what Slack says of the account, what
was tied by whom, the organisation, the day.

A stored tie skips no check, and what an admin says opens no door to another workspace.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.state.links import Link
from metrics.people import Org, Person, email_key

__all__ = ["Account", "Admission", "Ties", "Why", "account_of", "admit", "language_of_locale", "person_by_email"]

Why = Literal["in", "deleted", "foreign", "bot", "guest", "left", "unknown"]

_LONGEST_ZONE = 64


@dataclass(frozen=True, slots=True)
class Account:
    """What Slack says about a user. `homes`: the workspace and, on Enterprise Grid, the organisation it belongs to;
    `stranger`: Slack says itself that it is of another workspace. `guest`: of one or several channels."""

    user: str
    name: str = ""
    email: str | None = None
    timezone: str | None = None
    language: str | None = None
    homes: tuple[str, ...] = ()
    stranger: bool = False
    deleted: bool = False
    bot: bool = False
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Admission:
    """`person` is None unless `why` is "in". Accounts that are deleted, and apps of this workspace, read nothing;
    everybody else who is not in still reads what is said in a channel."""

    person: Person | None
    why: Why

    def speaks_for(self, person_id: str) -> bool:
        return self.person is not None and self.person.id == person_id

    @property
    def reads(self) -> bool:
        return self.why not in ("deleted", "bot")


class Ties:
    """Stored links, as far as they matter for the accounts that are asked about."""

    def __init__(self, links: Iterable[Link]) -> None:
        self._of_user: dict[str, Link] = {}
        self._holder: dict[str, str] = {}  # person -> the user that somebody said is them
        for link in links:
            self._of_user[link.slack_user] = link
            if link.explicit and link.person is not None:
                self._holder[link.person] = link.slack_user

    def of(self, user: str) -> Link | None:
        return self._of_user.get(user)

    def free_for(self, person: str, user: str) -> bool:
        """Nobody said that this person is another user."""
        return self._holder.get(person, user) == user


def admit(account: Account, ties: Ties, *, org: Org, homes: Collection[str], today: dt.date) -> Admission:
    """Whom the account speaks for. `homes`: the workspace this app is installed in, and its organisation; `today`: the
    organisation's date."""
    if account.deleted:
        return Admission(None, "deleted")
    if account.stranger or not set(account.homes) & set(homes):
        return Admission(None, "foreign")
    if account.bot:
        return Admission(None, "bot")
    link = ties.of(account.user)
    said = link is not None and link.explicit
    if account.guest and not said:
        return Admission(None, "guest")
    if link is not None and said:
        person = org.people.get(link.person) if link.person is not None else None
    else:
        person = person_by_email(account, org)
        if person is not None and not ties.free_for(person.id, account.user):
            person = None
    if person is None:
        return Admission(None, "guest" if account.guest else "unknown")
    if person.active_to is not None and person.active_to < today:
        return Admission(None, "left")
    return Admission(person, "in")


def person_by_email(account: Account, org: Org) -> Person | None:
    """The only person with the account's address."""
    found = org.by_email.get(email_key(account.email), ()) if account.email else ()
    return found[0] if len(found) == 1 else None


def account_of(user: Mapping[str, object]) -> Account:
    """From Slack's user object."""
    inner, grid = user.get("profile"), user.get("enterprise_user")
    profile = inner if isinstance(inner, Mapping) else {}
    enterprise = grid.get("enterprise_id") if isinstance(grid, Mapping) else None
    identifier, zone = str(user["id"]), str(user.get("tz") or "")
    shown = profile.get("display_name") or user.get("real_name") or profile.get("real_name") or user.get("name")
    return Account(
        user=identifier,
        name=str(shown or ""),
        email=str(profile.get("email") or "").strip() or None,
        timezone=zone if 0 < len(zone) <= _LONGEST_ZONE else None,
        language=language_of_locale(str(user.get("locale") or "")),
        homes=tuple(str(home) for home in (user.get("team_id"), enterprise) if home),
        stranger=bool(user.get("is_stranger")),
        deleted=bool(user.get("deleted")),
        bot=bool(user.get("is_bot")) or identifier == "USLACKBOT",
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
    )


def language_of_locale(locale: str | None) -> str | None:
    """ "zh-CN" → "zh"; None for languages that Paceline does not speak."""
    spoken = (locale or "")[:2].lower()
    return spoken if spoken in ("en", "zh") else None
