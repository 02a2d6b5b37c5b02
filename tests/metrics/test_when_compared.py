"""Days beside days: just before, a year before, like for like. Expectations read off a calendar."""

from __future__ import annotations

import datetime as dt

import pytest
from when_cases import (
    APRIL,
    APRIL_END,
    CHINA,
    DAY,
    MONTH,
    PLAIN,
    QUARTER,
    SUNDAY,
    WEEK,
    YEAR,
    between,
    bind,
    holiday,
    named,
    nth,
    only,
    part,
    text,
    units,
    year,
)

from metrics.calendar.binding import days_label, like_for_like, previous, shifted, year_before
from metrics.calendar.workdays import is_working_day
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar
from metrics.query import when as w

LAST_MONTH = units("month", -1)
TUESDAY = "2024-03-12"


@pytest.mark.parametrize(
    ("when", "as_of", "calendar", "expected"),
    [
        (MONTH, TUESDAY, PLAIN, "2024-02-01..2024-02-12"),
        (MONTH, "2024-03-30", PLAIN, "2024-02-01..2024-02-29"),
        (LAST_MONTH, TUESDAY, PLAIN, "2024-01-01..2024-01-31"),
        (QUARTER, "2024-05-01", PLAIN, "2024-01-01..2024-01-31"),
        (YEAR, "2024-12-01", PLAIN, "2023-01-01..2023-12-01"),
        (YEAR, TUESDAY, APRIL, "2022-04-01..2023-03-12"),
        (WEEK, "2024-03-13", SUNDAY, "2024-03-03..2024-03-06"),
        (DAY, TUESDAY, PLAIN, "2024-03-11"),
        (w.Sliding(unit="day", count=30), "2024-03-30", PLAIN, "2024-01-31..2024-02-29"),
        (w.Complete(unit="month", count=2), TUESDAY, PLAIN, "2023-11-01..2023-12-31"),
        (between("2024-01-01", "2024-02-01"), TUESDAY, PLAIN, "2023-12-01..2023-12-31"),
        (w.Since(of=MONTH), TUESDAY, PLAIN, "2024-02-18..2024-02-29"),
        (w.FromTo(first=named("quarter", 2, 2023), last=named("quarter", 3, 2023)), TUESDAY, PLAIN,
         "2022-10-01..2023-03-31"),
        (nth("week", 1, MONTH), TUESDAY, PLAIN, "2024-02-26..2024-03-03"),
        (part("early", LAST_MONTH), TUESDAY, PLAIN, "2024-01-22..2024-01-31"),
        # chosen days: as many of the units before
        (only((0,), LAST_MONTH), TUESDAY, PLAIN,
         "2024-01-01 + 2024-01-08 + 2024-01-15 + 2024-01-22 + 2024-01-29"),
        (only((0,), MONTH), TUESDAY, PLAIN, "2024-02-05 + 2024-02-12"),
        (only("working", MONTH), TUESDAY, PLAIN, "2024-02-01..2024-02-02 + 2024-02-05..2024-02-09 + 2024-02-12"),
        (only((0,), YEAR), TUESDAY, PLAIN, "2023-01-02 + 2023-01-09 + 2023-01-16 + 2023-01-23 + 2023-01-30 + "
         "2023-02-06 + 2023-02-13 + 2023-02-20 + 2023-02-27 + 2023-03-06"),
        (nth("day", 2, only((0,), MONTH)), TUESDAY, PLAIN, "2024-03-04"),
        (nth("day", -2, only((4,), w.Until(of=DAY)), 2), TUESDAY, PLAIN, "2024-02-16 + 2024-02-23"),
        (only((4,), w.Sliding(unit="day", count=7)), TUESDAY, PLAIN, "2024-03-01"),
        (w.Weekend(offset=-1), TUESDAY, PLAIN, "2024-03-02..2024-03-03"),
        (w.Weekend(offset=-1), TUESDAY, SUNDAY, "2024-03-02..2024-03-03"),
        # a holiday: the time before
        (holiday("black_friday"), TUESDAY, PLAIN, "2022-11-25"),
        (holiday("golden_week"), "2024-10-03", CHINA, "2023-10-01..2023-10-03"),
        (w.Union(of=(MONTH, LAST_MONTH)), TUESDAY, PLAIN, "2023-12-01..2024-01-10"),
        (units("month", 1), TUESDAY, PLAIN, ""),
    ],
)  # fmt: skip
def test_just_before(when: w.When, as_of: str, calendar: Calendar, expected: str) -> None:
    earlier = previous(bind(when, as_of, calendar=calendar), calendar=calendar)
    assert text(earlier.spans) == expected


