"""A follow-up is an edit of the last answered question: what it says takes the place of what was said before."""

from __future__ import annotations

from dataclasses import dataclass

from metrics.model.schema import Model
from metrics.people import Person
from metrics.query.asked import GRAINS, Asked
from nlq.morphology import lemma
from nlq.normalise import fold
from nlq.reader.about import worth
from nlq.reader.asking import Wanted, question
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import named
from nlq.reader.frame import Frame, filled
from nlq.reader.scoping import fields_in, people_fields
from nlq.reader.terms import Term, Value, replaced, term_of

__all__ = ["Before", "edited", "is_edit"]

_EDITS = frozenset({"follow", "refer", "others", "together", "worth"})  # of what was asked before
_OF_BEFORE = _EDITS - {"follow", "worth"}  # "and", "only" may begin a question
_ALONE = frozenset({"period", "where", "scope", "follow", "by", "which", "others", "together", "worth", "refer"})


@dataclass(frozen=True, slots=True)
class Before:
    """The last question of this person in this conversation that was answered. `person`: the one its answer was about,
    as (field, member)."""

    asked: Asked
    person: tuple[str, str] | None = None


def is_edit(frame: Frame) -> bool:
    """Whether it is said of what was asked before: it says so, or it says of no number that it is about."""
    if "act" in frame or "standing" in frame:
        return False
    if "follow" in frame or "worth" in frame or "about" not in frame:
        return True
    return frame.keys() <= {"about", "many"}  # a number and nothing else: of whatever was asked about


def is_whole(frame: Frame) -> bool:
    """Whether it is a question of its own, without anything before it: "his sales" are not."""
    if frame.keys() & _OF_BEFORE or "those" in frame.get("follow", ()):
        return False
    return bool(frame.keys() - _ALONE)


def edited(before: Before, frame: Frame, model: Model, asker: Person | None = None) -> Wanted:
    """The last question with the edit applied: a frame of its own, in which what is said now takes the place of what
    was said before. Raises NotAReading where it does not fit."""
    frame = {k: named(v, model) for k, v in frame.items()}
    old = _old(before.asked, model)
    merged: dict[str, Value] = {k: v for k, v in frame.items() if k not in _EDITS}
    merged["about"] = _about(old, frame, model)
    by = _by(old, frame)
    where = _where(old, frame, before, model)
    if frame.get("refer") == "person" and before.person is not None:
        by = tuple(b for b in by if b != before.person[0])
    for slot, value in (("by", by), ("where", where), ("scope", _scope(old, frame, model))):
        merged.pop(slot, None)
        if value:
            merged[slot] = value
    merged["period"] = _period(old.get("period", Term("all")), frame.get("period"))
    if frame.keys() <= {"which", "follow"}:
        merged |= _which(old, model)
    if not frame.keys() & {"having", "compare", "about", "count", "idle"} and "having" in old:
        merged["having"] = old["having"]
    if not frame.keys() & {"top", "sorted", "by", "about", "refer", "view", "count", "standing"}:
        merged |= {slot: old[slot] for slot in ("order", "limit", "limit_per") if slot in old}
    elif "top" not in frame and not frame.keys() & {"by", "refer", "count", "sorted"} and "limit" in old:
        merged |= {slot: old[slot] for slot in ("limit", "limit_per") if slot in old}
    if by == old.get("by", ()) and "population" in old:
        merged.setdefault("population", old["population"])
    return question(merged, model, asker)


def _old(asked: Asked, model: Model) -> dict[str, Value]:
    """The last question as a frame. What the dictionary shows beside a lone metric was not asked for."""
    written = asked.model_dump(mode="json", exclude_defaults=True)
    written["order"] = [{"kind": "order", **o} for o in written.get("order", ())]
    made = {slot: value for slot, json in written.items() if (value := term_of(json))}
    for slot in ("where", "having"):
        if slot in made:
            made[slot] = tuple(made[slot]["of"]) if made[slot].kind == "and" else (made[slot],)
    show = made.pop("show")
    first = show[0]
    if first.kind == "metric":
        beside = {Term("metric", (("name", n),)) for n in model.metrics[first["name"]].shown_with}
        if set(show[1:]) and set(show[1:]) <= beside:
            show = show[:1]
    return {"about": show, **made}


