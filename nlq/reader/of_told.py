"""What is said of what was told, as an edit says it: who "they" are, that those are listed or counted, and
which of them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from metrics.model.schema import Model
from metrics.query.asked import Asked
from metrics.query.predicate import And, In, Test
from nlq.reader.about import counted
from nlq.reader.among import is_list
from nlq.reader.before import Before, is_unheard_of
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import named
from nlq.reader.frame import Frame
from nlq.reader.going_on import said_otherwise
from nlq.reader.of_the_same import first_shown
from nlq.reader.rows import REASON, told_apart
from nlq.reader.terms import ABOUT, Term, has_hole, term_of, walked
from nlq.reader.who_they_are import members

__all__ = ["WHICH", "is_of_counted", "said_of", "shown"]


WHICH = {"follow": ("list",), "things": True}


_SOLD = "@sold"


_PLACE = Term("place", (("of", ABOUT),))


_NEEDED = Term(
    "view",
    (
        ("show", (ABOUT, *(Term(kind, (("metric", ABOUT),)) for kind in ("target", "gap", "needed_per_day")))),
        ("key", Term("needed_per_day", (("metric", ABOUT),))),
    ),
)


def said_of(before: Before, frame: Frame, model: Model) -> Frame:
    """With what it says of what was told: who "they" are; that those are listed, or counted, which is asked."""
    asked = before.asked
    listed = isinstance(asked, Asked) and is_list(asked)
    if "who_are" in frame:
        frame = _who(before, frame, model)
    if _is_sold(frame):
        if not before.near:
            raise NotAReading("sold: whether of what was asked before is not known")
        frame = _sold(before, frame, model)
    if "refer" in frame:
        frame = _of_one_person(_that_such(before, frame, model), model)
    if frame.get("refer") == "one" and not before.only:
        frame = _that_one(before, frame)
    if frame.get("refer") == "they":
        frame = _they(before, frame, listed=listed)
    if "standing" in frame and "about" in frame and not frame.keys() - {"standing", "about", "follow"}:
        return {"follow": (), **{k: v for k, v in frame.items() if k != "standing"}}  # how that goes, of what was asked
    if "standing" in frame and listed and frame.keys() == {"standing", "follow", "period"}:
        return {**{k: v for k, v in frame.items() if k != "standing"}, "about": (ABOUT,)}
    if isinstance(asked, Asked) and (said := said_otherwise(before, asked, frame, model)) is not None:
        return said
    return _of_told(asked, frame, model, listed=listed)


def _of_told(asked: object, frame: Frame, model: Model, *, listed: bool) -> Frame:
    """The same, of what was listed or counted."""
    if "things" in frame and listed and frame.keys() - {"follow", "things"}:
        return {**{k: v for k, v in frame.items() if k != "things"}, "follow": ("those",)}
    if "which" in frame and not listed and not frame.keys() - {"which", "follow"}:
        return WHICH
    if isinstance(asked, Asked) and _is_a_rate_of_it(frame) and any(t.kind == "gap" for t in shown(asked)):
        return {"follow": ("go_on",), "view": (_NEEDED,)}  # what is left of it a day is what is needed
    if listed and isinstance(asked, Asked) and is_unheard_of(frame) and not _of_records(asked, model):
        return {**{k: v for k, v in frame.items() if k != "idle"}, **_unheard(frame)}
    if isinstance(asked, Asked) and _is_more_of_it(asked, frame):
        return {**{k: v for k, v in frame.items() if k != "about"}, "follow": ("go_on",)}
    if listed and frame.keys() >= {"about", "top"} and not frame.keys() - {"about", "top", "which"}:
        return {**frame, "follow": ("go_on",)}  # who has the most of it, of those
    if listed and isinstance(asked, Asked) and (place := _place_of(frame, asked, model)) is not None:
        return {"follow": ("place",), "place": place}
    if "having" not in frame and frame.get("by") == ("@people",) and _is_of_customers(frame, model):
        return {**frame, "by": ("@customers",)}
    if listed and isinstance(asked, Asked) and _is_of_the_rest(asked, frame):
        return {"follow": ("those",), "opposite": True}
    if listed and isinstance(asked, Asked) and _is_restated(asked, frame):
        return {**{k: v for k, v in frame.items() if k != "about"}, "follow": ("go_on",)}
    if listed and isinstance(asked, Asked) and asked.having is not None and _counts_them(asked, frame, model):
        return {"follow": ("go_on",), "many_of": True}
    if listed and isinstance(asked, Asked) and _is_of_listed(asked, frame, model):
        return {**{k: v for k, v in frame.items() if k != "by"}, "follow": ("those",), "which": True}
    return frame


def _place_of(frame: Frame, asked: Asked, model: Model) -> int | None:
    """Which place it asks about ("who is second"), of what was listed, which need not be people: of teams it is one."""
    if (
        frame.get("by") != ("@people",)
        or frame.keys() - {"by", "having", "follow"}
        or len(frame.get("having", ())) != 1
    ):
        return None
    test = frame["having"][0]
    if model.people is None or model.people.name in asked.by or test != Term("test", (("of", _PLACE), *test.args[1:])):
        return None
    return int(test["value"]) if test["op"] == "eq" else None


def _is_sold(frame: Frame) -> bool:
    return any(t.get("name") == _SOLD for t in walked(frame.get("about", ())) if isinstance(t, Term))


def _sold(before: Before, frame: Frame, model: Model) -> Frame:
    """Sold, or bought, whatever was asked about before; by the one that was the first."""
    asked = before.asked
    frame = {**frame, "about": named(frame["about"], model)}
    if not isinstance(asked, Asked):
        return frame
    if frame["about"] == (first_shown(asked),):
        frame = {**frame, "about": (ABOUT,)}
    if asked.limit == 1 and before.only and "refer" not in frame:
        return {**frame, "refer": "one", "follow": ("go_on",)}
    return frame


def _who(before: Before, frame: Frame, model: Model) -> Frame:
    """Who they are that were counted: no reps, where the number is of customers."""
    said = {k: v for k, v in frame.items() if k != "who_are"}
    asked = before.asked
    if said.keys() == {"by", "which"} and isinstance(asked, Asked) and not asked.by and len(asked.show) == 1:
        shown = term_of(asked.show[0].model_dump(mode="json", exclude_defaults=True))
        if shown.kind == "count_of" or members(shown, model) is not None:
            return WHICH
    return said


def _is_a_rate_of_it(frame: Frame) -> bool:
    """Whether it asks how much that is a day."""
    about = frame.get("about", ())
    a_day = len(about) == 1 and about[0].kind in ("per", "spread") and about[0]["each"] in ("day", "working_day")
    return a_day and about[0]["of"] == ABOUT and not frame.keys() - {"about", "follow", "much"}


def _they(before: Before, frame: Frame, *, listed: bool) -> Frame:
    """Who was named, the one row there was, or all of them."""
    if before.person and (before.only or not listed):
        return {**frame, "refer": "person"}
    if before.only:
        return {**frame, "refer": "one"}
    if listed:
        return {**{k: v for k, v in frame.items() if k != "refer"}, "follow": ("those",)}
    return _that_one(before, frame)


def _that_such(before: Before, frame: Frame, model: Model) -> Frame:
    """That customer: the one that was picked or named, where it is one. Raises NotAReading."""
    refer = frame["refer"]
    if not isinstance(refer, Term):
        return frame
    (field,) = named((refer["of"],), model)
    if any(f == field for f, _ in before.only):
        return {**frame, "refer": "one"}
    where = getattr(before.asked, "where", None)
    if not isinstance(where, In) or where.out or len(where.values) != 1 or where.field != field:
        raise NotAReading("which of them that is")
    return {**{k: v for k, v in frame.items() if k != "refer"}, "follow": ("go_on",)}


def _of_one_person(frame: Frame, model: Model) -> Frame:
    """How many deals she won, and no deals that are counted once more; how he did then, by the number it is about."""
    if "standing" in frame and not frame.keys() - {"standing", "follow", "refer", "period"} and "period" in frame:
        return {k: v for k, v in frame.items() if k != "standing"}
    about = frame.get("about", ())
    if len(about) != 1 or about[0].kind != "metric" or not frame.keys() & {"count", "many_of"}:
        return frame
    metric = model.metrics.get(str(about[0]["name"]))
    if metric is None or metric.unit != "count":
        return frame
    with suppress(NotAReading):
        if "count" not in frame or frame["count"] == Term("count", (("over", counted(metric.name, model)),)):
            return {**{k: v for k, v in frame.items() if k not in ("count", "many_of")}, "many": True}
    return frame


def _that_one(before: Before, frame: Frame) -> Frame:
    """Of the customer whose sales were told."""
    where = getattr(before.asked, "where", None)
    one = isinstance(where, In) and not where.out and len(where.values) == 1
    return {**{k: v for k, v in frame.items() if k != "refer"}, "follow": ("go_on",)} if one else frame


def _is_restated(asked: Asked, frame: Frame) -> bool:
    """Whether a condition names the number again that was told: who sold nothing, of everybody's sales."""
    if "having" not in frame or frame.keys() - {"having", "about", "by", "which", "population", "follow"}:
        return False
    told = term_of(asked.show[0].model_dump(mode="json", exclude_defaults=True))
    return frame.get("about") in ((told,), (ABOUT,))


