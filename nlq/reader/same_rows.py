"""A list that was cut ("the top three products by sales", "customers over 500k"), gone on from: another number is told
of the same rows, in the order they stood in; what they are broken down by next is of them alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metrics.query.asked import GRAINS
from nlq.reader.before import Before
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import joined
from nlq.reader.frame import Frame
from nlq.reader.meaning import Unanswerable
from nlq.reader.terms import Term, Value, has_hole, replaced, walked

__all__ = ["as_they_stand", "is_of_a_place", "is_of_same_rows", "of_other_days", "of_the_rows", "only_rows"]

_ANOTHER_LIST = frozenset(
    {"top", "sorted", "by", "each", "refer", "count", "total", "together", "place", "others", "many_of", "worth"}
    | {"having", "compare", "which", "things", "averaged", "opposite", "apart", "number"}
)
_INSTEAD = frozenset({"instead", "lean", "same"})  # "by calls instead": the best are those of calls now
_POINTING = frozenset({"that", "those"})
_PLACES = {"first": "top", "last": "bottom"}  # of a list that stands in no order that was asked for
_ANOTHER = frozenset({"place", "others", "count", "refer", "uncut"})


def as_they_stand(frame: Frame, old: Mapping[str, Any]) -> Frame:
    """What is said by what stands there: so many of them, by whatever they were picked by; in the order of their names.
    Raises NotAReading where nothing stands there."""
    top, wanted = frame.get("top"), frame.get("sorted")
    if frame.keys() & {"top", "sorted", "having"} and "period" not in frame:
        frame = _against_the_same(frame, old)
    if wanted is not None and wanted.get("field") == "listed":
        fields = [b for b in old.get("by", ()) if b not in GRAINS]
        if len(fields) != 1:
            raise NotAReading("the names of what")
        frame = {**frame, "sorted": wanted.with_(field=fields[0])}
    if _is_all_of_them(frame, old):
        frame = {**{k: v for k, v in frame.items() if k != "by"}, "uncut": True}
    if top is not None and top.get("way") is None:
        raise NotAReading("the first of what has no amount")
    if top is not None and top["way"] in _PLACES:
        frame = _from_an_end(frame, old, top)
    elif top is not None and top["way"] == "same":
        if "limit" not in old or frame.keys() - {"top", "follow"}:
            raise NotAReading("so many of what was not picked")
        frame = {**{k: v for k, v in frame.items() if k != "top"}, "limit": top["n"]}
    return frame


def _against_the_same(frame: Frame, old: Mapping[str, Any]) -> Frame:
    """Which of them grew most is told by what they were compared with."""
    compared = [t for m in old["show"] for t in walked(m) if t.kind in ("before", "change", "growth")]
    if not compared:
        return frame
    to = compared[0].get("to", "previous")
    about = frame.get("about", ())
    if len(about) == 1 and about[0].kind == "view" and has_hole(about[0]) and "view" not in frame:
        frame = {**{k: v for k, v in frame.items() if k != "about"}, "view": about}

    def against(term: Term, said: Value) -> Value:
        open_one = term.kind in ("before", "change", "growth") and has_hole(term) and term.get("to", said) == "@to"
        return term.with_(to=to) if open_one else term

    frame = {k: replaced(v, lambda t: against(t, None)) if k == "view" else v for k, v in frame.items()}
    return {k: replaced(v, lambda t: against(t, "@to")) if k == "having" else v for k, v in frame.items()}


def _from_an_end(frame: Frame, old: Mapping[str, Any], top: Term) -> Frame:
    """So many from the beginning or the end of a list, as it stands. Raises NotAReading for those of time, which are
    days, and for the last of the first so many."""
    order, rest = old.get("order", ()), {k: v for k, v in frame.items() if k != "top"}
    if not set(old.get("by", ())) - GRAINS:
        raise Unanswerable("the first of what stands in the order of its days")
    if rest.keys() - {"follow", "which"}:
        raise NotAReading("the first of what stands in no order")
    if not order:
        return {**rest, "top": top.with_(way=_PLACES[str(top["way"])])}
    if top["way"] == "first":
        return {**rest, "limit": top["n"]}
    if "limit" in old or len(order) != 1:
        raise NotAReading("the last of some")
    turned = order[0].with_(descending=not order[0].get("descending", True))
    return {**rest, "limit": top["n"], "order": (turned,)}


def _is_all_of_them(frame: Frame, old: Mapping[str, Any]) -> bool:
    """Whether all are wanted of a list of which some were picked: each of them is named again, or the one that was
    picked is to be put in an order, or averaged."""
    if frame.keys() & {"sorted", "averaged"} and old.get("limit") == 1 and "limit_per" not in old:
        return not frame.keys() & _ANOTHER
    picked = "limit" in old or is_of_a_place(old)
    again = frame.keys() == {"by", "follow"} and "whose" not in frame["follow"]
    return picked and again and tuple(frame["by"]) == tuple(old["by"])


def is_of_a_place(old: Mapping[str, Any]) -> bool:
    """Whether it is of those at some places of a list: the second, all but the last."""
    having = old.get("having")
    return having is not None and having.kind == "test" and having["of"].kind == "place"


def is_of_same_rows(frame: Frame, old: Mapping[str, Any]) -> bool:
    """Whether it asks for another number, and for nothing else, of rows that were picked by the first one. Raises
    NotAReading where that number would be one of other rows."""
    if "about" not in frame or frame.keys() & _ANOTHER_LIST or _INSTEAD & set(frame.get("follow", ())):
        return False
    if old.get("limit", 1) < 2 and not _is_held(old):  # of the best alone it is that of all of them
        return False
    if frame.keys() & {"where", "scope", "whole", "trend"}:
        raise NotAReading("another number of other rows")
    return True


def _is_held(old: Mapping[str, Any]) -> bool:
    """Whether the rows are those of which something holds that another number does not change: sales over 500k."""
    return bool(old.get("by")) and any(t.kind in ("test", "known") for t in walked(old.get("having")))


def of_other_days(show: list[Value], period: Value, old: Mapping[str, Any]) -> list[Value]:
    """Numbers of other days, of rows that were picked by those of the old ones."""
    if period is None or period == old.get("period"):
        return show
    return [Term("during", (("of", measure), ("period", period))) for measure in show]


def of_the_rows(before: Before, frame: Frame, old: Mapping[str, Any], by: tuple[str, ...]) -> list[Value]:
    """The condition that it is about the rows that were told, where those of a list that was cut are broken down by
    something else, or along time; picked from, or put in another order. Raises NotAReading where it is not known which
    rows they were."""
    if is_of_a_place(old) and set(by) != set(old["by"]) and not frame.keys() & _ANOTHER:
        return [the_rows(before)]
    if "limit" not in old or frame.keys() & _ANOTHER or _INSTEAD & set(frame.get("follow", ())):
        return []
    said = bool(_POINTING & set(frame.get("follow", ())))
    if "where" in frame and said and old["limit"] > 1 and not frame.keys() & {"top", "about", "view"}:
        return [the_rows(before)]
    otherwise = bool(set(by) - set(old["by"])) and "top" not in frame
    return [the_rows(before)] if set(old["by"]) - GRAINS and (otherwise or _picks(frame, old)) else []


def the_rows(before: Before) -> Term:
    """The condition that it is one of the rows that were told. Raises NotAReading."""
    if not before.rows:
        raise NotAReading("which rows they were is not known")
    field, *members = before.rows
    return Term("in", (("field", field), ("values", tuple(members))))


def only_rows(before: Before, old: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked, about the rows alone that were told."""
    kept = old.get("where")
    parts: list[Value] = [] if kept is None else list(kept["of"]) if kept.kind == "and" else [kept]
    return {**old, "where": joined([*parts, the_rows(before)])}


def _picks(frame: Frame, old: Mapping[str, Any]) -> bool:
    """Whether it is about some of the rows, or all in another order: then no other row comes in. The second, or the
    bottom five, are those of all there are."""
    if "having" in frame and old["limit"] == 1:  # which others did so is not asked of the best one
        return False
    if "having" in frame and "out" not in frame.get("follow", ()):
        tested: list[Value] = [t["of"] for t in walked(frame["having"]) if t.kind in ("test", "known")]
        return any(of.kind != "place" for of in tested)
    if "top" in frame and "by" not in frame:
        other = "about" in frame or not _is_shown(old)
        return old["limit"] > 1 and (other or (frame["top"].get("n") is None and "those" in frame.get("follow", ())))
    return bool(frame.keys() & {"having", "compare", "sorted", "without"})


def _is_shown(old: Mapping[str, Any]) -> bool:
    """Whether what the rows were picked by is still told of them."""
    order = old.get("order", ())
    return bool(order) and order[0]["by"] in old["show"]
