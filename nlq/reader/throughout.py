"""Conditions that hold in every unit of the days asked about: who reached the target in each of three months."""

from __future__ import annotations

from metrics.query.asked import GRAINS
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft, joined
from nlq.reader.terms import Term, Value, walked

__all__ = ["throughout"]

_COUNTED = frozenset({"units", "complete"})
_MONTHS = {"quarter": 3, "half": 6, "year": 12}


def throughout(draft: Draft) -> None:
    """The conditions, on the number of units in which they hold. Raises NotAReading where there are none, or it is not
    known how many units there are."""
    said = draft.frame.get("throughout") or _said_of_each(draft)
    if said is None and not _aims_of_each(draft):
        return
    if not draft.having or set(draft.by) & GRAINS:
        raise NotAReading("throughout, and no condition on each")
    unit, count = _counted(draft, said)
    in_which = Term("count_of", (("over", unit), ("having", joined(draft.having))))
    draft.having[:] = [Term("test", (("of", in_which), ("op", "eq"), ("value", count)))]


def _said_of_each(draft: Draft) -> str | None:
    """The unit that a condition on others is said of: "customers with sales over 100k in every quarter"."""
    units = [g for g in draft.frame.get("each", ()) if g in GRAINS]
    others = tuple(b for b in draft.by if b not in GRAINS)
    if len(units) != 1 or not others or not draft.having:
        return None
    draft.by = others
    return str(units[0])


def _counted(draft: Draft, said: str | None) -> tuple[str, Value]:
    """The unit, and how many of them there are: of days that are not over as many as have begun. People are there in
    each that is told of them, whatever they sold; others only where they did something."""
    try:
        unit, count = _units(draft.frame.get("period"))
    except NotAReading:
        unit, count = None, 0
    if unit is not None and said in (None, "any", unit):
        return unit, count
    people = draft.model.people
    alone = people is not None and set(draft.by) <= {people.id, people.name}
    if said not in GRAINS or not alone or not draft.about or "period" not in draft.frame:
        raise NotAReading("throughout so many units")
    return str(said), Term("count_of", (("over", said), ("of", draft.about[0])))


def _aims_of_each(draft: Draft) -> bool:
    """Each month has a target of its own: who reached it in July and August did so in both."""
    period = draft.frame.get("period")
    aims = (t["of"] for condition in draft.having for t in walked(condition) if t.kind == "test")
    several = period is not None and period.kind == "union" and not set(draft.by) & GRAINS
    return several and bool(draft.having) and all(isinstance(of, Term) and of.kind == "attainment" for of in aims)


def _units(period: Value) -> tuple[str, int]:
    """The unit, and how many of them."""
    if period is not None and period.kind == "union":
        units = {p.get("unit") for p in period["of"]}
        if len(units) == 1 and (unit := units.pop()) in GRAINS:
            return unit, len(period["of"])
    elif period is not None and period.kind in _COUNTED and period.get("count", 1) > 1 and period["unit"] in GRAINS:
        return period["unit"], period["count"]
    elif period is not None and (over := _over(period)) is not None:
        return "month", _MONTHS[over]
    raise NotAReading("throughout what")


def _over(period: Term) -> str | None:
    """The unit of a period that is over, of several months."""
    unit = period.get("unit")
    past = period.kind == "units" and period.get("offset", 0) < 0
    past |= period.kind == "named" and unit != "year"
    return unit if past and period.get("count", 1) == 1 and unit in _MONTHS else None
