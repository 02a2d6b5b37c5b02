"""What time expressions mean: each function makes a symbolic `Period` of the tokens a rule matched, or None to
decline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from metrics.query import AllTime, Between, Named, Period, Relative, Rolling, YearAgo
from nlq.context import Context
from nlq.cover import Token
from nlq.spans import extent

__all__ = ["TIME_ACTIONS"]

_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 90, "half": 182, "year": 365}
_START = dt.date(1970, 1, 1)


def _get(tokens: Sequence[Token], kind: str) -> Any:
    return next((t.value(kind) for t in tokens if t.has(kind)), None)


def _whole(tokens: Sequence[Token]) -> int | None:
    number = _get(tokens, "NUM") if any(t.has("NUM") for t in tokens) else _get(tokens, "ORDINAL")
    if number is None:
        return None
    if isinstance(number, int):
        return number
    return int(number.value) if number.plain and number.value == int(number.value) and 0 < number.value <= 400 else None


def _one_day(year: int, month: int, day: int) -> Between | None:
    try:
        start = dt.date(year, month, day)
    except ValueError:
        return None
    return Between(start=start, end=start + dt.timedelta(days=1))


def _latest(as_of: dt.date, month: int, day: int) -> Between | None:
    this = _one_day(as_of.year, month, day)
    return this if this is None or this.start <= as_of else _one_day(as_of.year - 1, month, day)


def month_day(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    day = _whole(m)
    if day is None or day > 31:
        return None
    following = tokens[at + len(m)] if at + len(m) < len(tokens) else None
    year = _get(m, "YEAR")
    if (
        year is None
        and following is not None
        and (following.has("UNIT") or following.has("FIELD") or following.has("DATASET"))
    ):
        return None
    month = _get(m, "MONTH")
    return _one_day(year, month, day) if year is not None else _latest(ctx.as_of, month, day)


def day_month(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    """ "on 15 December", "from 1 Nov to 15 Nov": only where a word of time stands before, since a number may count
    something."""
    joining = ("IN", "FROM", "TO", "SINCE", "UNTIL", "BETWEEN", "AND", "TOEND", "AFTER")
    return month_day(ctx, m, tokens, at) if at and any(tokens[at - 1].has(k) for k in joining) else None


def single_date(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    days = [Between(start=d, end=d + dt.timedelta(days=1)) for d in m[0].senses["DATE"]]
    return days[0] if len(days) == 1 else ctx.either(tuple(days))


def month_day_pair(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    month, day = _get(m, "MONTHDAY")
    if m[0].has("YEAR"):
        return _one_day(m[0].value("YEAR"), month, day)
    if m[0].has("THISYEAR"):
        return _one_day(ctx.as_of.year + m[0].value("THISYEAR"), month, day)
    return _latest(ctx.as_of, month, day)


def year_month(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    year, month = m[0].value("YEARMONTH")
    return Named(unit="month", index=month, year=year)


def _unit(m: Sequence[Token], year: int | None) -> Period | None:
    for kind, unit in (("QUARTER", "quarter"), ("HALF", "half"), ("MONTH", "month"), ("WEEKNO", "week")):
        index = _get(m, kind)
        if index is not None:
            return Named(unit=unit, index=index, year=year)
    return None


def _range(ctx: Context, unit: str, pair: tuple[int, int], year: int | None) -> Period | None:
    first, last = pair
    if last < first:
        return None
    if year is None:
        year = extent(Named(unit=unit, index=last), ctx.as_of, ctx.lexicon.model.calendar.fiscal_year_start)[0].year
    start = extent(Named(unit=unit, index=first, year=year), ctx.as_of, 1)[0]
    return Between(start=start, end=extent(Named(unit=unit, index=last, year=year), ctx.as_of, 1)[1])


def month_range(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return _range(ctx, "month", m[0].value("MONTHS"), None)


def quarter_range(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return _range(ctx, "quarter", m[0].value("QUARTERS"), None)


def _of_year(ctx: Context, m: Sequence[Token], year: int) -> Period | None:
    if (pair := _get(m, "MONTHS")) is not None:
        return _range(ctx, "month", pair, year)
    if (pair := _get(m, "QUARTERS")) is not None:
        return _range(ctx, "quarter", pair, year)
    return _unit(m, year)


def unit_of_year(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return _of_year(ctx, m, _get(m, "YEAR"))


def unit_of_relative_year(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    offset = _get(m, "THISYEAR")
    if offset is None:
        if _get(m, "UNIT") != "year":
            return None
        offset = -1 if any(t.has("LAST") for t in m) else 0
    return _of_year(ctx, m, ctx.as_of.year + offset)


def last_named(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    named = _unit(m, None)
    if named is None:
        return None
    assert isinstance(named, Named)
    start, end = extent(named, ctx.as_of, 1)
    year = start.year - 1 if start <= ctx.as_of < end else start.year
    return _unit(m, year)


def this_named(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return _unit(m, ctx.as_of.year)


def last_to_date(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return Relative(unit=_get(m, "TODATE"), offset=-1, to_date=True)


def to_date(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return Relative(unit=_get(m, "TODATE"), offset=0)


def two_ago(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return Relative(unit=_get(m, "UNIT"), offset=-2)


def units_ago(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    count = _whole(m)
    return None if count is None or any(ctx.negative(t) for t in m) else Relative(unit=_get(m, "UNIT"), offset=-count)


def rolling(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    count, unit = _whole(m), _get(m, "UNIT")
    if count is None or any(ctx.negative(t) for t in m):
        return None
    if unit == "half":
        return Rolling(unit="month", count=6 * count)
    if count == 1:
        return (
            Relative(unit=unit, offset=-1)
            if m[0].has("LAST") and not m[0].has("PAST")
            else Rolling(unit="day", count=_DAYS[unit])
        )
    return Rolling(unit=unit, count=count)


def this_unit(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return Relative(unit=_get(m, "UNIT"), offset=0)


def last_unit(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return Relative(unit=_get(m, "UNIT"), offset=-1)


def past_unit(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return Rolling(unit="day", count=_DAYS[_get(m, "UNIT")])


def year_word(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return Relative(unit="year", offset=m[0].value("THISYEAR"))


def day_word(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return Relative(unit="day", offset=m[0].value("TODAY"))


def named(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return _unit(m, None)


def named_month(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    """A month's name; "may" only where a preposition or its capital says that it is no auxiliary verb."""
    if (
        m[0].text == "may"
        and not ctx.capital(m[0])
        and (at == 0 or tokens[at - 1].text not in ("in", "for", "of", "since", "from", "to", "and", "vs"))
    ):
        return None
    return _unit(m, None)


