"""Who or which they are, beside how many: a list of what is counted, whatever that is, and not of people."""

from __future__ import annotations

from contextlib import suppress

from metrics.model.schema import Model
from metrics.query.asked import GRAINS
from nlq.reader.about import condition_in, counted
from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame, name_of
from nlq.reader.rows import DATASET, told_apart
from nlq.reader.terms import Term, Value, has_hole

__all__ = ["members", "one_of_whom", "spread_over", "those_listed", "who_they_are"]

_PEOPLE, _SOMEBODY = ("@people",), "somebody"


def who_they_are(frame: Frame, model: Model) -> Frame:
    """With what is listed said. Raises NotAReading where it is not known of what."""
    if "who_are" not in frame and frame.get("by", ()) not in ((), (frame["count"]["over"],)):
        return frame  # which regions have how many people
    somebody = frame.get("who_are") == _SOMEBODY
    said = {k: v for k, v in frame.items() if k not in ("who_are", "many", "number")}
    by = said.pop("by", ())
    others = tuple(b for b in by if b not in _PEOPLE and b not in GRAINS)
    if "count" in said:
        over = said.pop("count")["over"]
        if others and others != (over,):
            raise NotAReading("how many of each, and which they are")
        return {**said, "by": (over,), "which": True}
    if others or set(by) & GRAINS:
        return {**said, "by": tuple(b for b in by if not others or b not in _PEOPLE), "which": True}
    if somebody and "record" in said:  # whose they are
        return {**said, "by": _PEOPLE, "which": True}
    if "record" in said or "listed" in said:
        return {**{k: v for k, v in said.items() if k != "which"}, "listing": True}
    about = said.get("about", ())
    of = members(about[0], model) if len(about) == 1 else None
    if of is not None:
        return {**said, "by": (of,), "which": True}
    if not somebody:
        raise NotAReading("which of what")
    return {**said, "by": _PEOPLE, "which": True}


def one_of_whom(frame: Frame) -> Frame:
    """Who of the customers: they, and no reps. Raises NotAReading where nobody is asked for."""
    said = {k: v for k, v in frame.items() if k != "of_whom"}
    of = frame["of_whom"]
    if of in frame.get("by", ()) and "each" in frame:
        return said  # of each of the reps, a list of their customers
    by = tuple(dict.fromkeys(of if b in _PEOPLE else b for b in said.get("by", ())))
    if of not in by and said.get("count", {}).get("over") != of:
        raise NotAReading("of the customers, and who of them is not asked")
    return {**said, **({"by": by} if by else {})}


def those_listed(frame: Frame) -> Frame:
    """Customers in a place, and who of them did nothing: they, and none of those who sell."""
    return {**frame, "by": frame["listed"]} if frame["by"] == _PEOPLE and len(frame["listed"]) == 1 else frame


def spread_over(frame: Frame, model: Model) -> Frame:
    """How many of them there are in each of the groups they are said to be in. Raises NotAReading."""
    said = {k: v for k, v in frame.items() if k != "spread_over"}
    field = frame["spread_over"]
    others = tuple(b for b in said.get("by", ()) if b != field)
    said["by"] = (field,)
    if len(others) == 1 and not said.keys() & {"about", "record", "count", "listed"}:
        record = told_apart(model, others[0])
        said |= {"listed": others} if record is None else {"record": record}
    elif others:
        raise NotAReading("in which of these, by something else")
    if "record" in said and "about" not in said:
        rest = {k: v for k, v in said.items() if k not in ("listing", "record", "still", "number", "many")}
        open_ones = _open(model, str(said["record"])) if not rest.keys() & {"period", "late", "due", "aged"} else None
        if open_ones is not None and said.get("still", True) is True:
            return {**rest, "about": (Term("metric", (("name", open_ones),)),)}
        return {**{k: v for k, v in said.items() if k != "listing"}, "number": True}
    if "about" in said and said.get("still") is True and _is_stock(said["about"], model):
        return {k: v for k, v in said.items() if k not in ("still", "number", "many", "record", "listing")}
    if "about" in said or "count" in said:
        return said
    listed = said.pop("listed", ())
    if len(listed) != 1:
        raise NotAReading("what is in these")
    stock = [m.name for m in model.metrics.values() if m.snapshot and m.unit == "count"]
    own = [n for n in stock if members(Term("metric", (("name", n),)), model) == listed[0]]
    if len(own) == 1:  # those there are
        return {**said, "about": (Term("metric", (("name", own[0]),)),)}
    return {**said, "count": Term("count", (("over", listed[0]),))}


def _open(model: Model, record: str) -> str | None:
    """The one number of those records that are there now."""
    stock = [m for m in model.metrics.values() if m.snapshot and m.unit == "count" and condition_in(m.expression)]
    own = [m.name for m in stock if {d for d in DATASET.findall(m.expression) if d in model.datasets} == {record}]
    return own[0] if len(own) == 1 else None


def _is_stock(about: tuple[Value, ...], model: Model) -> bool:
    """Whether it is of what there is now anyway."""
    return all(
        isinstance(m, Term) and m.kind == "metric" and not has_hole(m) and model.metrics[name_of(m)].snapshot
        for m in about
    )


def members(measure: Value, model: Model) -> str | None:
    """What a number counts, of those that people look after: lost customers."""
    if not isinstance(measure, Term) or measure.kind != "metric" or has_hole(measure):
        return None
    with suppress(NotAReading):
        field = counted(name_of(measure), model)
        return field if field.partition(".")[0] in model.access.belongs else None
    return None
