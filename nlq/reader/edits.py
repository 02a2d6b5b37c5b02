"""A follow-up is an edit of the last answered question: what it says takes the place of what was said before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from metrics.model.schema import Model
from metrics.people import Person
from metrics.query.asked import GRAINS, Asked
from nlq.reader.about import condition_in, counted, worth
from nlq.reader.asking import Wanted, asked_of
from nlq.reader.best_together import best_together
from nlq.reader.conditions import tested_measures
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft, named
from nlq.reader.frame import Frame, filled
from nlq.reader.listing import conditions, count, higher_is_better, in_order, population
from nlq.reader.looking import OPEN, settled
from nlq.reader.parted import unit_of_parts
from nlq.reader.scoping import fields_in, people_fields, scope
from nlq.reader.terms import Term, Value, has_hole, replaced, term_of, walked
from nlq.reader.totalling import is_of_a_list, totalled

__all__ = ["Before", "edited", "is_edit", "is_whole", "only_after"]

_AFTER = frozenset({"bare", "lean", "list", "shift"})  # what is said of the last question only
_REFERRING = frozenset({"things", "shift", "many_of", "refer", "others", "together"})  # "his sales", without an answer
_SHORT = {"bare": {"by"}, "lean": {"about", "period"}, "list": {"things"}}  # and what may be said with it
_ALONE = frozenset(
    {"period", "where", "scope", "follow", "by", "each", "which", "others", "together", "worth", "refer"}
)
_WHOSE = ("period", "scope", "where")
_BARE = frozenset({"about", "which", "many"})
# What an edit knows how to apply. Anything else that is said makes it no edit: it must not be dropped.
_APPLIED = frozenset(
    {"period", "where", "by", "each", "scope", "follow", "which", "others", "together", "worth", "much", "refer"}
    | {
        "about",
        "view",
        "having",
        "compare",
        "top",
        "sorted",
        "population",
        "limit",
        "limit_per",
        "many",
        "many_of",
        "number",
    }
    | {"things", "shift", "within", "trend", "count", "whole", "total"}
)


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
    if "follow" in frame or "worth" in frame or frame.keys() == {"number"}:
        return True
    if "about" not in frame:  # "customers with sales over 200k" says what it is about
        return not any(not has_hole(m) for m in tested_measures(frame.get("having", ())))
    return not frame.keys() - _BARE  # a number and nothing else: of whatever was asked about


def only_after(frame: Frame) -> bool:
    """Whether it means nothing by itself."""
    return bool((_AFTER | {"those"}) & set(frame.get("follow", ()))) or bool(frame.keys() & _REFERRING)


def is_whole(frame: Frame) -> bool:
    """Whether it is a question of its own, without anything before it."""
    return bool(frame.keys() - _ALONE)


def edited(before: Before, frame: Frame, model: Model, asker: Person | None = None) -> Wanted:
    """The last question with the edit applied. Raises NotAReading where it does not fit, or changes nothing."""
    if frame.keys() - _APPLIED - ({"record"} if "many_of" in frame else set()):
        raise NotAReading("more than an edit")
    written = before.asked.model_dump(mode="json", exclude_defaults=True)
    written["order"] = [{"kind": "order", **o} for o in written.get("order", ())]
    old = {k: term_of(v) for k, v in written.items()}
    frame = {k: named(v, model, asker) for k, v in frame.items()}
    if is_of_a_list(frame, old, model):
        return Wanted(asked_of(totalled(frame, old, model)))
    best = best_together(before.asked, frame)
    if best is not None:
        return Wanted(asked_of({slot: old[slot] for slot in _WHOSE if slot in old} | {"show": best}))
    for short in _AFTER & set(frame.get("follow", ())):
        if short in _SHORT and frame.keys() - _SHORT[short] - {"follow"}:
            raise NotAReading("more than what is said of the last question")
    draft = Draft({k: v for k, v in frame.items() if k not in ("where", "by")}, model)
    draft.by = tuple(old.get("by", ()))
    draft.show = list(old["show"])
    draft.where = _conditions(old.get("where"))
    _by(draft, frame)
    draft.period = _period(draft, frame, old)
    if "trend" in frame:
        said = {"trend": True, "by": draft.by, "period": draft.period}
        along = settled({k: v for k, v in said.items() if v not in (None, ())}, model, [])
        draft.by, draft.period = tuple(along["by"]), along.get("period")
    _where(draft, frame, before)
    draft.scope = _scope(draft, frame, old)
    _about(draft, frame)
    _records(draft, frame, old)
    _things(draft, frame)
    draft.having += (
        []
        if "things" in frame or frame.keys() & {"having", "compare", "about", "count"}
        else _conditions(old.get("having"))
    )
    conditions(draft)
    anew = frame.keys() & {"top", "sorted", "by", "refer", "count", "total", "together"}
    draft.order = _kept_order(() if anew else tuple(old.get("order", ())), draft, old)
    if "count" in frame:
        count(draft)
    elif not anew - {"sorted"} and ("about" not in frame or "lean" in frame.get("follow", ())):
        draft.limit, draft.limit_per = old.get("limit"), tuple(old.get("limit_per", ()))
    in_order(draft)
    scope(draft, asker, whole="whole" in frame)
    draft.population = frame.get("population") or (
        old.get("population") if draft.by == tuple(old.get("by", ())) else None
    )
    population(draft)
    asked = asked_of(draft.parts())
    if asked == before.asked:
        raise NotAReading("nothing that was not asked before")
    return Wanted(asked, ("whole",) if "whole" in frame else ())


def _conditions(value: Value) -> list[Value]:
    if value is None:
        return []
    return list(value["of"]) if value.kind == "and" else [value]


def _about(draft: Draft, frame: Frame) -> None:
    """Other measures in the place of the old ones, looked at in the same way; or the old ones in another."""
    bases = [m for m in draft.show if m.kind == "metric"] or draft.show[:1]
    draft.about = tuple(bases)
    about = frame.get("about")
    if frame.get("worth") or ("much" in frame and about is None):
        about = (worth(bases[0], draft.model),)
    if frame.get("many_of"):
        about = (_many(bases[0], draft.model, str(frame.get("record", ""))),)
    views = frame.get("view", ())
    if about is not None:
        wanted = [filled(a, bases[0]) for a in about]
        if len(wanted) == 1 and wanted[0].kind == "metric":  # anything else is looked at in its own way
            old, new = bases[0], wanted[0]
            draft.show = [_of_another(m, old, new) for m in draft.show if m == old or m not in bases]
        else:
            draft.show = list(wanted)
        draft.about = tuple(wanted)
    if views:
        views = _settled(draft, views)
        draft.show = []
        for measure in draft.about:
            for view in views:
                made = [filled(t, measure) for t in view["show"]]
                draft.show += [t for t in made if t not in draft.show]
                draft.keys.append(filled(view.get("key", view["show"][0]), measure))
    else:
        draft.keys = [draft.about[0]] if draft.about[0] in draft.show else [draft.show[-1]]


def _of_another(measure: Value, old: Value, new: Value) -> Value:
    """The same of another metric: its target too, where it is looked at against one."""
    name, other = old.get("name"), new["name"]

    def changed(term: Term) -> Value:
        if term == old:
            return new
        return term.with_(metric=other) if name is not None and term.get("metric") == name else term

    return replaced(measure, changed)


def _instead(draft: Draft, new: Value, old: Value) -> Value:
    """Other days; several in the place of one are told one by one."""
    if new is None:
        return old
    unit = unit_of_parts(new) if new.kind == "union" and (old is None or old.kind != "union") else None
    if unit is not None and not set(draft.by) & GRAINS and not draft.frame.get("together"):
        draft.by = (*draft.by, unit)
    from nlq.reader.moving import moved  # here: of what is said after an answer only

    return moved(new, old)


def _kept_order(kept: tuple[Value, ...], draft: Draft, old: dict[str, Any]) -> tuple[Value, ...]:
    """The best stay the best by what is asked about now."""
    before = [m for m in old["show"] if m.kind == "metric"][:1]
    if len(draft.about) != 1 or draft.about[0].kind != "metric" or before in ([], [draft.about[0]]):
        return kept
    was, now = before[0], draft.about[0]
    turned = higher_is_better(draft.model, was) != higher_is_better(draft.model, now)
    return tuple(
        o.with_(by=now, descending=bool(o.get("descending", True)) != turned) if o["by"] == was else o for o in kept
    )


def _period(draft: Draft, frame: Frame, old: dict[str, Any]) -> Value:
    """The days said now; or the old ones, so much earlier ("the week before", "the same a year ago")."""
    shift, period = frame.get("shift"), old.get("period")
    if shift is None:
        return _instead(draft, frame.get("period"), period)
    if "period" in frame or not isinstance(period, Term):
        raise NotAReading("before what")
    unit = shift.get("unit") or period.get("unit")
    if period.kind == "units" and period.get("unit") == unit and period.get("at") is None:
        return period.with_(offset=period.get("offset", 0) - period.get("count", 1))
    if unit is None:
        raise NotAReading("before what")
    return Term("ago", (("of", period), *((("unit", unit),) if unit != "year" else ())))


def _records(draft: Draft, frame: Frame, old: dict[str, Any]) -> None:
    """Records listed one by one, asked about by something else ("whose are they"): their number."""
    if "by" not in frame or "about" in frame or any(m.kind != "field" for m in old["show"]):
        return
    measures = [t["of"] for t in _conditions(old.get("having")) if t.kind == "test" and t["of"].kind == "metric"]
    if not measures:
        raise NotAReading("the number of what")
    draft.frame = {**draft.frame, "about": tuple(measures)}
    draft.about, draft.show, draft.keys = tuple(measures), list(measures), measures[:1]


def _things(draft: Draft, frame: Frame) -> None:
    """Which they are that were counted."""
    if "things" not in frame:
        return
    if len(draft.about) != 1 or draft.about[0].kind != "metric":
        raise NotAReading("which of what")
    draft.by = (counted(draft.about[0]["name"], draft.model),)
    draft.having = [Term("test", (("of", draft.about[0]), ("op", "gt"), ("value", 0)))]
    draft.frame = {**draft.frame, "about": draft.about}


def _settled(draft: Draft, views: Value) -> Value:
    """With nothing left open, by what is asked now."""
    if not any(value in OPEN for view in views for term in walked(view) for _, value in term.args):
        return views
    said = {"about": draft.about, "view": views, "by": draft.by, "where": tuple(draft.where), "scope": draft.scope}
    said |= {"period": draft.period} | {s: draft.frame[s] for s in ("within", "top") if s in draft.frame}
    made = settled({slot: value for slot, value in said.items() if value not in (None, ())}, draft.model, draft.assumed)
    draft.by, draft.where = tuple(made.get("by", ())), list(made.get("where", ()))
    draft.scope, draft.period = made.get("scope"), made.get("period")
    return made.get("view", ())


def _by(draft: Draft, frame: Frame) -> None:
    new = tuple(dict.fromkeys(frame.get("by", ())))
    if frame.get("together") or (frame.get("total") and not new):
        draft.by = ()
    elif new and set(new) <= GRAINS and "top" not in frame and "which" not in frame:
        draft.by = (*(b for b in draft.by if b not in GRAINS), *new)
    elif new:
        draft.by = new
    if "others" in frame and frame["others"] != "the_same" and frame["others"] not in draft.by:
        draft.by = (*draft.by, frame["others"])


def _where(draft: Draft, frame: Frame, before: Before) -> None:
    if "others" in frame:
        _others(draft, frame["others"])
    new = list(frame.get("where", ()))
    if frame.get("refer") == "person":
        if before.person is None:
            raise NotAReading("nobody was named")
        field, member = before.person
        new.append(Term("in", (("field", field), ("values", (member,)))))
        draft.by = tuple(b for b in draft.by if b != field)
    people = people_fields(draft.model)
    if "whole" in frame:
        draft.where = [w for w in draft.where if not fields_in(w) & people]
    for condition in new:
        fields = fields_in(condition)
        group = fields | people if fields & people else fields
        if condition.kind != "not" and not condition.get("out"):  # what is left out is left out of what there was
            draft.where = [w for w in draft.where if not (fields_in(w) & group)]
        draft.where.append(condition)


def _others(draft: Draft, field: str) -> None:
    for i, condition in enumerate(draft.where):
        if condition.kind == "in" and field in ("the_same", condition["field"]):
            draft.where[i] = condition.with_(out=not condition.get("out", False))
            return
    raise NotAReading("no others")


def _scope(draft: Draft, frame: Frame, old: dict[str, Any]) -> Value:
    if "scope" in frame or "whole" in frame:
        return frame.get("scope")
    named_now = any(fields_in(w) & people_fields(draft.model) for w in frame.get("where", ()))
    people = draft.model.people
    who = people is not None and old.get("scope") == "me" and {people.id, people.name} & set(frame.get("by", ()))
    person = named_now or frame.get("refer") == "person" or "others" in frame or bool(who)  # "who?" is not only me
    return None if person else old.get("scope")


def _many(measure: Value, model: Model, record: str) -> Value:
    """The number of what an amount is the amount of: the plain count of the same rows, which are of `record`."""
    if measure.kind != "metric":
        raise NotAReading("how many of what")
    amount = model.metrics[measure["name"]]
    condition = condition_in(amount.expression)
    alike = [m for m in model.metrics.values() if m.unit == "count" and condition == condition_in(m.expression)]
    if (
        f"{record}." not in amount.expression
        or not condition
        or len(alike) != 1
        or not amount.unit.startswith("currency")
    ):
        raise NotAReading("how many of what")
    return Term("metric", (("name", alike[0].name),))
