"""Rules over the algebra, all at once: a column for each thing that is watched, then every rule against its member.

A rule watches a measure of one person, team or region, or of each of them. However many rules there are, each measure
of a period is read once for all people, once for all teams, once for all regions, and side by side with the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

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
from schedules.rules import Op, Reading, Step, step
from schedules.state.rules import MemberState, Rules

__all__ = ["Moved", "NumbersOfMany", "Watch", "Watched", "moved", "watched"]

_REASON = "alert rules"
Per = Literal["rep", "team", "region"]


class NumbersOfMany(Protocol):
    """What is needed of `metrics.Metrics`."""

    @property
    def model(self) -> Model: ...
    @property
    def org(self) -> Org: ...
    def tell_many(self, questions: Sequence[Asked], people: Sequence[Person], as_of: dt.datetime) -> Many: ...
    def tell_members(self, questions: Sequence[Asked], field: str, as_of: dt.datetime, *, reason: str) -> Many: ...


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
    values: dict[int, Mapping[str, float | None]] = {}
    refused: dict[int, UserError] = {}
    for per in ("rep", "team", "region"):
        rules = {number: watch for number, watch in watches.items() if watch.per == per}
        if rules:
            _measure(numbers, per, rules, as_of, values, refused)
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
    before = rules.states_of(found.values.keys())
    for number, members in found.values.items():
        for member, value in members.items():
            old = before[number].get(member) or MemberState(number, member)
            made = step(watches[number], old, Reading(value), today, at=at, days_since=days_since)
            if made.transition is not None or made.state != old:
                yield Moved(number, old, made)


# --- inside ----------------------------------------------------------------------------------------------------------


def _measure(
    numbers: NumbersOfMany,
    per: Per,
    rules: Mapping[int, Watch],
    as_of: dt.datetime,
    values: dict[int, Mapping[str, float | None]],
    refused: dict[int, UserError],
) -> None:
    asking: dict[tuple[int, int, int], Asked] = {}
    asked: dict[int, Asked] = {}
    for number, watch in rules.items():
        same = (id(watch.measure), id(watch.period), id(watch.where))
        if same not in asking:
            scope = "me" if per == "rep" else "all"
            asking[same] = Asked(show=(watch.measure,), period=watch.period, where=watch.where, scope=scope)
        asked[number] = asking[same]
    many = _read(numbers, per, {w.member for w in rules.values()}, list(asking.values()), as_of)
    columns = {id(question): _column(many, question) for question in asking.values()}
    for number, watch in rules.items():
        column = columns[id(asked[number])]
        if isinstance(column, UserError):
            refused[number] = column
        elif watch.member is None:
            values[number] = column
        else:
            values[number] = {watch.member: column[watch.member]} if watch.member in column else {}


def _read(
    numbers: NumbersOfMany, per: Per, members: Collection[str | None], questions: Sequence[Asked], as_of: dt.datetime
) -> Many:
    fields = numbers.model.people
    assert fields is not None, "a rule is accepted only where there are people"
    if per == "rep":
        people = numbers.org.people.values()
        watched = [p for p in people if p.sells and (None in members or p.id in members)]
        return numbers.tell_many(questions, watched, as_of)
    field = fields.team if per == "team" else fields.region
    assert field is not None, "a rule for teams or regions is accepted only where there are some"
    return numbers.tell_members(questions, field, as_of, reason=_REASON)


def _column(many: Many, question: Asked) -> dict[str, float | None] | UserError:
    names = many.columns(question)
    if not names:
        error = many.refusal(question, "")
        return error if error is not None else {}
    column = many.column(question, names[-1])
    return dict(zip(column.people, column.values, strict=True))  # type: ignore[arg-type]
