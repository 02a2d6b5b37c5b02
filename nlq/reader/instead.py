"""What is asked about in the place of what was asked about before, and how it is looked at."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from metrics.model.schema import Model
from nlq.reader.about import is_aimed, worth
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft
from nlq.reader.frame import Frame, filled
from nlq.reader.lists import counts_rows, how_many, record_of, worth_of_counted, worth_of_records
from nlq.reader.looking import settled
from nlq.reader.meaning import Untargeted
from nlq.reader.ordering import higher_is_better
from nlq.reader.terms import ABOUT, Term, Value, replaced, walked

__all__ = ["conditions_of_other", "order_kept", "other_measures"]


def other_measures(draft: Draft, frame: Frame, old: dict[str, Any], *, cut: bool) -> None:
    """Other measures in the place of the old ones, looked at in the same way; or the old ones in another. `cut`: the
    first so many, where a list was cut."""
    bases = [m for m in draft.show if m.kind == "metric"] or [_of_metric(m) for m in draft.show[:1]]
    draft.about = tuple(bases)
    about = _asked_about(draft, bases[0], frame, old, cut=cut)
    views = frame.get("view", ())
    if views and "about" not in frame:
        draft.about = _aimed_at(draft, views)
        if "among" in frame and is_aimed(views) and not any(_has_target(m, draft.model) for m in draft.about):
            raise NotAReading("how far, and there is no target")
    if about is not None or views:
        wanted = draft.about if about is None else tuple(filled(a, bases[0]) for a in about)
        wanted, views = _settled(draft, wanted, views)
    if about is not None:
        if frame.get("add"):
            wanted = (*draft.about, *(w for w in wanted if w not in draft.about))
            draft.show += [w for w in wanted if w not in draft.show]
        elif about == (ABOUT,):  # how much of it there was
            draft.show = [wanted[0]]
        elif len(wanted) == 1 and wanted[0].kind == "metric":  # anything else is looked at in its own way
            told = wanted[0] if wanted[0] in bases else bases[0]
            shown = [m for m in draft.show if m == told or (m not in bases and _is_of(m, told, bases))]
            if any(m.kind == "if_any" for m in shown) and not _has_target(wanted[0], draft.model):
                shown = [told]
            draft.show = [_renamed(m, told, wanted[0]) for m in shown]
        else:
            draft.show = list(wanted)
        draft.about = wanted
    if views:
        draft.show = []
        for measure in draft.about:
            for view in views:
                made = [filled(t, measure) for t in view["show"]]
                draft.show += [t for t in made if t not in draft.show]
                draft.keys.append(filled(view.get("key", view["show"][0]), measure))
    else:
        draft.keys = [_looked_at(draft, None if about is None else draft.about[0])]


def _asked_about(draft: Draft, base: Term, frame: Frame, old: dict[str, Any], *, cut: bool) -> tuple[Value, ...] | None:
    """What is said of it, its money or how many there are; None where no other number is."""
    about: tuple[Value, ...] | None = frame.get("about")
    record = record_of(old, draft.model)
    if frame.get("worth") or ("much" in frame and about is None):
        money = _money(base, draft.model, old, record)
        if frame.get("worth") and money in draft.show:
            raise NotAReading("what it is worth is told already")
        about = (money,)
        draft.by = tuple(b for b in draft.by if record is None or b != old["by"][0])
    elif "much" in frame and about is not None:  # how much of what is counted: its money
        about = tuple(_money_of(a, draft.model) for a in about)
    said = str(frame.get("record", ""))
    if frame.get("many_of") and not (counts_rows(draft, said) and (old.get("limit") is None or not cut)):
        about = (how_many(base, draft.model, said),)
    return about


def _is_of(shown: Value, told: Term, bases: list[Term]) -> bool:
    """Whether it is no look at another one of the numbers that were told side by side."""
    others = {b["name"] for b in bases if b.kind == "metric" and b != told}
    return not any((t.get("metric") or t.get("name")) in others for t in walked(shown))


def _money_of(measure: Term, model: Model) -> Value:
    """Of what is counted its money, where it has any: calls have none."""
    if measure.kind == "metric" and model.metrics[str(measure["name"])].unit == "count":
        with suppress(NotAReading):
            return worth(measure, model)
    return measure


def _money(measure: Term, model: Model, old: dict[str, Any], record: str | None) -> Value:
    """What that is worth which was listed, counted, or is the number."""
    if record is not None:
        return worth_of_records(old, model, record)
    return worth_of_counted(measure, old, model) if measure.kind == "count_of" else worth(measure, model)


def _looked_at(draft: Draft, other: Value) -> Value:
    """The column that the best and the worst are of: how much of the target is reached, where that was asked."""
    attained = [m for m in draft.show if m.kind == "attainment" and other is None]
    return next(iter((*attained, *(m for m in draft.show if m == draft.about[0]))), draft.show[-1])


def _of_metric(measure: Value) -> Value:
    """The metric that a target, or another measure of one, is of."""
    name = measure.get("metric")
    return measure if name is None else Term("metric", (("name", name),))


def _aimed_at(draft: Draft, views: Value) -> tuple[Value, ...]:
    """Of several numbers those that have targets, where it is about targets. Raises Untargeted where none of them
    has."""
    if not is_aimed(views):
        return draft.about
    aimed = tuple(m for m in draft.about if _has_target(m, draft.model))
    if not aimed and all(m.kind == "metric" for m in draft.about):
        raise Untargeted("no target of what was asked about")
    return aimed if len(draft.about) > 1 and aimed else draft.about


def _has_target(measure: Value, model: Model) -> bool:
    return bool(measure.kind == "metric" and model.metrics[measure["name"]].has_target)


def _renamed(value: Value, old: Term, new: Term) -> Value:
    """Of the new metric, whatever was of the old."""

    def change(term: Term) -> Value:
        if term == old:
            return new
        return term.with_(metric=new["name"]) if old.kind == "metric" and term.get("metric") == old["name"] else term

    return replaced(value, change)


def conditions_of_other(having: list[Value], old: dict[str, Any], draft: Draft) -> list[Value]:
    """Conditions that are of any number alike (their target reached), of the new one."""
    first = Term(*_of_metric(old["show"][0]))
    tested: list[Value] = [t["of"] for c in having for t in walked(c) if t.kind == "test"]
    if len(draft.about) != 1 or draft.about[0].kind != "metric" or any(m.kind == "metric" for m in tested):
        return []
    return [_renamed(c, first, draft.about[0]) for c in having]


def _settled(draft: Draft, about: Value, views: Value) -> tuple[Value, Value]:
    """Measures and views with nothing left open, by what is asked now."""
    said = {"about": about, "view": views, "by": draft.by, "where": tuple(draft.where), "scope": draft.scope}
    last = [w["field"] for w in draft.where[-1:] if w.kind == "in" and not w.get("out")]
    said |= {"part": last[0]} if last and draft.frame.get("narrowed_by") == last[0] else {}
    told = [w["field"] for w in draft.where if w.kind == "in" and not w.get("out") and len(w["values"]) > 1]
    said |= {"rows": tuple(f for f in told if f in draft.by)}
    said |= {"period": draft.period} | {s: draft.frame[s] for s in ("within", "top") if s in draft.frame}
    made = settled({slot: value for slot, value in said.items() if value not in (None, ())}, draft.model, draft.assumed)
    draft.by, draft.where = tuple(made.get("by", ())), list(made.get("where", ()))
    draft.scope, draft.period = made.get("scope"), made.get("period")
    return made["about"], made.get("view", ())


def order_kept(kept: tuple[Value, ...], draft: Draft, old: dict[str, Any]) -> tuple[Value, ...]:
    """The best stay the best by what is asked about now."""
    before = [m for m in old["show"] if m.kind == "metric"][:1]
    if len(draft.about) != 1 or draft.about[0].kind != "metric" or before in ([], [draft.about[0]]):
        return kept
    was, now = before[0], draft.about[0]
    turned = higher_is_better(draft.model, was) != higher_is_better(draft.model, now)
    return tuple(
        o.with_(by=now, descending=bool(o.get("descending", True)) != turned)
        if o["by"] == was
        else o.with_(by=_renamed(o["by"], was, now))
        for o in kept
    )
