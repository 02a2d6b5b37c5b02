"""What schedules need of `metrics.Metrics`: a protocol, so that what is said here is all that is used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from metrics.model.schema import Model
from metrics.people import Audience, Org, Person, Viewer
from metrics.query import Query
from metrics.query.answer import Answer, Cell

__all__ = ["Numbers", "cell", "noon", "number"]


class Numbers(Protocol):
    @property
    def model(self) -> Model: ...
    @property
    def org(self) -> Org: ...
    @property
    def data_through(self) -> dt.date | None: ...
    @property
    def data_version(self) -> str | None: ...
    def answer(self, query: Query, *, viewer: Viewer, audience: Audience, as_of: dt.datetime) -> Answer: ...
    def answer_each(self, query: Query, *, people: Sequence[Person], as_of: dt.datetime) -> Mapping[str, Answer]: ...
    def stale(self, as_of: dt.datetime) -> Iterable[tuple[str, dt.date | None]]: ...


def noon(day: dt.date) -> dt.datetime:
    """A moment of that local date, for calls that only look at the date."""
    return dt.datetime.combine(day, dt.time(12))


def cell(answer: Answer, role: str, of: str, row: int = 0) -> Cell:
    """The value of the column with this role and metric or field; None when there is no such row or column."""
    if row >= len(answer.rows):
        return None
    for position, column in enumerate(answer.columns):
        if column.role == role and (not of or column.of == of or column.name == of):
            return answer.rows[row][position]
    return None


def number(answer: Answer, role: str, of: str, row: int = 0) -> float | None:
    """`cell` as a number; None for n/a and for what is no number."""
    value = cell(answer, role, of, row)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
