"""Numbers and dates in words that are read as the same number, exactly."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

__all__ = ["MONTHS", "said_amount", "said_date", "said_percent"]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# (unit, from which number on, how many digits behind the point it may have)
_SCALES = {
    "en": (("m", Decimal(10**6), 2), ("k", Decimal(10**4), 1)),
    "zh": (("亿", Decimal(10**8), 2), ("万", Decimal(10**4), 2)),
}
_UNITS = {"m": 10**6, "k": 10**3, "亿": 10**8, "万": 10**4}


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def said_amount(value: float, language: str) -> str:
    """100k, 2.5m, 12万, 1,234.5: rounded nowhere.

    >>> [said_amount(v, "en") for v in (100_000, 2_500_000, 1500, 0.25)]
    ['100k', '2.5m', '1,500', '0.25']
    >>> [said_amount(v, "zh") for v in (100_000, 2_500_000, 1500)]
    ['10万', '250万', '1500']
    """
    number = Decimal(repr(value))
    for unit, least, digits in _SCALES.get(language, ()):
        scaled = number / _UNITS[unit]
        if number >= least and scaled == round(scaled, digits):
            return _plain(scaled) + unit
    if language != "zh" and number >= 1000 and number == int(number):
        return f"{int(number):,}"
    return _plain(number)


def said_percent(value: float) -> str:
    """20%, 12.5%."""
    return _plain(Decimal(repr(value)) * 100) + "%"


def said_date(day: dt.date, language: str, *, exact: bool = False) -> str:
    """7 Oct 2026, 2026年10月7日. `exact`: as everybody reads it."""
    if exact:
        return day.isoformat()
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
