"""What a question leaves unsaid and the one before it said: its number, its rows, its days."""

from __future__ import annotations

from typing import Any

from metrics.analyses.analysis import Analysis
from metrics.model.schema import Model
from metrics.people import Person
from metrics.query.asked import GRAINS, Asked
from nlq.reader.after_analyses import ROWS, number_of
from nlq.reader.asking import Definition, Wanted, question
from nlq.reader.before import Before
from nlq.reader.conditions import where
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import joined, named, parted
from nlq.reader.frame import Frame
from nlq.reader.scoping import fields_in, people_fields
from nlq.reader.terms import ABOUT, Term, Value, metric_term, term_of, walked

__all__ = ["acted_on", "first_shown", "of_the_same_days", "rows_of"]

_OF_NOROWS = frozenset({"calendar", "freshness"})


def of_the_same_days(before: Before, frame: Frame, model: Model) -> Frame:
    """A question of its own about the number that was asked about before, or another of the same rows, of the days of
    that: where it names none."""
    asked, about = before.asked, frame.get("about", ())
    if isinstance(asked, Asked) and "tell" in frame and not frame.keys() - {"about", "tell"}:  # of the same rows
        return {**{k: v for k, v in rows_of(before, model).items() if k in ("where", "scope")}, **frame}
    if not isinstance(asked, Asked) or asked.having is not None or asked.period is None or asked.limit is not None:
        return frame
    if len(about) != 1 or "period" in frame or frame.keys() & {"whole", "record", "act", "standing", "shift", "idle"}:
        return frame
    metric, first = about[0], first_shown(asked)
    if metric.kind != "metric" or first.kind != "metric" or asked.scope != frame.get("scope", asked.scope):
        return frame
    now, then = model.metrics[str(metric["name"])], model.metrics[str(first["name"])]
    if now.snapshot or dict(now.time) != dict(then.time):
        return frame
    if asked.where is not None:  # of the same rows, where it says nothing else of whose or which they are
        held = parted(term_of(asked.where.model_dump(mode="json", exclude_defaults=True)))
        fields = {f for condition in held for f in fields_in(condition)}
        people = fields | people_fields(model) if fields & people_fields(model) else fields
        by = {str(b) for b in named(tuple(frame.get("by", ())), model)}
        said = {f for c in map(where, frame.get("where", ())) for f in fields_in(c)}
        if "scope" not in frame and not people & said and not fields & by:
            frame = {**frame, "where": (*held, *frame.get("where", ()))}
    kept = {"scope": asked.scope} if asked.scope is not None else {}
    return {**frame, **kept, "period": term_of(asked.period.model_dump(mode="json", exclude_defaults=True))}


def first_shown(asked: Asked) -> Value:
    return term_of(asked.show[0].model_dump(mode="json", exclude_defaults=True))


def acted_on(before: Before, frame: Frame, model: Model, asker: Person | None) -> Wanted | None:
    """A cause, a definition, of what was asked about before, where it says not of what."""
    act = frame["act"]
    if act.kind in _OF_NOROWS:
        return question({k: v for k, v in frame.items() if k != "follow"}, model, asker)
    if act.kind == "why" and isinstance(before.asked, Asked) and _is_one_of_time(before.asked):
        raise NotAReading("why, of a part of the days that is not said")
    inherited = rows_of(before, model)
    about = frame.get("about")
    if about is not None and about != inherited.get("about"):
        return None
    said = {k: v for k, v in frame.items() if k not in ("follow", "refer")}
    if act.kind == "define":
        if about is not None or "about" not in inherited:
            return None
        return question({**said, "about": inherited["about"]}, model, asker)
    if frame.get("refer") and before.person is None and not before.only:
        raise NotAReading("nobody was named")
    taken = {k: v for k, v in inherited.items() if k not in said}
    if {f for c in map(where, said.get("where", ())) for f in fields_in(c)} & set(inherited.get("by", ())):
        taken.pop("by", None)  # of the one that is named
    if act.kind != "why":
        taken = {k: v for k, v in taken.items() if k not in ("by", "view")}
    if "where" in taken and said.keys() & {"scope", "whole", "where"}:  # of whom is said: not of who was told before
        people = people_fields(model)
        taken["where"] = tuple(w for w in taken["where"] if not fields_in(w) & people)
    try:
        return question({**taken, **said}, model, asker)
    except NotAReading:
        if about is None:
            raise
        return None


def _is_one_of_time(asked: Asked) -> bool:
    """Whether it picked a month, a quarter."""
    return asked.limit is not None and bool(set(asked.by) & GRAINS)


def rows_of(before: Before, model: Model) -> dict[str, Any]:
    """As a frame: what the last question was about, of which rows."""
    asked = before.asked
    if isinstance(asked, Definition):
        return {"about": tuple(metric_term(n) for n in asked.metrics)}
    written = {k: term_of(v) for k, v in asked.model_dump(mode="json", exclude_defaults=True).items()}
    made = {k: written[k] for k in ROWS if k in written}
    if isinstance(asked, Analysis):
        name = number_of(asked, model)
        return _framed({**made, "about": (metric_term(name),)}) if name else _framed(made)
    of = [t for m in asked.show[:1] for t in walked(term_of(m.model_dump(mode="json"))) if _named(t) is not None]
    if of:
        made["about"] = (metric_term(str(_named(of[0]))),)
    groups = tuple(b for b in asked.by if b not in GRAINS)
    if before.only and (asked.limit == 1 or not groups):
        narrowed = [Term("in", (("field", f), ("values", (m,)))) for f, m in before.only]
        made["where"] = joined([*parted(made.get("where")), *narrowed])
        made.pop("scope", None)
    elif len(groups) == 1:
        made["by"] = groups
    compared = [t for m in written["show"] for t in walked(m) if t.kind in ("before", "change", "growth")]
    if compared:
        made["view"] = (Term("view", (("show", (Term("before", (("of", ABOUT), *_to(compared[0]))),)),)),)
    return _framed(made)


def _to(term: Term) -> tuple[tuple[str, Value], ...]:
    to = term.get("to")
    return () if to is None else (("to", to),)


def _named(term: Term) -> Value:
    return term["name"] if term.kind == "metric" else term.get("metric")


def _framed(made: dict[str, Any]) -> dict[str, Any]:
    """Conditions as a frame has them."""
    if "where" in made:
        made["where"] = tuple(parted(made["where"]))
    return made