@pytest.mark.parametrize(
    ("when", "as_of", "calendar", "expected"),
    [
        (MONTH, TUESDAY, PLAIN, "2023-03-01..2023-03-12"),
        (LAST_MONTH, TUESDAY, PLAIN, "2023-02-01..2023-02-28"),
        (LAST_MONTH, "2025-03-05", PLAIN, "2024-02-01..2024-02-29"),
        (MONTH, "2025-02-27", PLAIN, "2024-02-01..2024-02-27"),
        (between("2024-02-01", "2024-02-29"), TUESDAY, PLAIN, "2023-02-01..2023-02-28"),
        (between("2025-02-22", "2025-03-01"), "2026-01-01", PLAIN, "2024-02-22..2024-02-28"),
        (YEAR, TUESDAY, APRIL_END, "2022-04-01..2023-03-12"),
        (WEEK, "2024-03-13", PLAIN, "2023-03-11..2023-03-13"),
        (only((0,), LAST_MONTH), TUESDAY, PLAIN, "2023-02-06 + 2023-02-13 + 2023-02-20 + 2023-02-27"),
        (only((0,), MONTH), TUESDAY, PLAIN, "2023-03-06"),  # of 1 to 12 March
        (only((0,), MONTH), "2024-03-26", PLAIN, "2023-03-06 + 2023-03-13 + 2023-03-20 + 2023-03-27"),  # all of both
        (holiday("spring_festival", whole=True), TUESDAY, CHINA, "2023-01-21..2023-01-27"),
        (holiday("black_friday"), TUESDAY, PLAIN, "2022-11-25"),
        (w.Union(of=(named("month", 2, 2024), named("quarter", 3, 2023))), TUESDAY, PLAIN,
         "2022-07-01..2022-09-30 + 2023-02-01..2023-02-28"),
        (w.Union(of=(named("month", 2, 2025), DAY)), "2025-06-01", PLAIN, "2024-02-01..2024-02-29 + 2024-06-01"),
        (w.Without(of=units("year", -1), out=named("month", 8)), TUESDAY, PLAIN,
         "2022-01-01..2022-07-31 + 2022-09-01..2022-12-31"),
        (w.Weekend(offset=-1), TUESDAY, PLAIN, "2023-03-11..2023-03-12"),
        (w.Weekend(offset=-1), TUESDAY, SUNDAY, "2023-03-11..2023-03-12"),
        (only((0,), units("week", -2, 2)), TUESDAY, PLAIN, "2023-02-27 + 2023-03-06"),
        (nth("day", 2, only((0,), MONTH)), TUESDAY, PLAIN, "2023-03-13"),
        (w.Since(of=MONTH), TUESDAY, PLAIN, "2023-03-01..2023-03-12"),
        (units("month", 1), TUESDAY, PLAIN, ""),
    ],
)  # fmt: skip
def test_a_year_before(when: w.When, as_of: str, calendar: Calendar, expected: str) -> None:
    assert text(year_before(bind(when, as_of, calendar=calendar), calendar=calendar).spans) == expected


def test_to_the_same_number_of_working_days() -> None:
    work = lambda day: is_working_day(day, PLAIN)  # noqa: E731
    # 1 to 12 March 2024 has 8 working days; the 8th of February 2024 is Monday the 12th
    assert text(previous(bind(MONTH, TUESDAY), calendar=PLAIN, is_workday=work).spans) == "2024-02-01..2024-02-12"
    # 1 and 2 June 2024 are a weekend: no working day yet, so as many days
    assert text(previous(bind(MONTH, "2024-06-02"), calendar=PLAIN, is_workday=work).spans) == "2024-05-01..2024-05-02"
    # a year too goes by working days then: 10 of 2023, whose 1 January is a Sunday
    january = previous(bind(YEAR, "2024-01-12"), calendar=PLAIN, is_workday=work)
    assert text(january.spans) == "2023-01-01..2023-01-13"


