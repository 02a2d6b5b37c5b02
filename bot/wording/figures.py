"""Numbers as people write them: currency, percent, counts, days, dates. Formats come from Babel, per language."""

from __future__ import annotations

import datetime as dt
import math
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern, format_currency, format_decimal, parse_pattern

from bot.wording.sentences import say

__all__ = ["date_words", "format_value", "ordinal"]

TOO_MANY_DIGITS = 10**18  # beyond any amount of money; decimal arithmetic would give up later
LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN"}


def format_value(value: object, unit: str, language: str, *, signed: bool = False) -> str:
    """One cell in words. `unit` as in `metrics.query.answer.Column`; None and not-a-number are n/a.

    `signed` is for changes: a plus sign, and points instead of percent for a difference of percentages.

    >>> format_value(1234567.4, "currency:CNY", "en"), format_value(0.8231, "percent", "en")
    ('¥1,234,567', '82.3%')
    >>> format_value(-0.021, "percent", "zh", signed=True)
    '-2.1 个百分点'
    """
    if isinstance(value, Decimal):
        value = float(value)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return say(language, "value.none")
    if isinstance(value, bool):
        return say(language, "value.yes" if value else "value.no")
    if isinstance(value, dt.datetime):
        return date_words(value.date(), language)
    if isinstance(value, dt.date):
        return date_words(value, language)
    if not isinstance(value, int | float):
        return str(value)
    number = _number(value, unit, language, signed)
    plus = "+" if signed and value > 0 and any(c in number for c in "123456789") else ""
    return plus + number


@cache
def _pattern(text: str) -> NumberPattern:
    """A number format, read once: Babel reads it again for every number."""
    return parse_pattern(text)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(LOCALES.get(language, LOCALES["en"]))


@lru_cache(maxsize=50_000)  # a message says a number in its headline, its text and its table
def _number(value: int | float, unit: str, language: str, signed: bool) -> str:
    locale = _locale(language)
    kind, _, detail = unit.partition(":")
    if abs(value) >= TOO_MANY_DIGITS:
        return f"{Decimal(value):.3e}"
    if kind == "currency":
        whole = abs(value) >= 100 or float(value).is_integer()
        rounded = _rounded(value, 0 if whole else 2)
        text = str(
            format_currency(
                rounded,
                detail or "USD",
                _pattern("¤#,##0" if whole else "¤#,##0.00"),
                locale=locale,
                currency_digits=False,
            )
        )
        return text.replace("CN¥", "¥").replace("US$", "$")
    if kind == "percent":
        points = format_decimal(_rounded(value * 100, 1), _pattern("#,##0.0"), locale=locale)
        return say(language, "value.points", n=points) if signed else f"{points}%"
    if kind == "days":
        digits = format_decimal(_rounded(value, 1), _pattern("#,##0.#"), locale=locale)
        return say(language, "value.days", n=digits)
    if kind == "rank":
        return str(round(value))
    places = 2
    return str(format_decimal(_rounded(value, places), _pattern("#,##0.##"), locale=locale))


def _rounded(value: int | float, places: int) -> Decimal:
    """Half away from zero on the shortest decimal form, as people round; never minus zero."""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    result = round_half_up(exact, places)
    return result if result else Decimal(0)


def round_half_up(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


@lru_cache(maxsize=10_000)  # the days of a table are the same few
def date_words(day: dt.date, language: str, *, year: bool = True) -> str:
    """ "22 Nov 2026" or "2026年11月22日"; without the year where it is clear."""
    if language == "zh":
        return str(format_date(day, "y年M月d日" if year else "M月d日", locale=LOCALES["zh"]))
    return str(format_date(day, "d MMM y" if year else "d MMM", locale="en_US"))


def ordinal(n: int, language: str) -> str:
    """1st, 2nd, 11th; 第 1 名."""
    if language == "zh":
        return say("zh", "ordinal", n=n)
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"
