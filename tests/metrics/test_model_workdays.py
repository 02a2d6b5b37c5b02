"""Working days against calendars people know by heart."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.calendar.workdays import is_working_day, working_days
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


@settings(deadline=None)  # the machine may be busy
@given(start=DAYS, first=st.integers(0, 400), second=st.integers(0, 400))
def test_windows_add_up(start: dt.date, first: int, second: int) -> None:
    middle, end = start + dt.timedelta(first), start + dt.timedelta(first + second)
    assert working_days(start, middle, US) + working_days(middle, end, US) == working_days(start, end, US)
