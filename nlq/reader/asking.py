"""A frame becomes a question of the algebra: what was left out is filled in, and said to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

import metrics.kinds  # noqa: F401  (kinds are known from here on)
from metrics.analyses.analysis import Analysis
from metrics.model.schema import Model
from metrics.query.asked import GRAINS, Asked
from metrics.query.from_period import from_period
from metrics.query.measure import Measure
from nlq.reader.about import about_of
from nlq.reader.acting import Definition, acted
from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame, expanded, filled, key_of, name_of
from nlq.reader.looking import OPEN, settled
from nlq.reader.terms import ABOUT, Term, Value, plain, replaced, walked

__all__ = ["Definition", "Meaning", "Wanted", "question"]


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
        if isinstance(value, str) and value.startswith("@") and value != "@me" and value not in OPEN:
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
        return Wanted(acted(draft.frame, model, draft.assumed, act), tuple(draft.assumed))
    draft.frame = settled(draft.frame, model, draft.assumed)
    return Wanted(_asked(draft), tuple(draft.assumed))


def _asked(draft: _Draft) -> Asked:
    frame, model = draft.frame, draft.model
    about = about_of(frame, model, draft.assumed)
    by: tuple[str, ...] = tuple(dict.fromkeys(frame.get("by", ())))
    views = frame.get("view", ())
    show: list[Value] = []
    keys: list[Value] = []
    for measure in about:
        for view in (filled(v, measure) for v in views) if views else (measure,):
            show += [t for t in expanded(view) if t not in show]
            keys.append(key_of(view))
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
    made = {k: plain(replaced(v, key_of)) for k, v in parts.items()}
    if "order" in made:
        made["order"] = [{k: v for k, v in o.items() if k != "kind"} for o in made["order"]]
    try:
        return Asked.model_validate(made)
    except ValidationError as error:
        raise NotAReading(str(error)) from error


def _bare(condition: Value) -> bool:
    """Whether a condition is on the number itself, not on one made of it."""
    return isinstance(condition, Term) and condition.get("of") == ABOUT


def _companions(frame: Frame, model: Model, about: Sequence[Value]) -> list[Value]:
    """What the dictionary shows beside a lone metric."""
    if len(about) != 1 or about[0].kind != "metric" or any(s in frame for s in ("top", "count", "having", "compare")):
        return []
    if set(frame.get("by", ())) & GRAINS:
        return []
    names = model.metrics[name_of(about[0])].shown_with
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
    names = [name_of(t) for m in show for t in walked(m) if t.kind == "metric"]
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
