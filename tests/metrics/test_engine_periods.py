"""Windows: every expectation was read off a calendar."""

from __future__ import annotations

import datetime as dt

import pytest

from metrics.calendar.binding import Days, bind_when, days_label, previous, year_before
from metrics.calendar.units import bucket_label, unit_start
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar
from metrics.query import AllTime, Between, Named, Period, Relative, Rolling, YearAgo
from metrics.query.from_period import from_period

D = dt.date
PLAIN = Calendar()
APRIL = Calendar(fiscal_year_start=4)
SUNDAY = Calendar(week_start=6)


def days_of(period: Period, as_of: D, through: D | None = None, calendar: Calendar = PLAIN) -> Days:
    return bind_when(from_period(period), calendar=calendar, as_of=as_of, through=through)


def bound(period: Period, as_of: D, through: D | None = None, calendar: Calendar = PLAIN) -> tuple[D | None, D | None]:
    days = days_of(period, as_of, through, calendar)
    return days.start, days.end


@pytest.mark.parametrize(
    ("period", "as_of", "start", "end"),
    [
        (AllTime(), D(2024, 3, 12), None, D(2024, 3, 13)),
        (Relative(unit="day"), D(2024, 3, 12), D(2024, 3, 12), D(2024, 3, 13)),
        (Relative(unit="day", offset=-1), D(2024, 3, 1), D(2024, 2, 29), D(2024, 3, 1)),
        (Relative(unit="week"), D(2024, 3, 12), D(2024, 3, 11), D(2024, 3, 13)),
        (Relative(unit="week", offset=-1), D(2024, 3, 12), D(2024, 3, 4), D(2024, 3, 11)),
        (Relative(unit="month", offset=-1), D(2024, 3, 12), D(2024, 2, 1), D(2024, 3, 1)),
        (Relative(unit="quarter"), D(2024, 3, 31), D(2024, 1, 1), D(2024, 4, 1)),
        (Relative(unit="half"), D(2024, 8, 1), D(2024, 7, 1), D(2024, 8, 2)),
        (Relative(unit="year", offset=-1), D(2024, 1, 1), D(2023, 1, 1), D(2024, 1, 1)),
        (Relative(unit="month", offset=-2, count=2), D(2024, 3, 12), D(2024, 1, 1), D(2024, 3, 1)),
        (Relative(unit="year", offset=-1, to_date=True), D(2024, 3, 12), D(2023, 1, 1), D(2023, 3, 13)),
        (Relative(unit="year", offset=-1, to_date=True), D(2024, 2, 29), D(2023, 1, 1), D(2023, 3, 1)),
        (Relative(unit="month", offset=-1, to_date=True), D(2024, 3, 30), D(2024, 2, 1), D(2024, 3, 1)),
        (Rolling(unit="day", count=7), D(2024, 3, 12), D(2024, 3, 6), D(2024, 3, 13)),
        (Rolling(unit="week", count=6), D(2017, 12, 31), D(2017, 11, 20), D(2018, 1, 1)),
        (Rolling(unit="week", count=6), D(2017, 12, 30), D(2017, 11, 13), D(2017, 12, 25)),
        (Rolling(unit="month", count=3), D(2024, 2, 29), D(2023, 12, 1), D(2024, 3, 1)),
        (Rolling(unit="month", count=3), D(2024, 2, 28), D(2023, 11, 1), D(2024, 2, 1)),
        (Named(unit="quarter", index=2, year=2017), D(2017, 12, 31), D(2017, 4, 1), D(2017, 7, 1)),
        (Named(unit="quarter", index=4), D(2024, 3, 12), D(2023, 10, 1), D(2024, 1, 1)),
        (Named(unit="month", index=3), D(2024, 3, 1), D(2024, 3, 1), D(2024, 3, 2)),
        (Named(unit="half", index=2, year=2023), D(2024, 3, 1), D(2023, 7, 1), D(2024, 1, 1)),
        (Named(unit="week", index=1, year=2021), D(2024, 3, 1), D(2021, 1, 4), D(2021, 1, 11)),
        (Named(unit="week", index=53, year=2020), D(2024, 3, 1), D(2020, 12, 28), D(2021, 1, 4)),
        (Between(start=D(2024, 3, 5), end=D(2024, 4, 5)), D(2024, 3, 12), D(2024, 3, 5), D(2024, 3, 13)),
        (YearAgo(of=Relative(unit="month")), D(2024, 3, 12), D(2023, 3, 1), D(2023, 3, 13)),
        (YearAgo(of=Relative(unit="month", offset=-1)), D(2025, 3, 12), D(2024, 2, 1), D(2024, 3, 1)),
        (YearAgo(of=Relative(unit="year")), D(2025, 2, 28), D(2024, 1, 1), D(2024, 2, 29)),
        (YearAgo(of=Relative(unit="day")), D(2024, 2, 29), D(2023, 2, 28), D(2023, 3, 1)),
    ],
)
def test_windows(period: Period, as_of: D, start: D | None, end: D) -> None:
    assert bound(period, as_of) == (start, end)


