# ruff: noqa: S608 - ingest builds its SQL as text; every name and value goes through `quoting`
"""Tables every snapshot has besides the sources: `_calendar`, `_org_closure`, `_tables`, `_meta`."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from metrics.calendar.workdays import is_working_day
from metrics.ingest.quoting import literal, name
from metrics.ingest.report import TableReport
from metrics.model.schema import Calendar
from metrics.model.sources import Table

__all__ = ["calendar_rows", "date_range", "fill"]

_EARLIEST, _LATEST = dt.date(1970, 1, 1), dt.date(2100, 1, 1)


def date_range(con: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> tuple[dt.date, dt.date]:
    """[start, end) for the calendar: a year before the first date of any table to five years after the last one.

    The store does not know what day it is; five years is further than anybody plans."""
    low, high = dt.date(2020, 1, 1), dt.date(2031, 1, 1)
    seen: list[dt.date] = []
    for table in tables:
        for column in table.columns.values():
            if column.type in ("date", "datetime"):
                day = f"CAST({name(column.name)} AS DATE)"
                row = con.execute(f"SELECT min({day}), max({day}) FROM snapshot.{name(table.name)}").fetchone()
                seen += [d for d in row or () if d is not None and _EARLIEST <= d < _LATEST]
    if seen:
        low, high = min(seen), max(seen)
    return dt.date(low.year - 1, 1, 1), dt.date(high.year + 6, 1, 1)


def calendar_rows(start: dt.date, end: dt.date, calendar: Calendar) -> Iterator[tuple[Any, ...]]:
    """(day, week_start, month_start, quarter_start, year_start, weekday, is_workday); quarters and years are fiscal."""
    day = start
    while day < end:
        months = (day.month - calendar.fiscal_year_start) % 12
        year_start = dt.date(day.year - (day.month < calendar.fiscal_year_start), calendar.fiscal_year_start, 1)
        quarter = calendar.fiscal_year_start - 1 + months // 3 * 3
        quarter_start = dt.date(year_start.year + quarter // 12, quarter % 12 + 1, 1)
        week_start = day - dt.timedelta(days=(day.weekday() - calendar.week_start) % 7)
        workday = is_working_day(day, calendar)
        yield day, week_start, day.replace(day=1), quarter_start, year_start, day.weekday(), workday
        day += dt.timedelta(days=1)


def fill(
    con: duckdb.DuckDBPyConnection,
    scratch: Path,
    *,
    calendar: Calendar,
    span: tuple[dt.date, dt.date],
    closure: Sequence[tuple[str, str]],
    reports: Sequence[TableReport],
    hashes: Mapping[str, str],
    meta: Mapping[str, str],
) -> None:
    """Write the four tables into the attached snapshot."""
    days = {
        "day": "DATE",
        "week_start": "DATE",
        "month_start": "DATE",
        "quarter_start": "DATE",
        "year_start": "DATE",
        "weekday": "INTEGER",
        "is_workday": "BOOLEAN",
    }
    _write(con, scratch, "_calendar", days, calendar_rows(*span, calendar))
    _write(con, scratch, "_org_closure", {"ancestor_id": "VARCHAR", "person_id": "VARCHAR"}, closure)
    tables = [(r.name, r.kept, r.through, hashes[r.name]) for r in reports]
    _write(con, scratch, "_tables", {"name": "VARCHAR", "rows": "BIGINT", "through": "DATE", "hash": "VARCHAR"}, tables)
    _write(con, scratch, "_meta", {"key": "VARCHAR", "value": "VARCHAR"}, meta.items())


def _write(
    con: duckdb.DuckDBPyConnection, scratch: Path, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]
) -> None:
    """Through a file: inserting 50,000 rows one by one takes ten seconds."""
    file = scratch / f"{table}.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    spec = ", ".join(f"{literal(c)}: {literal(t)}" for c, t in columns.items())
    con.execute(
        f"CREATE TABLE snapshot.{name(table)} AS SELECT * FROM read_csv({literal(str(file))}, header = false, delim ="
        " ',', quote = '\"', escape = '\"', auto_detect = false, new_line = '\\n', parallel = false, columns ="
        f" {{{spec}}})",
    )
    file.unlink()
