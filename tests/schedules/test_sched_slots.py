"""Slots are keyed on the local date: what the clocks do, working days, time zones."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from claims import claim
from hypothesis import given
from hypothesis import strategies as st

from schedules.slots import first_slot, instant, local_date, next_slot, slots_between

UTC = dt.UTC


def weekday(day: dt.date) -> bool:
    return day.weekday() < 5


def every_day(_: dt.date) -> bool:
    return True


def test_a_time_that_comes_twice_is_due_once_at_its_first_coming() -> None:
    zone = "Europe/Berlin"  # 25 October 2026: 02:30 summer time, an hour later 02:30 winter time
    slot, day = next_slot(dt.date(2026, 10, 24), 150, zone, every_day)
    assert (slot, day) == (dt.datetime(2026, 10, 25, 0, 30, tzinfo=UTC), dt.date(2026, 10, 25))
    fired = []
    now, due, date = dt.datetime(2026, 10, 24, 12, tzinfo=UTC), slot, day
    while now < dt.datetime(2026, 10, 27, tzinfo=UTC):
        if due <= now:
            fired.append(date)
            due, date = first_slot(now, 150, zone, every_day)
        now += dt.timedelta(minutes=10)
    assert fired == [dt.date(2026, 10, 25), dt.date(2026, 10, 26)]


def test_a_time_that_never_comes_is_due_at_the_next_valid_minute() -> None:
    assert instant(dt.date(2026, 3, 29), 150, "Europe/Berlin") == dt.datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert instant(dt.date(2026, 3, 8), 150, "America/New_York") == dt.datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
    assert instant(dt.date(2026, 10, 4), 130, "Australia/Lord_Howe") == dt.datetime(
        2026, 10, 3, 15, 30, tzinfo=UTC
    )  # half an hour
    assert instant(dt.date(2011, 12, 30), 480, "Pacific/Apia") == dt.datetime(
        2011, 12, 30, 10, 0, tzinfo=UTC
    )  # a day left out


@given(
    st.dates(dt.date(2020, 1, 1), dt.date(2032, 12, 31)),
    st.integers(0, 1439),
    st.sampled_from(
        [
            "Europe/Berlin",
            "America/New_York",
            "Asia/Shanghai",
            "Asia/Kolkata",
            "America/Sao_Paulo",
            "Africa/Casablanca",
            "UTC",
        ]
    ),
)
def test_a_slot_is_on_its_date_and_at_its_minute_or_just_after_a_gap(day: dt.date, minute: int, zone: str) -> None:
    local = instant(day, minute, zone).astimezone(ZoneInfo(zone))
    assert local.date() == day
    shown = local.hour * 60 + local.minute
    assert shown == minute or minute < shown <= minute + 120
    claim()


def test_only_working_days_and_never_a_date_twice() -> None:
    friday = dt.date(2026, 3, 6)
    assert next_slot(friday, 510, "Asia/Shanghai", weekday)[1] == dt.date(2026, 3, 9)
    at = dt.datetime(2026, 3, 9, 0, 29, tzinfo=UTC)  # 08:29 in Shanghai
    assert first_slot(at, 510, "Asia/Shanghai", weekday) == (
        dt.datetime(2026, 3, 9, 0, 30, tzinfo=UTC),
        dt.date(2026, 3, 9),
    )
    assert first_slot(at + dt.timedelta(minutes=1), 510, "Asia/Shanghai", weekday)[1] == dt.date(2026, 3, 10)
    assert local_date(dt.datetime(2026, 3, 9, 20, tzinfo=UTC), "Asia/Shanghai") == dt.date(2026, 3, 10)


def test_slots_missed_in_a_downtime() -> None:
    found = slots_between(
        dt.date(2026, 3, 5), dt.datetime(2026, 3, 10, 7, 29, tzinfo=UTC), 510, "Europe/Berlin", weekday
    )
    assert found == [dt.date(2026, 3, 5), dt.date(2026, 3, 6), dt.date(2026, 3, 9)]  # Tuesday 08:30 is a minute away


def test_a_calendar_without_working_days_is_an_error() -> None:
    with pytest.raises(ValueError, match="no working day"):
        next_slot(dt.date(2026, 3, 5), 0, "UTC", lambda _: False)
