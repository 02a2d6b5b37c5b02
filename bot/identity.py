"""Asking Slack who somebody is and who reads a channel, and remembering it for a while. What follows from it is decided
in `admission`."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.admission import Account, Admission, Ties, Why, account_of, admit, person_by_email
from bot.runtime import Runtime
from metrics.people import Audience, Person

__all__ = ["Identities", "Speaker"]

ACCOUNTS_TTL = dt.timedelta(hours=1)
DIRECTORY_FROM = 8  # unknown members from which one users.list is cheaper than asking for each
LOOKUPS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who asks. `person` None: nobody who is let in, and `why`. `language`: the one to use where none is spoken."""

    user: str
    person: Person | None
    language: str
    name: str = ""
    why: Why = "in"


class Identities:
    """Slack user → person. Accounts and member lists are remembered for a while and forgotten when Slack says they
    changed; who somebody is, is decided anew each time."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._accounts: dict[str, tuple[dt.datetime, Account]] = {}
        self._channels: dict[str, tuple[dt.datetime, tuple[str, ...]]] = {}
        self._lookups = asyncio.Semaphore(LOOKUPS_AT_ONCE)
        self._homes: tuple[str, ...] | None = None  # of this app, asked for once

    async def speaker(self, client: AsyncWebClient, user: str) -> Speaker:
        account = await self._account(client, user)
        admission = await self._admission(client, account)
        person = admission.person
        language = (person.language if person else None) or account.language or self._runtime.settings.language
        return Speaker(user, person, language, person.name if person else account.name, admission.why)

    async def standing(self, client: AsyncWebClient, user: str) -> Why:
        """Why the account is not let in, or "in": for telling an admin before it is linked."""
        return (await self._admission(client, await self._account(client, user))).why

    async def user_of(self, client: AsyncWebClient, person_id: str) -> str | None:
        """The account that speaks for a person, for messages to them: the one tied to them, else the one with their
        e-mail. None when there is none, or they have left. Raises SlackApiError "users_not_found"."""
        person = self._runtime.metrics.org.people.get(person_id)
        if person is None:
            return None
        link = await asyncio.to_thread(self._runtime.state.links.of_person, person_id)
        if link is not None:
            account = await self._account(client, link.slack_user)
            if (await self._admission(client, account)).speaks_for(person_id):
                return account.user
        if not person.email:
            return None
        found = account_of((await client.users_lookupByEmail(email=person.email))["user"])
        return found.user if (await self._admission(client, found)).speaks_for(person_id) else None

    async def audience(self, client: AsyncWebClient, channel: str) -> Audience:
        """Everyone who reads the channel. Members that are no known person are counted: they may see nothing that
        depends on who one is. Raises SlackApiError when the members cannot be read (the bot is not in the channel)."""
        users = await self._members(client, channel)
        await self._load_directory(client, users)
        accounts = await asyncio.gather(*(self._account(client, user) for user in users))
        ties = Ties(await asyncio.to_thread(self._runtime.state.links.all))
        homes = await self.homes(client)
        people: dict[str, Person] = {}
        unknown = 0
        for account in accounts:
            admission = self._admit(account, ties, homes)
            if admission.person is not None:
                people[admission.person.id] = admission.person
            elif admission.reads:
                unknown += 1
        state, now = self._runtime.state, self._runtime.clock.now()
        known = await asyncio.to_thread(state.channels.get, channel)
        name = known.name if known else channel
        if known is None or known.members != tuple(sorted(people)) or known.unknown != unknown:
            name = known.name if known else await _channel_name(client, channel)
            await asyncio.to_thread(state.channels.remember, channel, name, sorted(people), unknown=unknown, at=now)
        return Audience.channel(people.values(), unknown=unknown, name=name)

    def language_of(self, user: str) -> str | None:
        """Of a user who was asked about before; asks nobody."""
        kept = self._accounts.get(user)
        return kept[1].language if kept is not None else None

    def forget_user(self, user: str) -> None:
        self._accounts.pop(user, None)

    def forget_channel(self, channel: str) -> None:
        self._channels.pop(channel, None)

    async def homes(self, client: AsyncWebClient) -> tuple[str, ...]:
        """The workspace this app is installed in and, on Enterprise Grid, its organisation."""
        if self._homes is None:
            own = await client.auth_test()
            self._homes = tuple(str(own[key]) for key in ("team_id", "enterprise_id") if own.get(key))
        return self._homes

    async def _admission(self, client: AsyncWebClient, account: Account) -> Admission:
        homes = await self.homes(client)
        same = person_by_email(account, self._runtime.metrics.org)
        links = self._runtime.state.links
        ties = Ties(await asyncio.to_thread(links.about, account.user, same.id if same else None))
        return self._admit(account, ties, homes)

    def _admit(self, account: Account, ties: Ties, homes: tuple[str, ...]) -> Admission:
        today = self._runtime.local_date(self._runtime.clock.now())
        return admit(account, ties, org=self._runtime.metrics.org, homes=homes, today=today)

    async def _account(self, client: AsyncWebClient, user: str) -> Account:
        now = self._runtime.clock.now()
        kept = self._accounts.get(user)
        if kept is not None and abs(now - kept[0]) < ACCOUNTS_TTL:
            return kept[1]
        async with self._lookups:
            try:
                answer = await client.users_info(user=user, include_locale=True)
            except SlackApiError as error:
                if error.response.get("error") in ("user_not_found", "user_not_visible"):
                    return Account(user)
                raise
        account = account_of(answer["user"])
        await self._keep(account, now)
        return account

    async def _load_directory(self, client: AsyncWebClient, users: tuple[str, ...]) -> None:
        now = self._runtime.clock.now()
        missing = [u for u in users if (kept := self._accounts.get(u)) is None or abs(now - kept[0]) >= ACCOUNTS_TTL]
        if len(missing) < DIRECTORY_FROM:
            return
        cursor = ""
        while True:
            page = await client.users_list(limit=200, cursor=cursor, include_locale=True)
            for user in page["members"]:
                await self._keep(account_of(user), now)
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

    async def _keep(self, account: Account, now: dt.datetime) -> None:
        """Remember the account; timezone and language also in the state, where schedules find them."""
        before = self._accounts.get(account.user)
        self._accounts[account.user] = (now, account)
        if account.deleted or account.bot or (before is not None and before[1] == account):
            return
        await asyncio.to_thread(
            self._runtime.state.links.profile,
            account.user,
            timezone=account.timezone,
            language=account.language,
            at=now,
        )


async def _channel_name(client: AsyncWebClient, channel: str) -> str:
    info = await client.conversations_info(channel=channel)
    return str(info["channel"].get("name") or channel)