def _about(old: Frame, frame: Frame, model: Model) -> tuple[Value, ...]:
    """Other measures in the place of the old ones, looked at in the same way; or the old ones in another."""
    show = old["about"]
    bases = tuple(m for m in show if m.kind == "metric") or show[:1]
    about = (worth(bases[0], model),) if frame.get("worth") else frame.get("about")
    if about is None:
        return bases if frame.keys() & {"view", "standing", "count"} else show
    wanted = tuple(filled(a, bases[0]) for a in about)
    if "view" in frame or len(wanted) != 1 or wanted[0].kind != "metric":
        return wanted
    first, new = bases[0], wanted[0]
    kept = [m for m in show if m == first or m not in bases]
    return tuple(dict.fromkeys(replaced(m, lambda t: new if t == first else t) for m in kept))


def _by(old: Frame, frame: Frame) -> tuple[str, ...]:
    was, new = tuple(old.get("by", ())), tuple(dict.fromkeys(frame.get("by", ())))
    if frame.get("together"):
        return ()
    if new and set(new) <= GRAINS and not frame.keys() & {"top", "which"}:
        was = (*(b for b in was if b not in GRAINS), *new)
    elif new:
        was = new
    other = frame.get("others")
    return was if other in (None, "the_same") or other in was else (*was, other)


def _where(old: Frame, frame: Frame, before: Before, model: Model) -> tuple[Value, ...]:
    made = list(old.get("where", ()))
    if "others" in frame:
        made = _others(made, frame["others"])
    new = list(frame.get("where", ()))
    if frame.get("refer") == "person":
        if before.person is None:
            raise NotAReading("nobody was named")
        new.append(Term("in", (("field", before.person[0]), ("values", (before.person[1],)))))
    people = people_fields(model)
    for condition in new:
        fields = fields_in(condition)
        group = fields | people if fields & people else fields
        if condition.kind != "not" and not condition.get("out"):  # what is left out is left out of what there was
            made = [w for w in made if not fields_in(w) & group]
        made.append(condition)
    return tuple(dict.fromkeys(made))


def _period(old: Term, new: Term | None) -> Term:
    """ "Last year?" after a month or a holiday is that of last year."""
    if new is None:
        return old
    years = -new.get("offset", 0) if new.kind == "units" and new.get("unit") == "year" else 0
    if years < 1 or old.kind == "all" or old.get("unit") == "year":
        return new
    return Term("ago", (("of", old), *((("count", years),) if years > 1 else ())))


def _which(old: Frame, model: Model) -> dict[str, Value]:
    """ "Which ones?" after a number: the things that were counted, by the name of what counts them."""
    measure = old["about"][0]
    if old.get("by") or measure.kind != "metric":
        raise NotAReading("which of what")
    metric = model.metrics[measure["name"]]
    words = {lemma(w) for name in (metric.name.replace("_", " "), *metric.labels.values()) for w in fold(name).split()}
    keys = [f for f in model.fields.values() if f.dimension and any(lemma(fold(s)) in words for s in f.synonyms)]
    if len(keys) != 1:
        raise NotAReading("which of what")
    return {"by": (keys[0].id,), "having": (Term("test", (("of", measure), ("op", "gt"), ("value", 0))),)}


def _others(where: list[Value], field: str) -> list[Value]:
    for i, condition in enumerate(where):
        if condition.kind == "in" and field in ("the_same", condition["field"]):
            turned = condition.with_(out=not condition.get("out", False))
            return [*where[:i], turned, *where[i + 1 :]]
    raise NotAReading("no others")


def _scope(old: Frame, frame: Frame, model: Model) -> Value:
    if "scope" in frame:
        return frame["scope"]
    named_now = any(fields_in(w) & people_fields(model) for w in frame.get("where", ()))
    person = named_now or frame.get("refer") == "person" or "others" in frame
    return None if person else old.get("scope")
