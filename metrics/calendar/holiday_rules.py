"""Holidays by name: the day on which one begins in a year, and how many days it has. A table, name -> rule.

What the table does not name is looked up among the public holidays of the calendar's country, by its English name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from metrics.calendar.units import ONE_DAY
from metrics.errors import UnsupportedCombination

__all__ = ["NAMES", "holiday_in"]

if TYPE_CHECKING:
    from holidays.calendars.chinese import _ChineseLunisolar

Occurrence = tuple[dt.date, int]  # first day, days


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same date every year."""

    month: int
    day: int
    days: int = 1

    def on(self, year: int) -> Occurrence | None:
        return dt.date(year, self.month, self.day), self.days


@dataclass(frozen=True, slots=True)
class Weekday:
    """The `nth` such weekday of a month (-1: the last), and `plus` days."""

    month: int
    weekday: int
    nth: int
    plus: int = 0

    def on(self, year: int) -> Occurrence | None:
        if self.nth > 0:
            first = dt.date(year, self.month, 1)
            day = first + ONE_DAY * ((self.weekday - first.weekday()) % 7 + 7 * (self.nth - 1))
        else:
            last = dt.date(year + self.month // 12, self.month % 12 + 1, 1) - ONE_DAY
            day = last - ONE_DAY * ((last.weekday() - self.weekday) % 7)
        return day + ONE_DAY * self.plus, 1


@dataclass(frozen=True, slots=True)
class Easter:
    """So many days from Easter Sunday of the western churches."""

    plus: int = 0

    def on(self, year: int) -> Occurrence | None:
        return _easter(year) + ONE_DAY * self.plus, 1


@dataclass(frozen=True, slots=True)
class Lunar:
    """By the Chinese calendar, and `plus` days. Known from 1901 to 2099."""

    name: str  # as the library calls it
    plus: int = 0

    def on(self, year: int) -> Occurrence | None:
        day, _ = getattr(_lunar(), f"{self.name}_date")(year) if 1901 <= year <= 2099 else (None, True)
        return None if day is None else (day + ONE_DAY * self.plus, 1)


@dataclass(frozen=True, slots=True)
class Country:
    """Different rules by country; `other` where a country has none of its own (None: it has no such day)."""

    by: Mapping[str, Rule] = field(hash=False)
    other: Rule | None = None


Rule = Fixed | Weekday | Easter | Lunar | Country
_MON, _THU, _SUN = 0, 3, 6

_RULES: Mapping[str, Rule] = {
    # everywhere
    "new_year": Fixed(1, 1),
    "new_years_eve": Fixed(12, 31),
    "valentines_day": Fixed(2, 14),
    "womens_day": Fixed(3, 8),
    "st_patricks_day": Fixed(3, 17),
    "april_fools_day": Fixed(4, 1),
    "earth_day": Fixed(4, 22),
    "may_day": Fixed(5, 1),
    "labour_day": Country({"US": Weekday(9, _MON, 1), "CA": Weekday(9, _MON, 1)}, Fixed(5, 1)),
    "childrens_day": Fixed(6, 1),
    "mothers_day": Country({"GB": Easter(-21), "IE": Easter(-21)}, Weekday(5, _SUN, 2)),
    "fathers_day": Country(
        {"AU": Weekday(9, _SUN, 1), "NZ": Weekday(9, _SUN, 1), "DE": Easter(39)}, Weekday(6, _SUN, 3)
    ),
    "halloween": Fixed(10, 31),
    "thanksgiving": Country({"CA": Weekday(10, _MON, 2)}, Weekday(11, _THU, 4)),
    "christmas_eve": Fixed(12, 24),
    "christmas": Fixed(12, 25),
    "boxing_day": Fixed(12, 26),
    # the western churches
    "carnival_monday": Easter(-48),
    "shrove_tuesday": Easter(-47),
    "ash_wednesday": Easter(-46),
    "palm_sunday": Easter(-7),
    "good_friday": Easter(-2),
    "easter": Easter(),
    "easter_monday": Easter(1),
    "ascension_day": Easter(39),
    "whit_sunday": Easter(49),
    "whit_monday": Easter(50),
    "corpus_christi": Easter(60),
    # trade
    "black_friday": Weekday(11, _THU, 4, plus=1),
    "cyber_monday": Weekday(11, _THU, 4, plus=4),
    "giving_tuesday": Weekday(11, _THU, 4, plus=5),
    "singles_day": Fixed(11, 11),
    "double_twelve": Fixed(12, 12),
    "mid_year_sale": Fixed(6, 18),
    # United States
    "mlk_day": Weekday(1, _MON, 3),
    "presidents_day": Weekday(2, _MON, 3),
    "memorial_day": Weekday(5, _MON, -1),
    "juneteenth": Fixed(6, 19),
    "columbus_day": Weekday(10, _MON, 2),
    "veterans_day": Fixed(11, 11),
    # China
    "lunar_new_years_eve": Lunar("lunar_new_year", -1),
    "spring_festival": Lunar("lunar_new_year"),
    "lantern_festival": Lunar("lunar_new_year", 14),
    "qingming": Lunar("qingming"),
    "youth_day": Fixed(5, 4),
    "dragon_boat": Lunar("dragon_boat"),
    "army_day": Fixed(8, 1),
    "mid_autumn": Lunar("mid_autumn"),
    "teachers_day": Fixed(9, 10),
    "double_ninth": Lunar("double_ninth"),
    "golden_week": Country({"JP": Fixed(4, 29, days=7)}, Fixed(10, 1, days=7)),
    # one name, another day in each country; what is not here is a public holiday of that name, if there is one
    "independence_day": Country({"US": Fixed(7, 4), "": Fixed(7, 4)}),
    "national_day": Country({"CN": Fixed(10, 1), "": Fixed(10, 1), "FR": Fixed(7, 14), "DE": Fixed(10, 3)}),
}
NAMES = frozenset(_RULES)


def holiday_in(name: str, year: int, country: str) -> Occurrence | None:
    """The first day of a holiday in a year, and how many days it has; None: that year has none. `country`: as in
    `Calendar.holidays`. Raises UnsupportedCombination "no_such_holiday"."""
    nation = country.partition("-")[0]
    rule = _RULES.get(name)
    if isinstance(rule, Country):
        rule = rule.by.get(nation, rule.other)
    if rule is not None:
        assert not isinstance(rule, Country)
        return rule.on(year)
    if not nation or not any(_public(name, near, country) for near in range(2015, 2027)):
        raise UnsupportedCombination("no_such_holiday", subject=name.replace("_", " "))
    return _public(name, year, country)


@lru_cache(maxsize=1024)
def _public(name: str, year: int, country: str) -> Occurrence | None:
    """A public holiday of that English name: the first of its days in a row."""
    import holidays  # here: most questions name no holiday, and the tables of the world take long to import

    nation, _, part = country.partition("-")
    known = holidays.country_holidays(
        nation, subdiv=part or None, years=(year,), observed=False, language=_english(nation)
    )
    named = set(known.get_named(name.replace("_", " "), lookup="icontains"))
    if not named:
        return None
    first = min(named)
    days = 1
    while first + ONE_DAY * days in named:
        days += 1
    return first, days


def _english(nation: str) -> str | None:
    import holidays

    offered = holidays.list_localized_countries().get(nation, [])
    return next((code for code in ("en_US", "en_GB", "en", *offered) if code in offered and code[:2] == "en"), None)


@lru_cache(maxsize=1)
def _lunar() -> _ChineseLunisolar:
    from holidays.calendars.chinese import _ChineseLunisolar

    return _ChineseLunisolar()


def _easter(year: int) -> dt.date:
    """Gregorian Easter Sunday (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return dt.date(year, month, day + 1)
