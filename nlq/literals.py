"""Numbers, amounts and dates found by shape rather than by vocabulary."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from nlq.numerals import Number, chinese_number, chinese_numerals

__all__ = ["Number", "literals"]


_SCALE = {
    "k": 1e3,
    "m": 1e6,
    "mm": 1e6,
    "mn": 1e6,
    "mil": 1e6,
    "bn": 1e9,
    "b": 1e9,
    "w": 1e4,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "grand": 1e3,
    "万亿": 1e12,
    "亿": 1e8,
    "千万": 1e7,
    "百万": 1e6,
    "十万": 1e5,
    "万": 1e4,
    "千": 1e3,
    "百": 1e2,
}
_NUMBER = re.compile(
    r"(?<![a-z0-9.])(?P<cur>[¥$€£]|rmb\s?|usd\s?|us\$)?\s?(?P<n>\d{1,3}(?:,\d{3})+|\d+)(?P<d>\.\d+)?"
    r"(?P<scale>(?:mm|mn|mil|bn|k|m|b|w)(?![a-z0-9])|\s?(?:thousand|million|billion|grand)\b|万亿|亿|千万|百万|十万|万|千(?!克)|百)?"
    r"(?P<pct>\s?%|\s?(?:percent|pct)\b|个百分点|个点|成(?![交单功员本为了]))?(?P<unit>\s?(?:dollars?|bucks|usd|rmb|cny|eur|euros?|yuan)\b|元|块钱|块|美元|美金|人民币)?"
    r"(?P<ord>(?:st|nd|rd|th)(?![a-z]))?"
)
_TOP = re.compile(r"(?<=top)(\d{1,3})(?![\d%])")
_TOP_HAN = re.compile(r"(?:前|top\s?)(\d{1,3}|[一二三四五六七八九十]+)大(?!于)")
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d{2})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)|((?:19|20)\d{2})年(\d{1,2})月(\d{1,2})[日号]"
)
_DAY_HAN = re.compile(r"(?<!\d)(\d{1,2})月(\d{1,2})[日号]")
_DAY_SLASH = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/((?:19|20)\d{2})(?!\d)")
_YEAR_MONTH = re.compile(r"(?<![\d.,])((?:19|20)\d{2})[-/](0?[1-9]|1[0-2])(?![\d/-])")
_YEAR = re.compile(
    r"(?<![\d.,$¥€£])(?:fy\s?)?((?:19|20)\d{2})(?:年度|财年|年|(?![\d%]|[.,]\d|k\b|m\b|w\b|万|千|亿|元|块|个|家|名))|(?:\bfy\s?|(?<=[\s\dqh])')(\d{2})(?![\d])|(?<![近去前后\d到])(?<!最近|过去|去的)([12]\d)年(?!内|前|来|以)"
)
_MONTHS = re.compile(r"(?<!\d)(1[0-2]|0?[1-9])月?份?\s?[-~到至]\s?(1[0-2]|0?[1-9])月(?!\d)份?")
_QUARTERS = re.compile(r"(?<![a-z0-9])q([1-4])\s?[-~到至]\s?q?([1-4])(?![\d])")
_WEEK = re.compile(r"\b(?:week|wk)\s?#?(\d{1,2})(?!\d)|第(\d{1,2})[周个]")


def _day(year: str, month: str, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _dates(text: str) -> Iterator[tuple[int, int, str, Any]]:
    for m in _DATE.finditer(text):
        found = _day(*(g for g in m.groups() if g is not None))
        if found is not None:
            yield m.start(), m.end(), "DATE", found
    for m in _DAY_HAN.finditer(text):
        yield m.start(), m.end(), "MONTHDAY", (int(m[1]), int(m[2]))
    for m in _DAY_SLASH.finditer(text):
        readings = {_day(m[3], a, b) for a, b in ((m[1], m[2]), (m[2], m[1])) if int(a) <= 12}
        for found in sorted(d for d in readings if d is not None):
            yield m.start(), m.end(), "DATE", found
    for m in _YEAR_MONTH.finditer(text):
        yield m.start(), m.end(), "YEARMONTH", (int(m[1]), int(m[2]))
    for m in _YEAR.finditer(text):
        year = m[1] or m[2] or m[3]
        yield m.start(), m.end(), "YEAR", int(year) + (2000 if len(year) == 2 else 0)
    for m in _MONTHS.finditer(text):
        yield m.start(), m.end(), "MONTHS", (int(m[1]), int(m[2]))
    for m in _QUARTERS.finditer(text):
        yield m.start(), m.end(), "QUARTERS", (int(m[1]), int(m[2]))
    for m in _WEEK.finditer(text):
        week = int(m[1] or m[2])
        if 1 <= week <= 53:
            yield m.start(), m.end(), "WEEKNO", week


def literals(text: str) -> Iterator[tuple[int, int, str, Any]]:
    """(start, end, kind, value) of every number and date in `Normal.literal`; they may overlap."""
    if any(c.isdigit() for c in text):
        for m in _NUMBER.finditer(text):
            digits = m["n"].replace(",", "")
            if len(digits) > 15:
                continue
            value = float(digits + (m["d"] or "")) * _SCALE.get((m["scale"] or "").strip(), 1)
            percent = m["pct"] is not None
            if percent:
                value /= 10 if m["pct"].strip() == "成" else 100
            plain = not (m["cur"] or m["d"] or m["scale"] or m["pct"] or m["unit"])
            start = m.start() if m["cur"] else m.start("n")
            number = Number(value, percent, bool(m["cur"] or m["unit"] or m["scale"]), plain)
            yield start, m.end(), "ORDINAL" if m["ord"] else "NUM", number
        for m in _TOP.finditer(text):
            yield m.start(), m.end(), "NUM", Number(float(m[1]), plain=True)
        yield from _dates(text)
    if not text.isascii():
        for m in _TOP_HAN.finditer(text):
            count = float(m[1]) if m[1].isdigit() else chinese_number(m[1])
            if count:
                yield m.start(), m.end(), "TOPN", Number(count, plain=True)
        yield from chinese_numerals(text)