def test_no_further_than_the_end_of_the_earlier_one() -> None:
    february, march = bind(LAST_MONTH, TUESDAY), bind(MONTH, "2024-03-30")
    assert text(like_for_like(february, march, calendar=PLAIN).spans) == "2024-02-01..2024-02-29"
    assert like_for_like(february, bind(units("month", 1), TUESDAY), calendar=PLAIN).empty
    for pair in ((bind(w.All(), TUESDAY), march), (march, bind(w.All(), TUESDAY))):
        with pytest.raises(UnsupportedCombination, match="compare_all_time"):
            like_for_like(*pair, calendar=PLAIN)


@pytest.mark.parametrize(
    ("when", "code"),
    [
        (w.All(), "compare_all_time"),
        (w.Before(of=YEAR), "compare_all_time"),
        (w.Union(of=(named("quarter", 1, 2023), named("quarter", 3, 2023))), "compare_pieces"),
        (between("0001-01-01", "9999-12-31"), "period_range"),
    ],
)
def test_nothing_comes_before(when: w.When, code: str) -> None:
    with pytest.raises(UnsupportedCombination, match=code):
        previous(bind(when, TUESDAY), calendar=PLAIN)


@pytest.mark.parametrize("count", [0, -1, 5000])
def test_years_that_are_not_there(count: int) -> None:
    with pytest.raises(UnsupportedCombination, match="period_range"):
        shifted(bind(MONTH, TUESDAY), "year", count, calendar=PLAIN)
    with pytest.raises(UnsupportedCombination, match="compare_all_time"):
        shifted(bind(w.All(), TUESDAY), "year", count, calendar=PLAIN)


@pytest.mark.parametrize(
    ("when", "calendar", "label"),
    [
        (LAST_MONTH, PLAIN, "2024-02"),
        (MONTH, PLAIN, "2024-03-01..2024-03-12"),
        (units("quarter", -1), APRIL, "2023-Q3"),
        (units("quarter", -1), APRIL_END, "2024-Q3"),
        (units("year", -1), APRIL_END, "2023"),
        (units("half", -1), PLAIN, "2023-H2"),
        (w.Civil(of=year(2023)), APRIL, "2023-01-01..2023-12-31"),
        (w.All(), PLAIN, "..2024-03-12"),
        (DAY, PLAIN, "2024-03-12"),
        (units("month", 1), PLAIN, "2024-04-01"),
        (only((0,), MONTH), PLAIN, "2024-03-04+2024-03-11"),
        (only((0,), LAST_MONTH), PLAIN, "2024-02/1"),
        (only((5, 6), only("working", w.Since(of=MONTH))), PLAIN, "2024-03-01..2024-03-12/6,7/working"),
        (only("off", w.Since(of=MONTH)), PLAIN, "2024-03-01..2024-03-12/off"),
        (w.Union(of=(named("quarter", 1, 2023), named("quarter", 3, 2023))), PLAIN,
         "2023-01-01..2023-03-31+2023-07-01..2023-09-30"),
    ],
)  # fmt: skip
def test_labels(when: w.When, calendar: Calendar, label: str) -> None:
    assert days_label(bind(when, TUESDAY, calendar=calendar), calendar) == label


def test_days_know_their_days() -> None:
    mondays = bind(only((0,), w.Since(of=MONTH)), TUESDAY)
    assert [mondays.has(dt.date(2024, 3, day), PLAIN) for day in (4, 5, 11)] == [True, False, True]
    assert mondays.has(dt.date(2030, 1, 7), PLAIN) and not mondays.has(dt.date(2024, 2, 26), PLAIN)
    assert bind(w.Before(of=YEAR), TUESDAY).has(dt.date(1990, 1, 1), PLAIN)