def test_the_last_complete_day_cuts_before_as_of() -> None:
    span = days_of(Relative(unit="month"), D(2024, 3, 12), D(2024, 3, 8))
    assert (span.start, span.end, span.full_end, span.cut) == (D(2024, 3, 1), D(2024, 3, 9), D(2024, 4, 1), True)


def test_data_beyond_as_of_is_not_read() -> None:
    assert bound(Relative(unit="month"), D(2024, 3, 12), D(2024, 12, 31)) == (D(2024, 3, 1), D(2024, 3, 13))


def test_a_month_of_which_nothing_is_loaded_is_empty() -> None:
    days = days_of(Relative(unit="month"), D(2024, 3, 1), D(2024, 2, 29))
    assert days.empty and previous(days, calendar=PLAIN).empty


@pytest.mark.parametrize(
    ("unit", "day", "start"),
    [
        ("quarter", D(2024, 3, 31), D(2024, 1, 1)),
        ("quarter", D(2024, 4, 1), D(2024, 4, 1)),
        ("half", D(2024, 3, 31), D(2023, 10, 1)),
        ("year", D(2024, 3, 31), D(2023, 4, 1)),
        ("year", D(2024, 4, 1), D(2024, 4, 1)),
    ],
)
def test_fiscal_units(unit: str, day: D, start: D) -> None:
    assert unit_start(day, unit, APRIL) == start


def test_a_fiscal_year_is_named_after_the_year_it_begins_in() -> None:
    assert bound(Named(unit="year", year=2023), D(2024, 12, 1), calendar=APRIL) == (D(2023, 4, 1), D(2024, 4, 1))
    assert bound(Named(unit="quarter", index=4, year=2023), D(2024, 12, 1), calendar=APRIL) == (
        D(2024, 1, 1),
        D(2024, 4, 1),
    )
    assert bucket_label(D(2024, 1, 1), "quarter", APRIL) == "2023-Q4"


def test_weeks_may_begin_on_sunday() -> None:
    assert bound(Relative(unit="week"), D(2024, 3, 12), calendar=SUNDAY) == (D(2024, 3, 10), D(2024, 3, 13))


@pytest.mark.parametrize(
    ("period", "as_of", "start", "end"),
    [
        (Relative(unit="month"), D(2024, 3, 12), D(2024, 2, 1), D(2024, 2, 13)),
        (Relative(unit="month"), D(2024, 3, 30), D(2024, 2, 1), D(2024, 3, 1)),  # 30 days do not fit into February
        (Relative(unit="month"), D(2024, 3, 31), D(2024, 2, 1), D(2024, 3, 1)),
        (Relative(unit="month", offset=-1), D(2024, 3, 12), D(2024, 1, 1), D(2024, 2, 1)),
        (Relative(unit="quarter"), D(2024, 5, 1), D(2024, 1, 1), D(2024, 2, 1)),
        (
            Relative(unit="year"),
            D(2024, 12, 1),
            D(2023, 1, 1),
            D(2023, 12, 2),
        ),  # the same dates, not the same number of days
        (Rolling(unit="week", count=6), D(2017, 12, 31), D(2017, 10, 9), D(2017, 11, 20)),
        (Rolling(unit="day", count=30), D(2024, 3, 30), D(2024, 1, 31), D(2024, 3, 1)),
        (Between(start=D(2024, 1, 1), end=D(2024, 4, 1)), D(2024, 12, 1), D(2023, 10, 1), D(2024, 1, 1)),
        (Between(start=D(2024, 1, 5), end=D(2024, 1, 15)), D(2024, 12, 1), D(2023, 12, 26), D(2024, 1, 5)),
    ],
)
def test_previous(period: Period, as_of: D, start: D, end: D) -> None:
    earlier = previous(days_of(period, as_of), calendar=PLAIN)
    assert (earlier.start, earlier.end) == (start, end)


