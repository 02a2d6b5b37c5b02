"""What is held against another time: by what is said to be so, and which days go with which."""

from __future__ import annotations

from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame
from nlq.reader.terms import ABOUT, Term, Value

__all__ = ["beside", "claimed", "in_a_year", "year_of"]


def claimed(frame: Frame) -> dict[str, Value]:
    """What is said to be so: of a list that is asked for a condition, else what numbers beside each other answer."""
    made = dict(frame)
    claims = made.pop("claims", None)
    if claims is None:
        return made
    if frame.keys() & {"which", "count"}:
        made["having"] = (*made.get("having", ()), *claims)
    elif frame.keys() & {"by", "view"}:
        raise NotAReading("what is so of whom")
    else:
        made["view"] = tuple(_beside_before(claim["value"]["to"]) for claim in claims)
    return made


def _beside_before(to: Value) -> Term:
    """A measure beside itself at another time."""
    of = (("of", ABOUT), ("to", to))
    change = Term("change", of)
    return Term("view", (("show", (ABOUT, Term("before", of), change, Term("growth", of))), ("key", change)))


def in_a_year(period: Term) -> bool:
    """A month or quarter of a year that is named."""
    return period.kind == "named" and period.get("year") is not None and period.get("unit") != "year"


def year_of(period: Term) -> int | None:
    return period.get("year") if period.kind == "named" else None


def beside(to: Term) -> Value:
    """The days that one compares with those: last week is held against this week, Q2 against this quarter."""
    unit = to.get("unit")
    if unit is None or to.get("at") is not None or to.kind not in ("units", "named", "unit_before"):
        return None
    return Term("units", (("unit", unit),))
