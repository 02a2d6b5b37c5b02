"""Days that are said to count, or not to, beside the period that they are of: "this year, August left out"."""

from __future__ import annotations

from nlq.reader.constructions import NotAReading
from nlq.reader.dates import LENGTHS, overlapping
from nlq.reader.frame import Frame
from nlq.reader.terms import Term, Value

__all__ = ["DAYS_OF", "only_those_days"]

DAYS_OF = frozenset({"left_out", "only_days"})
_LONG = frozenset({"month", "quarter", "half", "year"})
_DAYS = {"day": 1, "week": 7}
_FEW = 2  # weeks, of which it is not said which Saturdays


def only_those_days(frame: Frame) -> Frame:
    """Raises NotAReading where no period is said that they are of."""
    period: Value = frame.get("period")
    if period is None or period.get("apart"):
        raise NotAReading("of which days")
    if "left_out" in frame:
        period = _without(period, frame["left_out"])
    if "only_days" in frame:
        if period.kind in ("only", "weekend", "holiday", "day_of_year") or not _is_long(period):
            raise NotAReading("some days of so few")
        period = Term("only", (("of", period), ("days", frame["only_days"])))
    return {**{k: v for k, v in frame.items() if k not in DAYS_OF}, "period": period}


def _without(period: Term, out: Term) -> Value:
    today = out.kind == "units" and out.get("unit") == "day" and not out.get("offset", 0)
    if today and period.kind == "sliding" and period.get("unit") in _DAYS and not period.get("ahead"):
        days = period["count"] * _DAYS[str(period["unit"])]
        return Term("units", (("unit", "day"), ("offset", -days), ("count", days)))
    if out == period or _length(out) > _length(period):
        raise NotAReading("without all of it")
    return overlapping(Term("without", (("of", period), ("out", out))))


def _length(period: Term) -> int:
    """How long it is, by its unit; of what has none it is not known."""
    if period.kind == "weekend":
        return LENGTHS.index("week")
    unit = period.get("unit")
    return LENGTHS.index(str(unit)) if unit in LENGTHS and period.kind in ("units", "named") else 0


def _is_long(period: Term) -> bool:
    """Whether it has days of which some are picked."""
    of: Value = period.get("of")
    inner = of if isinstance(of, Term) and period.kind in ("to_date", "ago", "part", "without") else period
    unit = inner.get("unit")
    return unit is None or unit in _LONG or inner.get("count", 1) > _FEW
