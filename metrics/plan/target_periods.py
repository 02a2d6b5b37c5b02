"""For which periods the targets of each metric are set, and who has some of them but lacks others: read once from each
version of the data, everybody's rows, so that whoever asks is told the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from metrics.calendar.units import MONTHS, ONE_DAY, add_units, unit_start
from metrics.engines.protocol import Engine
from metrics.model.schema import TARGET_PERIODS, Calendar, Model, TargetFields
from metrics.people import Org, Person
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import Rows

__all__ = [
    "Gap",
    "SetTargets",
    "TargetPeriods",
    "day_of",
    "first_day",
    "period_text",
    "target_periods",
    "targets_of",
    "truncated",
]

_MOST = 1_000_000  # people times metrics
_MOST_GAPS = 10_000  # that are remembered, of a metric


@dataclass(frozen=True, slots=True)
class Gap:
    """Days [start, end), whole units, of which a person with targets of the metric needs one and has none."""

    person: str
    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class SetTargets:
    """The targets of a metric: the `periods` they are for, from the `first` day of anybody's to the day after the
    `last` (None: there are none). `gaps`: all of them; None where they are not known, because the targets are of
    several lengths, between dates or twice the same."""

    periods: frozenset[str] = frozenset()
    first: dt.date | None = None
    last: dt.date | None = None
    gaps: tuple[Gap, ...] | None = None


TargetPeriods = Mapping[str, SetTargets]  # by metric


def targets_of(model: Model, known: TargetPeriods, metric: str) -> SetTargets:
    """Those of a metric; where it has no row, of the one length that all are of, if they are."""
    if metric in known:
        return known[metric]
    fields = model.targets
    if fields is None or fields.mixed:
        return SetTargets()
    return SetTargets(frozenset((fields.period,)), gaps=() if fields.period in MONTHS else None)


def target_periods(prepared: Prepared, engine: Engine, org: Org, *, timeout_s: float) -> TargetPeriods:
    """One query, once per snapshot: a row for each metric, length and person."""
    fields = prepared.model.targets
    if fields is None:
        return {}
    tree = _held(prepared, fields)
    found = engine.query(engine.render(tree), timeout_s=timeout_s, max_rows=_MOST, tag="periods of targets")
    held: dict[str, list[_Held]] = {}
    for metric, period, person, *row in found.rows:
        who = None if person is None else str(person)
        held.setdefault(str(metric), []).append(_Held(period, who, *row))
    whole = not found.truncated
    return {metric: _set(rows, org, prepared.model.calendar, whole=whole) for metric, rows in held.items()}


# --- a row ------------------------------------------------------------------------------------------------------------


def first_day(rows: Rows, fields: TargetFields) -> Node:
    """Of the period of a row: a month begins on its first day, whichever the row gives."""
    day = day_of(rows, fields.start)
    if fields.period == "month":
        return truncated(day, "month")
    if not fields.mixed:
        return day
    monthly = exp.EQ(this=period_text(rows, fields.period), expression=nodes.text("month"))
    return exp.Case(ifs=[exp.If(this=monthly, true=truncated(day_of(rows, fields.start), "month"))], default=day)


def period_text(rows: Rows, field_id: str) -> Node:
    """The length that a row says, however it is spelled."""
    return exp.Lower(this=exp.Trim(this=rows.field(field_id)))


def day_of(rows: Rows, field_id: str) -> Node:
    return nodes.cast(rows.field(field_id), exp.DType.DATE)


def truncated(day: Node, unit: str) -> Node:
    made = exp.DateTrunc(this=day, unit=exp.Var(this=unit.upper()))  # type: ignore[no-untyped-call]
    return nodes.cast(made, exp.DType.DATE)


# --- what is held -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Held:
    """Targets of one length that a person has of a metric: first days from `first` to `last`, so many rows, `distinct`
    of them; `end`: the last day of any between dates. `days`: the first days, where there are others in between."""

    period: str
    person: str | None
    first: dt.date | None
    last: dt.date | None
    end: dt.date | None
    rows: int
    distinct: int
    days: str | None

    def after(self) -> dt.date | None:
        """The day after the last."""
        if self.period == "dates" or self.last is None:
            return None if self.end is None else self.end + ONE_DAY
        return add_units(self.last, self.period, 1)

    def starts(self) -> list[dt.date]:
        return sorted(dt.date.fromisoformat(day) for day in (self.days or "").split(",") if day)


def _held(prepared: Prepared, fields: TargetFields) -> exp.Select:
    rows = Rows(prepared, fields.dataset, dt.date.min)
    metric, person = rows.field(fields.metric), rows.field(fields.person)
    period = period_text(rows, fields.period) if fields.mixed else nodes.text(fields.period)

    def day() -> Node:
        return first_day(rows, fields)

    end = exp.Max(this=day_of(rows, fields.end)) if fields.end is not None else nodes.cast(exp.Null(), exp.DType.DATE)
    distinct = exp.Count(this=exp.Distinct(expressions=[day()]))
    outputs = {
        "metric": metric,
        "period": period,
        "person": person,
        "first": exp.Min(this=day()),
        "last": exp.Max(this=day()),
        "end": end,
        "n": exp.Count(this=exp.Star()),
        "distinct": distinct,
        "days": _listed(day(), distinct.copy(), MONTHS.get(fields.period, 0)),
    }
    group = [metric.copy(), person.copy(), *([period.copy()] if fields.mixed else [])]
    made = [nodes.aliased(node, name) for name, node in outputs.items()]
    return nodes.select(made, source=rows.source, joins=rows.joins, where=nodes.all_of(rows.where), group=group)


def _listed(day: Node, distinct: Node, months: int) -> Node:
    """All first days, joined by commas; NULL where, each so many months long (0: unknown), they follow each other."""
    text = nodes.cast(day, exp.DType.TEXT)
    every = exp.GroupConcat(this=exp.Distinct(expressions=[text]), separator=nodes.text(","))
    if not months:
        return every
    last, first = exp.Max(this=day.copy()), exp.Min(this=day.copy())
    between = exp.DateDiff(this=last, expression=first, unit=exp.Var(this="MONTH"))
    held = exp.Mul(this=exp.Paren(this=nodes.sub(distinct, nodes.number(1))), expression=nodes.number(months))
    return exp.Case(ifs=[exp.If(this=exp.NEQ(this=between, expression=held), true=every)])


def _set(held: Sequence[_Held], org: Org, calendar: Calendar, *, whole: bool) -> SetTargets:
    known = [h for h in held if h.period in TARGET_PERIODS]
    firsts = [h.first for h in known if h.first is not None]
    afters = [after for h in known if (after := h.after()) is not None]
    periods = frozenset(h.period for h in known)
    if not firsts or not afters:
        return SetTargets(periods)
    first, last = min(firsts), max(afters)
    plain = whole and len(known) == len(held) and len(periods) == 1
    gaps = _gaps(known, first, last, org, calendar) if plain else None
    return SetTargets(periods, first, last, gaps)


def _gaps(held: Sequence[_Held], first: dt.date, last: dt.date, org: Org, calendar: Calendar) -> tuple[Gap, ...] | None:
    made: list[Gap] = []
    for one in held:
        if one.period not in MONTHS or one.person is None or one.first is None or one.rows != one.distinct:
            return None
        starts = one.starts()
        if any(unit_start(day, one.period, calendar) != day for day in (one.first, *starts)):
            return None
        blocks = [(day, add_units(day, one.period, 1)) for day in starts]
        needed = _needed(org.people.get(one.person), one.period, first, last, calendar)
        made += [Gap(one.person, *days) for days in _missing(blocks or [(one.first, one.after() or last)], *needed)]
    return tuple(made) if len(made) <= _MOST_GAPS else None


def _needed(
    person: Person | None, unit: str, first: dt.date, last: dt.date, calendar: Calendar
) -> tuple[dt.date, dt.date]:
    """From the first whole unit in which somebody is there to the last, as far as targets are set."""
    if person is not None and person.active_from is not None and person.active_from > first:
        begun = unit_start(person.active_from, unit, calendar)
        first = begun if begun == person.active_from else add_units(begun, unit, 1)
    if person is not None and person.active_to is not None and person.active_to < last:
        last = unit_start(person.active_to + ONE_DAY, unit, calendar)
    return first, last


def _missing(
    blocks: Sequence[tuple[dt.date, dt.date]], first: dt.date, last: dt.date
) -> Iterator[tuple[dt.date, dt.date]]:
    """What [first, last) has outside the blocks, which are in order."""
    for start, end in (*blocks, (last, last)):
        if first < min(start, last):
            yield first, min(start, last)
        first = max(first, end)