@pytest.mark.parametrize(
    ("period", "as_of", "calendar", "start", "end"),
    [
        # Wednesday: three days of this week, three of the last
        (Relative(unit="week"), D(2024, 3, 13), PLAIN, D(2024, 3, 4), D(2024, 3, 7)),
        (Relative(unit="week"), D(2024, 3, 13), SUNDAY, D(2024, 3, 3), D(2024, 3, 7)),
        (Relative(unit="week"), D(2024, 3, 11), PLAIN, D(2024, 3, 4), D(2024, 3, 5)),
        (Relative(unit="week"), D(2024, 3, 17), PLAIN, D(2024, 3, 4), D(2024, 3, 11)),
        (Relative(unit="week", offset=-1, count=2), D(2024, 3, 13), PLAIN, D(2024, 2, 19), D(2024, 2, 29)),
        (Named(unit="week", index=11, year=2024), D(2024, 3, 13), PLAIN, D(2024, 3, 4), D(2024, 3, 7)),
    ],
)
def test_a_cut_week_before(period: Period, as_of: D, calendar: Calendar, start: D, end: D) -> None:
    earlier = previous(days_of(period, as_of, calendar=calendar), calendar=calendar)
    assert (earlier.start, earlier.end) == (start, end)


@pytest.mark.parametrize(
    ("period", "as_of", "calendar", "start", "end"),
    [
        (Relative(unit="week", offset=-1, to_date=True), D(2024, 3, 13), PLAIN, D(2024, 3, 4), D(2024, 3, 7)),
        (Relative(unit="week", offset=-1, to_date=True), D(2024, 3, 13), SUNDAY, D(2024, 3, 3), D(2024, 3, 7)),
        (Relative(unit="week", offset=-2, to_date=True), D(2024, 3, 12), PLAIN, D(2024, 2, 26), D(2024, 2, 28)),
        (
            Relative(unit="week", offset=-3, count=2, to_date=True),
            D(2024, 3, 12),
            PLAIN,
            D(2024, 2, 19),
            D(2024, 2, 28),
        ),
        (Relative(unit="week", offset=-1, to_date=True), D(2024, 3, 17), PLAIN, D(2024, 3, 4), D(2024, 3, 11)),
        (Relative(unit="quarter", offset=-1, to_date=True), D(2024, 5, 31), PLAIN, D(2024, 1, 1), D(2024, 3, 2)),
        (YearAgo(of=Relative(unit="week")), D(2024, 3, 13), PLAIN, D(2023, 3, 11), D(2023, 3, 14)),
        (Rolling(unit="week", count=1), D(2024, 3, 17), PLAIN, D(2024, 3, 11), D(2024, 3, 18)),
        (Rolling(unit="week", count=1), D(2024, 3, 16), PLAIN, D(2024, 3, 4), D(2024, 3, 11)),
        (Rolling(unit="week", count=1), D(2024, 3, 16), SUNDAY, D(2024, 3, 10), D(2024, 3, 17)),
        (Rolling(unit="quarter", count=2), D(2024, 3, 30), PLAIN, D(2023, 7, 1), D(2024, 1, 1)),
        (Rolling(unit="quarter", count=2), D(2024, 3, 31), PLAIN, D(2023, 10, 1), D(2024, 4, 1)),
    ],
)
def test_parts_of_weeks(period: Period, as_of: D, calendar: Calendar, start: D, end: D) -> None:
    assert bound(period, as_of, calendar=calendar) == (start, end)


def test_previous_to_the_same_number_of_working_days() -> None:
    weekdays = lambda day: day.weekday() < 5  # noqa: E731
    # 1 to 12 March 2024 has 8 working days; the 8th of February 2024 is Monday the 12th
    march = days_of(Relative(unit="month"), D(2024, 3, 12))
    assert previous(march, calendar=PLAIN, is_workday=weekdays).end == D(2024, 2, 13)
    # 1 and 2 June 2024 are a weekend: no working day yet, so as many days
    june = days_of(Relative(unit="month"), D(2024, 6, 2))
    assert previous(june, calendar=PLAIN, is_workday=weekdays).end == D(2024, 5, 3)


def test_year_before_keeps_whole_units_whole() -> None:
    assert year_before(days_of(Relative(unit="month", offset=-1), D(2025, 3, 5)), calendar=PLAIN).end == D(2024, 3, 1)
    assert year_before(days_of(Relative(unit="month"), D(2025, 2, 27)), calendar=PLAIN).end == D(2024, 2, 28)


