"""How the tests of periods write days down, and the calendars they use."""

from __future__ import annotations

import datetime as dt

from metrics.calendar.binding import Days, bind_when
from metrics.model.schema import Calendar
from metrics.query import when as w

D = dt.date
PLAIN = Calendar()
SUNDAY = Calendar(week_start=6)
APRIL = Calendar(fiscal_year_start=4)
APRIL_END = Calendar(fiscal_year_start=4, fiscal_year_named_by="end")
JULY = Calendar(fiscal_year_start=7)
JULY_END = Calendar(fiscal_year_start=7, fiscal_year_named_by="end")
OCTOBER = Calendar(fiscal_year_start=10)
OCTOBER_END = Calendar(fiscal_year_start=10, fiscal_year_named_by="end")
CHINA = Calendar(holidays="CN")
AMERICA = Calendar(holidays="US")
GULF = Calendar(working_days=(6, 0, 1, 2, 3), week_start=6)  # Sunday to Thursday

DAY, WEEK, MONTH, QUARTER, HALF, YEAR = (
    w.Units(unit="day"),
    w.Units(unit="week"),
    w.Units(unit="month"),
    w.Units(unit="quarter"),
    w.Units(unit="half"),
    w.Units(unit="year"),
)


def units(unit: w.Unit, offset: int = 0, count: int = 1, at: w.When | None = None) -> w.Units:
    return w.Units(unit=unit, offset=offset, count=count, at=at)


def named(unit: w.Unit, index: int, year: int | None = None, **more: object) -> w.Named:
    return w.Named(unit=unit, index=index, year=year, **more)  # type: ignore[arg-type]


def year(name: int) -> w.Named:
    return w.Named(unit="year", year=name)


def between(start: str, end: str) -> w.Between:
    return w.Between(start=D.fromisoformat(start), end=D.fromisoformat(end))


def nth(unit: w.Unit, index: int, of: w.When, count: int = 1) -> w.Nth:
    return w.Nth(unit=unit, index=index, of=of, count=count)


def part(name: w.Parts, of: w.When) -> w.Part:
    return w.Part(part=name, of=of)


def only(days: object, of: w.When) -> w.Only:
    return w.Only(of=of, days=days)  # type: ignore[arg-type]


def holiday(name: str, year: int | None = None, **more: object) -> w.Holiday:
    return w.Holiday(name=name, year=year, **more)  # type: ignore[arg-type]


def bind(when: w.When, as_of: str, through: str | None = None, calendar: Calendar = PLAIN) -> Days:
    last = D.fromisoformat(through) if through else None
    return bind_when(when, calendar=calendar, as_of=D.fromisoformat(as_of), through=last)


def text(pieces: object) -> str:
    """First and last day of each stretch: "03-01..03-12" with years; ".." where it is open."""
    return " + ".join(_stretch(start, end) for start, end in pieces)  # type: ignore[attr-defined]


def _stretch(start: dt.date | None, end: dt.date | None) -> str:
    first = "" if start is None else start.isoformat()
    last = "" if end is None else (end - dt.timedelta(1)).isoformat()
    return first if first == last and first else f"{first}..{last}"
