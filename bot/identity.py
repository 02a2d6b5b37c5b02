"""Who a Slack user is, and who reads a channel."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.runtime import Runtime
from metrics.people import Audience, Person

__all__ = ["Identities", "Profile", "Speaker", "language_of_locale"]

PROFILES_TTL = dt.timedelta(hours=1)
DIRECTORY_FROM = 8  # unknown members from which one users.list is cheaper than asking for each
LOOKUPS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack says about a user. `robot`: an app or a user who has left; they read nothing. `homes`: the workspace
    and, on Enterprise Grid, the organisation the account belongs to."""

    user: str
    name: str = ""
    email: str | None = None
    timezone: str | None = None
    language: str | None = None
    robot: bool = False
    homes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who asks. `person` None: nobody the organisation knows. `language`: the one to use where none is spoken."""

    user: str
    person: Person | None
    language: str
    name: str = ""


class Identities:
    """Slack user → person: an admin's link first, else the e-mail of the Slack profile. Profiles and member lists are
    remembered for a while and forgotten when Slack says they changed. In a shared channel (Slack Connect) the e-mail of
    a guest from elsewhere is whatever their own workspace says: it ties nobody."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._profiles: dict[str, tuple[dt.datetime, Profile]] = {}
        self._channels: dict[str, tuple[dt.datetime, tuple[str, ...]]] = {}
        self._lookups = asyncio.Semaphore(LOOKUPS_AT_ONCE)
        self._homes: tuple[str, ...] | None = None  # of this app, asked for once

    async def speaker(self, client: AsyncWebClient, user: str) -> Speaker:
        profile = await self._profile(client, user)
        person = await self._person(client, profile)
        language = (person.language if person else None) or profile.language or self._runtime.settings.language
        return Speaker(user, person, language, person.name if person else profile.name)

    async def audience(self, client: AsyncWebClient, channel: str) -> Audience:
        """Everyone who reads the channel. Members that are no known person are counted: they may see nothing that
        depends on who one is. Raises SlackApiError when the members cannot be read (the bot is not in the channel)."""
        users = await self._members(client, channel)
        await self._load_directory(client, users)
        profiles = await asyncio.gather(*(self._profile(client, user) for user in users))
        people: dict[str, Person] = {}
        unknown = 0
        for profile in profiles:
            if profile.robot:
                continue
            person = await self._person(client, profile)
            if person is None:
                unknown += 1
            else:
                people[person.id] = person
        state, now = self._runtime.state, self._runtime.clock.now()
        known = await asyncio.to_thread(state.channels.get, channel)
        name = known.name if known else channel
        if known is None or known.members != tuple(sorted(people)) or known.unknown != unknown:
            name = known.name if known else await _channel_name(client, channel)
            await asyncio.to_thread(state.channels.remember, channel, name, sorted(people), unknown=unknown, at=now)
        return Audience.channel(people.values(), unknown=unknown, name=name)

    def forget_user(self, user: str) -> None:
        self._profiles.pop(user, None)

    def forget_channel(self, channel: str) -> None:
        self._channels.pop(channel, None)

    async def _person(self, client: AsyncWebClient, profile: Profile) -> Person | None:
        org = self._runtime.metrics.org
        link = await asyncio.to_thread(self._runtime.state.links.get, profile.user)
        if link is not None and link.person is not None:
            return org.people.get(link.person)
        untied = link is not None and link.linked_by is not None  # by an admin: the e-mail does not tie again
        if untied or profile.robot or not profile.email or await self._foreign(client, profile):
            return None
        email = profile.email.casefold()
        matches = [p for p in org.people.values() if p.email and p.email.casefold() == email]
        return matches[0] if len(matches) == 1 else None

    async def _foreign(self, client: AsyncWebClient, profile: Profile) -> bool:
        """Whether the account belongs to another workspace and to no organisation of ours."""
        if not profile.homes:
            return False
        if self._homes is None:
            own = await client.auth_test()
            self._homes = tuple(str(own[key]) for key in ("team_id", "enterprise_id") if own.get(key))
        return bool(self._homes) and not set(profile.homes) & set(self._homes)

    async def _profile(self, client: AsyncWebClient, user: str) -> Profile:
        now = self._runtime.clock.now()
        kept = self._profiles.get(user)
        if kept is not None and abs(now - kept[0]) < PROFILES_TTL:
            return kept[1]
        async with self._lookups:
            try:
                answer = await client.users_info(user=user, include_locale=True)
            except SlackApiError as error:
                if error.response.get("error") in ("user_not_found", "user_not_visible"):
                    return Profile(user)
                raise
        profile = _profile_of(answer["user"])
        await self._keep(profile, now)
        return profile

    async def _load_directory(self, client: AsyncWebClient, users: tuple[str, ...]) -> None:
        now = self._runtime.clock.now()
        missing = [u for u in users if (kept := self._profiles.get(u)) is None or abs(now - kept[0]) >= PROFILES_TTL]
        if len(missing) < DIRECTORY_FROM:
            return
        cursor = ""
        while True:
            page = await client.users_list(limit=200, cursor=cursor, include_locale=True)
            for user in page["members"]:
                await self._keep(_profile_of(user), now)
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def _members(self, client: AsyncWebClient, channel: str) -> tuple[str, ...]:
        now = self._runtime.clock.now()
        kept = self._channels.get(channel)
        if kept is not None and abs(now - kept[0]) < dt.timedelta(seconds=self._runtime.settings.members_ttl_s):
            return kept[1]
        users: list[str] = []
        cursor = ""
        while True:
            page = await client.conversations_members(channel=channel, limit=200, cursor=cursor)
            users += page["members"]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        self._channels[channel] = (now, tuple(users))
        return tuple(users)

    async def _keep(self, profile: Profile, now: dt.datetime) -> None:
        """Remember the profile; timezone and language also in the state, where schedules find them."""
        before = self._profiles.get(profile.user)
        self._profiles[profile.user] = (now, profile)
        if profile.robot or (before is not None and before[1] == profile):
            return
        await asyncio.to_thread(
            self._runtime.state.links.profile,
            profile.user,
            timezone=profile.timezone,
            language=profile.language,
            at=now,
        )


def language_of_locale(locale: str | None) -> str | None:
    """ "zh-CN" → "zh"; None for languages that Paceline does not speak."""
    spoken = (locale or "")[:2].lower()
    return spoken if spoken in ("en", "zh") else None


def _profile_of(user: dict[str, object]) -> Profile:
    inner = user.get("profile")
    profile = inner if isinstance(inner, dict) else {}
    identifier = str(user["id"])
    grid = user.get("enterprise_user")
    enterprise = grid.get("enterprise_id") if isinstance(grid, dict) else None
    return Profile(
        user=identifier,
        name=str(
            profile.get("display_name") or user.get("real_name") or profile.get("real_name") or user.get("name") or ""
        ),
        email=profile.get("email") or None,
        timezone=str(user["tz"]) if user.get("tz") else None,
        language=language_of_locale(str(user.get("locale") or "")),
        homes=tuple(str(home) for home in (user.get("team_id"), enterprise) if home),
        robot=bool(user.get("is_bot") or user.get("deleted") or identifier == "USLACKBOT"),
    )


async def _channel_name(client: AsyncWebClient, channel: str) -> str:
    info = await client.conversations_info(channel=channel)
    return str(info["channel"].get("name") or channel)
