"""Numbers written in Chinese, alone or mixed with digits: 三万五, 3万5, 一百二十点五, 七成六, 三分之一, 二零二六年."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

__all__ = ["Number", "chinese_number", "chinese_numerals"]


@dataclass(frozen=True, slots=True)
class Number:
    """`value` with multipliers applied and percents as fractions; `plain`: a bare whole number as one would count
    with."""

    value: float
    percent: bool = False
    money: bool = False
    plain: bool = False
    deals: bool = False  # counted with a measure word for deals: 5单


_ONES = "一二三四五六七八九"
_DIGIT = _ONES + "零〇两"
_UNIT = "十百千万亿"
_FORMAL = "壹贰叁肆伍陆柒捌玖"  # surnames too: a number only together with a unit, 伍拾
_FORMAL_UNIT = "拾佰仟萬億"
_POWER = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8}

_DECIMAL = rf"(?<![多高低好少快慢大小差强])[{_DIGIT}{_UNIT}]+点[{_DIGIT}]++[{_UNIT}]*+(?![年月季])"  # no 好一点三月
_MIXED = rf"\d+(?:\.\d+)?[{_UNIT}][\d{_DIGIT}][\d{_DIGIT}{_UNIT}]*+(?![\d.,年月日号周季天])"  # no 超过5万2026年
_WHOLE = rf"[{_DIGIT}{_UNIT}{_FORMAL}{_FORMAL_UNIT}]+"
_TENTHS = rf"成(?![交单功员本为了])(?:[{_ONES}半\d](?![\d.年月季个家名位]))?"
_NUMBER = re.compile(
    rf"(?P<n>{_DECIMAL}|{_MIXED}|{_WHOLE}|半百|半(?=成)|(?<![\d.])\d(?=成[{_ONES}半\d]))(?P<tenths>{_TENTHS})?"
    r"(?P<unit>元|块钱|块|美元|美金|人民币)?"
)
_FRACTION = re.compile(rf"(?P<parts>[{_DIGIT}{_UNIT}]+)分之(?P<n>{_DECIMAL}|[{_DIGIT}{_UNIT}]+|\d+(?:\.\d+)?)")
_HALF = re.compile(r"一半(?![年月天个])|半数")
_YEAR = re.compile(
    rf"(?P<long>(?:一九|二[零〇])[零〇{_ONES}]{{2}})(?:年度|财年|年)?(?![{_UNIT}])"
    rf"|(?<![近去前后到{_DIGIT}{_UNIT}])(?P<short>一[零〇三四五六七八九]|二[零〇一四五六七八九])年(?![内前来以])"
)  # 一二年 and 二三年 are a year or two


def _read(text: str) -> float:
    """As the library reads it. Raises ValueError, and KeyError for a digit where it looks for the unit below 十
    (五十零)."""
    import cn2an  # here: a tenth of a second that most questions need not wait for

    return float(cn2an.cn2an(text, "smart"))


@lru_cache(maxsize=4096)
def chinese_number(text: str) -> float | None:
    """What the characters say, or None where they make no number, nor a row of digits (三五个 are a few).

    >>> [chinese_number(t) for t in ("二十万", "三万五", "三万零五", "3万5", "三亿五", "两点五万", "一百二", "半百")]
    [200000.0, 35000.0, 30005.0, 35000.0, 350000000.0, 25000.0, 120.0, 50.0]
    >>> [chinese_number(t) for t in ("三五", "五十零", "万万", "一点")]
    [None, None, None, None]
    """
    if text in ("半", "半百"):
        return 0.5 if text == "半" else 50.0
    whole, point, decimals = text.partition("点")
    digits = decimals.rstrip(_UNIT)
    if (len(whole) > 1 and set(whole) <= set(_DIGIT)) or bool(point) != bool(digits):
        return None
    if whole[:1] in ("百", "千") and not point:  # 百万, 千万: one of them
        whole = "一" + whole
    whole = re.sub(rf"([亿億])([{_ONES}1-9])$", r"\1\2千万", whole)  # the library knows no unit next below 亿
    try:
        value = _read(whole + point + digits)
    except (ValueError, KeyError):
        return None
    return round(value * 10.0 ** sum(_POWER[unit] for unit in decimals[len(digits) :]), 6)


def _number(m: re.Match[str]) -> Number | None:
    if set(m["n"]) & set(_FORMAL) and not set(m["n"]) & set(_UNIT + _FORMAL_UNIT):
        return None
    value = chinese_number(m["n"])
    if value is None:
        return None
    if m["tenths"]:
        value += (chinese_number(m["tenths"][1:]) or 0.0) / (1 if m["tenths"][1:] == "半" else 10)
        return Number(round(value / 10, 9), percent=True, money=bool(m["unit"]))
    large = bool(set(m["n"]) & set("万亿萬億"))
    return Number(value, money=bool(m["unit"]) or large, plain=not m["unit"] and value.is_integer())


def chinese_numerals(text: str) -> Iterator[tuple[int, int, str, Any]]:
    """(start, end, kind, value) of every number and year in `Normal.literal` with Chinese in it; they may overlap."""
    for m in _NUMBER.finditer(text):
        number = _number(m)
        if number is not None:
            yield m.start(), m.end(), "NUM", number
    for m in _FRACTION.finditer(text):
        parts = 10.0 ** _POWER[m["parts"]] if m["parts"] in _POWER else chinese_number(m["parts"])
        share = float(m["n"]) if m["n"][0].isdigit() else chinese_number(m["n"])
        if parts and share is not None:
            yield m.start(), m.end(), "NUM", Number(share / parts, percent=True)
    for m in _HALF.finditer(text):
        yield m.start(), m.end(), "NUM", Number(0.5, percent=True)
    for m in _YEAR.finditer(text):
        year = int(_read(m["long"] or m["short"]))
        yield m.start(), m.end(), "YEAR", year if m["long"] else 2000 + year
