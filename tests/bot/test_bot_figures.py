"""Numbers and dates as people write them, checked against what a person would write."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from bot_answers import NOVEMBER, SALES, asked, small_model, table
from claims import claim
from hypothesis import given
from hypothesis import strategies as st

from bot.wording import TableWords, date_words, format_value, ordinal, words_for
from bot.wording.dates import bucket_words, window_words
from bot.wording.subject import period as period_words
from metrics.model.schema import Calendar
from metrics.query.when import Complete, Named, Units, When


@pytest.mark.parametrize(
    ("value", "unit", "language", "signed", "expected"),
    [
        (1234567.4, "currency:CNY", "en", False, "¥1,234,567"),
        (1234567.4, "currency:CNY", "zh", False, "¥1,234,567"),
        (1234.5, "currency:USD", "en", False, "$1,235"),
        (12.5, "currency:USD", "en", False, "$12.50"),
        (12, "currency:EUR", "en", False, "€12"),
        (-31200, "currency:CNY", "en", False, "-¥31,200"),
        (-0.001, "currency:USD", "en", False, "$0.00"),
        (0.8231, "percent", "en", False, "82.3%"),
        (0.8235, "percent", "en", False, "82.4%"),
        (0.0, "percent", "en", False, "0.0%"),
        (0.021, "percent", "en", True, "+2.1 pts"),
        (-0.021, "percent", "zh", True, "-2.1 个百分点"),
        (53.3291, "days", "en", False, "53.3 days"),
        (1, "days", "en", False, "1 day"),
        (53, "days", "zh", False, "53 天"),
        (1234, "count", "en", False, "1,234"),
        (12, "count", "en", True, "+12"),
        (0, "count", "en", True, "0"),
        (2.345, "number", "en", False, "2.35"),
        (4, "rank", "en", False, "4"),
        (dt.date(2026, 11, 22), "date", "en", False, "22 Nov 2026"),
        (dt.date(2026, 11, 22), "date", "zh", False, "2026年11月22日"),
        (None, "currency:CNY", "en", False, "n/a"),
        (float("nan"), "percent", "zh", False, "无数据"),
        (float("inf"), "count", "en", False, "n/a"),
        (Decimal("10.50"), "number", "en", False, "10.5"),
        (True, "text", "en", False, "yes"),
        ("East", "text", "en", False, "East"),
    ],
)
def test_value(value: object, unit: str, language: str, signed: bool, expected: str) -> None:
    assert format_value(value, unit, language, signed=signed) == expected


@given(
    st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(10**30), 10**30),
    st.sampled_from(["currency:CNY", "percent", "count", "days", "number", "rank"]),
)
def test_any_number_has_words(value: float, unit: str) -> None:
    for language in ("en", "zh"):
        for signed in (False, True):
            text = format_value(value, unit, language, signed=signed)
            assert text and "nan" not in text.lower() and "-0.0%" not in text
    claim()


def test_ordinals() -> None:
    assert [ordinal(n, "en") for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "12th",
        "13th",
        "21st",
        "22nd",
        "101st",
        "111th",
    ]
    assert ordinal(4, "zh") == "第 4 名"


@pytest.mark.parametrize(
    ("start", "end", "en", "zh"),
    [
        ("2026-10-01", "2026-11-01", "October 2026", "2026年10月"),
        ("2026-11-01", "2026-11-23", "1–22 Nov 2026", "2026年11月1日至11月22日"),
        ("2026-11-22", "2026-11-23", "22 Nov 2026", "2026年11月22日"),
        ("2026-07-01", "2026-10-01", "Q3 2026", "2026年第3季度"),
        ("2026-01-01", "2027-01-01", "2026", "2026年"),
        ("2026-10-12", "2026-11-23", "12 Oct – 22 Nov 2026", "2026年10月12日至11月22日"),
        ("2025-12-29", "2026-01-05", "29 Dec 2025 – 4 Jan 2026", "2025年12月29日至2026年1月4日"),
        ("2024-02-01", "2024-03-01", "February 2024", "2024年2月"),
        ("2026-11-23", "2026-11-23", "no day yet", "尚无一天"),
    ],
)
def test_windows_name_their_dates(start: str, end: str, en: str, zh: str) -> None:
    window = (dt.date.fromisoformat(start), dt.date.fromisoformat(end))
    assert window_words(*window, Calendar(), "en") == en
    assert window_words(*window, Calendar(), "zh") == zh


def test_fiscal_quarters_are_given_by_their_dates() -> None:
    window = (dt.date(2026, 7, 1), dt.date(2026, 10, 1))
    assert window_words(*window, Calendar(fiscal_year_start=4), "en") == "1 Jul – 30 Sep 2026"


def test_open_window() -> None:
    assert window_words(None, dt.date(2018, 1, 1), Calendar(), "en") == "all data to 31 Dec 2017"
    assert window_words(dt.date(2018, 1, 1), None, Calendar(), "zh") == "2018年1月1日起"
    assert window_words(None, None, Calendar(), "en") == "all data"


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (Units(unit="month"), "this month (1–22 Nov 2026)"),
        (Units(unit="month", offset=-1), "last month (1–22 Nov 2026)"),
        (Complete(unit="week", count=6), "last 6 weeks (1–22 Nov 2026)"),
        (Named(unit="quarter", index=3), "1–22 Nov 2026"),
        (Units(unit="month", offset=-3), "1–22 Nov 2026"),
    ],
)
def test_period(period: When, expected: str) -> None:
    made = table(asked(SALES, period=period), [(1,)], windows=(NOVEMBER,))
    assert period_words(TableWords(words_for(small_model(), "en"), made)) == expected


def test_buckets() -> None:
    day = dt.date(2026, 10, 1)
    assert [bucket_words(day, g, Calendar(), "en") for g in ("day", "month", "quarter")] == [
        "1 Oct 2026",
        "Oct 2026",
        "Q4 2026",
    ]
    assert bucket_words(dt.date(2026, 11, 16), "week", Calendar(), "en") == "16–22 Nov 2026"
    assert bucket_words(dt.date(2026, 1, 1), "year", Calendar(), "zh") == "2026年"
    assert date_words(day, "en", year=False) == "1 Oct"