def named_year(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return Named(unit="year", year=m[0].value("YEAR"))


def week_of(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    period = m[-1].value("PERIOD")
    if not isinstance(period, Between) or period.end - period.start != dt.timedelta(days=1):
        return None
    start = period.start - dt.timedelta(days=(period.start.weekday() - ctx.lexicon.model.calendar.week_start) % 7)
    return Between(start=start, end=start + dt.timedelta(days=7))


def _is_last_year(period: Any) -> bool:
    return isinstance(period, Relative) and period.unit == "year" and period.offset == -1 and period.count == 1


def same_unit_last_year(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return YearAgo(of=Relative(unit=_get(m, "UNIT"))) if m[0].value("THISYEAR") == -1 else None


def same_in(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    if not _is_last_year(m[-1].value("PERIOD")):
        return None
    unit = _get(m, "UNIT")
    earlier = next((t.value("PERIOD") for t in tokens[:at] if t.has("PERIOD")), None)
    return YearAgo(
        of=(
            earlier
            if earlier is not None and not isinstance(earlier, AllTime | YearAgo)
            else Relative(unit=unit or "year")
        )
    )


def year_ago_of(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    period = m[0].value("PERIOD")
    return None if isinstance(period, AllTime | YearAgo) else YearAgo(of=period)


def same_stretch(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    """上个月同期: as much of that month as has passed of this one; a year's is a year ago."""
    period = m[0].value("PERIOD")
    past = (
        isinstance(period, Relative) and period.offset < 0 and period.count == 1 and period.unit not in ("day", "year")
    )
    return period.model_copy(update={"to_date": True}) if past else None


def _bounds(ctx: Context, period: Any) -> tuple[dt.date, dt.date] | None:
    if not isinstance(period, Relative | Named | Between | Rolling):
        return None
    calendar = ctx.lexicon.model.calendar
    return extent(period, ctx.as_of, calendar.fiscal_year_start, calendar.week_start)


def span(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    """From one period to another, both in. Declines where two periods are being compared."""
    against = ("COMPARE", "CHANGE", "FASTGROW", "FASTFALL", "PCT")
    changing = any(any(t.has(k) for k in against) for t in tokens) and not any(
        t.has(k) for t in tokens for k in ("GRAIN", "WHICHGRAIN", "TREND", "UNIT")
    )
    if changing or (
        any(t.has("VS") and t not in m for t in tokens)
        and not (m[0].has("BETWEEN") and not m[0].has("FROM") and not m[0].has("IN"))
    ):
        return None
    first, last = (t.value("PERIOD") for t in m if t.has("PERIOD"))
    if isinstance(first, Named) and isinstance(last, Named):
        if first.year is None and last.year is not None and first.unit != "year":
            first = first.model_copy(update={"year": last.year})
        elif first.year is not None and last.year is None:
            last = last.model_copy(update={"year": first.year})
        elif first.year is None:
            ends = extent(last, ctx.as_of, ctx.lexicon.model.calendar.fiscal_year_start)
            first = first.model_copy(update={"year": ends[0].year})
            if extent(first, ctx.as_of, 1)[0] > ends[0]:
                first = first.model_copy(update={"year": ends[0].year - 1})
    starts, ends2 = _bounds(ctx, first), _bounds(ctx, last)
    if starts is None or ends2 is None or ends2[1] <= starts[0]:
        return None
    return Between(start=starts[0], end=ends2[1])


def hyphen_span(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    """ "Feb-Apr": two periods with nothing but a dash between them."""
    between = ctx.normal.literal[m[0].end : m[1].start]
    return span(ctx, m, tokens, at) if between.strip() in ("-", "~") else None


def since(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    following = tokens[at + len(m) : at + len(m) + 2]
    if len(following) == 2 and any(following[0].has(k) for k in ("TO", "TOEND")) and following[1].has("PERIOD"):
        return None  # "from Q3 to Q4" of something that changes: two ends, no beginning
    bounds = _bounds(ctx, _get(m, "PERIOD"))
    end = ctx.as_of + dt.timedelta(days=1)
    return None if bounds is None or bounds[0] >= end else Between(start=bounds[0], end=end)


def after(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    bounds = _bounds(ctx, _get(m, "PERIOD"))
    end = ctx.as_of + dt.timedelta(days=1)
    return None if bounds is None or bounds[1] >= end else Between(start=bounds[1], end=end)


def before(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    following = tokens[at + len(m)] if at + len(m) < len(tokens) else None
    if m[-1].text == "前" and following is not None and following.has("NUM"):
        return None  # 本月前三名
    bounds = _bounds(ctx, _get(m, "PERIOD"))
    return None if bounds is None else Between(start=_START, end=bounds[0])


def until(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    """ "before March" leaves March out; "until March", 截至三月 takes it in."""
    if m[0].text in ("before", "prior to", "earlier than"):
        return before(ctx, m, tokens, at)
    bounds = _bounds(ctx, _get(m, "PERIOD"))
    return None if bounds is None else Between(start=_START, end=bounds[1])


def all_time(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Period | None:
    return AllTime() if not any(t.has("PERIOD") for t in tokens) else None


def grain_of_unit(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> str | None:
    unit: str = m[-1].value("UNIT")
    return unit if unit != "half" else None


def few_units(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> str | None:
    """最近几个季度, with the stretch of time said elsewhere: the size of the buckets. Alone: not how many."""
    return grain_of_unit(ctx, m, tokens, at) if any(t.has("PERIOD") for t in tokens) else None


def grain_limit(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    count, unit = _whole(m), _get(m, "UNIT")
    return None if count is None or unit == "half" else (unit, "high" if m[0].has("TOP") else "low", count)


def grain_limit_order(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    count, unit = _whole(m), _get(m, "UNIT")
    return None if count is None or unit == "half" or m[0].has("LE") else (unit, m[0].value("ORDER"), count)


def grain_top(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    unit = m[-1].value("UNIT")
    return None if unit == "half" else (unit, m[0].value("ORDER"))


def prev_unit(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> str | None:
    unit: str = _get(m, "UNIT")
    return unit


TIME_ACTIONS = {
    f.__name__: f
    for f in (
        month_day,
        day_month,
        single_date,
        month_day_pair,
        year_month,
        month_range,
        quarter_range,
        unit_of_year,
        unit_of_relative_year,
        last_named,
        this_named,
        last_to_date,
        to_date,
        two_ago,
        units_ago,
        rolling,
        this_unit,
        last_unit,
        past_unit,
        year_word,
        day_word,
        named,
        named_month,
        named_year,
        week_of,
        same_unit_last_year,
        same_in,
        same_stretch,
        year_ago_of,
        span,
        hyphen_span,
        since,
        after,
        before,
        until,
        all_time,
        grain_of_unit,
        few_units,
        grain_limit,
        grain_limit_order,
        grain_top,
        prev_unit,
    )
}
