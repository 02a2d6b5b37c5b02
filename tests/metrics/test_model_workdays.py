"""Working days against calendars people know by heart."""

from __future__ import annotations

import datetime as dt

import pytest
from claims import claim
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.calendar.workdays import is_working_day, working_days
from metrics.ingest.derived import calendar_rows
from metrics.model import Calendar

D = dt.date
PLAIN = Calendar()
US = Calendar(holidays="US")
DAYS = st.dates(D(2015, 1, 1), D(2030, 12, 31))


def test_a_plain_week() -> None:
    assert [is_working_day(D(2024, 1, 1) + dt.timedelta(n), PLAIN) for n in range(7)] == [True] * 5 + [False] * 2
    assert working_days(D(2024, 2, 1), D(2024, 3, 1), PLAIN) == 21, "the leap February of 2024"
    assert working_days(D(2024, 1, 1), D(2025, 1, 1), PLAIN) == 262


def test_public_holidays() -> None:
    assert not is_working_day(D(2024, 7, 4), US)
    assert working_days(D(2024, 7, 1), D(2024, 8, 1), US) == 22
    china = Calendar(holidays="CN")
    assert not is_working_day(D(2024, 10, 1), china)


def spans(*pairs: tuple[int, int, int, int], year: int) -> set[dt.date]:
    """All days from (month, day) to (month, day), both in."""
    found: set[dt.date] = set()
    for m1, d1, m2, d2 in pairs:
        first, last = D(year, m1, d1), D(year, m2, d2)
        found |= {first + dt.timedelta(n) for n in range((last - first).days + 1)}
    return found


# As the State Council published them: days off, and the weekend days worked in their place.
CHINA = {
    2025: (
        spans((1, 1, 1, 1), (1, 28, 2, 4), (4, 4, 4, 6), (5, 1, 5, 5), (5, 31, 6, 2), (10, 1, 10, 8), year=2025),
        {D(2025, 1, 26), D(2025, 2, 8), D(2025, 4, 27), D(2025, 9, 28), D(2025, 10, 11)},
    ),
    2026: (
        spans(
            (1, 1, 1, 3),
            (2, 15, 2, 23),
            (4, 4, 4, 6),
            (5, 1, 5, 5),
            (6, 19, 6, 21),
            (9, 25, 9, 27),
            (10, 1, 10, 7),
            year=2026,
        ),
        {D(2026, 1, 4), D(2026, 2, 14), D(2026, 2, 28), D(2026, 5, 9), D(2026, 9, 20), D(2026, 10, 10)},
    ),
}
AMERICA = {
    2025: [(1, 1), (1, 20), (2, 17), (5, 26), (6, 19), (7, 4), (9, 1), (10, 13), (11, 11), (11, 27), (12, 25)],
    2026: [(1, 1), (1, 19), (2, 16), (5, 25), (6, 19), (7, 3), (9, 7), (10, 12), (11, 11), (11, 26), (12, 25)],
}
GERMANY = {
    2025: [(1, 1), (4, 18), (4, 21), (5, 1), (5, 29), (6, 9), (10, 3), (12, 25), (12, 26)],
    2026: [(1, 1), (4, 3), (4, 6), (5, 1), (5, 14), (5, 25), (10, 3), (12, 25), (12, 26)],
}


def year_of(year: int) -> list[dt.date]:
    return [D(year, 1, 1) + dt.timedelta(n) for n in range((D(year + 1, 1, 1) - D(year, 1, 1)).days)]


@pytest.mark.parametrize(("year", "total"), [(2025, 248), (2026, 248)])
def test_china_works_the_weekends_that_are_made_up(year: int, total: int) -> None:
    off, made_up = CHINA[year]
    expected = {d for d in year_of(year) if d in made_up or (d.weekday() < 5 and d not in off)}
    calendar = Calendar(holidays="CN")
    assert {d for d in year_of(year) if is_working_day(d, calendar)} == expected
    assert working_days(D(year, 1, 1), D(year + 1, 1, 1), calendar) == len(expected) == total


def test_the_table_of_a_year_may_make_up_days_of_the_year_before() -> None:
    assert is_working_day(D(2011, 12, 31), Calendar(holidays="CN")), "a Saturday, for 3 January 2012"


