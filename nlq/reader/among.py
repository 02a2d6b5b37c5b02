"""Which of those that were listed did something more, or did not: "which of them ordered this month"."""

from __future__ import annotations

from contextlib import suppress

from metrics.model.schema import Model
from metrics.query.asked import GRAINS, Asked
from nlq.reader.about import counted, worth
from nlq.reader.asking import Wanted, asked_of
from nlq.reader.before import Before
from nlq.reader.conditions import resolved, tested_measures
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import joined
from nlq.reader.frame import Frame, filled
from nlq.reader.same_rows import only_rows
from nlq.reader.terms import ABOUT, Term, Value, has_hole, replaced, term_of, walked

__all__ = ["among", "is_among", "is_list"]

_SAID = frozenset({"follow", "about", "having", "period", "which", "population", "many", "scope", "much"})


def is_among(asked: Asked, frame: Frame) -> bool:
    """Whether it is about the rows of a list, by another number than theirs."""
    if "those" not in frame.get("follow", ()) or frame.keys() - _SAID or not frame.keys() & {"about", "having"}:
        return False
    if frame.get("scope", "me") != "me":
        return False
    about = frame.get("about")
    if about is None and all(map(has_hole, tested_measures(map(resolved, frame["having"])))):
        return False  # by theirs
    if about == (ABOUT,):  # bought, or did not, without a word of what
        return "having" in frame or "period" in frame
    named = about is None or (len(about) == 1 and not has_hole(about) and about[0].kind == "metric")
    return named and about != (term_of(_first(asked)),)


def is_list(asked: Asked) -> bool:
    """Whether it has a row for each of something."""
    return any(b not in GRAINS for b in asked.by)


def _first(asked: Asked) -> object:
    return asked.show[0].model_dump(mode="json")


def among(before: Before, asked: Asked, frame: Frame, model: Model) -> Wanted:
    """Which of them did so, or how much each. Raises NotAReading where nothing can be held against them."""
    written = {k: term_of(v) for k, v in asked.model_dump(mode="json", exclude_defaults=True).items()}
    written["order"] = tuple(Term("order", o.args) for o in written.get("order", ()))
    first = Term(*written["show"][0])
    if first.kind in ("field", "age"):
        raise NotAReading("records do nothing")
    said, old = frame.get("period"), written.get("period")
    plain = first if frame.get("about") == (ABOUT,) and "having" not in frame else _number(frame, model)
    if "much" in frame and model.metrics[str(plain["name"])].unit == "count":
        plain = Term(*worth(plain, model))
    if not frame.keys() & {"which", "having"}:
        plain = _worth_of_each(plain, parts_by=tuple(asked.by), model=model)
    measure = plain
    if said is not None and said != old:
        measure = Term("during", (("of", plain), ("period", said)))  # other days than those of the list
    parts = {**written, "show": tuple(dict.fromkeys((*written["show"], measure)))}
    if frame.keys() & {"which", "having"}:
        if "limit" in parts:
            parts = only_rows(before, parts)
            parts.pop("limit")
        parts["having"] = joined([*_there(parts, first, model), *_held(frame, plain, measure)])
        parts.pop("order", None)
        if "population" in frame and not _of_people(parts, model):
            parts["population"] = frame["population"]
    elif "limit" not in parts and (there := _there(parts, first, model)):
        parts["having"] = joined(there)
    return Wanted(asked_of({k: v for k, v in parts.items() if v not in (None, ())}))


def _worth_of_each(plain: Term, parts_by: tuple[str, ...], model: Model) -> Term:
    """Of how many customers bought, told of each customer, what they bought for: each is one of them, or none."""
    with suppress(NotAReading):
        if plain.kind == "metric" and model.metrics[str(plain["name"])].unit == "count":
            return Term(*worth(plain, model)) if counted(str(plain["name"]), model) in parts_by else plain
    return plain


def _number(frame: Frame, model: Model) -> Term:
    """By which they are held."""
    if "about" in frame and frame["about"] != (ABOUT,):
        return Term(*frame["about"][0])
    tested = (t["of"] for c in frame["having"] for t in walked(resolved(c)) if t.kind == "test" and not has_hole(t))
    number: Value = next(tested, None)
    if number is None and "about" in frame and model.default_metric is not None:
        number = Term("metric", (("name", model.default_metric),))
    if number is None:
        raise NotAReading("which of them did what")
    return Term(*number)


def _held(frame: Frame, plain: Term, measure: Term) -> list[Value]:
    """The conditions, on the days that were said."""

    def timed(term: Term) -> Value:
        return term.with_(of=measure) if term.kind == "test" and term.get("of") == plain else term

    conditions = [replaced(filled(resolved(c), plain), timed) for c in frame.get("having", ())]
    return conditions or [Term("test", (("of", measure), ("op", "gt"), ("value", 0)))]


def _there(parts: dict[str, Value], first: Term, model: Model) -> list[Value]:
    """What those have that were listed: of people everybody was, with none too."""
    if parts.get("having") is not None:
        return [parts["having"]]
    if _of_people(parts, model):
        return []
    if first.kind == "metric" and not model.metrics[str(first["name"])].additive:
        return [Term("known", (("of", first),))]
    return [Term("test", (("of", first), ("op", "gt"), ("value", 0)))]


def _of_people(parts: dict[str, Value], model: Model) -> bool:
    people = model.people
    fields = (model.fields[b] for b in parts["by"] if b in model.fields)
    return people is not None and any(f.dataset == people.dataset for f in fields)
