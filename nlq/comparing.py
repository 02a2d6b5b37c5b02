"""Periods and what they are compared with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from metrics.query import AllTime, Between, Compare, Named, Period, Query, Relative, Rolling, YearAgo
from nlq.context import Context
from nlq.reading import Issue
from nlq.slots import Slots
from nlq.spans import extent

__all__ = ["Comparison", "read_comparison"]

_ORDER = ("day", "week", "month", "quarter", "half", "year")
_BOTH = ("VS", "COMPARE", "CHANGE", "AGAINST", "COMPARATIVE", "BREAKDOWN", "PCT", "FASTGROW", "FASTFALL")


@dataclass(frozen=True, slots=True)
class Comparison:
    period: Period | None = None
    compare: Compare | None = None


def _bounds(ctx: Context, period: Period) -> tuple[dt.date, dt.date] | None:
    if isinstance(period, Relative | Named | Between | Rolling):
        return extent(
            period, ctx.as_of, ctx.lexicon.model.calendar.fiscal_year_start, ctx.lexicon.model.calendar.week_start
        )
    return None


def _same_stretch(ctx: Context, period: Period, other: Period) -> Period:
    """Of two units without a year, the earlier in the calendar gets the year that brings it nearest to the other ("Q3
    vs Q2")."""
    if (
        not (isinstance(period, Named) and isinstance(other, Named))
        or period.unit != other.unit
        or period.year
        or other.year
        or period.unit == "year"
    ):
        return period
    if (period.index or 0) >= (other.index or 0):
        return period
    mine, others = _bounds(ctx, period), _bounds(ctx, other)
    if mine is None or others is None or mine[0] < others[0]:
        return period
    earlier = period.model_copy(update={"year": mine[0].year - 1})
    moved = _bounds(ctx, earlier)
    return earlier if moved is not None and others[0] - moved[0] < mine[0] - others[0] else period


def _against(ctx: Context, period: Period, other: Period) -> Comparison:
    """Which window is compared with which: the later one is the subject; neighbours and years become symbolic."""
    if isinstance(period, YearAgo):
        period, other = other, period
    if isinstance(other, YearAgo):
        return Comparison(
            period,
            Compare(to="year_ago") if other.of == period or isinstance(other.of, Relative) else Compare(to=other),
        )
    period, other = _same_stretch(ctx, period, other), _same_stretch(ctx, other, period)
    first, second = _bounds(ctx, period), _bounds(ctx, other)
    if first is not None and second is not None and second[0] > first[0]:
        period, other = other, period
    if isinstance(period, Relative) and isinstance(other, Relative):
        if (
            period.unit == other.unit
            and period.offset == other.offset + 1
            and period.count == other.count == 1
            and not other.to_date
        ):
            return Comparison(period, Compare(to="previous"))
        if other.unit == "year" and other.offset == -1 and period.unit != "year" and period.offset == 0:
            return Comparison(period, Compare(to="year_ago"))
    if (
        isinstance(period, Named)
        and isinstance(other, Relative)
        and other.unit == "year"
        and other.offset == -1
        and period.unit != "year"
    ):
        return Comparison(period, Compare(to="year_ago"))
    return Comparison(period, Compare(to=other))


def _one_year(first: Period, second: Period) -> list[Period]:
    """ "H1 vs H2 last year": a year said after the later unit is that of the earlier one too."""
    if (
        isinstance(first, Named)
        and isinstance(second, Named)
        and first.unit == second.unit != "year"
        and first.year is None
        and second.year is not None
        and (first.index or 0) < (second.index or 0)
    ):
        return [first.model_copy(update={"year": second.year}), second]
    return [first, second]


def _alone(ctx: Context, other: Period) -> Comparison | None:
    """ "compared to last month" says what with, not what: the unit as it is now."""
    if isinstance(other, Relative) and other.offset == -1 and other.count == 1:
        return Comparison(Relative(unit=other.unit), Compare(to="previous"))
    if isinstance(other, YearAgo):
        of = other.of
        return Comparison(
            of if isinstance(of, Relative) and of != Relative(unit="year", offset=-1) else Relative(unit="year"),
            Compare(to="year_ago"),
        )
    return None


def read_comparison(ctx: Context, slots: Slots, base: Query | None) -> Comparison | Issue:
    """Use the periods and the words of change."""
    places = slots.at("PERIOD")
    periods: list[Period] = [slots.tokens[i].value("PERIOD") for i in places]
    if len(periods) > 2:
        return Issue("unread", slots.tokens[places[2]].text)
    grain = _grain(slots)
    compared = any(slots.has(k) for k in _BOTH)
    if len(periods) == 2:
        if isinstance(periods[0], AllTime) or isinstance(periods[1], AllTime):
            return Issue("unread", slots.tokens[places[1]].text)
        joined = any(
            slots.kind_at(k, "AND", "COMMA", "VS", "TOEND", "TO", "THAN") for k in range(places[0] + 1, places[1])
        )
        if not (compared or joined or isinstance(periods[1], YearAgo)):
            return Issue("unread", slots.tokens[places[1]].text)
        if _reversed(slots, *places):
            return Issue(
                "unread",
                ctx.normal.original[
                    slice(*ctx.normal.span(slots.tokens[places[0]].start, slots.tokens[places[1]].end))
                ],
            )
        if periods[0] == periods[1]:  # "last 7 days vs the previous 7 days"
            if not any(w in slots.tokens[places[1]].text for w in ("previous", "prior", "preceding", "前")):
                return Issue("unread", slots.tokens[places[1]].text)
            for i in places:
                slots.take(i)
            slots.allow("VS", "COMPARE", "CHANGE", "AGAINST", "COMPARATIVE", "PCT")
            return Comparison(periods[0], Compare(to="previous"))
        for i in places:
            slots.take(i)
        periods = _one_year(*periods)
        if (
            grain
            and _vs_before(slots, places[1])
            and isinstance(periods[1], Relative)
            and periods[1].offset == -1
            and periods[1].unit in _buckets(slots)
        ):
            slots.allow("VS", "COMPARE", "CHANGE", "AGAINST", "COMPARATIVE", "PCT", "ORDER")
            return Comparison(periods[0], Compare(to="previous"))
        slots.allow(*_BOTH, "PCT", "CHAIN", "YOY", "ORDER", "AHEAD", "GT", "LT", "BETWEEN", "BETWEENEND")
        found = _against(ctx, *periods)
        if slots.ever("GRAIN", "TREND") and found.compare is not None and found.compare.to == "previous":
            # by month, "previous" is the month before; this year against last is the same month a year before
            year = isinstance(found.period, Relative) and found.period.unit == "year"
            return (
                Comparison(found.period, Compare(to="year_ago")) if year else Issue("unsupported", reason="combination")
            )
        return found
    period = periods[0] if periods else None
    if slots.has("YEARAGO") and not periods:
        return _year_ago(ctx, slots, base, compared)
    for i in places:
        slots.take(i)
    if slots.has("YOY", "BOTHCHANGES"):
        slots.allow("YOY", "CHANGE", "PCT", "COMPARE", "VS", "BOTHCHANGES", "CHAIN", "AGAINST")
        inherited = base is not None
        if (
            period is None
            and not inherited
            and not grain
            and any(
                slots.tokens[i].text in ("than last year", "on last year", "over last year")
                for i in range(len(slots.tokens))
            )
        ):
            return Comparison(Relative(unit="year"), Compare(to="year_ago"))
        if isinstance(period, YearAgo):
            period = None
        return Comparison(
            (
                period
                if period is not None
                else (
                    None
                    if grain or inherited or not isinstance(ctx.lexicon.model.default_period, AllTime | None)
                    else Relative(unit="year")
                )
            ),
            Compare(to="year_ago"),
        )
    if isinstance(period, YearAgo) and (compared or slots.has("PREVIOUS", "CHAIN")):
        slots.allow(*_BOTH, "PCT", "ORDER")
        if base is not None and not isinstance(base.period, AllTime | YearAgo):
            return Comparison(None, Compare(to="year_ago"))
        alone = _alone(ctx, period)
        return alone if alone is not None else Issue("unread", slots.tokens[places[0]].text)
    previous = slots.pop("PREVIOUS")
    units = slots.pop("CHANGEUNIT")
    if units or slots.has("CHAIN") or previous:
        slots.allow("CHANGE", "PCT", "CHAIN", "VS", "COMPARE", "AGAINST")
        unit = next((u for u in (*units, *previous) if isinstance(u, str)), None)
        if period is None and grain is None and unit is None and base is None:
            return Comparison(Relative(unit="month"), Compare(to="previous"))
        return Comparison(period, Compare(to="previous"))
    if period is not None and slots.has("VS", "COMPARE") and _vs_before(slots, places[0]):
        slots.allow("VS", "CHANGE", "COMPARE", "PCT", "AGAINST", "ORDER", "COMPARATIVE", "GT", "LT")
        if base is not None and not isinstance(base.period, AllTime):
            return _against(ctx, base.period, period)
        alone = _alone(ctx, period)
        if alone is not None and grain:
            alone = _of_buckets(slots, period)
        return alone if alone is not None else Issue("unread", slots.tokens[places[0]].text)
    if slots.has("CHANGE", "FASTGROW", "FASTFALL") or any(not slots.tokens[i].has("SHARE") for i in slots.at("PCT")):
        slots.allow("CHANGE", "PCT")
        return Comparison(period, Compare(to="previous"))
    return Comparison(period)


def _year_ago(ctx: Context, slots: Slots, base: Query | None, compared: bool) -> Comparison | Issue:
    """去年同期 alone: of the period asked about before, or of the usual one."""
    of: Period | None = base.period if base is not None else ctx.lexicon.model.default_period
    if of is None or isinstance(of, AllTime | YearAgo):
        return Issue("unread", slots.tokens[slots.at("YEARAGO")[0]].text)
    slots.pop("YEARAGO")
    if compared:
        slots.allow(*_BOTH)
        return Comparison(None if base is not None else of, Compare(to="year_ago"))
    return Comparison(YearAgo(of=of))


def _reversed(slots: Slots, first: int, second: int) -> bool:
    """ "from May 2026 to January 2026": the ends of a stretch that made none are not two periods to compare."""
    if slots.has(
        "VS",
        "COMPARE",
        "CHANGE",
        "AGAINST",
        "COMPARATIVE",
        "PCT",
        "FASTGROW",
        "FASTFALL",
        "CHAIN",
        "YOY",
        "ORDER",
        "AHEAD",
        "THAN",
    ):
        return False
    between = range(first + 1, second)
    return any(slots.kind_at(k, "TO", "TOEND", "UNTIL") for k in between) or (
        slots.kind_at(first - 1, "BETWEEN") and any(slots.kind_at(k, "AND") for k in between)
    )


def _vs_before(slots: Slots, place: int) -> bool:
    """Whether the period is what something is compared with: "vs last month", 比上个月, "compare … to last month"."""
    before = place - 1
    while (
        before >= 0
        and set(slots.tokens[before].senses) <= {"FILL", "IN", "OF", "WITH", "FOR", "TO"}
        and not slots.tokens[before].has("VS")
    ):
        if slots.tokens[before].has("TO") or slots.tokens[before].has("WITH"):
            return slots.has("COMPARE")
        before -= 1
    return slots.kind_at(before, "VS", "AGAINST") or (
        slots.kind_at(before, "THAN", "TO", "WITH") and slots.has("COMPARE", "COMPARATIVE")
    )


def _buckets(slots: Slots) -> set[str]:
    """The units asked to break time into."""
    one = {v for t in slots.tokens for kind in ("GRAIN", "WHICHGRAIN") for v in t.senses.get(kind, ())}
    return one | {v[0] for t in slots.tokens for kind in ("GRAINTOP", "GRAINLIMIT") for v in t.senses.get(kind, ())}


def _of_buckets(slots: Slots, other: Period) -> Comparison | None:
    """ "weekly sales vs last year": each bucket with the one a year before; "by week vs last week": with the one
    before.

    None where the other period is no neighbour of a bucket ("by day vs last month").
    """
    unit = other.unit if isinstance(other, Relative) else "year"
    buckets = _buckets(slots)
    if unit in buckets:
        return Comparison(None, Compare(to="previous"))
    return Comparison(None, Compare(to="year_ago")) if unit == "year" else None


def _grain(slots: Slots) -> bool:
    return slots.ever("GRAIN", "WHICHGRAIN", "GRAINTOP", "GRAINLIMIT", "TREND")