def test_the_organisation_beats_the_make_up_days() -> None:
    calendar = Calendar(holidays="CN", days_off=frozenset({D(2026, 2, 14)}))
    assert not is_working_day(D(2026, 2, 14), calendar) and is_working_day(D(2026, 2, 28), calendar)


@pytest.mark.parametrize("year", [2025, 2026])
@pytest.mark.parametrize(("country", "table"), [("US", AMERICA), ("DE", GERMANY)])
def test_elsewhere_no_weekend_is_worked(country: str, table: dict[int, list[tuple[int, int]]], year: int) -> None:
    off = {D(year, month, day) for month, day in table[year]}
    expected = {d for d in year_of(year) if d.weekday() < 5 and d not in off}
    assert {d for d in year_of(year) if is_working_day(d, Calendar(holidays=country))} == expected


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    epiphany = D(2026, 1, 6)
    assert is_working_day(epiphany, Calendar(holidays="DE"))
    assert is_working_day(epiphany, Calendar(holidays="DE-BE"))
    assert not is_working_day(epiphany, Calendar(holidays="DE-BY"))


CALENDARS = st.builds(
    Calendar,
    holidays=st.sampled_from(["", "CN", "US", "DE-BY"]),
    working_days=st.sampled_from([(0, 1, 2, 3, 4), (0, 1, 2, 3, 4, 5), (6, 0, 1, 2, 3)]),
    days_off=st.frozensets(st.dates(D(2025, 1, 1), D(2026, 12, 31)), max_size=3),
    extra_working_days=st.frozensets(st.dates(D(2025, 1, 1), D(2026, 12, 31)), max_size=3),
)


@settings(deadline=None, max_examples=40)  # the machine may be busy
@given(calendar=CALENDARS, start=st.dates(D(2024, 12, 1), D(2026, 12, 31)), length=st.integers(0, 120))
def test_the_calendar_of_the_store_agrees(calendar: Calendar, start: dt.date, length: int) -> None:
    end = start + dt.timedelta(length)
    stored = [workday for *_, workday in calendar_rows(start, end, calendar)]
    assert stored == [is_working_day(start + dt.timedelta(n), calendar) for n in range(length)]
    assert sum(stored) == working_days(start, end, calendar)
    if any(stored):
        claim()


def test_our_own_exceptions_win() -> None:
    calendar = Calendar(
        holidays="US",
        days_off=frozenset({D(2024, 1, 2), D(2024, 1, 6)}),
        extra_working_days=frozenset({D(2024, 7, 4), D(2024, 1, 6), D(2024, 1, 7)}),
    )
    assert not is_working_day(D(2024, 1, 2), calendar)
    assert is_working_day(D(2024, 7, 4), calendar) and is_working_day(D(2024, 1, 7), calendar)
    assert not is_working_day(D(2024, 1, 6), calendar), "a day off beats an extra working day"


def test_a_week_from_sunday_to_thursday() -> None:
    assert working_days(D(2024, 1, 1), D(2024, 1, 8), Calendar(working_days=(6, 0, 1, 2, 3))) == 5


def test_an_empty_or_backward_window_has_none() -> None:
    assert working_days(D(2024, 1, 1), D(2024, 1, 1), PLAIN) == working_days(D(2024, 2, 1), D(2024, 1, 1), PLAIN) == 0


@settings(deadline=None)  # the machine may be busy
@given(start=DAYS, length=st.integers(0, 800))
def test_the_count_is_the_number_of_working_days(start: dt.date, length: int) -> None:
    counted = sum(is_working_day(start + dt.timedelta(n), US) for n in range(length))
    assert working_days(start, start + dt.timedelta(length), US) == counted
    if counted:
        claim()


@settings(deadline=None)  # the machine may be busy
@given(start=DAYS, first=st.integers(0, 400), second=st.integers(0, 400))
def test_windows_add_up(start: dt.date, first: int, second: int) -> None:
    middle, end = start + dt.timedelta(first), start + dt.timedelta(first + second)
    assert working_days(start, middle, US) + working_days(middle, end, US) == working_days(start, end, US)
    if start < middle < end:
        claim()
