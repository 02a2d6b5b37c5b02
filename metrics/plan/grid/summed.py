"""Targets of one length, each time once: the sum of the rows of a window, without those of people of whom it is known
that they lack some in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from metrics.calendar.days import Pieces
from metrics.calendar.units import MONTHS, add_units, months_between, unit_start
from metrics.model.schema import Calendar, TargetFields
from metrics.plan.bound import Condition
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure as Aggregate
from metrics.plan.compile.prepared import Prepared
from metrics.plan.grid.group import Cell, Happened
from metrics.plan.grid.tiling import SEPARATOR
from metrics.plan.target_periods import SetTargets

__all__ = ["Lacking", "Summed", "lacking_of", "sums"]


@dataclass(frozen=True, slots=True)
class Lacking:
    """People whose targets do not cover a bucket, which begins on `start` and ends before `end` (None: the window)."""

    people: frozenset[str]
    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Summed:
    """`field`: that says the metric of a row. `pieces`: of the window, whole periods of the targets; None: all time.
    `left`: who is left out. `told`: that somebody is has to be said, though maybe of none of these rows."""

    metric: str
    field: str
    pieces: Pieces | None
    left: tuple[Lacking, ...]
    told: bool

    def cell(self, place: Cell) -> Cell:
        """Where it is aggregated: the rows of the metric that begin in the window."""
        spans = tuple((start, end) for start, end in self.pieces or () if end is not None)
        days = None if self.pieces is None else Happened(spans)
        return replace(place, days=days, conditions=(*place.conditions, Condition(self.field, "in", (self.metric,))))

    def aggregates(self, prepared: Prepared, as_of: dt.date) -> tuple[Aggregate, Aggregate | None]:
        """The sum; and whose rows are left out, as those of `Tiling` say it."""
        fields = prepared.model.targets
        assert fields is not None
        left = nodes.any_of(_meets(one, prepared, fields, as_of) for one in self.left)
        total, said = sums(prepared, as_of, left)
        return total, said if self.told else None


def sums(prepared: Prepared, as_of: dt.date, left: Node | None) -> tuple[Aggregate, Aggregate]:
    """The sum of all rows but those that are `left` out, and whose these are."""
    fields = prepared.model.targets
    assert fields is not None
    amount = prepared.field(fields.amount, as_of)
    said: Node = nodes.cast(exp.Null(), exp.DType.TEXT)
    if left is not None:
        amount = exp.Case(ifs=[exp.If(this=left, true=exp.Null())], default=amount)
        word = exp.DPipe(this=nodes.text("parts:"), expression=prepared.field(fields.person, as_of))
        found = exp.Case(ifs=[exp.If(this=left.copy(), true=word)])
        said = exp.GroupConcat(this=found, separator=nodes.text(SEPARATOR))  # whoever reads it takes each once
    used = (fields.dataset,)
    return (
        Aggregate("target", exp.Sum(this=amount), fields.dataset, used, filled=False),
        Aggregate("target said", said, fields.dataset, used, filled=False),
    )


def lacking_of(known: SetTargets, pieces: Pieces | None, grain: str | None, calendar: Calendar) -> tuple[Lacking, ...]:
    """Who lacks targets in a window (None: all time), bucket by bucket. Nobody does where one target is enough: they
    have it or no row; nor of all time as a whole: then all are taken that there are."""
    first, last = known.first, known.last
    if not known.gaps or first is None or last is None or (pieces is None and grain is None):
        return ()
    spans = [(max(a or first, first), min(b or last, last)) for a, b in pieces or ((first, last),)]
    found: dict[dt.date | None, set[str]] = {}
    for gap in known.gaps:
        for start, end in spans:
            for bucket in _buckets(max(start, gap.start), min(end, gap.end), grain, calendar):
                found.setdefault(bucket, set()).add(gap.person)
    (unit,) = known.periods
    made = []
    for bucket, people in found.items():
        after = add_units(bucket, grain, 1) if bucket is not None and grain is not None else None
        held = [(max(a, bucket or a), min(b, after or b)) for a, b in spans]
        if sum(months_between(a, b) for a, b in held if a < b) > MONTHS[unit]:
            made.append(Lacking(frozenset(people), bucket, after))
    return tuple(made)


def _buckets(start: dt.date, end: dt.date, grain: str | None, calendar: Calendar) -> Iterator[dt.date | None]:
    """The first days of those that hold a day from the one to before the other; None: the window as a whole."""
    if grain is None and start < end:
        yield None
    while grain is not None and start < end:
        yield (bucket := unit_start(start, grain, calendar))
        start = add_units(bucket, grain, 1)


def _meets(one: Lacking, prepared: Prepared, fields: TargetFields, as_of: dt.date) -> Node:
    """Whether a row is theirs."""
    made: list[Node] = [nodes.in_list(prepared.field(fields.person, as_of), sorted(one.people))]
    if one.start is not None and one.end is not None:
        made.append(exp.GTE(this=prepared.field(fields.start, as_of), expression=nodes.date(one.start)))
        made.append(exp.LT(this=prepared.field(fields.start, as_of), expression=nodes.date(one.end)))
    both = nodes.all_of(made)
    assert both is not None
    return both
