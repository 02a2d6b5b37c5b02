"""What is said of another part of a question, settled before it becomes one: days that count, or do not, beside the
period that they are of ("this year, August left out"); that the first three are people."""

from __future__ import annotations

from metrics.model.schema import Model
from metrics.query.asked import GRAINS
from nlq.reader.constructions import NotAReading
from nlq.reader.dates import LENGTHS, one_day, overlapping
from nlq.reader.frame import BESIDE, Frame
from nlq.reader.terms import Term, Value

__all__ = ["settled_beside"]

_FIRST = "first_people"
_PEOPLE = frozenset({"@people", "@team", "@region"})
_LONG = frozenset({"month", "quarter", "half", "year"})
_DAYS = {"day": 1, "week": 7}
_FEW = 2  # weeks, of which it is not said which Saturdays


def settled_beside(frame: Frame, model: Model) -> Frame:
    """Raises NotAReading."""
    if _FIRST in frame and not all(_is_of_people(by, model) for by in frame.get("by", ())):
        raise NotAReading("the first of whom")  # by product, they are products
    made = {k: v for k, v in frame.items() if k != _FIRST}
    return made if BESIDE.isdisjoint(made) else _only_those_days(made)


def _is_of_people(by: Value, model: Model) -> bool:
    people = model.people
    return by in GRAINS or by in _PEOPLE or (people is not None and str(by).split(".")[0] == people.id.split(".")[0])


def _only_those_days(frame: Frame) -> Frame:
    period: Value = frame.get("period")
    if period is None or period.get("apart"):
        raise NotAReading("of which days")
    if frame.get("that_time", True) is not True and not _is_one(period, str(frame["that_time"])):
        raise NotAReading("that day, and no day")
    if "left_out" in frame:
        period = _without(period, frame["left_out"])
    if "only_days" in frame and (period.kind, period.get("days")) != ("only", frame["only_days"]):
        if period.kind in ("only", "weekend", "holiday", "day_of_year") or not _is_long(period):
            raise NotAReading("some days of so few")
        period = Term("only", (("of", period), ("days", frame["only_days"])))
    return {**{k: v for k, v in frame.items() if k not in BESIDE}, "period": period}


def _is_one(period: Value, unit: str) -> bool:
    """Whether it is one day, one week and so on: in this quarter "that day" is none."""
    if unit == "day":
        one_day(period)
        return True
    if unit == "weekend":
        return bool(period.kind == "weekend")
    return bool(period.kind in ("units", "named", "nth") and period.get("unit") == unit and period.get("count", 1) == 1)


def _without(period: Value, out: Value) -> Value:
    today = out.kind == "units" and out.get("unit") == "day" and not out.get("offset", 0)
    if today and period.kind == "sliding" and period.get("unit") in _DAYS and not period.get("ahead"):
        days = period["count"] * _DAYS[str(period["unit"])]
        return Term("units", (("unit", "day"), ("offset", -days), ("count", days)))
    if out == period or _length(out) > _length(period):
        raise NotAReading("without all of it")
    return overlapping(Term("without", (("of", period), ("out", out))))


def _length(period: Value) -> int:
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
