"""A frame becomes a question of the algebra: what was left out is filled in, and said to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

import metrics.analyses
import metrics.kinds  # noqa: F401  (kinds are known from here on)
from metrics.analyses.analysis import Analysis
from metrics.errors import UserError
from metrics.model.schema import Model
from metrics.people import Person
from metrics.query.asked import GRAINS, Asked
from metrics.query.from_period import from_period
from nlq.reader.conditions import tested_measures
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import PLAIN, SLOTS, Draft, aimed, filled, joined, name_of, named
from nlq.reader.frame import Frame
from nlq.reader.listing import conditions, count, in_order, population, records
from nlq.reader.scoping import scope
from nlq.reader.terms import ABOUT, Term, Value, has_hole, plain, term_of, terms_of

__all__ = ["Definition", "Meaning", "Wanted", "asked_of", "question"]


@dataclass(frozen=True, slots=True)
class Definition:
    """The definitions of metrics are wanted."""

    metrics: tuple[str, ...]


Meaning = Asked | Analysis | Definition


@dataclass(frozen=True, slots=True)
class Wanted:
    """`assumed`: codes of what was filled in: default_metric, default_period; "whole": it is about everybody, and an
    answer over fewer rows would be none."""

    meaning: Meaning
    assumed: tuple[str, ...] = ()


def question(frame: Frame, model: Model, asker: Person | None = None) -> Wanted:
    """What is asked. Raises NotAReading where the frame is no whole question."""
    unknown = frame.keys() - SLOTS
    assert not unknown, f"slots that nothing reads: {unknown}"  # what is said must not be dropped
    draft = Draft({k: named(v, model) for k, v in frame.items()}, model)
    scope(draft, asker)
    act = draft.frame.get("act")
    if act is not None:
        return _acted(draft, act)
    if "whole" in draft.frame:
        draft.assumed.append("whole")
    return Wanted(_asked(draft), tuple(draft.assumed))


def _asked(draft: Draft) -> Asked:
    _look(draft)
    conditions(draft)
    count(draft)
    records(draft)
    in_order(draft)
    population(draft)
    draft.period = _period(draft)
    return asked_of(draft.parts())


def _look(draft: Draft) -> None:
    """The columns: what is asked about, each in every way it is looked at."""
    draft.about = _about(draft)
    views = draft.frame.get("view", ())
    for measure in draft.about:
        for view in views or (PLAIN,):
            made = [filled(t, measure) for t in view["show"]]
            draft.show += [t for t in made if t not in draft.show]
            draft.keys.append(filled(view.get("key", view["show"][0]), measure))
    if not views:
        draft.show += _companions(draft)


def asked_of(parts: dict[str, Any]) -> Asked:
    """Raises NotAReading for what is no question of the algebra."""
    made = {k: plain(v) for k, v in parts.items()}
    if "order" in made:
        made["order"] = [{k: v for k, v in o.items() if k != "kind"} for o in made["order"]]
    try:
        return Asked.model_validate(made)
    except ValidationError as error:
        raise NotAReading(str(error)) from error


def _about(draft: Draft) -> tuple[Value, ...]:
    frame, model = draft.frame, draft.model
    about = frame.get("about")
    if about is not None and not has_hole(about):
        return tuple(about)
    if about is None:  # "customers with sales over 50k" are shown with their sales
        said = (m for m in tested_measures(frame.get("having", ())) if not has_hole(m))
        about = tuple(dict.fromkeys(t for m in said for t in _metrics(m))) or None
        if about is not None:
            return about
    if about is None and "record" in frame:
        return ()
    name = _default(model, aimed=any(aimed(frame.get(slot)) for slot in ("view", "having", "about")))
    if name is None:
        raise NotAReading("about nothing")
    draft.assumed.append("default_metric")
    metric = Term("metric", (("name", name),))
    return tuple(filled(a, metric) for a in about) if about is not None else (metric,)


def _default(model: Model, *, aimed: bool) -> str | None:
    if aimed:
        having = [m.name for m in model.metrics.values() if m.has_target]
        return model.default_metric if model.default_metric in having or not having else having[0]
    return model.default_metric


def _companions(draft: Draft) -> list[Value]:
    """What the dictionary shows beside a lone metric."""
    frame, about = draft.frame, draft.about
    if len(about) != 1 or about[0].kind != "metric" or frame.keys() & {"top", "count", "having", "compare", "sorted"}:
        return []
    if set(draft.by) & GRAINS:
        return []
    shown_with = draft.model.metrics[name_of(about[0])].shown_with
    return [Term("metric", (("name", n),)) for n in shown_with if n in draft.model.metrics]


def _period(draft: Draft) -> Value:
    frame, model = draft.frame, draft.model
    if "period" in frame:
        return frame["period"]
    names = [name_of(t) for m in (*draft.show, *draft.having) for t in _metrics(m)]
    if all(model.metrics[n].snapshot for n in names):
        return Term("all")
    if any(terms_of(condition, "within") for condition in draft.where):
        return Term("all")  # the days are said, of another date
    grain = next((b for b in draft.by if b in GRAINS), None)
    draft.assumed.append("default_period")
    if grain is not None:
        return Term("units", (("unit", "month" if grain == "day" else "year"),))
    if model.default_period is None:
        return Term("all")
    return _default_period(model)


def _default_period(model: Model) -> Value:
    assert model.default_period is not None
    return term_of(from_period(model.default_period).model_dump(mode="json"))


def _metrics(value: Value) -> list[Term]:
    if isinstance(value, Term):
        own = [value] if value.kind == "metric" else []
        if isinstance(value.get("metric"), str):  # of a target, an attainment
            own = [Term("metric", (("name", value["metric"]),))]
        return own + [t for _, v in value.args for t in _metrics(v)]
    return [t for v in value for t in _metrics(v)] if isinstance(value, tuple) else []


def _acted(draft: Draft, act: Term) -> Wanted:
    if act.kind == "define":
        about = _about(draft)
        extra = draft.frame.keys() - {"act", "about"}
        if extra or any(m.kind != "metric" for m in about):
            raise NotAReading("a definition of metrics only")
        return Wanted(Definition(tuple(m["name"] for m in about)), tuple(draft.assumed))
    parts = dict(act.args)
    used = {"act"}
    for slot in ("period", "scope", "where", "about", "by"):
        if slot in draft.frame:
            used.add(slot)
            name, value = _of_analysis(draft, slot)
            parts[name] = value
    if draft.frame.keys() - used:
        raise NotAReading("more than the analysis takes")
    if parts.get("metric") == ABOUT or ("metric" in parts and has_hole(parts["metric"])):
        parts["metric"] = _default(draft.model, aimed=False)
    try:
        return Wanted(Analysis._member(plain(Term(act.kind, tuple(parts.items())))), tuple(draft.assumed))
    except (ValidationError, UserError) as error:
        raise NotAReading(str(error)) from error


def _of_analysis(draft: Draft, slot: str) -> tuple[str, Value]:
    """A slot as an argument of an analysis."""
    if slot == "scope":
        return slot, draft.scope
    value = draft.frame[slot]
    if slot == "where":
        return slot, joined(value)
    return ("metric", value[0] if value[0] == ABOUT else name_of(value[0])) if slot == "about" else (slot, value)
