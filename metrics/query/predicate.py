"""Conditions: on rows (a field) or on groups (a measure). Which of the two is a matter of what stands in them: "deals
over 10k" is about a field of each row, "regions over 10k" about a number of each group."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from metrics.query.family import Family
from metrics.query.measure import Measure
from metrics.query.query import Scope, Value
from metrics.query.when import All, When

__all__ = ["And", "Compare", "In", "Known", "Not", "Or", "Predicate", "Test", "Whose", "Within", "needed"]

Op = Literal["lt", "le", "gt", "ge", "eq", "ne", "between"]


class Predicate(Family, root=True):
    """A condition. On a row or group for which it cannot be told (n/a) it does not hold, and neither does its
    negation."""


class And(Predicate):
    kind: ClassVar[str] = "and"
    of: tuple[Predicate, ...] = Field(min_length=1, max_length=20)


class Or(Predicate):
    kind: ClassVar[str] = "or"
    of: tuple[Predicate, ...] = Field(min_length=1, max_length=20)


class Not(Predicate):
    kind: ClassVar[str] = "not"
    of: Predicate


class In(Predicate):
    """A field of the row is one of the members; None is the "(none)" member. `out`: is none of them, and rows without
    a member stay unless None is listed."""

    kind: ClassVar[str] = "in"
    field: str
    values: tuple[Value, ...] = Field(min_length=1, max_length=10_000)
    out: bool = False


class Compare(Predicate):
    """A field of the row against a value of its type (a date as ISO text: whole days). `between` takes both ends in."""

    kind: ClassVar[str] = "compare"
    field: str
    op: Op
    value: Value
    upper: Value = None

    @model_validator(mode="after")
    def _ends(self) -> Self:
        _check_ends(self.op, self.upper)
        return self


def needed(all_of: And) -> Predicate:
    """Without comparisons that hold wherever another one of the same field does."""
    kept = tuple(p for p in all_of.of if not any(_follows(p, other) for other in all_of.of))
    return kept[0] if len(kept) == 1 else all_of if kept == all_of.of else And(of=kept)


def _follows(one: Predicate, other: Predicate) -> bool:
    if not (isinstance(one, Compare) and isinstance(other, Compare)) or one.field != other.field:
        return False
    mine, its = one.value, other.value
    if not isinstance(mine, (int, float)) or not isinstance(its, (int, float)):
        return False
    over, under = {"gt", "ge"}, {"lt", "le"}
    return ({one.op, other.op} <= over and its > mine) or ({one.op, other.op} <= under and its < mine)


class Within(Predicate):
    """A date of the row lies in a period, which stays symbolic: opened last month, due this week. Whole days, also
    those to come, however far the data goes: it is a mark like others."""

    kind: ClassVar[str] = "within"
    field: str
    period: When


class Test(Predicate):
    """A measure of the group against a number or another measure. Fractions for percents (0.4, not 40)."""

    kind: ClassVar[str] = "test"
    of: Measure
    op: Op
    value: FiniteFloat | Measure
    upper: FiniteFloat | Measure | None = None

    @model_validator(mode="after")
    def _ends(self) -> Self:
        _check_ends(self.op, self.upper)
        return self


class Known(Predicate):
    """A measure of the group has a value, zero or any other. Its negation is n/a: "who has no target". Of every group
    it can be told."""

    kind: ClassVar[str] = "known"
    of: Measure


class Whose(Predicate):
    """The row is that of a member of `field` of whom `having` holds: "customers who bought", "who bought both" (two
    tests in one And), "who did not" (its negation), "the ten best customers of last year". `having` is a condition on
    groups, worked out for every member over `period` and `scope`, whatever else is asked; so "did not" holds of members
    without any rows. A row without a member ("(none)") is nobody's: neither this nor its negation holds."""

    kind: ClassVar[str] = "whose"
    field: str
    having: Predicate
    period: When = All()
    scope: Scope = "all"


def _check_ends(op: Op, upper: object) -> None:
    if (op == "between") != (upper is not None):
        raise ValueError("between, and nothing else, takes an upper end")
