"""Who or which they are, beside how many: a list of what is counted, whatever that is, and not of people."""

from __future__ import annotations

from contextlib import suppress

from metrics.model.schema import Model
from nlq.reader.about import counted
from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame, name_of
from nlq.reader.terms import Term, Value, has_hole

__all__ = ["members", "who_they_are"]

_PEOPLE, _SOMEBODY = ("@people",), "somebody"


def who_they_are(frame: Frame, model: Model) -> Frame:
    """With what is listed said. Raises NotAReading where it is not known of what."""
    if "who_are" not in frame and frame.get("by", ()) not in ((), (frame["count"]["over"],)):
        return frame  # which regions have how many people
    somebody = frame.get("who_are") == _SOMEBODY
    said = {k: v for k, v in frame.items() if k not in ("who_are", "many", "number")}
    others = tuple(b for b in said.pop("by", ()) if b not in _PEOPLE)
    if "count" in said:
        over = said.pop("count")["over"]
        if others and others != (over,):
            raise NotAReading("how many of each, and which they are")
        return {**said, "by": (over,), "which": True}
    if others:
        return {**said, "by": others, "which": True}
    if "record" in said or "listed" in said:
        return {**{k: v for k, v in said.items() if k != "which"}, "listing": True}
    about = said.get("about", ())
    of = members(about[0], model) if len(about) == 1 else None
    if of is not None:
        return {**said, "by": (of,), "which": True}
    if not somebody:
        raise NotAReading("which of what")
    return {**said, "by": _PEOPLE, "which": True}


def members(measure: Value, model: Model) -> str | None:
    """What a number counts, of those that people look after: lost customers."""
    if not isinstance(measure, Term) or measure.kind != "metric" or has_hole(measure):
        return None
    with suppress(NotAReading):
        field = counted(name_of(measure), model)
        return field if field.partition(".")[0] in model.access.belongs else None
    return None
