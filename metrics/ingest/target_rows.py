"""Rows of targets that do not fit what sales.yaml says of them: a quarter that begins in its middle, two rows for one
person, metric and period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import duckdb

from metrics.calendar.units import add_units, unit_start
from metrics.errors import Problem
from metrics.ingest.quoting import literal
from metrics.ingest.row_problems import Wrong, field_sql, shown
from metrics.ingest.table import TableBuilder
from metrics.model.schema import TARGET_PERIODS, Calendar, Model, TargetFields

__all__ = ["target_problems"]

_MONTHLY = "; if these are targets of months, write `period: month` in sales.yaml."


@dataclass(frozen=True, slots=True)
class _Row:
    """One target. `last`: the last day, where rows have one."""

    line: int
    person: str | None
    metric: str | None
    start: dt.date | None
    period: str
    last: dt.date | None


def target_problems(con: duckdb.DuckDBPyConnection, builder: TableBuilder, model: Model) -> list[Problem]:
    """What is wrong with the rows of a table of targets that was just read, by file and line."""
    fields = model.targets
    assert fields is not None
    rows = _read(con, builder, model, fields)
    return [*shown(builder.table, "targets", [*_wrong(rows, fields, model.calendar)])]


def _read(con: duckdb.DuckDBPyConnection, builder: TableBuilder, model: Model, fields: TargetFields) -> list[_Row]:
    sql = partial(field_sql, model)
    period = f"lower(trim({sql(fields.period, 'VARCHAR')}))" if fields.mixed else literal(fields.period)
    wanted = (
        f"{sql(fields.person, 'VARCHAR')}, {sql(fields.metric, 'VARCHAR')}, {sql(fields.start, 'DATE')}, {period},"
        f" {sql(fields.end, 'DATE')}"
    )
    found = con.execute(f"SELECT _line, {wanted} FROM {builder.typed} ORDER BY _line").fetchall()  # noqa: S608 - names of the model
    return [_Row(int(line), who, metric, start, str(p), last) for line, who, metric, start, p, last in found]


def _wrong(rows: Sequence[_Row], fields: TargetFields, calendar: Calendar) -> Iterator[Wrong]:
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        problem = _misfit(row, fields, calendar)
        if problem is not None:
            yield problem
        if row.start is None or (problem is not None and problem.severity == "error"):
            continue
        start = unit_start(row.start, "month", calendar) if row.period == "month" else row.start
        end = row.last if row.period == "dates" else add_units(start, row.period, 1)
        key = (row.person, row.metric, start, end)
        if key in seen:
            what = f"{row.metric} of {row.person} from {start} has a target on line {seen[key]} already."
            yield Wrong(row.line, "twice", what, "Keep one row for each person, metric and period.")
        seen.setdefault(key, row.line)


def _misfit(row: _Row, fields: TargetFields, calendar: Calendar) -> Wrong | None:
    if row.period not in TARGET_PERIODS:
        fix = f"Use one of {', '.join(TARGET_PERIODS)}."
        return Wrong(row.line, "period", f"{row.period} is no period of targets.", fix)
    if row.start is None:
        return Wrong(row.line, "start", "the target has no first day.", "Give the first day of its period.")
    if row.period == "dates":
        if row.last is None or row.last < row.start:
            what = (
                f"a target from {row.start} ends on {row.last}."
                if row.last
                else f"a target from {row.start} has no end."
            )
            return Wrong(row.line, "end", what, "Give the last day of its period.")
        return None
    begins = unit_start(row.start, row.period, calendar)
    if begins == row.start:
        return None
    if row.period == "month":
        what = f"{row.start} is not the first day of a month: the target counts for the month from {begins}."
        fix = f"Write {begins}, or say in sales.yaml how long targets last (`period:`)."
        return Wrong(row.line, "month", what, fix, "warning")
    what = f"{row.start} is not the first day of a {row.period}: that begins on {begins}."
    fix = f"Write the first day of the {row.period}"
    return Wrong(row.line, row.period, what, fix + (", or the period of this row." if fields.mixed else _MONTHLY))
