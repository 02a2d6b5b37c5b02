"""Rules over the algebra, all at once: a column for each thing that is watched, then every rule against its member.

A rule watches a measure of one person, team or region, or of each of them. However many rules there are, each measure
of a period is read once for all people, once for all teams, once for all regions, and side by side with the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Any, Literal, Protocol

from pydantic import field_validator

from metrics.errors import UserError
from metrics.many import Many
from metrics.model.schema import Model
from metrics.people import Org, Person
from metrics.query import Frozen
from metrics.query.asked import Asked
from metrics.query.family import Family
from metrics.query.measure import Measure
from metrics.query.predicate import Predicate
from metrics.query.when import When
from schedules.rules import Op, Reading, Step, stays, step
from schedules.state.rules import MemberState, Rules, state_of

__all__ = ["Moved", "NumbersOfMany", "Watch", "Watched", "moved", "watched"]

_REASON = "alert rules"
_NEVER = astuple(MemberState(0, ""))  # seen
Per = Literal["rep", "team", "region"]


class NumbersOfMany(Protocol):
    """What is needed of `metrics.Metrics`."""

    @property
    def model(self) -> Model: ...
    @property
    def org(self) -> Org: ...
    def tell_groups(
        self,
        questions: Sequence[Asked],
        people: Sequence[Person],
        members: Mapping[str, Sequence[Asked]],
        as_of: dt.datetime,
        *,
        reason: str,
    ) -> tuple[Many, dict[str, Many]]: ...


class Watch(Frozen):
    """`measure` over `period` and the rows of `where`, against `threshold` (fractions for percents). `member`: the
    person's id, the team or the region; None: each of them. `remind`: working days after which it is said again."""

    measure: Measure
    period: When
    where: Predicate | None = None
    op: Op
    threshold: float
    per: Per = "rep"
    member: str | None = None
    remind: int | None = None

    @field_validator("measure", "period", "where", mode="after")
    @classmethod
    def _shared(cls, part: Family | None) -> Family | None:
        """Equal parts of many rules are one object, so that what is asked alike is found without comparing it."""
        return None if part is None else _one(part)


@lru_cache(4096)
def _one(part: Family) -> Family:
    return part


@dataclass(frozen=True)
class Watched:
    """Rule -> member -> number; n/a is None, a member of whom nothing may be told is not there. `refused`: why a rule
    measures nothing at all."""

    values: Mapping[int, Mapping[str, float | None]]
    refused: Mapping[int, UserError]


@dataclass(frozen=True, slots=True)
class Moved:
    """A member of a rule that stands elsewhere than before, or of which something is to be said."""

    rule: int
    old: MemberState
    step: Step


def watched(numbers: NumbersOfMany, watches: Mapping[int, Watch], as_of: dt.datetime) -> Watched:
    """Measure all rules at once. Reps are told what each would be told; teams and regions are read whole: whoever
    passes a number on asks first who may see it."""
    columns = _columns(watches)
    reps = columns.pop("rep")
    groups = {per: some for per, some in columns.items() if some}
    fields = {per: _field(numbers.model, per) for per in groups}
    own, others = numbers.tell_groups(
        [c.asked for c in reps],
        _people(numbers.org, reps),
        {fields[per]: [c.asked for c in groups[per]] for per in groups},
        as_of,
        reason=_REASON,
    )
    values: dict[int, Mapping[str, float | None]] = {}
    refused: dict[int, UserError] = {}
    for many, some in ((own, reps), *((others[fields[per]], groups[per]) for per in groups)):
        for column in some:
            column.share_out(many, values, refused)
    return Watched(values, refused)


def moved(
    rules: Rules,
    watches: Mapping[int, Watch],
    found: Watched,
    today: dt.date,
    *,
    at: dt.datetime,
    days_since: Callable[[dt.date], int],
) -> Iterator[Moved]:
    """What changes by these numbers; states are read in one statement, and saved by the caller in the transaction that
    also writes the alerts."""
    before = rules.standing(found.values.keys())
    for number, members in found.values.items():
        watch = watches[number]
        for member, value in members.items():
            was = before.get((number, member), _NEVER)
            if stays(watch, value, was[4], fired=was[2], snoozed=was[6] is not None):
                continue
            old = MemberState(number, member) if was is _NEVER else state_of(was)
            made = step(watch, old, Reading(value), today, at=at, days_since=days_since)
            if made.transition is not None or made.state != old:
                yield Moved(number, old, made)


# --- inside ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Column:
    """What is asked for some rules that watch the same."""

    asked: Asked
    rules: list[tuple[int, str | None]]  # number, member

    def share_out(
        self, many: Many, values: dict[int, Mapping[str, float | None]], refused: dict[int, UserError]
    ) -> None:
        """Give each rule the numbers of its members, or the reason why there are none."""
        names = many.columns(self.asked)
        if not names and (error := many.refusal(self.asked, "")) is not None:
            refused |= {number: error for number, _ in self.rules}
            return
        column: Any = many.column(self.asked, names[-1]).by_person() if names else {}
        for number, member in self.rules:
            if member is None:
                values[number] = column
            else:
                values[number] = {member: column[member]} if member in column else {}


def _columns(watches: Mapping[int, Watch]) -> dict[Per, list[_Column]]:
    made: dict[Per, dict[tuple[int, int, int], _Column]] = {"rep": {}, "team": {}, "region": {}}
    for number, watch in watches.items():
        columns, same = made[watch.per], (id(watch.measure), id(watch.period), id(watch.where))
        if same not in columns:
            scope = "me" if watch.per == "rep" else "all"
            asked = Asked(show=(watch.measure,), period=watch.period, where=watch.where, scope=scope)
            columns[same] = _Column(asked, [])
        columns[same].rules.append((number, watch.member))
    return {per: list(columns.values()) for per, columns in made.items()}


def _people(org: Org, columns: Sequence[_Column]) -> list[Person]:
    members = {member for column in columns for _, member in column.rules}
    return [p for p in org.people.values() if p.sells and (None in members or p.id in members)]


def _field(model: Model, per: Per) -> str:
    people = model.people
    assert people is not None, "a rule is accepted only where there are people"
    field = people.team if per == "team" else people.region
    assert field is not None, "a rule for teams or regions is accepted only where there are some"
    return field
