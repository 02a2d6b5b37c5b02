"""Who a Slack user is, and who reads a channel."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from bot_answers import ANNA, MAYA, ORG

from bot.admission import language_of_locale
from bot.clock import MovableClock
from bot.identity import Identities
from bot.settings import Settings
from bot.state import open_state

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


class FakeSlack:
    """The few Web API methods identities need, with every call counted."""

    def __init__(self) -> None:
        self.users = {
            "UA": {"id": "UA", "tz": "Asia/Shanghai", "locale": "zh-CN", "profile": {"email": "ANNA@acme.example"}},
            "UM": {"id": "UM", "tz": "Europe/Berlin", "locale": "de-DE", "profile": {"email": "maya@acme.example"}},
            "UX": {"id": "UX", "locale": "en-US", "profile": {"email": "x@elsewhere.example"}},
            "UB": {"id": "UB", "is_bot": True, "profile": {}},
            **{f"U{n}": {"id": f"U{n}", "profile": {"email": f"{n}@elsewhere.example"}} for n in range(10)},
        }
        for user in self.users.values():
            user["team_id"] = "T1"
        self.members = ["UA", "UM", "UB"]
        self.calls: list[str] = []
        self.asked_who_it_is = 0

    async def auth_test(self) -> dict[str, Any]:
        self.asked_who_it_is += 1
        return {"team_id": "T1", "enterprise_id": "E1"}

    async def users_info(self, *, user: str, include_locale: bool) -> dict[str, Any]:
        self.calls.append("users_info")
        return {"user": self.users[user]}

    async def users_list(self, *, limit: int, cursor: str, include_locale: bool) -> dict[str, Any]:
        self.calls.append("users_list")
        everyone = list(self.users.values())
        return {
            "members": everyone[7:] if cursor else everyone[:7],
            "response_metadata": {"next_cursor": "" if cursor else "more"},
        }

    async def conversations_members(self, *, channel: str, limit: int, cursor: str) -> dict[str, Any]:
        self.calls.append("conversations_members")
        half = len(self.members) // 2
        return {
            "members": self.members[half:] if cursor else self.members[:half],
            "response_metadata": {"next_cursor": "" if cursor else "more"},
        }

    async def conversations_info(self, *, channel: str) -> dict[str, Any]:
        return {"channel": {"name": "sales"}}


@pytest.fixture
def office() -> Any:
    state = open_state("sqlite://")
    clock = MovableClock(NOW)
    runtime: Any = SimpleNamespace(
        metrics=SimpleNamespace(org=ORG),
        state=state,
        clock=clock,
        settings=Settings(members_ttl_s=300),
        local_date=lambda at: at.date(),
    )
    yield SimpleNamespace(slack=FakeSlack(), identities=Identities(runtime), state=state, clock=clock)
    state.close()


async def test_by_email_whatever_its_case(office: Any) -> None:
    speaker = await office.identities.speaker(office.slack, "UA")
    assert (speaker.person, speaker.language, speaker.name) == (ANNA, "zh", "Anna Li")
    assert office.state.links.get("UA").timezone == "Asia/Shanghai"
    stranger = await office.identities.speaker(office.slack, "UX")
    assert stranger.person is None and stranger.language == "en"


async def test_an_admins_word_goes_before_the_email(office: Any) -> None:
    office.state.links.link("UX", "p2", at=NOW, by="m1")
    assert (await office.identities.speaker(office.slack, "UX")).person.id == "p2"
    office.state.links.link("UA", None, at=NOW, by="m1")
    assert (await office.identities.speaker(office.slack, "UA")).person is None


async def test_profiles_are_asked_for_once_until_they_change(office: Any) -> None:
    for _ in range(3):
        await office.identities.speaker(office.slack, "UA")
    assert office.slack.calls == ["users_info"]
    office.slack.users["UA"]["profile"]["email"] = "maya@acme.example"
    office.identities.forget_user("UA")
    assert (await office.identities.speaker(office.slack, "UA")).person == MAYA


async def test_members_of_a_channel(office: Any) -> None:
    office.slack.members = ["UA", "UM", "UB", "UX"]
    audience = await office.identities.audience(office.slack, "C1")
    assert {p.id for p in audience.members} == {"p1", "m1"} and audience.unknown == 1 and audience.name == "sales"
    assert office.state.channels.get("C1").unknown == 1
    office.slack.members = ["UA"]
    assert (await office.identities.audience(office.slack, "C1")).unknown == 1  # remembered
    office.identities.forget_channel("C1")
    assert (await office.identities.audience(office.slack, "C1")).unknown == 0
    office.slack.members = ["UA", "UX"]
    office.clock.advance(dt.timedelta(seconds=301))
    assert (await office.identities.audience(office.slack, "C1")).unknown == 1


async def test_a_large_channel_is_looked_up_in_the_directory(office: Any) -> None:
    office.slack.members = [f"U{n}" for n in range(10)] + ["UA"]
    audience = await office.identities.audience(office.slack, "C1")
    assert audience.unknown == 10 and "users_info" not in office.slack.calls
    assert office.slack.calls.count("users_list") == 2


@pytest.mark.parametrize(
    ("locale", "language"), [("zh-CN", "zh"), ("en-GB", "en"), ("de-DE", None), (None, None), ("", None)]
)
def test_locales(locale: str | None, language: str | None) -> None:
    assert language_of_locale(locale) == language


async def test_the_email_of_somebody_from_another_workspace_ties_nobody(office: Any) -> None:
    """Slack Connect: their workspace may say any e-mail. On Enterprise Grid other workspaces of the organisation are
    ours."""

    anna = office.slack.users["UA"]
    office.slack.users["UF"] = {**anna, "id": "UF", "team_id": "T9"}
    office.slack.users["UH"] = {**anna, "id": "UH", "team_id": "T1"}
    office.slack.users["UG"] = {**anna, "id": "UG", "team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}
    assert (await office.identities.speaker(office.slack, "UF")).person is None
    assert (await office.identities.speaker(office.slack, "UH")).person == ANNA
    assert (await office.identities.speaker(office.slack, "UG")).person == ANNA
    assert office.slack.asked_who_it_is == 1
    office.slack.members = ["UH", "UF"]
    audience = await office.identities.audience(office.slack, "C1")
    assert (audience.members, audience.unknown) == ((ANNA,), 1)
    office.state.links.link("UF", "p1", at=NOW, by="m1")  # an admin's word opens no door to another workspace
    assert (await office.identities.speaker(office.slack, "UF")).person is None
