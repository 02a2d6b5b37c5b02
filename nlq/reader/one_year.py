"""Two periods of which one has its year: "Q1 against Q2 of last year" are both of that year."""

from __future__ import annotations

from nlq.reader.frame import Frame
from nlq.reader.terms import Term, Value, replaced, walked

__all__ = ["of_one_year"]

_COMPARED = ("before", "change", "growth")
_YEAR = ("year", "of")
_OTHER = frozenset({*_YEAR, "coming"})


def of_one_year(frame: Frame) -> Frame:
    """The same where both have a year, or none has, or it is the same part of another one."""
    period: Value = frame.get("period")
    if not _named(period) or "view" not in frame:
        return frame
    others = {t["to"] for view in frame["view"] for t in walked(view) if t.kind in _COMPARED and _named(t.get("to"))}
    if len(others) != 1:
        return frame
    other: Value = others.pop()
    if other["unit"] != period["unit"] or other.get("index") == period.get("index"):
        return frame
    if _year(other) and not _has_year(period):
        return {**frame, "period": period.with_(**_year(other))}
    if _year(period) and not _has_year(other):
        dated = other.with_(**_year(period))
        made = replaced(frame["view"], lambda t: t.with_(to=dated) if t.get("to") == other else t)
        return {**frame, "view": made}
    return frame


def _named(period: Value) -> bool:
    return isinstance(period, Term) and period.kind == "named" and period.get("index") is not None


def _has_year(period: Term) -> bool:
    return bool(_OTHER & dict(period.args).keys())


def _year(period: Term) -> dict[str, Value]:
    """The year it is said to be of."""
    said = {k: v for k, v in period.args if k in _YEAR}
    of = said.get("of")
    return said if of is None or (of.kind == "units" and of["unit"] == "year") else {}
