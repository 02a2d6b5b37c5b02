"""Numbers and dates found by their shape: edges of the lattice."""

from __future__ import annotations

from collections.abc import Iterator

from nlq.literals import literals as found_literals
from nlq.normalise import Normal
from nlq.numerals import Number
from nlq.reader.chart import Item
from nlq.reader.dates import date_items

__all__ = ["literal_items"]


def literal_items(normal: Normal) -> Iterator[Item]:
    """COUNT (a whole number up to 4000), AMOUNT (any number), PERCENT (a fraction), ORDINAL, and those of dates."""
    for start, end, kind, value in found_literals(normal.literal):
        while start < end and normal.folded[start] == " ":
            start += 1
        if kind in ("NUM", "ORDINAL") and isinstance(value, Number):
            yield from _numbers(start, end, kind, value)
    yield from date_items(normal)


def _numbers(start: int, end: int, kind: str, number: Number) -> Iterator[Item]:
    whole = number.value.is_integer()
    if kind == "ORDINAL":
        if whole:
            yield Item("ORDINAL", start, end, int(number.value), 0.0)
        return
    if number.percent:
        yield Item("PERCENT", start, end, round(number.value, 9), 0.0)
        return
    yield Item("AMOUNT", start, end, number.value, 0.0)
    if number.plain and whole and 1 <= number.value <= 4000:
        yield Item("COUNT", start, end, int(number.value), 0.0)
