"""A frame becomes a question of the algebra: what was left out is filled in, and said to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

import metrics.analyses
import metrics.kinds  # noqa: F401  (kinds are known from here on)
from metrics.analyses.analysis import Analysis
from metrics.errors import UserError
from metrics.model.schema import Model
from metrics.query.asked import GRAINS, Asked
from metrics.query.from_period import from_period
from metrics.query.measure import Measure
from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame
from nlq.reader.terms import ABOUT, Term, Value, has_hole, plain

__all__ = ["Definition", "Meaning", "Wanted", "question"]


@dataclass(frozen=True, slots=True)
class Definition:
    """The definitions of metrics are wanted."""

    metrics: tuple[str, ...]


Meaning = Asked | Analysis | Definition


@dataclass(frozen=True, slots=True)
class Wanted:
    meaning: Meaning
    assumed: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    """A frame on its way to a question."""

    frame: Frame
    model: Model
    assumed: list[str] = field(default_factory=list)

    def named(self, value: Value) -> Value:
        """ "@people" and the like as the model's fields."""
        if isinstance(value, str) and value.startswith("@") and value != "@me":
            people = self.model.people
            fields = {
                "@people": people and people.name,
                "@person": people and people.id,
                "@team": people and people.team,
                "@region": people and people.region,
            }
            found = fields.get(value)
            if found is None:
                raise NotAReading(value)
            return found
        if isinstance(value, Term):
            return Term(value.kind, tuple((k, self.named(v)) for k, v in value.args))
        return tuple(self.named(v) for v in value) if isinstance(value, tuple) else value


def question(frame: Frame, model: Model) -> Wanted:
    """What is asked. Raises NotAReading where the frame is no whole question."""
    draft = _Draft(frame, model)
    draft.frame = {k: draft.named(v) for k, v in frame.items()}
    act = draft.frame.get("act")
    if act is not None:
        return _acted(draft, act)
    return Wanted(_asked(draft), tuple(draft.assumed))


def _asked(draft: _Draft) -> Asked:
    frame, model = draft.frame, draft.model
    about = _about(draft)
    by: tuple[str, ...] = tuple(dict.fromkeys(frame.get("by", ())))
    views = frame.get("view", ())
    show: list[Value] = []
    keys: list[Value] = []
    for measure in about:
        for view in views or (Term("view", (("show", (ABOUT,)),)),):
            made = [filled(t, measure) for t in view["show"]]
            show += [t for t in made if t not in show]
            keys.append(filled(view.get("key", view["show"][0]), measure))
    if not views:
        show += _companions(frame, model, about)
    having = [filled(h, keys[0] if _bare(h) else about[0]) for h in frame.get("having", ())]
    where = list(frame.get("where", ()))
    for condition in frame.get("compare", ()):
        of_rows = _row_condition(draft, condition)
        if of_rows is not None:
            where.append(of_rows)
        else:
            having.append(filled(_tested(condition), keys[0]))
    asked: dict[str, Any] = {"by": by, "scope": frame.get("scope", "all"), "period": _period(draft, by, show)}
    if (count := frame.get("count")) is not None:
        over = count["over"]
        measure = Term(
            "count_of", (("over", over), *((("having", _joined(having)),) if having else (("of", about[0]),)))
        )
        show, having, asked["by"] = [measure], [], tuple(b for b in by if b != over)
    if (top := frame.get("top")) is not None:
        _topped(draft, asked, top, keys[0], by)
    if (order := frame.get("order")) is not None:
        asked["order"] = tuple(o.with_(by=filled(o.get("by", ABOUT), keys[0])) for o in order)
    if where:
        asked["where"] = _joined(where)
    if having:
        asked["having"] = _joined(having)
    for slot in ("limit", "limit_per", "population"):
        if slot in frame:
            asked[slot] = frame[slot]
    asked["show"] = tuple(show)
    return asked_of(asked)


def asked_of(parts: dict[str, Any]) -> Asked:
    """Raises NotAReading for what is no question of the algebra."""
    made = {k: plain(v) for k, v in parts.items()}
    if "order" in made:
        made["order"] = [{k: v for k, v in o.items() if k != "kind"} for o in made["order"]]
    try:
        return Asked.model_validate(made)
    except ValidationError as error:
        raise NotAReading(str(error)) from error


def filled(value: Value, measure: Value) -> Value:
    """With the hole filled. Where the name of a metric is wanted, only a plain metric will do."""
    if value == ABOUT:
        return measure
    if isinstance(value, Term):
        args = ((k, _name(measure) if k == "metric" and v == ABOUT else filled(v, measure)) for k, v in value.args)
        return Term(value.kind, tuple(args))
    return tuple(filled(v, measure) for v in value) if isinstance(value, tuple) else value


def _name(measure: Value) -> str:
    if not isinstance(measure, Term) or measure.kind != "metric":
        raise NotAReading("of a metric only")
    return str(measure["name"])


