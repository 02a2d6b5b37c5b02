"""Rows of targets that do not fit what sales.yaml says of them: a quarter that begins in its middle, two rows for one
person, metric and period."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb

from metrics.calendar.units import add_units, unit_start
from metrics.errors import LoadError, ModelError, Problem
from metrics.ingest.quoting import literal
from metrics.ingest.table import TableBuilder
from metrics.model.expressions import expand_field
from metrics.model.loading import load_model
from metrics.model.schema import TARGET_PERIODS, Calendar, Model, TargetFields
from metrics.model.sources import Table, read_sources
from metrics.model.yaml_file import read_yaml

__all__ = ["check_target_rows", "target_problems"]

_MONTHLY = "; if these are targets of months, write `period: month` in sales.yaml."
_SHOWN = 5  # rows of one kind of problem


@dataclass(frozen=True, slots=True)
class _Row:
    """One target. `last`: the last day, where rows have one."""

    line: int
    person: str | None
    metric: str | None
    start: dt.date | None
    period: str
    last: dt.date | None


def check_target_rows(workspace: Path, *, env: Mapping[str, str]) -> list[Problem]:
    """Of a workspace that is not loaded. Nothing where its files have other problems: these are told elsewhere."""
    try:
        model = load_model(workspace)
    except ModelError:
        return []
    sources, problems = read_sources(read_yaml(workspace / "sources.yaml"), workspace, env)
    table = None if model.targets is None else sources.tables.get(model.datasets[model.targets.dataset].table)
    if problems or table is None:
        return []
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        builder = TableBuilder(con, table, Path(folder), model.calendar)
        try:
            builder.rows()
            return target_problems(con, builder, model)
        except (LoadError, duckdb.Error, OSError):
            return []


def target_problems(con: duckdb.DuckDBPyConnection, builder: TableBuilder, model: Model) -> list[Problem]:
    """What is wrong with the rows of a table of targets that was just read, by file and line."""
    fields = model.targets
    assert fields is not None
    rows = _read(con, builder, model, fields)
    kinds = groupby(sorted(_wrong(rows, fields, model.calendar), key=lambda w: w[1]), key=lambda w: w[1])
    return [p for _, found in kinds for p in _shown(builder.table, [*found])]


def _read(con: duckdb.DuckDBPyConnection, builder: TableBuilder, model: Model, fields: TargetFields) -> list[_Row]:
    dataset = model.datasets[fields.dataset]

    def sql(field_id: str | None, kind: str) -> str:
        if field_id is None:
            return "NULL"
        return f"TRY_CAST({expand_field(dataset, model.fields[field_id].name).sql(dialect='duckdb')} AS {kind})"

    period = f"lower(trim({sql(fields.period, 'VARCHAR')}))" if fields.mixed else literal(fields.period)
    wanted = (
        f"{sql(fields.person, 'VARCHAR')}, {sql(fields.metric, 'VARCHAR')}, {sql(fields.start, 'DATE')}, {period},"
        f" {sql(fields.end, 'DATE')}"
    )
    found = con.execute(f"SELECT _line, {wanted} FROM {builder.typed} ORDER BY _line").fetchall()  # noqa: S608 - names of the model
    return [_Row(int(line), who, metric, start, str(p), last) for line, who, metric, start, p, last in found]


_Wrong = tuple[_Row, str, str, str, str]  # the row, the kind, what is wrong with it, the fix, the severity


def _wrong(rows: Sequence[_Row], fields: TargetFields, calendar: Calendar) -> Iterator[_Wrong]:
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        problem = _misfit(row, fields, calendar)
        if problem is not None:
            yield (row, *problem)
        if row.start is None or (problem is not None and problem[3] == "error"):
            continue
        start = unit_start(row.start, "month", calendar) if row.period == "month" else row.start
        end = row.last if row.period == "dates" else add_units(start, row.period, 1)
        key = (row.person, row.metric, start, end)
        if key in seen:
            what = f"{row.metric} of {row.person} from {start} has a target on line {seen[key]} already."
            yield row, "twice", what, "Keep one row for each person, metric and period.", "error"
        seen.setdefault(key, row.line)


def _misfit(row: _Row, fields: TargetFields, calendar: Calendar) -> tuple[str, str, str, str] | None:
    if row.period not in TARGET_PERIODS:
        fix = f"Use one of {', '.join(TARGET_PERIODS)}."
        return "period", f"{row.period} is no period of targets.", fix, "error"
    if row.start is None:
        return "start", "the target has no first day.", "Give the first day of its period.", "error"
    if row.period == "dates":
        if row.last is None or row.last < row.start:
            what = (
                f"a target from {row.start} ends on {row.last}."
                if row.last
                else f"a target from {row.start} has no end."
            )
            return "end", what, "Give the last day of its period.", "error"
        return None
    begins = unit_start(row.start, row.period, calendar)
    if begins == row.start:
        return None
    if row.period == "month":
        what = f"{row.start} is not the first day of a month: the target counts for the month from {begins}."
        return "month", what, f"Write {begins}, or say in sales.yaml how long targets last (`period:`).", "warning"
    what = f"{row.start} is not the first day of a {row.period}: that begins on {begins}."
    fix = f"Write the first day of the {row.period}"
    return row.period, what, fix + (", or the period of this row." if fields.mixed else _MONTHLY), "error"


def _shown(table: Table, found: Sequence[_Wrong]) -> Iterator[Problem]:
    """The first few, the last of which says how many more there are."""
    more = len(found) - _SHOWN
    for number, (row, _, what, fix, severity) in enumerate(found[:_SHOWN], start=1):
        rest = f" {more} more rows are like it." if more > 0 and number == _SHOWN else ""
        yield Problem(table.path.name, row.line, "targets", what + rest, fix, severity)
