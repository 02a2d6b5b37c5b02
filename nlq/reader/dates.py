"""Dates found by their shape: 2026-11-07, 10/15, 20261107, 2017-08, 二零一六, and the numbers that dates are made of.

Which of two numbers is the month is told by what they can be; where both can be either, both readings are given. What
has words in it ("7 October", 3月5号) is put together by constructions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from nlq.normalise import Normal
from nlq.reader.chart import Item
from nlq.reader.constructions import NotAReading
from nlq.reader.terms import Term, Value

__all__ = ["CHECKED", "LENGTHS", "date_items", "of_this_year", "overlapping"]

LENGTHS = ("day", "week", "month", "quarter", "half", "year")

_LEFT = r"(?<![\d$¥€£])(?<!\d[.,])"
_YEAR_FIRST = re.compile(_LEFT + r"((?:19|20)\d\d)([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(_LEFT + r"(\d{1,2})([-/.])(\d{1,2})\2((?:19|20)\d\d(?!\d)|\d\d(?!\d|\2\d|[.%]))")
_SOLID = re.compile(_LEFT + r"((?:19|20)\d\d)(?: ?)(0[1-9]|1[0-2])(?: ?)(0[1-9]|[12]\d|3[01])(?![\d.,%])")
_MONTH_DAY = re.compile(_LEFT + r"(\d{1,2})([-/·])(\d{1,2})(?!\d|\2\d|[.,]\d|[%月季周个天年日号]|st|nd|rd|th)")
_YEAR_MONTH = re.compile(_LEFT + r"((?:19|20)\d\d)([-/.])(0?[1-9]|1[0-2])(?!\d|\2\d|[%月])")
_MONTH_YEAR = re.compile(_LEFT + r"(?<!\d[-/])(0?[1-9]|1[0-2])[-/]((?:19|20)\d\d)(?!\d|[-/]\d)")
_SOLID_MONTH = re.compile(_LEFT + r"(20\d\d)(0[1-9]|1[0-2])(?![\d.,%万亿元块])")
_DOTTED = re.compile(_LEFT + r"\d{1,2}\.\d{1,2} ?[-~至到] ?\d{1,2}\.\d{1,2}(?![\d.%万亿k元])")  # 10.1-10.7
_HALF_DOTTED = re.compile(r"(\d{1,2})(\.)(\d{1,2})")
_NUMBER = re.compile(_LEFT + r"'?(\d{1,4})(?![\d%]|[.,]\d)")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)(?![a-z])")
_NO_YEAR = re.compile(r"[kmw](?![a-z])|[万千亿元块个家名人单件台条次]")
_DASH = re.compile(r" ?[-~]+ ?")

_DIGITS = "零一二三四五六七八九"
_HAN = re.compile(r"[零〇一二三四五六七八九十廿卅]+")
_OF_DAYS = frozenset({"day_of_year", "holiday", "units", "named", "nth", "only"})
_ORDERS = ((1, 3), (3, 1))  # which group of a pattern is the month, which the day; who writes one way writes all so
_MOST_OF_A_MONTH = 31
_CENTURY = 69  # two digits from here on are of the last century, as POSIX has it


def date_items(normal: Normal) -> Iterator[Item]:
    """DATED (a day), MD (a day without its year), MONTHLY (a month of a year), YEAR, SHORTYEAR (of two digits),
    DAYNUM (1 to 31), HOWMANY (units, below 1000),
    NTHDAY (of a month) and DASH (between the ends of a range)."""
    text = normal.literal
    if any(c.isdigit() for c in text):
        yield from _numeric(text)
    if not text.isascii():
        yield from _han(text)
    for m in _DASH.finditer(text):
        start = m.start() + (m[0][0] == " ")
        yield Item("DASH", start, m.end() - (m[0][-1] == " "), True, 0.0)


def _numeric(text: str) -> Iterator[Item]:
    for pattern in (_YEAR_FIRST, _SOLID):
        for m in pattern.finditer(text):
            year, month, day = m[1], m[m.re.groups - 1], m[m.re.groups]
            yield from _item(m, "DATED", _day(int(month), int(day), int(year)))
    last = list(_YEAR_LAST.finditer(text))
    orders = [o for o in _ORDERS if all(_in_order(m, o) for m in last)] or _ORDERS
    for m in last:
        for month, day in dict.fromkeys((int(m[o[0]]), int(m[o[1]])) for o in orders):
            yield from _item(m, "DATED", _day(month, day, _full(m[4])))
    dotted = (_HALF_DOTTED.finditer(text, r.start(), r.end()) for r in _DOTTED.finditer(text))
    for m in chain(_MONTH_DAY.finditer(text), *dotted):
        if text[m.start() - 1 : m.start()] == m[2] and text[m.start() - 2 : m.start() - 1].isdigit():
            continue
        first = next((o for o in _ORDERS if _in_order(m, o)), _ORDERS[0])
        yield from _item(m, "MD", _day(int(m[first[0]]), int(m[first[1]])))
    for pattern in (_YEAR_MONTH, _SOLID_MONTH):
        for m in pattern.finditer(text):
            yield from _item(m, "MONTHLY", _month(int(m[1]), int(m[m.re.groups])))
    for m in _MONTH_YEAR.finditer(text):
        yield from _item(m, "MONTHLY", _month(int(m[2]), int(m[1])))
    for m in _NUMBER.finditer(text):
        yield from _number(m, text)


def _number(m: re.Match[str], text: str) -> Iterator[Item]:
    digits = m[1]
    start = m.start(1)
    if len(digits) == 4:
        if digits[:2] in ("19", "20") and not _NO_YEAR.match(text, m.end()):
            yield Item("YEAR", start, m.end(), int(digits), 0.0)
        return
    if m[0][0] == "'":
        if len(digits) == 2:
            yield Item("YEAR", m.start(), m.end(), _full(digits), 0.0)
        return
    if digits[0] != "0":
        yield Item("HOWMANY", start, m.end(), int(digits), 0.0)
    if len(digits) < 3 and 1 <= int(digits) <= _MOST_OF_A_MONTH:
        yield Item("DAYNUM", start, m.end(), int(digits), 0.0)
        ending = _ORDINAL.match(text, m.end())
        if ending:
            yield Item("NTHDAY", start, ending.end(), int(digits), 0.0)
    if len(digits) == 2:
        unsure = 0.0 if digits[0] == "0" else 0.7  # 15年 may be fifteen years, 07年 may not be seven
        yield Item("SHORTYEAR", start, m.end(), _full(digits), unsure)


def _han(text: str) -> Iterator[Item]:
    for m in _HAN.finditer(text):
        said = m[0].replace("〇", "零")
        number = _small(said)
        if number is not None:
            if number <= _MOST_OF_A_MONTH:
                yield Item("DAYNUM", m.start(), m.end(), number, 0.0)
            yield Item("HOWMANY", m.start(), m.end(), number, 0.0)
        if len(said) in (2, 4) and "十" not in said and set(said) <= set(_DIGITS):
            digits = "".join(str(_DIGITS.index(c)) for c in said)
            if len(digits) == 4 and digits[:2] in ("19", "20"):
                yield Item("YEAR", m.start(), m.end(), int(digits), 0.0)
            elif len(digits) == 2 and (digits[0] in "089" or (digits[0] in "12" and digits[1] not in "123")):
                yield Item("SHORTYEAR", m.start(), m.end(), _full(digits), 0.0)


def _small(said: str) -> int | None:
    """1 to 99."""
    said = said.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = said.partition("十")
    if not ten:
        value = _DIGITS.index(said) if len(said) == 1 else 0
    elif len(tens) > 1 or len(ones) > 1 or "零" in tens + ones or "十" in ones:
        return None
    else:
        value = (_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0)
    return value or None


def _in_order(m: re.Match[str], order: tuple[int, int]) -> bool:
    return _day(int(m[order[0]]), int(m[order[1]])) is not None


def _full(year: str) -> int:
    number = int(year)
    return number if len(year) == 4 else number + (1900 if number >= _CENTURY else 2000)


def ordered(value: Value) -> Value:
    """A range as it is, unless it runs backwards within a month. Raises NotAReading."""
    if isinstance(value, Term) and value.kind == "from_to":
        (month, day), (last_month, last_day) = (_in_month(value.get(end)) for end in ("first", "last"))
        if day is not None and month[0] != "named" and _bare_day(value.get("last")):
            raise NotAReading("the day of which month")  # from the third of October to the ninth
        if day is not None and last_day is not None and month == last_month and day > last_day:
            raise NotAReading("backwards")
    return value


def overlapping(value: Value) -> Value:
    """Days without others, unless they are of two units: "last year but not this year" leaves out nothing. Raises
    NotAReading."""
    if isinstance(value, Term) and value.kind == "without":
        of: Value = value["of"]
        out: Value = value["out"]
        alike = of.kind == out.kind and of.kind in ("units", "named") and of.get("unit") == out.get("unit")
        if alike and of.get("count", 1) == out.get("count", 1) == 1:
            raise NotAReading("without what is not in it")
    return value


def smaller(value: Value) -> Value:
    """A part of a unit, unless it is as long: the last month of this month is none. Raises NotAReading."""
    whole = value.get("of") if isinstance(value, Term) and value.kind == "nth" else None
    if isinstance(whole, Term) and whole.kind in ("units", "named", "complete") and whole.get("count", 1) == 1:
        own, other = str(value.get("unit")), str(whole.get("unit"))
        if other in LENGTHS and LENGTHS.index(own) >= LENGTHS.index(other):
            raise NotAReading("no part of it")
    return value


def so_many(value: Value) -> Value:
    """Those that are listed, if they are as many as is said. Raises NotAReading."""
    if len(value["of"]) != value["n"]:
        raise NotAReading("not so many")
    listed: Value = value["of"]
    return listed


def one_day(value: Value) -> Value:
    """A single day as it is: "last month, that day" is none. Raises NotAReading."""
    inner: Value = value
    while isinstance(inner, Term) and inner.kind in ("ago", "without"):
        inner = inner["of"]
    if not isinstance(inner, Term) or inner.kind not in _OF_DAYS or inner.get("count", 1) != 1 or inner.get("whole"):
        raise NotAReading("no day")
    if inner.get("unit", "day") != "day" or len(inner.get("days", "_")) != 1:
        raise NotAReading("no day")
    return value


def _bare_day(value: Value) -> bool:
    """Whether it is a day of a month that is not said."""
    named = isinstance(value, Term) and value.kind == "named" and value.get("unit") == "day"
    return bool(named and value.get("of") is None)


def _in_month(value: Term) -> tuple[Value, int | None]:
    """What month a day is in, as it was said, and which day it is; None of what is no day."""
    day = value.get("day", value.get("index") if value.get("unit") == "day" else None)
    return (value.kind, *(value.get(k) for k in ("month", "year", "of"))), day


def _day(month: int, day: int, year: int | None = None) -> Value:
    if not (1 <= month <= 12 and 1 <= day <= (29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31)):
        return None
    of = () if year is None else (("year", year),)
    return Term("day_of_year", (("month", month), ("day", day), *of))


def _month(year: int, month: int) -> Value:
    return Term("named", (("unit", "month"), ("index", month), ("year", year)))


def _item(m: re.Match[str], category: str, value: Value) -> Iterator[Item]:
    if value is not None:
        yield Item(category, m.start(), m.end(), value, 0.0)


def of_this_year(period: Value) -> Value:
    """What is known before its month begins, such as its target, or its days: that of December is of this year."""
    if (
        period.kind != "named"
        or period["unit"] not in ("month", "quarter")
        or {"year", "of", "coming"} & dict(period.args).keys()
    ):
        return period
    return period.with_(of=Term("units", (("unit", "year"),)))


CHECKED = {
    "RANGE": ordered,
    "MDRANGE": ordered,
    "POINT": smaller,
    "EXCEPTED": overlapping,
    "ONEDAY": one_day,
    "COUNTED": so_many,
}
