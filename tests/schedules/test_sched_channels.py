"""What a channel may be told is decided by the policy that answers questions, not by a second opinion."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sched_world import model, people

from metrics.people import Org
from metrics.query import Relative
from schedules.selection import may_all_see


def told(members: dict[str, dict[str, object]], *, unknown: int = 0, visibility: str = "org_tree") -> bool:
    """Whether a channel of these people (with these changes to them) may be told the visits of everybody who sells."""
    everybody = people()
    everybody |= {i: dataclasses.replace(everybody[i], **changes) for i, changes in members.items()}  # type: ignore[arg-type]
    owners = [p for p in everybody.values() if p.sells]
    return may_all_see(
        model(visibility),
        Org(everybody),
        members=tuple(members),
        unknown=unknown,
        metric="visits",
        period=Relative(unit="month"),
        on=dt.date(2026, 3, 2),
        owners=owners,
        named="people",
    )


def test_who_sees_everything_by_rule() -> None:
    assert told({"ops": {}})


def test_a_role_alone_shows_nothing() -> None:
    """Answers go by `sees`; so do channels."""
    assert not told({"ops": {"sees": "own"}})
    assert not told({"ops": {"sees": "own", "role": "admin"}})


def test_a_field_that_only_ends_like_the_region_is_another_field() -> None:
    regions = ("East", "West")
    assert told({"ops": {"sees": (("reps.region", regions),)}})
    assert not told({"ops": {"sees": (("customers.region", regions),)}})


def test_strangers_are_told_nothing_even_where_everybody_may_see_everything() -> None:
    assert told({"a": {}}, visibility="everyone")
    assert not told({"a": {}}, visibility="everyone", unknown=1)
