"""Other days, said after an answer: those in the place of these, so much earlier or later, both side by side."""

from __future__ import annotations

from typing import Any

from metrics.query.asked import GRAINS
from nlq.reader.constructions import NotAReading
from nlq.reader.days import moved, unit_of_parts
from nlq.reader.draft import Draft
from nlq.reader.frame import Frame
from nlq.reader.meaning import Unanswerable
from nlq.reader.terms import Term, Value, walked

__all__ = ["check_days_apart", "days_of_rows", "other_days"]


_UNITS = ("day", "week", "month", "quarter", "half", "year")


def _instead(draft: Draft, new: Value, old: Value) -> Value:
    """Other days; several in the place of one are told one by one."""
    if new is None:
        return old
    unit = unit_of_parts(new) if new.kind == "union" and (old is None or old.kind != "union") else None
    if unit is not None and not set(draft.by) & GRAINS and not draft.frame.get("together"):
        draft.by = (*draft.by, unit)
    return moved(new, old)


def days_of_rows(draft: Draft, frame: Frame, old: dict[str, Any]) -> Value:
    """The days said now; where the rows are those of some days (deals that closed this quarter), they are of these."""
    dated = [w for w in draft.where if w.kind == "within"]
    if len(dated) != 1 or "period" in old or not frame.keys() & {"period", "shift"}:
        return other_days(draft, frame, old)
    period = other_days(draft, frame, {**old, "period": dated[0]["period"]})
    draft.where = [w.with_(period=period) if w is dated[0] else w for w in draft.where]
    return None


def check_days_apart(draft: Draft) -> None:
    """Raises Unanswerable for days before those that the rows themselves are of: then there are no rows."""
    dated = any(t.kind == "within" for w in draft.where for t in walked(w))
    if dated and any(t.kind in ("before", "change", "growth") for m in draft.show for t in walked(m)):
        raise Unanswerable("rows of these days, before these days")


def other_days(draft: Draft, frame: Frame, old: dict[str, Any]) -> Value:
    """The days said now; or the old ones, so much earlier ("the week before", "the same a year ago")."""
    shift, period = frame.get("shift"), old.get("period")
    if "less" in frame and "period" not in frame and period is not None:
        return Term("without", (("of", period), ("out", frame["less"])))
    if shift is None:
        return _instead(draft, _both(frame, period), period)
    if "period" in frame or not isinstance(period, Term):
        raise NotAReading("before what")
    unit = shift.get("unit") or period.get("unit")
    if shift.get("after"):
        return _next(period, unit)
    if period.kind == "units" and period.get("unit") == unit and period.get("at") is None:
        return period.with_(offset=period.get("offset", 0) - period.get("count", 1))
    if unit is None or _UNITS.index(unit) < _UNITS.index(period.get("unit", unit)):  # the week before a month
        raise NotAReading("before what")
    return Term("ago", (("of", period), *((("unit", unit),) if unit != "year" else ())))


def _both(frame: Frame, old: Value) -> Value:
    """The days said now; with the old ones where they are added to those: "and last year too"."""
    new = frame.get("period")
    if new is None or not frame.get("add") or not isinstance(old, Term):
        return new
    both = Term("union", (("of", (old, new)),))
    if unit_of_parts(both) is None:  # a quarter and a year are no rows of one list, and no sum
        raise NotAReading("days that do not stand side by side")
    return both


def _next(period: Term, unit: Value) -> Term:
    """The week after a week that is counted, or that a day is in."""
    if period.kind == "units" and period.get("unit") == unit:
        return period.with_(offset=int(period.get("offset", 0)) + int(period.get("count", 1)))
    if period.kind == "named" and period.get("unit") == unit and period.get("index") is not None:
        return period.with_(index=int(period.get("index")) + 1)
    raise NotAReading("after what")