def test_nothing_precedes_all_data() -> None:
    for step in (previous, year_before):
        with pytest.raises(UnsupportedCombination):
            step(days_of(AllTime(), D(2024, 3, 12)), calendar=PLAIN)


def test_labels() -> None:
    assert days_label(days_of(Relative(unit="month", offset=-1), D(2024, 3, 5)), PLAIN) == "2024-02"
    assert days_label(days_of(Relative(unit="month"), D(2024, 3, 5)), PLAIN) == "2024-03-01..2024-03-05"
    assert days_label(days_of(Relative(unit="half", offset=-1), D(2024, 8, 5)), PLAIN) == "2024-H1"
    assert days_label(days_of(Relative(unit="day", offset=-1), D(2024, 8, 5)), PLAIN) == "2024-08-04"
    assert bucket_label(D(2024, 2, 1), "month", PLAIN) == "2024-02"
    assert bucket_label(D(2024, 2, 5), "week", PLAIN) == "2024-02-05"


@pytest.mark.parametrize(
    ("of", "as_of", "start", "end"),
    [
        (
            Between(start=D(2024, 2, 1), end=D(2024, 2, 29)),
            D(2026, 1, 1),
            D(2023, 2, 1),
            D(2023, 3, 1),
        ),  # 1 to 28 February, both years
        (
            Between(start=D(2025, 2, 22), end=D(2025, 3, 1)),
            D(2026, 1, 1),
            D(2024, 2, 22),
            D(2024, 2, 29),
        ),  # 22 to 28, not to the 29th
        (Rolling(unit="day", count=7), D(2025, 2, 28), D(2024, 2, 22), D(2024, 2, 29)),
        (
            Between(start=D(2025, 2, 1), end=D(2025, 3, 1)),
            D(2026, 1, 1),
            D(2024, 2, 1),
            D(2024, 3, 1),
        ),  # a whole month stays whole
        (Relative(unit="month"), D(2024, 2, 29), D(2023, 2, 1), D(2023, 3, 1)),
    ],
)
def test_the_same_dates_a_year_before_around_a_leap_day(
    of: Between | Rolling | Relative, as_of: D, start: D, end: D
) -> None:
    assert bound(YearAgo(of=of), as_of) == (start, end)


def test_a_week_53_that_is_not_there_is_not_the_first_week_of_the_next_year() -> None:
    with pytest.raises(UnsupportedCombination) as caught:
        bound(Named(unit="week", index=53, year=2025), D(2026, 11, 20))
    assert (caught.value.code, caught.value.subject) == ("no_such_week", "2025-W53")
    assert bound(Named(unit="week", index=53, year=2026), D(2027, 3, 1)) == (D(2026, 12, 28), D(2027, 1, 4))
    assert bound(Named(unit="week", index=53), D(2026, 11, 20)) == (D(2020, 12, 28), D(2021, 1, 4))


def test_week_1_without_a_year_may_have_begun_in_december() -> None:
    assert bound(Named(unit="week", index=1), D(2024, 12, 31)) == (D(2024, 12, 30), D(2025, 1, 1))
    assert bound(Named(unit="week", index=40), D(2024, 12, 31)) == (D(2024, 9, 30), D(2024, 10, 7))


@pytest.mark.parametrize(
    "period",
    [
        Named(unit="year", year=99999),
        Named(unit="year", year=9999),
        Named(unit="year", year=0),
        Rolling(unit="year", count=4000),
        Relative(unit="year", offset=-3000),
    ],
)
def test_dates_that_do_not_exist_are_refused_by_code(period: Period) -> None:
    with pytest.raises(UnsupportedCombination) as caught:
        bound(period, D(2026, 11, 20))
    assert caught.value.code == "period_range"


def test_nothing_lies_before_the_first_year() -> None:
    ours = days_of(Relative(unit="month"), D(2026, 11, 30))
    for years in (5000, 0, -1):
        with pytest.raises(UnsupportedCombination) as caught:
            year_before(ours, years, calendar=PLAIN)
        assert caught.value.code == "period_range"
    everything = days_of(Between(start=D(1, 1, 1), end=D(9999, 12, 31)), D(2026, 11, 20))
    with pytest.raises(UnsupportedCombination):
        previous(everything, calendar=PLAIN)
