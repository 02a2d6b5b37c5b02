"""Rows of `people.history` that do not fit each other: two stints of one person on one day, days between two, a stint
that ends before it begins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import duckdb

from metrics.errors import Problem
from metrics.ingest.row_problems import Wrong, field_sql, shown
from metrics.ingest.table import TableBuilder
from metrics.model.schema import History, Model

__all__ = ["history_problems"]

_ONE_DAY = dt.timedelta(days=1)
_ONCE = "Let one stint end on the day before the next begins."


@dataclass(frozen=True, slots=True)
class _Row:
    """One stint. `last`: its last day; None: open."""

    line: int
    person: str | None
    first: dt.date | None
    last: dt.date | None


def history_problems(con: duckdb.DuckDBPyConnection, builder: TableBuilder, model: Model) -> list[Problem]:
    """What is wrong with the rows of the history that was just read, by file and line."""
    history = model.people.history if model.people is not None else None
    assert history is not None
    return [*shown(builder.table, "people.history", [*_wrong(_read(con, builder, model, history))])]


def _read(con: duckdb.DuckDBPyConnection, builder: TableBuilder, model: Model, history: History) -> list[_Row]:
    wanted = ", ".join(
        field_sql(model, field_id, kind)
        for field_id, kind in ((history.person, "VARCHAR"), (history.first, "DATE"), (history.last, "DATE"))
    )
    found = con.execute(f"SELECT _line, {wanted} FROM {builder.typed} ORDER BY _line").fetchall()  # noqa: S608 - names of the model
    return [_Row(int(line), who, first, last) for line, who, first, last in found]


def _wrong(rows: Sequence[_Row]) -> Iterator[Wrong]:
    sound: list[_Row] = []
    for row in rows:
        if row.person is None or row.first is None:
            missing = "a person" if row.person is None else "a first day"
            yield Wrong(row.line, "empty", f"the stint has not {missing}.", "Give both.")
        elif row.last is not None and row.last < row.first:
            what = f"the stint of {row.person} from {row.first} ends on {row.last}."
            yield Wrong(row.line, "end", what, "Give the last day of the stint, or none while it goes on.")
        else:
            sound.append(row)
    ordered = sorted(sound, key=lambda r: (r.person, r.first, r.line))
    for before, row in pairwise(ordered):
        if before.person == row.person:
            yield from _between(before, row)


def _between(before: _Row, row: _Row) -> Iterator[Wrong]:
    """Of two stints of one person, one after the other."""
    assert row.first is not None
    if before.last is None or before.last >= row.first:
        until = "goes on" if before.last is None else f"lasts until {before.last}"
        what = f"{row.person} is in two teams from {row.first}: the stint on line {before.line} {until}."
        yield Wrong(row.line, "twice", what, _ONCE)
    elif before.last + _ONE_DAY < row.first:
        what = f"{row.person} is in no team from {before.last + _ONE_DAY} to {row.first - _ONE_DAY}."
        yield Wrong(row.line, "gap", what, "Their rows of these days are nobody's team's. " + _ONCE, "warning")
