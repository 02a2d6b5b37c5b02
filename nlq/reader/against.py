"""What is held against another time: by what is said to be so, and which days go with which."""

from __future__ import annotations

from nlq.reader.frame import Frame
from nlq.reader.terms import ABOUT, Term, Value

__all__ = ["beside", "claimed", "in_a_year", "shares_beside", "year_of"]


def claimed(frame: Frame) -> dict[str, Value]:
    """What is said to be so: of a list that is asked for a condition, else what numbers beside each other answer."""
    made = dict(frame)
    claims = made.pop("claims", ())
    listed = frame.keys() & {"which", "count"} and len({claim["view"] for claim in claims}) == len(claims)
    for claim in claims:  # "which grow and which shrink" are all of them
        so = listed or (claim.get("alone") and "by" in frame)  # of each of several a condition again
        slot, said = ("having", claim["so"]) if so else ("view", claim["view"])
        made[slot] = tuple(dict.fromkeys((*made.get(slot, ()), said)))
    return made


def shares_beside(views: tuple[Value, ...]) -> tuple[Value, ...]:
    """A part of the whole that is held against another time is so as a part: the share then, and the points between."""
    keys = [v.get("key") for v in views]
    if len(views) != 2 or any(not isinstance(k, Term) or k.get("of") != ABOUT for k in keys):
        return views
    share = next((v for v in views if v["key"].kind == "share"), None)
    then = [v for v in views if v["key"].kind in ("change", "growth")]
    if share is None or len(then) != 1:
        return views
    of = (("of", share["key"]), *(("to", t) for t in [then[0]["key"].get("to")] if t is not None))
    change = Term("change", of)
    return (share.with_(show=(*share["show"], Term("before", of), change), key=change),)


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
