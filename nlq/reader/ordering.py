"""In which order rows are wanted: the best and the worst so many, each group's own, or all of them."""

from __future__ import annotations

from metrics.model.schema import Model
from nlq.reader.constructions import NotAReading
from nlq.reader.counting import is_counted
from nlq.reader.draft import Draft
from nlq.reader.frame import filled, key_of, name_of
from nlq.reader.listing import measure_of, one_each
from nlq.reader.terms import Term, Value

__all__ = ["higher_is_better", "in_order", "in_which_order"]

_BY_SIZE = ("most", "least", "largest", "smallest")
_LEAST = frozenset({"worst", "least", "bottom", "smallest"})


def _moved(condition: Value) -> bool:
    """Whether it says that something grew or fell, and not by how much."""
    return bool(condition.kind == "test" and condition["of"].kind in ("change", "growth") and condition["value"] == 0)


def _check_best(draft: Draft, top: Term, key: Value) -> None:
    """Raises NotAReading where the best of them would be something else than what was said."""
    wanted = draft.frame.get("sorted")
    if wanted is not None and (top.get("way") in _LEAST) != (wanted.get("way") in _LEAST):
        raise NotAReading("two orders")
    if top.get("way") is None:
        raise NotAReading("the first of what has no amount")
    if key.kind == "place" and top.get("way") in _BY_SIZE:
        raise NotAReading("the most of a place")
    if any(t.kind == "test" and t["of"] == key and t["op"] == "eq" for t in draft.having):
        raise NotAReading("the most of what is the same for all")
    if key.kind == "metric" and draft.by and one_each(str(key["name"]), draft.by, draft.model):
        raise NotAReading("the most of them, of one each")
    if top.get("n") is None and key.kind not in ("change", "growth") and any(map(_moved, draft.having)):
        raise NotAReading("who grew the most, and not who has the most of those that grew")
    own = top.get("of") is None or top.get("has")  # of what is counted, not of whoever has it
    if own and top.get("way") in ("largest", "smallest") and is_counted(key, draft.model):
        raise NotAReading("the largest of what is counted")


def _check_along(wanted: Value, top: Value) -> None:
    """Raises NotAReading for an order by what single records have: the oldest, and no number of days."""
    if wanted is not None and wanted.get("along") is not None:
        raise NotAReading("in the order of what each record has")
    if top is not None and top.get("along") in ("age", "date"):
        raise NotAReading("the oldest of what has no age")


def in_order(draft: Draft) -> None:
    """The best or the worst so many; or all, in an order that was asked for."""
    frame = draft.frame
    top, wanted = frame.get("top"), frame.get("sorted")
    if (order := frame.get("order")) is not None:
        if top is not None or wanted is not None or not draft.keys:
            raise NotAReading("two orders")
        key = draft.about[0] if draft.about else draft.keys[0]
        draft.order = tuple(o.with_(by=filled(o["by"], key)) for o in order)
        return
    if top is None and wanted is None:
        if "limit" in frame and "which" in frame:
            raise NotAReading("so many of them, and not which")
        return
    if not draft.by or not draft.keys:
        raise NotAReading("the best of nothing")
    key = draft.keys[0]
    if top is not None:
        _check_best(draft, top, key)
    if wanted is not None and wanted.get("field") is not None:
        if wanted["field"] not in draft.by:
            raise NotAReading("in the order of what is not shown")
        draft.order = (Term("order", (("by", wanted["field"]), ("descending", wanted["way"] == "most"))),)
        return
    _check_along(wanted, top)
    if (unit := (wanted or top).get("unit")) is not None:  # type: ignore[union-attr]
        from nlq.reader.lists import longest  # here: few ask for the longest

        key = longest(draft, unit)
    if wanted is not None and wanted.get("by") is not None:
        key = key_of(filled(wanted["by"], draft.about[0]))
        if key not in draft.show:
            draft.show.append(key)
    way = (wanted or top)["way"]  # type: ignore[index]
    draft.order = (Term("order", (("by", key), ("descending", in_which_order(draft.model, key, way)))),)
    if top is not None:
        _limit(draft, top, key)


def _limit(draft: Draft, top: Term, key: Value) -> None:
    draft.limit = top.get("n") or draft.limit or 1
    of = top.get("of")
    others = tuple(b for b in draft.by if b != of) if of is not None else ()
    draft.limit_per = tuple(top.get("per") or _each(draft) or others)  # "each rep's largest customer"
    if len(draft.by) > 1 and not (draft.limit_per or key.kind == "streak" or _is_of_one(draft)):
        raise NotAReading("the best of pairs")  # of "which product sold most per region" each region has one
    if "several" in draft.frame and top.get("n") is None and not draft.limit_per:
        draft.limit = None  # all of them, the best first


def _is_of_one(draft: Draft) -> bool:
    """Whether it is a list of one thing, with what each is part of (customers, and the industry that each is in), or
    what is the same for all of them."""
    from nlq.keys import name_field  # here: few lists are by two

    model, people = draft.model, draft.model.people
    alone = {w["field"] for w in draft.where if w.kind == "in" and not w.get("out") and len(w["values"]) == 1}
    by = [b for b in draft.by if b not in alone]
    if len(by) == 1:
        return True
    fields = [model.fields[b] for b in by if b in model.fields]
    own = (people.name, people.id) if people is not None else ()
    if people is not None and people.team is not None and set(by) <= {people.team, people.region}:
        return True  # each team is of one region
    one = len(fields) == len(by) and len({f.dataset for f in fields}) == 1
    return one and any(f.id in own or f is name_field(model, f.dataset) for f in fields)


def _each(draft: Draft) -> tuple[str, ...]:
    """Of which groups each has a best of its own: "everybody's largest customer" is none of them all."""
    each = tuple(dict.fromkeys(draft.frame.get("each", ())))
    return each if set(draft.by) - set(each) else ()


def higher_is_better(model: Model, measure: Value) -> bool:
    """Whether more of it is better."""
    return measure_of(measure).better(model)


def in_which_order(model: Model, key: Value, way: str) -> bool:
    """Whether those of most of it come first. `top` and `bottom`: of what adds up, those of most and of least of it,
    whatever is better."""
    if way in _BY_SIZE:
        return way in ("most", "largest")
    metric = model.metrics[name_of(key)] if isinstance(key, Term) and key.kind == "metric" else None
    adds_up = metric is not None and not metric.averaged
    higher = (adds_up and way in ("top", "bottom")) or measure_of(key).better(model)
    return higher if way in ("best", "top") else not higher