def _is_of_the_rest(asked: Asked, frame: Frame) -> bool:
    """Whether it is of those of which it does not hold: the others, after who reached the target."""
    if frame.get("others") != "the_same" or frame.keys() - {"others", "follow"} or asked.limit is not None:
        return False
    return isinstance(asked.having, Test) and asked.having.of.kind != "place" and not _named_rows(asked)


def _named_rows(asked: Asked) -> bool:
    """Whether some were named, of which there are others too."""
    return any(isinstance(p, In) for p in (asked.where.of if isinstance(asked.where, And) else (asked.where,)))


def _is_more_of_it(asked: Asked, frame: Frame) -> bool:
    """Whether it asks of the same number why those were, or what part of them some are."""
    if frame.keys() - {"about", "by", "view", "where", "which", "much"} or "about" not in frame:
        return False
    shared = "where" in frame and any(t.kind == "share" for v in frame.get("view", ()) for t in walked(v))
    told = term_of(asked.show[0].model_dump(mode="json", exclude_defaults=True))
    return frame["about"] == (told,) and (shared or frame.get("by") == (REASON,))


def _is_of_customers(frame: Frame, model: Model) -> bool:
    """Whether it is a number of those whom people look after: who bought those is no rep."""
    about = frame.get("about", ())
    if "those" not in frame.get("follow", ()) or "which" not in frame or len(about) != 1 or about[0].kind != "metric":
        return False
    with suppress(NotAReading, KeyError):
        return counted(str(about[0]["name"]), model).partition(".")[0] in model.access.belongs
    return False


