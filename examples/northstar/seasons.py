"""When the demo company sells: working days, public holidays, the shape of the year and of the week."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

__all__ = [
    "add_months",
    "day_weight",
    "is_day_off",
    "month_start",
    "months_from",
    "season",
    "work_day_on_or_after",
    "working_days",
]

# Share of an average month: the new year holiday empties February, quarter ends and November fill up.
_MONTHS = (0.92, 0.62, 1.12, 0.98, 1.0, 1.14, 0.93, 0.95, 1.1, 0.88, 1.16, 1.2)
# Share of an average working day. Weekends: what the online channel sells.
_WEEK = (0.95, 1.08, 1.1, 1.06, 0.81, 0.07, 0.05)

# First day of the lunar year; the holiday is the eve and the six days from it. Lunar dates cannot be computed simply.
_LUNAR_NEW_YEAR = {
    2020: (1, 25),
    2021: (2, 12),
    2022: (2, 1),
    2023: (1, 22),
    2024: (2, 10),
    2025: (1, 29),
    2026: (2, 17),
    2027: (2, 6),
    2028: (1, 26),
    2029: (2, 13),
    2030: (2, 3),
    2031: (1, 23),
    2032: (2, 11),
    2033: (1, 31),
    2034: (2, 19),
    2035: (2, 8),
}
_DRAGON_BOAT = {
    2022: (6, 3),
    2023: (6, 22),
    2024: (6, 10),
    2025: (5, 31),
    2026: (6, 19),
    2027: (6, 9),
    2028: (5, 28),
    2029: (6, 16),
}
_MID_AUTUMN = {
    2022: (9, 10),
    2023: (9, 29),
    2024: (9, 17),
    2025: (10, 6),
    2026: (9, 25),
    2027: (9, 15),
    2028: (10, 3),
    2029: (9, 22),
}


def month_start(day: dt.date) -> dt.date:
    return day.replace(day=1)


def add_months(day: dt.date, months: int) -> dt.date:
    """The first of the month `months` after that of `day`.

    >>> add_months(dt.date(2026, 11, 23), -25)
    datetime.date(2024, 10, 1)
    """
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def months_from(start: dt.date, day: dt.date) -> int:
    """Whole calendar months between the month of `start` and that of `day`."""
    return (day.year - start.year) * 12 + day.month - start.month


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[dt.date]:
    days = [dt.date(year, 1, 1), dt.date(year, 4, 4), dt.date(year, 4, 5)]
    days += [dt.date(year, 5, d) for d in range(1, 6)] + [dt.date(year, 10, d) for d in range(1, 8)]
    if year in _LUNAR_NEW_YEAR:
        first = dt.date(year, *_LUNAR_NEW_YEAR[year])
        days += [first + dt.timedelta(days=n) for n in range(-1, 7)]
    for table in (_DRAGON_BOAT, _MID_AUTUMN):
        if year in table:
            days.append(dt.date(year, *table[year]))
    return frozenset(days)


def is_day_off(day: dt.date) -> bool:
    """Saturday, Sunday or a public holiday."""
    return day.weekday() >= 5 or day in _holidays(day.year)


def work_day_on_or_after(day: dt.date) -> dt.date:
    while is_day_off(day):
        day += dt.timedelta(days=1)
    return day


@lru_cache(maxsize=512)
def working_days(month: dt.date) -> tuple[dt.date, ...]:
    """The working days of the month that begins at `month`."""
    end = add_months(month, 1)
    days = (month + dt.timedelta(days=n) for n in range((end - month).days))
    return tuple(d for d in days if not is_day_off(d))


def season(month: dt.date) -> float:
    """Demand of the month against an average one."""
    return _MONTHS[month.month - 1]


def day_weight(day: dt.date) -> float:
    """Relative demand of the day; 0.03 on a public holiday (the online channel never closes)."""
    return 0.03 if day in _holidays(day.year) else _WEEK[day.weekday()]
