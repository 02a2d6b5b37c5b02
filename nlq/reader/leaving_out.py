"""Which of the days of a time are meant, said apart from it: "what did we sell this month, workdays only", "not
counting August, what has been booked this year"."""

from __future__ import annotations

from nlq.reader.constructions import NotAReading
from nlq.reader.dates import overlapping
from nlq.reader.frame import Frame
from nlq.reader.terms import Term, Value

__all__ = ["on_days"]

_SAID = frozenset({"only_days", "excluding", "that_time"})
_TODAY = Term("units", (("unit", "day"),))


def on_days(frame: Frame) -> Frame:
    """With the days that are said apart in its period. Raises NotAReading where no time is said that they are of."""
    if _SAID.isdisjoint(frame):
        return frame
    if "period" not in frame:
        raise NotAReading("days of a time that is not said")
    period: Value = frame["period"]
    if "only_days" in frame:
        period = _only(period, frame["only_days"])
    if "excluding" in frame:
        period = _without(period, frame["excluding"])
    return {**{k: v for k, v in frame.items() if k not in _SAID}, "period": period}


def _without(period: Value, out: Value) -> Value:
    """The last seven days without today are the seven before it."""
    if out == _TODAY and period.kind == "sliding" and period["unit"] == "day" and not period.get("ahead"):
        return Term("units", (("unit", "day"), ("offset", -period["count"]), ("count", period["count"])))
    return overlapping(Term("without", (("of", period), ("out", out))))


def _only(period: Value, days: Value) -> Value:
    """The working days, once they are said twice."""
    if period.kind == "only" and period["days"] == days:
        return period
    return Term("only", (("of", period), ("days", days)))