def _counts_them(asked: Asked, frame: Frame, model: Model) -> bool:
    """Whether it asks how many they are, by what they are: how many people."""
    if "count" not in frame or frame.keys() - {"count", "follow"}:
        return False
    over, people = frame["count"].get("over"), model.people
    return (people is not None and over == "@people" and people.name in asked.by) or over in asked.by


def _of_records(asked: Asked, model: Model) -> bool:
    return any(told_apart(model, by) is not None for by in asked.by)


def _unheard(frame: Frame) -> dict[str, Any]:
    """As a condition on each of them: heard of so long ago, or never."""
    about, days = frame["about"][0], frame["idle"]
    long = Term("test", (("of", about), ("op", "gt"), ("value", days["days"] if isinstance(days, Term) else days)))
    never = Term("not", (("of", Term("known", (("of", about),))),))
    either = Term("or", (("of", (long, never)),))
    return {"follow": ("those",), "which": True, "having": (either,), "population": "all"}


def _is_of_listed(asked: Asked, frame: Frame, model: Model) -> bool:
    """Whether it is what some of those did that were listed: who bought nothing since June is no rep, of customers."""
    about = frame.get("about", ())
    if "having" not in frame or frame.get("by", ("@people",)) != ("@people",) or len(about) != 1:
        return False
    if frame.get("scope") == "me" and "by" in frame:  # of whom one has none are not people like oneself
        return True
    if about[0].kind != "metric" or model.metrics.get(about[0]["name"]) is None:
        return False
    with suppress(NotAReading):
        return counted(str(about[0]["name"]), model) in asked.by
    return False


def is_of_counted(asked: Asked, frame: Frame, model: Model) -> bool:
    """Whether it is another number of those that were counted, and not listed: of whom it is is not in it."""
    about, first = frame.get("about", ()), first_shown(asked)
    if "those" not in frame.get("follow", ()) or asked.by or not about or any(map(has_hole, about)):
        return False
    counts = first.kind == "count_of" or (first.kind == "metric" and model.metrics[str(first["name"])].unit == "count")
    return counts and tuple(about) != (first,)


def shown(asked: Asked) -> list[Term]:
    return list(walked(tuple(term_of(m.model_dump(mode="json", exclude_defaults=True)) for m in asked.show)))
