"""The rows of targets of a metric, with the period of each and that in which its person needs a target."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from metrics.calendar.units import MONTHS
from metrics.model.schema import Model, TargetFields
from metrics.plan.bound import Condition
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import Rows
from metrics.plan.grid.group import later
from metrics.plan.target_periods import SetTargets, day_of, first_day, period_text, truncated

__all__ = ["FIRST", "LAST", "dated_targets"]

FIRST, LAST = dt.date.min, dt.date.max
_ONE_DAY = exp.Interval(this=exp.Literal(this="1", is_string=True), unit=exp.Var(this="DAY"))


def dated_targets(
    prepared: Prepared, as_of: dt.date, metric: str, known: SetTargets, least: str, grain: str | None
) -> exp.Select:
    """Beside the columns of the table: _start, _end (the day after the last) and _period of the row; _from and _until,
    between which the person needs targets: while they are there, by whole units (`least`), as far as anybody's are set;
    with a grain _bucket, the one that holds the first day."""
    fields = prepared.model.targets
    assert fields is not None
    rows = Rows(prepared, fields.dataset, as_of)
    rows.keep(Condition(fields.metric, "in", (metric,)))
    first, last = nodes.date(known.first or FIRST), nodes.date(known.last or LAST)
    since, until = _there(rows, prepared.model, least)
    made: dict[str, Node] = {
        "_start": first_day(rows, fields),
        "_end": _end(rows, fields),
        "_period": period_text(rows, fields.period) if fields.mixed else nodes.text(fields.period),
        "_from": exp.Greatest(this=since, expressions=[first], ignore_nulls=True),
        "_until": exp.Least(this=until, expressions=[last], ignore_nulls=True),
    }
    if grain is not None:
        made["_bucket"] = rows.bucket(fields.start, grain)
    outputs: list[Node] = [exp.Column(this=exp.Star(), table=nodes.ident(fields.dataset))]
    outputs += [nodes.aliased(node, name) for name, node in made.items()]
    return nodes.select(outputs, source=rows.source, joins=rows.joins, where=nodes.all_of(rows.where))


def _end(rows: Rows, fields: TargetFields) -> Node:
    """Of an unknown period NULL: it is within nothing."""
    if not fields.mixed:
        return _end_of(fields.period, rows, fields)
    periods = [*MONTHS, *(["dates"] if fields.end is not None else [])]
    said = [
        (exp.EQ(this=period_text(rows, fields.period), expression=nodes.text(p)), p) for p in periods if p != "half"
    ]
    return exp.Case(ifs=[exp.If(this=when, true=_end_of(p, rows, fields)) for when, p in said])


def _end_of(period: str, rows: Rows, fields: TargetFields) -> Node:
    if period == "dates":
        return _next_day(day_of(rows, fields.end or fields.start))
    start = day_of(rows, fields.start)
    return later(truncated(start, "month") if period == "month" else start, period, 1)


def _there(rows: Rows, model: Model, least: str) -> tuple[Node, Node]:
    """The first unit that begins, and the day after the last that ends, while the person is there."""
    people, begins = model.people, model.calendar.fiscal_year_start
    since: Node = nodes.date(FIRST)
    until: Node = nodes.date(LAST)
    if people is not None and people.active_from is not None:
        before = exp.Sub(this=day_of(rows, people.active_from), expression=_ONE_DAY.copy())
        unit = _unit_start(nodes.cast(before, exp.DType.DATE), least, begins)
        since = nodes.coalesce(later(unit, least, 1), since)
    if people is not None and people.active_to is not None:
        until = nodes.coalesce(_unit_start(_next_day(day_of(rows, people.active_to)), least, begins), until)
    return since, until


def _unit_start(day: Node, unit: str, fiscal_year_start: int) -> Node:
    """The first day of the unit of a fiscal year that holds the day."""
    ahead = (fiscal_year_start - 1) % MONTHS[unit]
    if not ahead:
        return truncated(day, unit)
    return later(truncated(later(day, "month", -ahead), unit), "month", ahead)


def _next_day(day: Node) -> Node:
    return nodes.cast(exp.Add(this=day, expression=_ONE_DAY.copy()), exp.DType.DATE)