def _aimed(value: Value) -> bool:
    """Whether it is about the target of whatever is asked about."""
    if isinstance(value, Term):
        return any((k == "metric" and v == ABOUT) or _aimed(v) for k, v in value.args)
    return isinstance(value, tuple) and any(_aimed(v) for v in value)


def _bare(condition: Value) -> bool:
    """Whether a condition is on the number itself, not on one made of it."""
    return isinstance(condition, Term) and condition.get("of") == ABOUT


def _about(draft: _Draft) -> tuple[Value, ...]:
    frame, model = draft.frame, draft.model
    about = frame.get("about")
    aimed = any(_aimed(frame.get(slot)) for slot in ("view", "having", "about"))
    if about is not None and not has_hole(about):
        return tuple(about)
    name = _default(model, aimed=aimed)
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


def _companions(frame: Frame, model: Model, about: Sequence[Value]) -> list[Value]:
    """What the dictionary shows beside a lone metric."""
    if len(about) != 1 or about[0].kind != "metric" or any(s in frame for s in ("top", "count", "having", "compare")):
        return []
    if set(frame.get("by", ())) & GRAINS:
        return []
    names = model.metrics[_name(about[0])].shown_with
    return [Term("metric", (("name", n),)) for n in names if n in model.metrics]


def _joined(conditions: Sequence[Value]) -> Value:
    return conditions[0] if len(conditions) == 1 else Term("and", (("of", tuple(conditions)),))


def _tested(condition: Term) -> Term:
    """A comparison as a condition on the number of a group."""
    return Term("test", (("of", ABOUT), *condition.args))


def _row_condition(draft: _Draft, condition: Term) -> Value | None:
    """A comparison as a condition on rows, where what is listed are records with an amount of their own."""
    record = draft.frame.get("record")
    if record is None:
        return None
    amounts = [
        f.id
        for f in draft.model.datasets[record].fields.values()
        if f.unit.startswith("currency") or f.name in ("amount", "value")
    ]
    if len(amounts) != 1:
        raise NotAReading("no amount to compare")
    return Term("compare", (("field", amounts[0]), *condition.args))


def _topped(draft: _Draft, asked: dict[str, Any], top: Term, key: Value, by: Sequence[str]) -> None:
    if not by:
        raise NotAReading("the best of nothing")
    way = top["way"]
    measure = measure_of(key)
    if way in ("best", "worst"):
        higher = measure.better(draft.model)
        descending = higher if way == "best" else not higher
    else:
        descending = way == "most"
    asked["order"] = (Term("order", (("by", key), ("descending", descending))),)
    asked["limit"] = top.get("n") or 1
    if top.get("per"):
        asked["limit_per"] = tuple(top["per"])


def measure_of(term: Value) -> Measure:
    try:
        made = Measure._member(plain(term))
    except ValidationError as error:
        raise NotAReading(str(error)) from error
    return made


def _period(draft: _Draft, by: Sequence[str], show: Sequence[Value]) -> Value:
    frame, model = draft.frame, draft.model
    if "period" in frame:
        return frame["period"]
    names = [_name(t) for m in show for t in _metrics(m)]
    if names and all(model.metrics[n].snapshot for n in names):
        return Term("all")
    grain = next((b for b in by if b in GRAINS), None)
    draft.assumed.append("default_period")
    if grain is not None:
        return Term("units", (("unit", "month" if grain == "day" else "year"),))
    if model.default_period is None:
        return Term("all")
    return _default_period(model)


def _default_period(model: Model) -> Value:
    from nlq.reader.terms import term_of

    assert model.default_period is not None
    return term_of(from_period(model.default_period).model_dump(mode="json"))


def _metrics(value: Value) -> list[Term]:
    if isinstance(value, Term):
        own = [value] if value.kind == "metric" else []
        return own + [t for _, v in value.args for t in _metrics(v)]
    return [t for v in value for t in _metrics(v)] if isinstance(value, tuple) else []


def _acted(draft: _Draft, act: Term) -> Wanted:
    if act.kind == "define":
        about = _about(draft)
        extra = draft.frame.keys() - {"act", "about"}
        if extra or any(m.kind != "metric" for m in about):
            raise NotAReading("a definition of metrics only")
        return Wanted(Definition(tuple(m["name"] for m in about)), tuple(draft.assumed))
    parts = dict(act.args)
    used = {"act"}
    for slot in ("period", "scope", "where", "about", "by"):
        if slot not in draft.frame:
            continue
        used.add(slot)
        value = draft.frame[slot]
        parts["metric" if slot == "about" else slot] = (
            _joined(value) if slot == "where" else value[0]["name"] if slot == "about" else value
        )
    if draft.frame.keys() - used:
        raise NotAReading("more than the analysis takes")
    if parts.get("metric") == ABOUT or ("metric" in parts and has_hole(parts["metric"])):
        parts["metric"] = _default(draft.model, aimed=False)
    try:
        return Wanted(Analysis._member(plain(Term(act.kind, tuple(parts.items())))), tuple(draft.assumed))
    except (ValidationError, UserError) as error:
        raise NotAReading(str(error)) from error
