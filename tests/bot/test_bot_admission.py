"""Who a Slack account is, as a table: every reason for and against, each also with a stored tie."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from bot.admission import Ties, account_of, admit
from bot.state.links import BY_EMAIL, Link
from metrics.people import Org, Person

TODAY = dt.date(2026, 3, 12)
ORG = Org(
    {
        p.id: p
        for p in (
            Person("a", "Anna", email="anna@acme.example"),
            Person("b", "Ben", email="Ben@Acme.Example"),
            Person("k", "Kate", email="kate@acme.example"),
            Person("s", "Strasse", email="strasse@acme.example"),
            Person("t1", "Tim", email="twins@acme.example"),
            Person("t2", "Tom", email="twins@acme.example"),
            Person("gone", "Gus", email="gus@acme.example", active_to=dt.date(2026, 3, 11)),
            Person("last", "Lea", email="lea@acme.example", active_to=TODAY),
            Person("boss", "Bea", email="bea@acme.example", role="admin"),
        )
    }
)
HOME, ELSEWHERE = {"team_id": "T1"}, {"team_id": "T9"}
ADMIN, MAIL = "boss", BY_EMAIL


def slack(email: str | None, **fields: Any) -> Mapping[str, object]:
    return {"id": "U1", "profile": {"email": email}, **HOME, **fields}


def who(user: Mapping[str, object], *links: Link) -> tuple[str | None, str]:
    found = admit(account_of(user), Ties(links), org=ORG, homes=("T1", "E1"), today=TODAY)
    return (found.person.id if found.person else None), found.why


def tied(person: str | None, by: str | None, user: str = "U1") -> Link:
    return Link(user, person, linked_by=by)


@pytest.mark.parametrize(
    ("user", "links", "expected"),
    [
        # by e-mail: any case of ASCII letters, one person only, nothing that merely looks alike
        (slack("anna@acme.example"), (), ("a", "in")),
        (slack(" BEN@acme.example "), (), ("b", "in")),
        (slack("\u212aate@acme.example"), (), (None, "unknown")),
        (slack("stra\u00dfe@acme.example"), (), (None, "unknown")),
        (slack("twins@acme.example"), (), (None, "unknown")),
        (slack(""), (), (None, "unknown")),
        (slack(None), (), (None, "unknown")),
        (slack("x@acme.example"), (), (None, "unknown")),
        # an admin's word goes before the e-mail, both ways, and a person is one user then
        (slack("anna@acme.example"), (tied("b", ADMIN),), ("b", "in")),
        (slack("anna@acme.example"), (tied(None, ADMIN),), (None, "unknown")),
        (slack("anna@acme.example"), (tied("a", ADMIN, "U2"),), (None, "unknown")),
        (slack("x@acme.example"), (tied("nobody", ADMIN),), (None, "unknown")),
        # a tie by e-mail is a note: it holds as long as the e-mail does
        (slack("anna@acme.example"), (tied("a", MAIL),), ("a", "in")),
        (slack("x@acme.example"), (tied("boss", MAIL),), (None, "unknown")),
        (slack("anna@acme.example"), (tied("boss", MAIL),), ("a", "in")),
        (slack("anna@acme.example"), (tied("a", MAIL, "U2"),), ("a", "in")),
        (slack("anna@acme.example"), (tied(None, MAIL),), ("a", "in")),
        (slack("x@acme.example"), (tied("boss", None),), (None, "unknown")),
        # another workspace: whatever is stored, whoever stored it
        *[
            (slack("bea@acme.example", **(ELSEWHERE | flags)), links, (None, "foreign"))
            for links in ((), (tied("boss", MAIL),), (tied("boss", ADMIN),))
            for flags in ({}, {"is_stranger": True}, {"enterprise_user": {"enterprise_id": "E9"}})
        ],
        (slack("bea@acme.example", is_stranger=True), (tied("boss", ADMIN),), (None, "foreign")),
        (slack("bea@acme.example", team_id=None), (tied("boss", ADMIN),), (None, "foreign")),
        (slack("bea@acme.example", team_id="T2", enterprise_user={"enterprise_id": "E1"}), (), ("boss", "in")),
        # guests: nobody, or whom an admin said
        *[
            (slack("anna@acme.example", **{flag: True}), links, expected)
            for flag in ("is_restricted", "is_ultra_restricted")
            for links, expected in (
                ((), (None, "guest")),
                ((tied("a", MAIL),), (None, "guest")),
                ((tied(None, ADMIN),), (None, "guest")),
                ((tied("b", ADMIN),), ("b", "in")),
            )
        ],
        # deleted accounts and apps, and people who have left
        (slack("anna@acme.example", deleted=True), (tied("a", ADMIN),), (None, "deleted")),
        (slack("anna@acme.example", is_bot=True), (tied("a", ADMIN),), (None, "bot")),
        (slack("gus@acme.example"), (), (None, "left")),
        (slack("gus@acme.example"), (tied("gone", ADMIN),), (None, "left")),
        (slack("x@acme.example", is_restricted=True), (tied("gone", ADMIN),), (None, "left")),
        (slack("lea@acme.example"), (), ("last", "in")),  # the last day is a day
    ],
)
def test_who_an_account_is(user: Mapping[str, object], links: tuple[Link, ...], expected: tuple[str, str]) -> None:
    assert who(user, *links) == expected


def test_who_is_not_let_in_may_still_read_a_channel() -> None:
    reads = {
        why: admit(account_of(user), Ties(()), org=ORG, homes=("T1",), today=TODAY).reads
        for why, user in {
            "deleted": slack("x", deleted=True),
            "app": slack("x", is_bot=True),
            "foreign app": slack("x", is_bot=True, **ELSEWHERE),
            "foreign": slack("x", **ELSEWHERE),
            "guest": slack("x", is_restricted=True),
            "left": slack("gus@acme.example"),
            "unknown": slack("x"),
        }.items()
    }
    assert {why for why, does in reads.items() if not does} == {"deleted", "app"}


@pytest.mark.parametrize("profile", [None, "text", {"email": 5}, {"display_name": None}, {}])
def test_an_odd_profile_is_somebody_unknown(profile: object) -> None:
    assert who({"id": "U1", "team_id": "T1", "profile": profile, "tz": "x" * 500, "locale": 7}) == (None, "unknown")
    assert account_of({"id": "U1", "tz": "x" * 500}).timezone is None
