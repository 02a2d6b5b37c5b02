"""Numbers in words that are read as the same number, exactly."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["said_amount", "said_percent"]

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
