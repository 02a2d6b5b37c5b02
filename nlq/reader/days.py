"""Days that are said: after others ("and last year?" of Singles' Day is Singles' Day of last year), in months, and of
which unit there are several."""

from __future__ import annotations

from metrics.query.asked import GRAINS
from nlq.reader.constructions import NotAReading
from nlq.reader.terms import Term, Value, walked

__all__ = ["in_months", "moved", "unit_of_parts"]

_WHOLE = frozenset({"all", "since", "until", "from_to", "before", "after", "union", "without", "to_date"})
_OF_MONTHS = frozenset({"month", "quarter", "half", "year"})
_COUNTED = frozenset({"units", "complete", "nth"})
_DATED = frozenset({"named", "day_of_year", "holiday"})  # found in a year


def moved(new: Value, old: Value) -> Value:
    """The days meant by `new`, said after `old`. Raises NotAReading."""
    if old is None:
        return new
    if new.kind == "ago" and new.get("unit", "year") == "year":  # the same time of last year: that of what was asked
        return _back(old, new.get("count", 1))
    if new.kind in _DATED and not _is_year(new) and new.get("year") is None and new.get("of") is None:
        return _of_that_year(new, old)
    if not _is_year(new) or old.kind in _WHOLE or _unit(old) == "year" or _runs(new, old):
        return new
    base = old["of"] if old.kind == "ago" else old
    if any(_is_year(t) for t in walked(base)) or base.get("year") is not None:
        if base.kind in _DATED:
            return Term(base.kind, (*((k, v) for k, v in base.args if k not in ("year", "of")), ("of", new)))
        raise NotAReading("that part of another year")
    if new.kind == "units" and new.get("offset", 0) < 0:
        return _back(base, -new["offset"])
    if base.kind in _DATED:
        return base.with_(of=new)
    raise NotAReading("that part of another year")


def _of_that_year(new: Value, old: Value) -> Value:
    """The third quarter, after the second of last year, is one of last year too. Raises NotAReading where the days go
    on over the end of it: which year January after December is in is not said."""
    years = {year for t in walked(old) if isinstance(t, Term) and (year := _year_in(t)) is not None}
    if not years and old.kind == "ago" and old.get("unit", "year") == "year":
        return _back(new, old.get("count", 1))
    if len(years) != 1 or old.kind in ("union", "since", "until"):
        return new
    year = years.pop()
    if year.kind == "units" and not year.get("offset", 0):  # the one that runs
        return new
    if old.kind == new.kind == "named" and new.get("index") == 1 and old.get("index", 0) > 2:
        raise NotAReading("the first of which year")
    if year.kind == "named" and year.args == (("year", year["year"]), ("unit", "year")):
        return Term(new.kind, (("year", year["year"]), *new.args))
    return Term(new.kind, (*new.args, ("of", year)))


def _year_in(term: Term) -> Term | None:
    """The year that it is, or is of."""
    if _is_year(term):
        return term
    year: Value = term.get("year")
    return None if year is None else Term("named", (("year", year), ("unit", "year")))


def in_months(period: Term) -> Term:
    """Targets are of months: since a month is up to this one; until one is from the first of the year."""
    of: Value = period["of"]
    if of.kind not in ("named", "units") or of.get("unit") not in _OF_MONTHS or of.get("year") is not None:
        return period
    if period.kind == "until" and of.kind != "named":
        return period
    first, last = (of, _this("month")) if period.kind == "since" else (_this("year"), of)
    return Term("from_to", (("first", first), ("last", last)))


def _this(unit: str) -> Term:
    return Term("units", (("unit", unit),))


def _back(old: Value, years: int) -> Term:
    return Term("ago", (("of", old), ("unit", "year"), *((("count", years),) if years != 1 else ())))


def _is_year(period: Value) -> bool:
    if period.kind == "named":
        return bool(period.get("unit") == "year")
    return bool(period.kind == "units" and period.get("unit") == "year" and period.get("count", 1) == 1)


def _runs(new: Value, old: Value) -> bool:
    """The year that runs, after days of it: all of it."""
    return bool(new.kind == old.kind == "units" and not new.get("offset", 0))


def _unit(period: Value) -> Value:
    return _unit(period["of"]) if period.kind == "ago" else period.get("unit")


def unit_of_parts(period: Value) -> Value:
    """The unit that a period has several of: the first three quarters, September and August. None where it has not."""
    if period is None:
        return None
    if period.kind == "from_to":  # the first quarter to the third
        ends = [period["first"], period["last"]]
        units = {end.get("unit") for end in ends if end.kind == "named"}
        unit = units.pop() if len(units) == 1 and all(end.kind == "named" for end in ends) else None
    elif period.kind == "union":
        units = {unit_of_parts(p) or p.get("unit") for p in period["of"]}
        unit = units.pop() if len(units) == 1 else None
    else:
        unit = period.get("unit") if period.kind in _COUNTED and period.get("count", 1) > 1 else None
    return unit if unit in GRAINS else None
