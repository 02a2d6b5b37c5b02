"""Two questions of the same number, of two times or of two members: one table with both."""

from __future__ import annotations

from contextlib import suppress

from pydantic import ValidationError

from metrics.query.asked import GRAINS, Asked
from metrics.query.predicate import In
from nlq.reader.days import unit_of_parts
from nlq.reader.terms import Term, plain, term_of

__all__ = ["beside_each_other"]


def beside_each_other(first: Asked, then: Asked) -> Asked | None:
    """ "Calls last week, and the week before?"; None where they differ in more than that."""
    if first.limit is not None or first.having is not None or set(first.by) & GRAINS:
        return None
    with suppress(ValidationError):
        return _of_times(first, then) or _of_members(first, then)
    return None


def _of_times(first: Asked, then: Asked) -> Asked | None:
    if then.model_copy(update={"period": first.period}) != first or None in (first.period, then.period):
        return None
    days = Term("union", (("of", tuple(term_of(q.model_dump(mode="json")["period"]) for q in (first, then))),))
    unit = unit_of_parts(days)
    return None if unit is None else _with(first, by=[*first.by, unit], period=plain(days))


def _of_members(first: Asked, then: Asked) -> Asked | None:
    one, other = first.where, then.where
    if then.model_copy(update={"where": one}) != first or not isinstance(one, In) or not isinstance(other, In):
        return None
    if one.field != other.field or one.out or other.out or one.field in first.by:
        return None
    values = list(dict.fromkeys((*one.values, *other.values)))
    where = {"kind": "in", "field": one.field, "values": values}
    return _with(first, by=[*first.by, one.field], where=where)


def _with(asked: Asked, **changed: object) -> Asked:
    return Asked.model_validate({**asked.model_dump(mode="json"), **changed})
