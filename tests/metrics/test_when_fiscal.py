"""A fiscal year has one name: in questions, in buckets, read back from labels. Expectations read off a calendar."""

from __future__ import annotations

import datetime as dt

import pytest
from claims import claim
from hypothesis import given
from hypothesis import strategies as st

from bot.wording.dates import bucket_start
from metrics.calendar.binding import Days, bind_when, days_label
from metrics.calendar.units import bucket_label, fiscal_name, fiscal_start, unit_named, unit_start
from metrics.model.schema import Calendar
from metrics.query import Named, Relative
from metrics.query.from_period import from_period

D = dt.date


def fiscal(month: int, by: str) -> Calendar:
    return Calendar(fiscal_year_start=month, fiscal_year_named_by=by)


CALENDARS = st.builds(fiscal, st.integers(1, 12), st.sampled_from(("start", "end")))


@pytest.mark.parametrize(
    ("month", "by", "unit", "index", "year", "start"),
    [
        (1, "start", "year", 1, 2024, D(2024, 1, 1)),
        (1, "end", "year", 1, 2024, D(2024, 1, 1)),
        (4, "start", "year", 1, 2024, D(2024, 4, 1)),
        (4, "end", "year", 1, 2024, D(2023, 4, 1)),
        (4, "end", "quarter", 4, 2024, D(2024, 1, 1)),
        (7, "start", "quarter", 3, 2024, D(2025, 1, 1)),
        (7, "end", "quarter", 3, 2024, D(2024, 1, 1)),
        (10, "end", "quarter", 1, 2024, D(2023, 10, 1)),
        (10, "start", "half", 2, 2024, D(2025, 4, 1)),
        (10, "end", "half", 2, 2024, D(2024, 4, 1)),
        (4, "end", "month", 3, 2024, D(2024, 3, 1)),  # months and weeks have calendar years
        (4, "end", "week", 1, 2025, D(2024, 12, 30)),
    ],
)
def test_named_units(month: int, by: str, unit: str, index: int, year: int, start: D) -> None:
    calendar = fiscal(month, by)
    assert unit_named(unit, index, year, calendar) == start
    said = Named(unit=unit, index=None if unit == "year" else index, year=year)  # type: ignore[arg-type]
    assert bind_when(from_period(said), calendar=calendar, as_of=D(2026, 1, 1), through=None).start == start
    if unit not in ("month", "week"):
        prefix = {"year": "", "quarter": f"-Q{index}", "half": f"-H{index}"}[unit]
        assert bucket_label(start, unit, calendar) == f"{year}{prefix}"


def test_the_current_fiscal_year_bears_its_name() -> None:
    calendar = fiscal(4, "end")

    def days(period: Relative | Named, as_of: D) -> Days:
        return bind_when(from_period(period), calendar=calendar, as_of=as_of, through=None)

    this = days(Relative(unit="year", offset=-1), D(2024, 12, 1))
    assert (this.start, days_label(this, calendar)) == (D(2023, 4, 1), "2024")
    assert days(Named(unit="quarter", index=3), D(2024, 12, 1)).start == D(2024, 10, 1)
    assert days(Named(unit="quarter", index=3), D(2024, 9, 30)).start == D(2023, 10, 1)


@given(CALENDARS, st.dates(D(1900, 1, 1), D(2100, 1, 1)), st.sampled_from(("quarter", "year")))
def test_labels_lead_back_to_their_buckets(calendar: Calendar, day: dt.date, unit: str) -> None:
    start = unit_start(day, unit, calendar)
    assert bucket_start(bucket_label(start, unit, calendar), unit, calendar) == start
    assert fiscal_start(fiscal_name(day, calendar), calendar) == unit_start(day, "year", calendar)
    claim()
