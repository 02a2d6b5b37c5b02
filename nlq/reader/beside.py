"""Side by side: members as rows or columns, and several periods one by one."""

from __future__ import annotations

from metrics.model.schema import Model
from metrics.query.asked import GRAINS
from nlq.reader.conditions import apart
from nlq.reader.constructions import NotAReading
from nlq.reader.counting import is_counted
from nlq.reader.days import unit_of_parts
from nlq.reader.draft import Draft
from nlq.reader.frame import name_of
from nlq.reader.terms import Term, Value

__all__ = ["one_by_one", "set_apart"]

_OF_ALL = frozenset({"total", "together", "count", "having", "compare", "each", "record", "top"})


def one_by_one(draft: Draft) -> None:
    """Several periods that were listed ("Q1 and Q3") are told one by one, unless their sum is asked for or what is
    asked is of all of them: how many, the best, those over a limit."""
    period = draft.frame["period"]
    if period["apart"] == "both" and any(_of_members(m, draft.model) for m in draft.about):
        raise NotAReading("how many there were in each, or who was there in both")
    if draft.frame.keys() & _OF_ALL or set(draft.by) & GRAINS:
        return
    unit = unit_of_parts(period)
    if unit is not None:
        draft.by = (*draft.by, unit)
    elif len({part.get("unit") for part in period["of"] if part.kind == "units"}) > 1:
        raise NotAReading("this month and this year")  # one holds the other, and their sum is neither


def _of_members(measure: Value, model: Model) -> bool:
    """Whether it counts each member once, however often it comes."""
    return is_counted(measure, model) and not model.metrics[name_of(measure)].additive


def set_apart(draft: Draft) -> None:
    """Members side by side: of one field as rows, of several as columns."""
    for i, condition in enumerate(draft.where):
        try:
            field_id, parts = apart(condition)
        except NotAReading:
            continue
        if field_id is not None:
            draft.by = tuple(dict.fromkeys((*draft.by, field_id)))
        else:
            draft.show[:] = [_only(measure, part) for part in parts for measure in draft.show]
            draft.keys[:] = draft.show[:1]
            del draft.where[i]
        return
    if draft.by:
        return
    unit = unit_of_parts(draft.frame.get("period"))
    if unit is None:
        raise NotAReading("nothing to set side by side")
    draft.by = (unit,)


def _only(measure: Value, where: Value) -> Term:
    return Term("only", (("of", measure), ("where", where)))
