"""Periods and the days they mean. Every expectation was read off a calendar, not off the code."""

from __future__ import annotations

import pytest
from when_cases import (
    AMERICA,
    APRIL,
    APRIL_END,
    CHINA,
    DAY,
    GULF,
    HALF,
    JULY,
    JULY_END,
    MONTH,
    OCTOBER,
    OCTOBER_END,
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

from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar
from metrics.query import when as w

LAST_MONTH, LAST_YEAR = units("month", -1), units("year", -1)
TUESDAY = "2024-03-12"
Case = tuple[w.When, str, str]


def check(when: w.When, as_of: str, expected: str, calendar: Calendar = PLAIN) -> None:
    assert text(bind(when, as_of, calendar=calendar).spans) == expected


@pytest.mark.parametrize(
    ("when", "as_of", "expected"),
    [
        (w.All(), TUESDAY, "..2024-03-12"),
        (DAY, TUESDAY, "2024-03-12"),
        (units("day", -1), "2024-03-01", "2024-02-29"),
        (units("day", -2), "2024-01-01", "2023-12-30"),
        (WEEK, TUESDAY, "2024-03-11..2024-03-12"),
        (WEEK, "2024-03-11", "2024-03-11"),
        (WEEK, "2024-03-17", "2024-03-11..2024-03-17"),
        (units("week", -1), TUESDAY, "2024-03-04..2024-03-10"),
        (units("week", -2), TUESDAY, "2024-02-26..2024-03-03"),
        (MONTH, TUESDAY, "2024-03-01..2024-03-12"),
        (MONTH, "2024-03-31", "2024-03-01..2024-03-31"),
        (LAST_MONTH, TUESDAY, "2024-02-01..2024-02-29"),
        (LAST_MONTH, "2024-03-31", "2024-02-01..2024-02-29"),
        (units("month", -2), "2024-01-31", "2023-11-01..2023-11-30"),
        (QUARTER, "2024-03-31", "2024-01-01..2024-03-31"),
        (units("quarter", -1), "2024-01-01", "2023-10-01..2023-12-31"),
        (HALF, "2024-08-01", "2024-07-01..2024-08-01"),
        (units("half", -1), "2024-08-01", "2024-01-01..2024-06-30"),
        (LAST_YEAR, TUESDAY, "2023-01-01..2023-12-31"),
        (units("month", -3, 3), TUESDAY, "2023-12-01..2024-02-29"),
        (units("week", -6, 6), TUESDAY, "2024-01-29..2024-03-10"),
        (units("week", 0, at=holiday("black_friday", 2024)), "2025-01-10", "2024-11-25..2024-12-01"),
        (units("week", -1, at=holiday("christmas", 2023)), TUESDAY, "2023-12-18..2023-12-24"),
        (units("day", -1, at=LAST_MONTH), TUESDAY, "2024-01-31"),
        (w.Complete(unit="month", count=3), "2024-02-28", "2023-11-01..2024-01-31"),
        (w.Complete(unit="month", count=3), "2024-02-29", "2023-12-01..2024-02-29"),
        (w.Complete(unit="week", count=2), TUESDAY, "2024-02-26..2024-03-10"),
        (w.Complete(unit="quarter", count=1), "2024-03-30", "2023-10-01..2023-12-31"),
        (w.Complete(unit="year", count=2), TUESDAY, "2022-01-01..2023-12-31"),
        (w.Sliding(unit="day", count=7), TUESDAY, "2024-03-06..2024-03-12"),
        (w.Sliding(unit="week", count=2), TUESDAY, "2024-02-28..2024-03-12"),
        (w.Sliding(unit="month", count=3), TUESDAY, "2023-12-13..2024-03-12"),
        (w.Sliding(unit="month", count=1), "2024-02-29", "2024-02-01..2024-02-29"),
        (w.Sliding(unit="year", count=1), "2024-02-29", "2023-03-01..2024-02-29"),
        (w.Sliding(unit="day", count=7, at=units("day", -1, at=holiday("christmas", 2023))), TUESDAY,
         "2023-12-18..2023-12-24"),
        (w.Sliding(unit="day", count=30, ahead=True, at=holiday("singles_day", 2023)), TUESDAY,
         "2023-11-12..2023-12-11"),
        (w.Weekend(offset=-1), TUESDAY, "2024-03-09..2024-03-10"),
        (w.Weekend(), "2024-03-10", "2024-03-09..2024-03-10"),
        (w.Weekend(), "2024-03-09", "2024-03-09"),
        (w.ToDate(of=LAST_YEAR), TUESDAY, "2023-01-01..2023-03-12"),
        (w.ToDate(of=LAST_MONTH), "2024-03-30", "2024-02-01..2024-02-29"),
        (w.ToDate(of=units("quarter", -1)), "2024-05-31", "2024-01-01..2024-03-01"),
        (w.ToDate(of=year(2016)), "2017-09-14", "2016-01-01..2016-09-14"),
        (w.ToDate(of=YEAR), TUESDAY, "2024-01-01..2024-03-12"),
    ],
)  # fmt: skip
def test_counted_from_the_day(when: w.When, as_of: str, expected: str) -> None:
    check(when, as_of, expected)


@pytest.mark.parametrize(
    ("when", "as_of", "expected"),
    [
        (year(2017), TUESDAY, "2017-01-01..2017-12-31"),
        (named("quarter", 3), TUESDAY, "2023-07-01..2023-09-30"),
        (named("quarter", 1), TUESDAY, "2024-01-01..2024-03-12"),
        (named("half", 1, 2016), TUESDAY, "2016-01-01..2016-06-30"),
        (named("month", 3), "2024-03-01", "2024-03-01"),
        (named("month", 4), "2024-03-31", "2023-04-01..2023-04-30"),
        (named("month", 2, 2024), TUESDAY, "2024-02-01..2024-02-29"),
        (named("month", 9, of=LAST_YEAR), TUESDAY, "2023-09-01..2023-09-30"),
        (named("week", 12, 2017), TUESDAY, "2017-03-20..2017-03-26"),
        (named("week", 53, 2020), TUESDAY, "2020-12-28..2021-01-03"),
        (named("week", 53), "2026-11-20", "2020-12-28..2021-01-03"),
        (named("week", 1), "2024-12-31", "2024-12-30..2024-12-31"),
        (named("week", 1, of=year(2015)), TUESDAY, "2014-12-29..2015-01-04"),
        (named("day", 15), TUESDAY, "2024-02-15"),
        (named("day", 31), TUESDAY, "2024-01-31"),
        (named("day", 31), "2024-03-31", "2024-03-31"),
        (named("day", 15, of=LAST_MONTH), TUESDAY, "2024-02-15"),
        (w.DayOfYear(month=8, day=15), TUESDAY, "2023-08-15"),
        (w.DayOfYear(month=4, day=13), TUESDAY, "2023-04-13"),  # more than a month ahead
        (w.DayOfYear(month=3, day=12), TUESDAY, "2024-03-12"),
        (w.DayOfYear(month=2, day=29), "2023-05-01", "2020-02-29"),
        (w.DayOfYear(month=2, day=29), "2024-02-29", "2024-02-29"),
        (w.DayOfYear(month=2, day=28, year=1999), TUESDAY, "1999-02-28"),
        (between("2017-03-05", "2017-03-09"), TUESDAY, "2017-03-05..2017-03-08"),
        (between("2024-03-05", "2024-04-09"), TUESDAY, "2024-03-05..2024-03-12"),
        (holiday("christmas"), TUESDAY, "2023-12-25"),
        (holiday("easter"), TUESDAY, "2023-04-09"),
        (holiday("easter", 2018), TUESDAY, "2018-04-01"),
        (holiday("good_friday", 2019), TUESDAY, "2019-04-19"),
        (holiday("whit_monday", 2023), TUESDAY, "2023-05-29"),
        (holiday("black_friday"), TUESDAY, "2023-11-24"),
        (holiday("black_friday", 2010), TUESDAY, "2010-11-26"),
        (holiday("cyber_monday", 2012), TUESDAY, "2012-11-26"),
        (holiday("thanksgiving", 2019), "2020-06-15", "2019-11-28"),
        (holiday("fathers_day", 2015), TUESDAY, "2015-06-21"),
        (holiday("mothers_day", of=LAST_YEAR), "2014-02-12", "2013-05-12"),
        (holiday("memorial_day"), "2013-02-12", "2012-05-28"),
        (holiday("labour_day"), TUESDAY, "2023-05-01"),
        (holiday("singles_day"), TUESDAY, "2023-11-11"),
        (holiday("mid_year_sale", 2023), TUESDAY, "2023-06-18"),
        (holiday("double_twelve", of=LAST_YEAR), TUESDAY, "2023-12-12"),
        (holiday("new_years_eve"), "2016-11-07", "2015-12-31"),
    ],
)
def test_by_name(when: w.When, as_of: str, expected: str) -> None:
    check(when, as_of, expected)


@pytest.mark.parametrize(
    ("when", "as_of", "calendar", "expected"),
    [
        (holiday("spring_festival", 2017), TUESDAY, CHINA, "2017-01-28"),
        (holiday("spring_festival", 2019), TUESDAY, CHINA, "2019-02-05"),
        (holiday("spring_festival", 2021), TUESDAY, CHINA, "2021-02-12"),
        (holiday("spring_festival"), TUESDAY, CHINA, "2024-02-10"),
        (holiday("spring_festival"), "2024-02-09", CHINA, "2023-01-22"),
        (holiday("spring_festival", 2026), "2026-11-20", PLAIN, "2026-02-17"),
        (holiday("lunar_new_years_eve", 2024), TUESDAY, CHINA, "2024-02-09"),
        (holiday("lantern_festival", 2024), TUESDAY, CHINA, "2024-02-24"),
        (holiday("qingming", 2017), TUESDAY, CHINA, "2017-04-04"),
        (holiday("dragon_boat", 2023), TUESDAY, CHINA, "2023-06-22"),
        (holiday("mid_autumn", 2023), TUESDAY, CHINA, "2023-09-29"),
        (holiday("double_ninth", 2023), TUESDAY, CHINA, "2023-10-23"),
        (holiday("national_day"), TUESDAY, CHINA, "2023-10-01"),
        (holiday("golden_week"), TUESDAY, CHINA, "2023-10-01..2023-10-07"),
        (holiday("golden_week"), "2024-10-03", CHINA, "2024-10-01..2024-10-03"),
        # as the State Council published them
        (holiday("spring_festival", 2023, whole=True), TUESDAY, CHINA, "2023-01-21..2023-01-27"),
        (holiday("spring_festival", 2024, whole=True), TUESDAY, CHINA, "2024-02-10..2024-02-17"),
        (holiday("spring_festival", 2025, whole=True), "2025-06-01", CHINA, "2025-01-28..2025-02-04"),
        (holiday("national_day", 2023, whole=True), TUESDAY, CHINA, "2023-09-29..2023-10-06"),
        (holiday("national_day", 2024, whole=True), "2025-06-01", CHINA, "2024-10-01..2024-10-07"),
        (holiday("national_day", 2025, whole=True), "2026-06-01", CHINA, "2025-10-01..2025-10-08"),
        (holiday("may_day", 2024, whole=True), "2025-06-01", CHINA, "2024-05-01..2024-05-05"),
        (holiday("labour_day", 2023), TUESDAY, AMERICA, "2023-09-04"),
        (holiday("labour_day", 2023, whole=True), TUESDAY, AMERICA, "2023-09-02..2023-09-04"),
        (holiday("independence_day", 2023), TUESDAY, AMERICA, "2023-07-04"),
        (holiday("mlk_day", of=LAST_YEAR), "2013-02-12", AMERICA, "2012-01-16"),
        (holiday("thanksgiving", 2023), TUESDAY, Calendar(holidays="CA"), "2023-10-09"),
        (holiday("mothers_day", 2023), TUESDAY, Calendar(holidays="GB"), "2023-03-19"),
        (holiday("independence_day", 2023), TUESDAY, Calendar(holidays="IN"), "2023-08-15"),
        (holiday("diwali", 2023), TUESDAY, Calendar(holidays="IN"), "2023-11-12"),
        (holiday("national_day", 2023), TUESDAY, Calendar(holidays="SG"), "2023-08-09"),
        (holiday("german_unity_day", 2023), TUESDAY, Calendar(holidays="DE-BY"), "2023-10-03"),
        (holiday("golden_week", 2023), TUESDAY, Calendar(holidays="JP"), "2023-04-29..2023-05-05"),
    ],
)
def test_holidays_of_a_country(when: w.When, as_of: str, calendar: Calendar, expected: str) -> None:
    check(when, as_of, expected, calendar)


@pytest.mark.parametrize(
    ("when", "as_of", "expected"),
    [
        (w.Since(of=named("month", 7)), "2017-09-14", "2017-07-01..2017-09-14"),
        (w.Since(of=part("early", named("month", 7))), "2017-09-14", "2017-07-01..2017-09-14"),
        (w.Since(of=year(2015)), "2017-09-14", "2015-01-01..2017-09-14"),
        (w.After(of=named("month", 7)), "2017-09-14", "2017-08-01..2017-09-14"),
        (w.After(of=named("quarter", 1, 2001)), "2001-05-15", "2001-04-01..2001-05-15"),
        (w.Before(of=year(2010)), TUESDAY, "..2009-12-31"),
        (w.Before(of=DAY), TUESDAY, "..2024-03-11"),
        (w.Until(of=units("day", -1)), "2017-09-14", "..2017-09-13"),
        (w.Until(of=LAST_YEAR), "2017-09-14", "..2016-12-31"),
        (w.Until(of=MONTH), "2017-09-14", "..2017-09-14"),
        (w.FromTo(first=w.After(of=year(2010)), last=w.Before(of=year(2018))), TUESDAY, "2011-01-01..2017-12-31"),
        (w.FromTo(first=named("month", 3), last=named("month", 5)), "2017-09-14", "2017-03-01..2017-05-31"),
        (w.FromTo(first=named("month", 11), last=named("month", 2)), TUESDAY, "2023-11-01..2024-02-29"),
        (w.FromTo(first=named("month", 8), last=named("month", 2)), "2018-09-18", "2018-08-01..2018-09-18"),
        (w.FromTo(first=named("month", 10), last=named("month", 5)), "2018-09-18", "2017-10-01..2018-05-31"),
        (w.FromTo(first=named("month", 1), last=named("month", 4, 2015)), TUESDAY, "2015-01-01..2015-04-30"),
        (w.FromTo(first=named("month", 11), last=named("month", 2, 2017)), TUESDAY, "2016-11-01..2017-02-28"),
        (w.FromTo(first=named("quarter", 4, 2016), last=named("quarter", 2)), "2017-09-14", "2016-10-01..2017-06-30"),
        (w.FromTo(first=w.DayOfYear(month=2, day=29), last=w.DayOfYear(month=3, day=1)), "2019-09-18",
         "2016-02-29..2016-03-01"),
        (w.FromTo(first=w.DayOfYear(month=8, day=10), last=w.DayOfYear(month=11, day=12)), "2012-08-10", "2012-08-10"),
        (w.FromTo(first=w.DayOfYear(month=3, day=15), last=named("month", 3)), "2024-03-10", "2023-03-15..2023-03-31"),
        (w.FromTo(first=named("day", 4, of=MONTH), last=named("day", 22, of=MONTH)), "2016-11-30",
         "2016-11-04..2016-11-22"),
        (w.FromTo(first=holiday("national_day"), last=holiday("christmas")), TUESDAY, "2023-10-01..2023-12-25"),
        (w.FromTo(first=YEAR, last=named("month", 5)), "2017-09-14", "2017-01-01..2017-05-31"),
        (w.FromTo(first=named("week", 31), last=named("week", 35)), "2018-05-04", "2017-07-31..2017-09-03"),
        (w.FromTo(first=units("day", -7), last=DAY), "2021-05-03", "2021-04-26..2021-05-03"),
        (w.FromTo(first=part("mid", named("month", 3)), last=part("late", named("month", 9))), "2016-11-07",
         "2016-03-11..2016-09-30"),
        (w.FromTo(first=named("month", 11, 2014), last=named("month", 3, of=LAST_YEAR)), "2021-06-14",
         "2014-11-01..2020-03-31"),
        (w.FromTo(first=nth("day", 1, only((2,), units("week", -1))), last=nth("day", 1, only((1,), WEEK))),
         "2021-06-20", "2021-06-09..2021-06-15"),
    ],
)  # fmt: skip
def test_from_and_to(when: w.When, as_of: str, expected: str) -> None:
    check(when, as_of, expected)


@pytest.mark.parametrize(
    ("when", "as_of", "expected"),
    [
        (nth("week", 1, named("month", 8, 2017)), "2017-09-14", "2017-07-31..2017-08-06"),
        (nth("week", 1, named("month", 10, 2016)), TUESDAY, "2016-10-03..2016-10-09"),
        (nth("week", 3, named("month", 11, 2016)), TUESDAY, "2016-11-14..2016-11-20"),
        (nth("week", -1, LAST_MONTH), "2021-10-10", "2021-09-27..2021-10-03"),
        (nth("week", 1, year(2015)), TUESDAY, "2014-12-29..2015-01-04"),
        (nth("week", 3, year(2018)), TUESDAY, "2018-01-15..2018-01-21"),
        (nth("week", -1, year(2016)), TUESDAY, "2016-12-26..2017-01-01"),
        (nth("week", 53, year(2020)), TUESDAY, "2020-12-28..2021-01-03"),
        (nth("week", -2, units("quarter", -1), 2), TUESDAY, "2023-12-18..2023-12-31"),
        (nth("month", -1, units("quarter", -1)), "2017-09-14", "2017-06-01..2017-06-30"),
        (nth("month", 1, named("quarter", 2, 2017)), TUESDAY, "2017-04-01..2017-04-30"),
        (nth("quarter", 1, YEAR, 3), "2017-12-14", "2017-01-01..2017-09-30"),
        (nth("quarter", 4, LAST_YEAR), TUESDAY, "2023-10-01..2023-12-31"),
        (nth("month", -2, year(2016), 2), TUESDAY, "2016-11-01..2016-12-31"),
        (nth("day", 1, LAST_YEAR, 10), "2021-11-29", "2020-01-01..2020-01-10"),
        (nth("day", 15, LAST_MONTH), "2017-09-14", "2017-08-15"),
        (nth("day", -1, LAST_MONTH), TUESDAY, "2024-02-29"),
        (nth("day", 2, only((0,), LAST_MONTH)), "2013-02-12", "2013-01-14"),
        (nth("day", 1, only((0,), named("month", 10))), "2013-02-12", "2012-10-01"),
        (nth("day", 3, only((6,), named("month", 6, 2021))), TUESDAY, "2021-06-20"),
        (nth("day", -1, only((4,), w.Until(of=units("day", -1)))), "2012-08-10", "2012-08-03"),
        (nth("day", -3, only((4,), w.Until(of=DAY)), 3), TUESDAY, "2024-02-23 + 2024-03-01 + 2024-03-08"),
        (nth("day", -1, only("working", LAST_MONTH)), "2024-07-12", "2024-06-28"),
        (nth("day", 1, only("working", LAST_MONTH), 5), "2024-07-12", "2024-06-03..2024-06-07"),
        (part("early", LAST_MONTH), TUESDAY, "2024-02-01..2024-02-10"),
        (part("mid", LAST_MONTH), TUESDAY, "2024-02-11..2024-02-20"),
        (part("late", LAST_MONTH), TUESDAY, "2024-02-21..2024-02-29"),
        (part("late", named("month", 1)), TUESDAY, "2024-01-21..2024-01-31"),
        (part("first_half", named("month", 8)), "2017-09-14", "2017-08-01..2017-08-15"),
        (part("second_half", LAST_MONTH), TUESDAY, "2024-02-16..2024-02-29"),
        (part("early", year(2000)), TUESDAY, "2000-01-01..2000-04-30"),
        (part("mid", year(1989)), TUESDAY, "1989-05-01..1989-08-31"),
        (part("late", year(2012)), TUESDAY, "2012-09-01..2012-12-31"),
        (part("early", named("quarter", 4, 2020)), TUESDAY, "2020-10-01..2020-10-31"),
        (part("late", named("half", 1, 2020)), TUESDAY, "2020-05-01..2020-06-30"),
        (part("first_half", named("quarter", 1, 2023)), TUESDAY, "2023-01-01..2023-02-15"),
        (part("second_half", named("quarter", 1, 2023)), TUESDAY, "2023-02-16..2023-03-31"),
        (part("second_half", year(2023)), TUESDAY, "2023-07-01..2023-12-31"),
        (part("early", units("week", -1)), "2013-02-12", "2013-02-04..2013-02-06"),
        (part("mid", units("week", -1)), "2013-02-12", "2013-02-06..2013-02-08"),
        (part("late", units("week", -1)), "2013-02-12", "2013-02-08..2013-02-10"),
        (part("first_half", units("week", -1)), "2013-02-12", "2013-02-04..2013-02-07"),
        (only((0,), LAST_MONTH), TUESDAY, "2024-02-05 + 2024-02-12 + 2024-02-19 + 2024-02-26"),
        (only((0,), MONTH), TUESDAY, "2024-03-04 + 2024-03-11"),
        (only((4, 3), units("week", -1)), TUESDAY, "2024-03-07..2024-03-08"),
        (only("weekend", MONTH), TUESDAY, "2024-03-02..2024-03-03 + 2024-03-09..2024-03-10"),
        (only("working", MONTH), TUESDAY, "2024-03-01 + 2024-03-04..2024-03-08 + 2024-03-11..2024-03-12"),
        (only((0,), only("working", LAST_MONTH)), TUESDAY, "2024-02-05 + 2024-02-12 + 2024-02-19 + 2024-02-26"),
    ],
)
def test_out_of_another(when: w.When, as_of: str, expected: str) -> None:
    check(when, as_of, expected)


@pytest.mark.parametrize(
    ("when", "as_of", "expected"),
    [
        (w.Ago(of=MONTH), TUESDAY, "2023-03-01..2023-03-12"),
        (w.Ago(of=LAST_MONTH), "2025-03-12", "2024-02-01..2024-02-29"),
        (w.Ago(of=YEAR), "2025-02-28", "2024-01-01..2024-02-28"),
        (w.Ago(of=DAY), "2024-02-29", "2023-02-28"),
        (w.Ago(of=DAY, unit="month"), "2024-03-31", "2024-02-29"),
        (w.Ago(of=MONTH, unit="month"), TUESDAY, "2024-02-01..2024-02-12"),
        (w.Ago(of=MONTH, unit="month"), "2024-03-31", "2024-02-01..2024-02-29"),
        (w.Ago(of=WEEK, unit="week", count=2), TUESDAY, "2024-02-26..2024-02-27"),
        (w.Ago(of=MONTH, unit="week"), TUESDAY, "2024-02-23..2024-03-05"),
        (w.Ago(of=QUARTER, unit="quarter"), TUESDAY, "2023-10-01..2023-12-12"),
        (w.Ago(of=MONTH, count=3), TUESDAY, "2021-03-01..2021-03-12"),
        (w.Ago(of=holiday("black_friday")), TUESDAY, "2022-11-25"),
        (w.Ago(of=holiday("spring_festival")), TUESDAY, "2023-01-22"),
        (w.Ago(of=holiday("black_friday"), unit="month"), TUESDAY, "2023-10-24"),
        (w.Ago(of=only((0,), MONTH)), TUESDAY, "2023-03-06"),
        (w.Ago(of=w.Since(of=YEAR)), TUESDAY, "2023-01-01..2023-03-12"),
        (w.Union(of=(MONTH, LAST_MONTH)), TUESDAY, "2024-02-01..2024-03-12"),
        (w.Union(of=(named("quarter", 3, 2023), named("quarter", 1, 2023))), TUESDAY,
         "2023-01-01..2023-03-31 + 2023-07-01..2023-09-30"),
        (w.Union(of=(YEAR, MONTH)), TUESDAY, "2024-01-01..2024-03-12"),
        (w.Union(of=(only((0,), LAST_MONTH), only((0,), MONTH))), TUESDAY,
         "2024-02-05 + 2024-02-12 + 2024-02-19 + 2024-02-26 + 2024-03-04 + 2024-03-11"),
        (w.Union(of=(MONTH, w.Ago(of=MONTH))), TUESDAY, "2023-03-01..2023-03-12 + 2024-03-01..2024-03-12"),
        (w.Without(of=LAST_YEAR, out=named("month", 8)), TUESDAY, "2023-01-01..2023-07-31 + 2023-09-01..2023-12-31"),
        (w.Without(of=LAST_YEAR, out=named("month", 12)), TUESDAY, "2023-01-01..2023-11-30"),
        (w.Without(of=w.All(), out=YEAR), TUESDAY, "..2023-12-31"),
    ],
)  # fmt: skip
def test_moved_and_put_together(when: w.When, as_of: str, expected: str) -> None:
    check(when, as_of, expected)


@pytest.mark.parametrize(
    ("when", "as_of", "calendar", "expected"),
    [
        (YEAR, TUESDAY, APRIL, "2023-04-01..2024-03-12"),
        (YEAR, "2024-04-01", APRIL, "2024-04-01"),
        (year(2023), TUESDAY, APRIL, "2023-04-01..2024-03-12"),
        (year(2023), TUESDAY, APRIL_END, "2022-04-01..2023-03-31"),
        (named("quarter", 1, 2024), TUESDAY, APRIL_END, "2023-04-01..2023-06-30"),
        (named("quarter", 4), TUESDAY, APRIL_END, "2024-01-01..2024-03-12"),
        (named("half", 2, 2023), TUESDAY, JULY, "2024-01-01..2024-03-12"),
        (named("half", 2, 2023), TUESDAY, JULY_END, "2023-01-01..2023-06-30"),
        (named("quarter", 2, 2023), TUESDAY, OCTOBER, "2024-01-01..2024-03-12"),
        (named("quarter", 2, 2023), TUESDAY, OCTOBER_END, "2023-01-01..2023-03-31"),
        (w.Since(of=year(2023)), TUESDAY, OCTOBER_END, "2022-10-01..2024-03-12"),
        (w.After(of=named("quarter", 1, 2017)), "2017-12-31", APRIL, "2017-07-01..2017-12-31"),
        (w.FromTo(first=year(2016), last=year(2017)), "2018-12-31", APRIL, "2016-04-01..2018-03-31"),
        (w.FromTo(first=year(2016), last=year(2017)), "2018-12-31", APRIL_END, "2015-04-01..2017-03-31"),
        (w.FromTo(first=named("quarter", 1), last=named("quarter", 2)), "2017-12-31", APRIL, "2017-04-01..2017-09-30"),
        (nth("quarter", 1, LAST_YEAR), TUESDAY, JULY_END, "2022-07-01..2022-09-30"),
        (nth("month", -1, units("half", -1)), TUESDAY, OCTOBER, "2023-09-01..2023-09-30"),
        (part("first_half", YEAR), "2017-12-31", APRIL, "2017-04-01..2017-09-30"),
        (named("month", 3, 2023), TUESDAY, APRIL_END, "2023-03-01..2023-03-31"),
        (named("month", 3, of=LAST_YEAR), TUESDAY, APRIL, "2023-03-01..2023-03-31"),
        (w.Civil(of=year(2023)), TUESDAY, APRIL_END, "2023-01-01..2023-12-31"),
        (w.Civil(of=QUARTER), TUESDAY, JULY, "2024-01-01..2024-03-12"),
        (w.ToDate(of=LAST_YEAR), TUESDAY, APRIL, "2022-04-01..2023-03-12"),
        (WEEK, TUESDAY, SUNDAY, "2024-03-10..2024-03-12"),
        (units("week", -1), TUESDAY, SUNDAY, "2024-03-03..2024-03-09"),
        (w.Complete(unit="week", count=1), "2024-03-16", SUNDAY, "2024-03-10..2024-03-16"),
        (named("week", 1, 2024), TUESDAY, SUNDAY, "2023-12-31..2024-01-06"),
        (named("week", 53, 2020), TUESDAY, SUNDAY, "2020-12-27..2021-01-02"),
        (nth("week", 1, named("month", 8, 2018)), TUESDAY, SUNDAY, "2018-07-29..2018-08-04"),
        (nth("week", 1, named("month", 8, 2019)), TUESDAY, SUNDAY, "2019-08-04..2019-08-10"),
        (w.Weekend(offset=-1), TUESDAY, SUNDAY, "2024-03-09..2024-03-10"),
        (w.Weekend(offset=-1), TUESDAY, GULF, "2024-03-08..2024-03-09"),
        (only("weekend", units("week", -1)), TUESDAY, GULF, "2024-03-08..2024-03-09"),
        (only("working", named("month", 10, 2023)), TUESDAY, CHINA,
         "2023-10-07..2023-10-13 + 2023-10-16..2023-10-20 + 2023-10-23..2023-10-27 + 2023-10-30..2023-10-31"),
        (only("off", named("week", 40, 2024)), "2025-01-01", CHINA, "2024-10-01..2024-10-06"),
        (nth("day", 1, only("working", named("month", 2))), TUESDAY, CHINA, "2024-02-01"),
        (nth("day", 1, only("working", w.After(of=holiday("spring_festival", whole=True)))), TUESDAY, CHINA,
         "2024-02-18"),
    ],
)  # fmt: skip
def test_by_the_organisations_calendar(when: w.When, as_of: str, calendar: Calendar, expected: str) -> None:
    check(when, as_of, expected, calendar)


@pytest.mark.parametrize(
    ("when", "as_of", "full"),
    [
        (w.All(), TUESDAY, ".."),
        (units("month", 1), TUESDAY, "2024-04-01..2024-04-30"),
        (units("day", 1, 5), TUESDAY, "2024-03-13..2024-03-17"),
        (units("month", 1, 6), "2021-02-20", "2021-03-01..2021-08-31"),
        (w.Sliding(unit="month", count=3, ahead=True), "2016-11-07", "2016-11-08..2017-02-07"),
        (w.Sliding(unit="week", count=1, ahead=True), "2024-11-07", "2024-11-08..2024-11-14"),
        (w.Weekend(offset=1), "2017-03-22", "2017-04-01..2017-04-02"),
        (w.Weekend(), "2016-11-07", "2016-11-12..2016-11-13"),
        (named("month", 3, coming=True), TUESDAY, "2025-03-01..2025-03-31"),
        (named("quarter", 2, coming=True), TUESDAY, "2024-04-01..2024-06-30"),
        (named("day", 31, coming=True), "2024-03-31", "2024-05-31"),
        (named("month", 4, of=units("year", 1)), "2017-03-22", "2018-04-01..2018-04-30"),
        (holiday("easter", coming=True), "2019-02-12", "2019-04-21"),
        (holiday("singles_day", coming=True), TUESDAY, "2024-11-11"),
        (nth("day", 2, only((0,), units("month", 1))), "2018-03-20", "2018-04-09"),
        (nth("week", 3, units("year", 1)), "2016-11-07", "2017-01-16..2017-01-22"),
        (nth("day", 1, only((4,), w.After(of=DAY)), 2), TUESDAY, "2024-03-15 + 2024-03-22"),
        (only((1,), units("week", 1)), "2018-03-20", "2018-03-27"),
        (part("early", units("year", 1)), "2021-06-14", "2022-01-01..2022-04-30"),
        (w.After(of=DAY), TUESDAY, "2024-03-13.."),
        (w.Since(of=units("week", 1)), "2022-01-10", "2022-01-17.."),
        (w.FromTo(first=DAY, last=units("month", 0)), TUESDAY, "2024-03-12..2024-03-31"),
        (w.Until(of=units("year", 1)), TUESDAY, "..2025-12-31"),
    ],
)
def test_what_lies_ahead_has_its_full_days(when: w.When, as_of: str, full: str) -> None:
    days = bind(when, as_of)
    assert text(days.full) == full
    begun = days.start is None or days.start.isoformat() <= as_of
    assert days.empty != begun


@pytest.mark.parametrize(
    ("when", "through", "expected", "cut"),
    [
        (MONTH, "2024-03-08", "2024-03-01..2024-03-08", True),
        (MONTH, "2024-02-28", "", True),
        (LAST_MONTH, "2024-02-28", "2024-02-01..2024-02-28", True),
        (LAST_MONTH, "2024-02-29", "2024-02-01..2024-02-29", False),
        (MONTH, "2024-12-31", "2024-03-01..2024-03-12", True),  # not beyond the day of the question
        (w.All(), "2024-03-08", "..2024-03-08", False),
        (w.Since(of=year(2024)), "2024-03-08", "2024-01-01..2024-03-08", False),
        (w.Since(of=named("month", 3)), "2024-02-20", "", True),
        (w.Sliding(unit="day", count=7), "2024-03-08", "2024-03-06..2024-03-08", True),
        (w.Complete(unit="day", count=3), "2024-03-08", "2024-03-06..2024-03-08", False),
        (w.Complete(unit="month", count=1), "2024-02-28", "2024-01-01..2024-01-31", False),
        (w.Ago(of=MONTH), "2024-03-08", "2023-03-01..2023-03-08", True),
        (w.ToDate(of=LAST_YEAR), "2024-03-08", "2023-01-01..2023-03-08", True),
        (nth("week", 1, MONTH), "2024-03-08", "2024-03-04..2024-03-08", True),
        (only((0,), MONTH), "2024-03-08", "2024-03-04", True),
        (w.Union(of=(LAST_MONTH, MONTH)), "2024-03-08", "2024-02-01..2024-03-08", True),
        (nth("week", 1, w.Ago(of=MONTH)), "2024-03-02", "2023-02-27..2023-03-02", True),
        (named("month", 1), "2024-03-08", "2024-01-01..2024-01-31", False),
    ],
)
def test_what_is_loaded_cuts(when: w.When, through: str, expected: str, cut: bool) -> None:
    days = bind(when, TUESDAY, through)
    assert (text(days.spans), days.cut, days.empty) == (expected, cut, not expected)


@pytest.mark.parametrize(
    ("when", "unit", "count"),
    [
        (w.All(), "all", 1),
        (units("month", -3, 3), "month", 3),
        (w.Sliding(unit="month", count=1), "day", 29),
        (w.FromTo(first=named("quarter", 1, 2023), last=named("quarter", 2, 2023)), "quarter", 2),
        (w.FromTo(first=named("week", 3, 2023), last=named("week", 5, 2023)), "week", 3),
        (w.FromTo(first=year(2022), last=named("month", 3, 2023)), "month", 15),
        (w.FromTo(first=year(2022), last=DAY), "day", 802),
        (w.Since(of=MONTH), "day", 12),
        (nth("week", -2, LAST_MONTH, 2), "week", 2),
        (part("second_half", year(2023)), "half", 1),
        (part("early", year(2023)), "month", 4),
        (part("early", LAST_MONTH), "day", 10),
        (only((0,), LAST_MONTH), "day", 4),
        (w.Union(of=(MONTH, LAST_MONTH)), "month", 2),
        (w.Union(of=(named("quarter", 1, 2023), named("quarter", 3, 2023))), "quarter", 2),
        (w.Union(of=(named("quarter", 1, 2023), named("month", 4, 2023))), "month", 4),
        (w.Union(of=(YEAR, MONTH)), "month", 12),
        (holiday("golden_week"), "day", 7),
        (w.Ago(of=QUARTER, unit="month"), "month", 3),
        (w.Ago(of=WEEK), "week", 1),
    ],
)
def test_units(when: w.When, unit: str, count: int) -> None:
    days = bind(when, TUESDAY)
    assert (days.unit, days.count) == (unit, count)


def test_many_days_are_left_to_the_filter() -> None:
    mondays = bind(only((0,), w.FromTo(first=year(2010), last=year(2023))), TUESDAY)
    assert mondays.only is not None and mondays.only.weekdays == (0,) and mondays.only.working is None
    assert text(mondays.spans) == "2010-01-01..2023-12-31"
    assert mondays.happened_days(PLAIN) == 730  # every seventh of 5113 days, from Monday 4 January 2010
    open_ahead = bind(only("working", w.Since(of=MONTH)), TUESDAY)
    assert open_ahead.only is not None and open_ahead.only.working is True
    assert (open_ahead.happened_days(PLAIN), open_ahead.all_days(PLAIN), open_ahead.cut) == (8, None, False)
    narrower = bind(only((0,), only("working", w.Since(of=MONTH))), TUESDAY)
    assert narrower.only is not None and (narrower.only.weekdays, narrower.only.working) == ((0,), True)
    few = bind(only((0,), w.FromTo(first=year(2018), last=year(2023))), TUESDAY)
    assert few.only is None and len(few.spans) == 313


def test_how_much_has_happened() -> None:
    days = bind(only("working", MONTH), TUESDAY)
    assert (days.happened_days(PLAIN), days.all_days(PLAIN)) == (8, 21)
    assert text(bind(units("month", 1), TUESDAY).ahead().spans) == "2024-04-01..2024-04-30"
    assert not bind(units("month", 1), TUESDAY).ahead().cut


@pytest.mark.parametrize(
    ("when", "code"),
    [
        (named("week", 53, 2025), "no_such_week"),
        (nth("week", 53, year(2025)), "no_such_part"),
        (nth("day", 31, LAST_MONTH), "no_such_part"),
        (nth("day", 5, only((0,), LAST_MONTH)), "no_such_part"),
        (nth("month", 2, MONTH), "no_such_part"),
        (named("day", 30, of=LAST_MONTH), "no_such_part"),
        (w.DayOfYear(month=2, day=29, year=2023), "no_such_part"),
        (holiday("spring_festival", 1850), "no_such_part"),
        (holiday("festivus"), "no_such_holiday"),
        (nth("day", 1, w.All()), "period_open"),
        (nth("day", -1, w.Since(of=MONTH)), "period_open"),
        (w.Before(of=w.All()), "period_open"),
        (w.After(of=w.Since(of=MONTH)), "period_open"),
        (units("week", at=w.All()), "period_open"),
        (w.Sliding(unit="day", count=3, at=w.All()), "period_open"),
        (only("weekend", DAY), "period_no_days"),
        (w.Without(of=MONTH, out=YEAR), "period_no_days"),
        (w.FromTo(first=year(2020), last=year(2019)), "period_order"),
        (part("early", w.Since(of=MONTH)), "period_part"),
        (part("early", w.Union(of=(MONTH, year(2020)))), "period_part"),
        (part("mid", part("late", w.Union(of=(DAY,)))), "period_part"),
        (w.ToDate(of=w.All()), "period_to_date"),
        (w.DayOfYear(month=3, day=13), "period_ahead_or_back"),
        (w.DayOfYear(month=4, day=12), "period_ahead_or_back"),
        (w.ToDate(of=only((0,), MONTH)), "period_to_date"),
        (w.Ago(of=w.All()), "compare_all_time"),
        (w.Union(of=(only((0,), w.Since(of=YEAR)), MONTH)), "period_pieces"),
        (w.Without(of=only((0,), w.Since(of=YEAR)), out=MONTH), "period_pieces"),
        (year(99999), "period_range"),
        (year(9999), "period_range"),
        (year(0), "period_range"),
        (units("year", -3000), "period_range"),
        (units("day", 10**18), "period_range"),
        (w.Complete(unit="year", count=4000), "period_range"),
        (w.Ago(of=MONTH, count=4000), "period_range"),
    ],
)
def test_what_means_nothing_says_why(when: w.When, code: str) -> None:
    with pytest.raises(UnsupportedCombination) as caught:
        bind(when, TUESDAY)
    assert caught.value.code == code


def test_nobody_works_or_nobody_rests() -> None:
    with pytest.raises(UnsupportedCombination, match="period_no_days"):
        bind(w.Weekend(), TUESDAY, calendar=Calendar(working_days=tuple(range(7))))
