"""Dates found by their shape: edges of the lattice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from nlq.literals import literals as found_literals
from nlq.normalise import Normal
from nlq.reader.chart import Item
from nlq.reader.terms import Term

__all__ = ["literal_items"]


def literal_items(normal: Normal) -> Iterator[Item]:
    """YEAR, DATE, MONTHDAY. Numbers are in `nlq.reader.numbers`."""
    for start, end, kind, value in found_literals(normal.literal):
        while start < end and normal.folded[start] == " ":
            start += 1
        if kind == "YEAR":
            yield Item("YEAR", start, end, value, 0.0)
        elif kind == "DATE":
            yield Item("DATE", start, end, _day(value), 0.0)
        elif kind == "MONTHDAY":
            yield Item("MONTHDAY", start, end, Term("day_of_year", (("month", value[0]), ("day", value[1]))), 0.0)


def _day(day: dt.date) -> Term:
    return Term("between", (("start", day.isoformat()), ("end", (day + dt.timedelta(days=1)).isoformat())))
