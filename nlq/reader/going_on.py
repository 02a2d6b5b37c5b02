"""What is said after an answer, as an edit would say it: of those that were listed, of the sides that were compared, of
the same number over the same days."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from metrics.model.schema import Model
from metrics.query.asked import GRAINS, Asked
from metrics.query.predicate import And, In
from nlq.keys import is_key
from nlq.reader.about import counted
from nlq.reader.asking import Wanted, asked_of
from nlq.reader.before import Before
from nlq.reader.conditions import fields_of
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import named
from nlq.reader.edits import is_of_the_usual
from nlq.reader.frame import Frame
from nlq.reader.lists import how_many
from nlq.reader.rows import DATASET
from nlq.reader.terms import ABOUT, Term, has_hole, replaced, term_of, walked

__all__ = ["is_told_already", "looked_at_so", "said_otherwise"]

_AIMS = frozenset({"attainment", "target", "gap", "pace", "expected"})
_WHICH = {"follow": ("list",), "things": True}
_COUNTED = frozenset({"many_of", "total", "together"})
_OF_THE_SAME = frozenset(
    {"about", "having", "by", "each", "top", "which", "view", "sorted", "trend", "apart", "population"}
)


def said_otherwise(before: Before, asked: Asked, frame: Frame, model: Model) -> Frame | None:
    """The same said as an edit says it; None where it is said so. Raises NotAReading where it is said of nothing that
    was told."""
    if "of_sides" in frame:
        return _of_sides(asked, frame)
    if "margin" in frame and not frame.keys() - {"margin", "follow"}:
        if not _is_aimed(asked) and (sides := _sides(asked)) is not None and set(asked.by) <= {sides.field}:
            return {"follow": ("pair",), "pair": "differ"}
        return {"follow": ("go_on",), "view": (_gap_of(asked),)}
    if "next" in frame and not frame.keys() - {"next", "follow", "by"}:
        if "by" in frame and named(frame["by"], model) != asked.by:
            raise NotAReading("so many more of others")
        return {"follow": ("go_on",), "others": "the_same", "limit": frame["next"]}
    return _of_rows(before, asked, frame, model) or _of_the_same(asked, frame, model)


def _of_rows(before: Before, asked: Asked, frame: Frame, model: Model) -> Frame | None:
    if _is_one_side_more(asked, frame):
        return {**frame, "follow": (*frame.get("follow", ()), "add"), "add": True}
    if _is_of_owed(asked, frame, model):
        return {"follow": ("those",), "top": frame["top"]}
    if _counts_rows(asked, frame, model):
        return {**{k: v for k, v in frame.items() if k != "many"}, "many_of": True}
    if (record := _record_counted(asked, frame, model)) is not None:
        return {"follow": ("go_on",), "many_of": True, "record": record}
    if _is_part_of_one(before, asked, frame) or _is_worth_of_one(before, asked, frame, model):
        return {**frame, "refer": "one", "follow": (*frame.get("follow", ()), "go_on")}
    if _is_who_of_rows(asked, frame, model):
        return {k: v for k, v in frame.items() if k != "by"} | {"follow": (*frame.get("follow", ()), "those")}
    return _WHICH if _lists_counted(asked, frame, model) else None


def _of_the_same(asked: Asked, frame: Frame, model: Model) -> Frame | None:
    return {**frame, "follow": ("go_on",)} if _is_of_the_same(asked, frame, model) else None


def is_told_already(asked: Asked, frame: Frame, model: Model) -> bool:
    """Whether it asks for the one number that is there: how many open deals there are, what is overdue in total."""
    if "margin" in frame and not frame.keys() - {"margin", "follow"}:
        return any(m.kind in ("change", "growth") for m in asked.show)
    if asked.limit == 1 and "whose" in frame.get("follow", ()) and frame.keys() == {"follow", "by"}:
        return bool(named(frame["by"], model) == asked.by)
    if not frame.keys() & _COUNTED or frame.keys() - _COUNTED - {"follow"}:
        return False
    metric = model.metrics.get(asked.show[0].subject()) if asked.show[0].kind == "metric" else None
    if metric is not None and asked.limit == 1 and "many_of" in frame:  # of the best one
        return metric.unit == "count"
    if asked.by or len(asked.show) != 1 or metric is None or _sides(asked) is not None:
        return False
    return metric.unit == "count" if "many_of" in frame else metric.snapshot and metric.unit.startswith("currency")


def looked_at_so(asked: Asked, frame: Frame) -> Wanted | None:
    """A place in the own team, where it was one in the whole company; a comparison in percent."""
    if frame.keys() <= {"follow", "scope"} and frame.get("scope") == "team" and not asked.by:
        return _among_own(asked)
    return Wanted(_growth_only(asked)) if _is_in_percent(asked, frame) else None


def _sides(asked: Asked) -> In | None:
    """The members that were set side by side."""
    parts = asked.where.of if isinstance(asked.where, And) else (asked.where,)
    several = [p for p in parts if isinstance(p, In) and not p.out and len(p.values) > 1]
    return several[0] if len(several) == 1 else None


def _of_sides(asked: Asked, frame: Frame) -> Frame:
    """Which of them is ahead. Raises NotAReading where there are none."""
    sides = _sides(asked)
    if sides is None or (sides.field not in asked.by and asked.by):
        raise NotAReading("ahead of whom")
    frame = {**{k: v for k, v in frame.items() if k != "of_sides"}, "follow": (*frame.get("follow", ()), "those")}
    return frame if asked.by else {**frame, "by": (sides.field,)}  # they were told together


def _is_one_side_more(asked: Asked, frame: Frame) -> bool:
    """Whether one more is named after some were set side by side: "and Orca"."""
    if frame.keys() != {"where", "follow"} or set(frame["follow"]) - {True, "go_on"} or len(frame["where"]) != 1:
        return False
    sides, one = _sides(asked), frame["where"][0]
    if sides is None or sides.field not in asked.by:
        return False
    return bool(one.kind == "in" and one["field"] == sides.field)


def _is_aimed(asked: Asked) -> bool:
    written = asked.model_dump(mode="json", exclude_defaults=True)
    return any(t.kind in _AIMS for part in ("show", "having") for t in walked(term_of(written.get(part, ()))))


def _gap_of(asked: Asked) -> Term:
    """How far each is from the target it was held against. Raises NotAReading where it was held against none."""
    if not _is_aimed(asked):
        raise NotAReading("by how much, and no target")
    gap = Term("gap", (("metric", ABOUT),))
    return Term("view", (("show", (ABOUT, Term("target", (("metric", ABOUT),)), gap)), ("key", gap)))


def _counts_rows(asked: Asked, frame: Frame, model: Model) -> bool:
    """Whether it is how many of those that were listed are of some kind; what is counted by region is no region."""
    groups = {model.fields[b].dataset for b in asked.by if b in model.fields}
    if frame.keys() != {"many", "where", "follow"} or len(groups) != 1:
        return False
    return {f.partition(".")[0] for c in frame["where"] for f in fields_of(c)} == groups


def _record_counted(asked: Asked, frame: Frame, model: Model) -> str | None:
    """Of what is an amount, the records whose amount it is, where it is asked how many they are."""
    if "count" not in frame or frame.keys() - {"count", "follow"} or asked.having is not None:
        return None
    over = model.fields.get(str(frame["count"].get("over")))
    if over is None or over.id in asked.by or not is_key(model, over):
        return None
    with suppress(NotAReading):
        how_many(term_of(_first_metric(asked)), model, over.dataset)
        return over.dataset
    return None


def _is_of_owed(asked: Asked, frame: Frame, model: Model) -> bool:
    """Whether it is who owes the most, after a part of what is owed was told of each."""
    about, told = frame.get("about", ()), term_of(_first_metric(asked))
    if frame.keys() - {"by", "about", "top", "which", "follow", "having"} or "top" not in frame or len(about) != 1:
        return False
    both = [
        model.metrics.get(str(t.get("name"))) for t in (told, about[0]) if isinstance(t, Term) and t.kind == "metric"
    ]
    if len(both) != 2 or not all(m is not None and m.snapshot and m.unit.startswith("currency") for m in both):
        return False
    datasets = {d for m in both if m is not None for d in DATASET.findall(m.expression)}
    return len(datasets) == 1 and named(frame.get("by", asked.by), model) == asked.by


def _is_who_of_rows(asked: Asked, frame: Frame, model: Model) -> bool:
    """Whether "who" is one of the customers that were listed, who are no people of ours."""
    people = model.people
    groups = {model.fields[b].dataset for b in asked.by if b in model.fields}
    if people is None or not groups or not groups <= model.access.belongs.keys():
        return False
    return frame.get("by") == ("@people",) and "top" in frame and not frame.keys() - {"by", "which", "top", "follow"}


def _lists_counted(asked: Asked, frame: Frame, model: Model) -> bool:
    """Whether it wants the names of what was counted for each of something: of those customers."""
    if "things" not in frame or frame.keys() != {"things", "follow", "by"} or asked.show[0].kind != "metric":
        return False
    with suppress(NotAReading, KeyError):
        return bool(named(frame["by"], model) == (counted(asked.show[0].subject(), model),))
    return False


def _is_part_of_one(before: Before, asked: Asked, frame: Frame) -> bool:
    """Whether it is what part of the best one something was: "how much of that was software"."""
    if not before.only or asked.limit != 1 or frame.keys() & {"refer", "by", "top"}:
        return False
    pointing = {"that", "those"} & set(frame.get("follow", ()))
    if pointing and frame.keys() & {"where", "period"}:
        return True
    about = frame.get("about", ())
    if {"lean", "instead", "same", "add", "corrected"} & set(frame.get("follow", ())):
        return False
    return len(about) == 1 and not has_hole(about) and not frame.keys() - {"about", "follow", "much", "many"}


def _is_worth_of_one(before: Before, asked: Asked, frame: Frame, model: Model) -> bool:
    """Whether it is what that is worth which the best one has."""
    metric = model.metrics.get(asked.show[0].subject()) if asked.show[0].kind == "metric" else None
    counted = metric is not None and metric.unit == "count"
    return (
        counted
        and bool(before.only)
        and asked.limit == 1
        and "worth" in frame
        and not frame.keys() - {"worth", "much", "total", "follow"}
    )


def _is_of_the_same(asked: Asked, frame: Frame, model: Model) -> bool:
    """Whether it is a question about what was asked before, of no days, nobody and nothing of its own: a way to look at
    it, or whose it is, of no number that is named; the same number of others; another number of the same ones."""
    about = frame.get("about", ())
    if "scope" in frame and frame["scope"] == asked.scope:  # the team's target, after what the team sold
        frame = {k: v for k, v in frame.items() if k != "scope"}
        if frame.keys() == {"about"} and has_hole(about) and about != (ABOUT,):
            return True
    if frame.keys() - _OF_THE_SAME or not about or not frame.keys() & {"by", "top", "view", "trend"}:
        return any(t.kind == "growth" for t in walked(about)) and frame.keys() == {"about"}
    told = term_of(_first_metric(asked))
    if "having" in frame and (about != (told,) or asked.having is not None):
        return False
    if has_hole(about):
        return about != (ABOUT,) or is_of_the_usual(asked, model)
    groups = tuple(b for b in asked.by if b not in GRAINS)
    now = tuple(b for b in named(frame.get("by", ()), model) if b not in GRAINS)
    same = bool(groups) and now == groups
    return about == (told,) or same


def _first_metric(asked: Asked) -> dict[str, Any]:
    return asked.show[0].model_dump(mode="json", exclude_defaults=True)


def _among_own(asked: Asked) -> Wanted | None:
    """A place in the whole company, and in the own team; None where no place was told."""
    parts = {k: term_of(v) for k, v in asked.model_dump(mode="json", exclude_defaults=True).items()}
    if not any(t.kind == "place" and t.get("within") is None for t in walked(parts["show"])):
        return None

    def within(term: Term) -> Term:
        return term.with_(within="team") if term.kind.startswith("place") else term

    parts["show"] = replaced(parts["show"], within)
    return Wanted(asked_of(parts))


def _is_in_percent(asked: Asked, frame: Frame) -> bool:
    """Whether a comparison that was told is wanted as a percentage, and no share."""
    if "view" not in frame or frame.keys() - {"follow", "view"} or not any(m.kind == "growth" for m in asked.show):
        return False
    return all(any(t.kind == "share" for t in walked(v)) for v in frame["view"])


def _growth_only(asked: Asked) -> Asked:
    return asked.model_copy(update={"show": tuple(m for m in asked.show if m.kind == "growth")})
