"""A frame becomes a question of the algebra: what was left out is filled in, and said to be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

import metrics.kinds  # noqa: F401  (kinds are known from here on)
from metrics.analyses.analysis import Analysis
from metrics.model.schema import Model
from metrics.people import Person
from metrics.query.asked import GRAINS, Asked
from metrics.query.from_period import from_period
from nlq.reader.about import about_of, worth
from nlq.reader.acting import Definition, acted
from nlq.reader.against import shares_beside
from nlq.reader.constructions import NotAReading
from nlq.reader.counting import listed_by_date
from nlq.reader.dates import of_this_year
from nlq.reader.draft import SLOTS, Draft, named
from nlq.reader.frame import Frame, expanded, filled, key_of, name_of, of_one_year
from nlq.reader.itemised import coming, is_of_records
from nlq.reader.listing import conditions, count, idle, population, records, told_of
from nlq.reader.looking import OWN, settled
from nlq.reader.meaning import Unanswerable
from nlq.reader.names import since_day
from nlq.reader.ordering import in_order
from nlq.reader.rows import REASON, running_days, told_apart
from nlq.reader.scoping import placed_within, scope
from nlq.reader.terms import Term, Value, plain, replaced, term_of, walked

__all__ = ["BEYOND", "Definition", "Meaning", "Wanted", "aimed_at", "asked_of", "question"]


Meaning = Asked | Analysis | Definition
_UNPAID = "unpaid"
_TODAY = Term("units", (("unit", "day"),))
BEYOND = "beyond what can be asked"


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
    if "there" in frame and "where" not in frame:
        raise NotAReading("where that is")
    if "beyond" in frame:
        raise Unanswerable(BEYOND)
    if "who_are" in frame or frame.keys() >= {"count", "which"}:
        from nlq.reader.who_they_are import who_they_are  # here: few ask so

        frame = who_they_are(frame, model)
    if frame.keys() >= {"listed", "by", "population"}:
        from nlq.reader.who_they_are import those_listed  # here: few ask so

        frame = those_listed(frame)
    if "of_whom" in frame:
        from nlq.reader.who_they_are import one_of_whom  # here: few ask so

        frame = one_of_whom(frame)
    if "spread_over" in frame:
        from nlq.reader.who_they_are import spread_over  # here: few ask so

        frame = spread_over(frame, model)
    assumed = ["whole"] if "whole" in frame else []
    said = {k: named(v, model, asker) for k, v in frame.items() if k not in ("whole", "there")}
    if "view" in said and "period" in said:
        said = dict(of_one_year(said))
    draft = Draft(placed_within(said, model, asker), model, assumed=assumed)
    scope(draft, asker, whole="whole" in frame)
    _since_joining(draft, asker)
    if REASON in draft.by:
        _by_reason(draft)
    if any(isinstance(b, str) and b.startswith(OWN) for b in draft.by):
        _by_own(draft)
    _due_then(draft)
    _owed(draft)
    act = draft.frame.get("act")
    if act is not None:
        if draft.scope is not None:
            draft.frame = {**draft.frame, "scope": draft.scope}
        return Wanted(acted(draft.frame, model, assumed, act, asker), tuple(assumed))
    return Wanted(_asked(draft), tuple(assumed))


def _owed(draft: Draft) -> None:
    """ "Owe over 100k that has not come in yet" says one thing twice, and not that nothing came in this month. Raises
    NotAReading."""
    tests = [t for condition in draft.frame.get("having", ()) for t in walked(condition) if t.kind == "test"]
    of = [t["of"] for t in tests if t.get("op") not in (None, "eq")]
    if not any(isinstance(m, Term) and running_days(m, draft.model) for m in of):
        return
    if "period" not in draft.frame and any((t.get("op"), t.get("value")) == ("eq", 0) for t in tests):
        raise NotAReading("owed, and nothing of it paid in a time that is not said")
    if draft.frame.get("still") == _UNPAID and "record" not in draft.frame:
        draft.frame = {k: v for k, v in draft.frame.items() if k != "still"}


def _by_reason(draft: Draft) -> None:
    """By what is written of each about why it ended so. Raises NotAReading where nothing is."""
    from nlq.reader.rows import why_written  # here: few ask why

    draft.by = why_written(draft.model, draft.by, [name_of(m) for m in draft.frame.get("about", ())])
    draft.frame = {**draft.frame, "by": draft.by}


def _by_own(draft: Draft) -> None:
    """By a field that is called so only beside what it is a field of: the type of visits, and of nothing else. Raises
    NotAReading where other rows are asked about."""
    metrics = [draft.model.metrics[name_of(m)] for m in draft.frame.get("about", ()) if m.kind == "metric"]
    dated = [set(metric.time) for metric in metrics]
    fields = [b.removeprefix(OWN) if b.startswith(OWN) else b for b in draft.by]
    own = {b.removeprefix(OWN).split(".")[0] for b in draft.by if b.startswith(OWN)}
    if not dated or not all(own <= of for of in dated):
        raise NotAReading("a field of other rows")
    draft.by = tuple(fields)
    draft.frame = {**draft.frame, "by": draft.by}


def _since_joining(draft: Draft, asker: Person | None) -> None:
    """Since whoever asks is here. Raises NotAReading where it is about others: each of them joined on a day of their
    own."""
    period: Value = draft.frame.get("period")
    if period is None or period.kind != "joined":
        return
    if draft.scope not in (None, "me") or asker is None or not asker.sells:
        raise NotAReading("since whose joining")
    draft.scope = "me"
    day = asker.active_from
    draft.frame = {**draft.frame, "scope": "me", "period": Term("all") if day is None else since_day(day)}


def _due_then(draft: Draft) -> None:
    """Money that is due in a period, of a number that goes by the day it is due: that number then, no single bills."""
    frame, known = draft.frame, draft.model.metrics
    about = [known.get(str(a.get("name"))) if isinstance(a, Term) else None for a in frame.get("about", ())]
    if "due" not in frame or frame.keys() & {"period", "record", "still", "late", "listing", "tell"} or not about:
        return
    if all(m is not None and m.ahead and m.unit.startswith("currency") for m in about):
        due = coming(frame["due"])
        if due.kind == "until":  # what is to come by then, and not all there ever was
            due = Term("from_to", (("first", Term("units", (("unit", "day"),))), ("last", due["of"])))
        draft.frame = {**{k: v for k, v in frame.items() if k != "due"}, "period": due}


def _asked(draft: Draft) -> Asked:
    if is_of_records(draft):
        from nlq.reader.recording import recorded  # here: most ask for numbers

        recorded(draft, Term("all") if draft.model.default_period is None else _default_period(draft.model))
        _check_possible(draft)
        return asked_of(draft.parts())
    if "number" in draft.frame and ("count" in draft.frame or "about" not in draft.frame):
        raise NotAReading("how many of what")
    _look(draft)
    _check_days_then(draft)
    if "period" in draft.frame and draft.frame["period"].get("apart"):
        from nlq.reader.beside import one_by_one  # here: few name several periods

        one_by_one(draft)
    if "which" in draft.frame and not draft.by and any(m.kind == "nth" for m in draft.show):
        raise NotAReading("which of them, and only the day")
    if "worth" in draft.frame:
        _worth(draft)
    conditions(draft)
    if draft.having or "throughout" in draft.frame:
        from nlq.reader.throughout import throughout  # here: most ask for no condition on groups

        throughout(draft)
    idle(draft)
    count(draft)
    records(draft)
    listed_by_date(draft)
    in_order(draft)
    population(draft)
    draft.period = _period(draft)
    _check_heads(draft)
    _check_possible(draft)
    if "many" in draft.frame and draft.about and all(_is_rate(m, draft.model) for m in draft.about):
        raise NotAReading("how many, of a rate")
    numbered = "number" in draft.frame or draft.frame.keys() >= {"record", "many"}
    if numbered and not any(_counts(m, draft) for m in draft.show):
        raise NotAReading("how many, and they are not counted")
    return asked_of(draft.parts())


def _check_days_then(draft: Draft) -> None:
    """Which of them nothing was done with this month are those without a row in it: how long it has been is as of now.
    Raises NotAReading."""
    said = draft.frame.keys()
    if {"having", "period", "by"} <= said and _days_at_all(draft):
        raise NotAReading("days up to now, of a period")
    if not {"which", "period", "by"} <= said or said & {"top", "order", "idle"} or "having" in said:
        return
    metrics = [draft.model.metrics[name_of(m)] for m in draft.about if m.kind == "metric"]
    if metrics and all(m.snapshot and m.unit == "days" for m in metrics):
        raise NotAReading("days up to now, of a period")


def _days_at_all(draft: Draft) -> bool:
    """Whether a condition is that there are any days up to now at all: as there are of everybody."""
    tests: list[Term] = [t for c in draft.frame.get("having", ()) for t in walked(c) if t.kind == "test"]
    names = [_metric(t["of"]) for t in tests if isinstance(t["of"], Term) and t.get("value") == 0]  # type: ignore[arg-type]
    metrics = [draft.model.metrics[n] for n in names if n is not None]
    return any(m.snapshot and m.unit == "days" for m in metrics)


def _is_rate(measure: Value, model: Model) -> bool:
    return bool(measure.kind == "metric" and model.metrics[name_of(measure)].unit == "percent")


def _counts(measure: Value, draft: Draft) -> bool:
    metrics = (t for t in walked(measure) if t.kind == "metric")
    return measure.kind == "count_of" or any(draft.model.metrics[name_of(m)].unit == "count" for m in metrics)


def _look(draft: Draft) -> None:
    """The columns: what is asked about, each in every way it is looked at."""
    if "many" in draft.frame and not draft.frame.keys() & {"about", "record", "count"}:
        raise NotAReading("how many of what")
    given = {**draft.frame, **({} if draft.scope is None else {"scope": draft.scope})}
    draft.take(settled(given, draft.model, draft.assumed))
    draft.about = about_of(draft.frame, draft.model, draft.assumed)
    if "much" in draft.frame:
        draft.about = tuple(_amount(m, draft.model) for m in draft.about)
    views = shares_beside(draft.frame.get("view", ()))
    for measure in draft.about:
        for view in (filled(v, measure) for v in views) if views else (measure,):
            draft.show += [t for t in expanded(view) if t not in draft.show]
            draft.keys.append(key_of(view))
    if not views:
        draft.show += _companions(draft)
    shares: list[Value] = [t["of"] for m in draft.show for t in walked(m) if t.kind == "share"]
    if shares and any(told_apart(draft.model, b) is not None for b in draft.by) and "top" not in draft.frame:
        raise NotAReading("a share of each record")
    if views and any(of.kind in ("change", "growth", "share") for of in shares):
        raise NotAReading("how a share changed, or a share of the change or of a share")


def _check_possible(draft: Draft) -> None:
    if draft.where or draft.by or any(m.kind == "across" for m in draft.show):
        from nlq.reader.impossible import check_possible  # here: most ask about everything

        check_possible(draft)


def _check_heads(draft: Draft) -> None:
    """Each of the people has one head. Raises NotAReading."""
    people = draft.model.people
    own = people is not None and {people.id, people.name} & set(draft.by)
    if own and any(t.get("each") == "head" for measure in draft.show for t in walked(measure)):
        raise NotAReading("by head, of one person each")


def _worth(draft: Draft) -> None:
    """How many, and worth how much."""
    if "about" not in draft.frame or len(draft.about) != 1 or "record" in draft.frame:
        raise NotAReading("worth how much, and nothing that is counted")
    money = worth(draft.about[0], draft.model)
    if money not in draft.show:
        draft.show.append(money)


def asked_of(parts: dict[str, Any]) -> Asked:
    """Raises NotAReading for what is no question of the algebra."""
    made = {k: plain(replaced(v, _as_it_stands)) for k, v in parts.items()}
    if "order" in made:
        made["order"] = [{k: v for k, v in o.items() if k != "kind"} for o in made["order"]]
    try:
        return Asked.model_validate(made)
    except ValidationError as error:
        raise NotAReading(str(error)) from error


def _as_it_stands(term: Term) -> Value:
    if term.kind == "union":
        return Term("union", (("of", term["of"]),))
    return term["of"] if term.kind == "exactly" else key_of(term)


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
        draft.period = coming(frame["period"]) if _looks_ahead(draft.show) else _ahead(draft)
        return aimed_at(draft)
    names = [n for m in (*draft.show, *draft.having) for t in walked(m) if (n := _metric(t)) is not None]
    if _picked_by_date(draft):
        return Term("all")
    listed = all(m.kind in ("field", "age") for m in draft.show)
    if listed if not names else all(model.metrics[n].snapshot for n in names):
        return Term("all")
    over = (t["over"] for m in (*draft.show, *draft.having) for t in walked(m) if t.kind in ("across", "count_of"))
    grain = next((b for b in (*draft.by, *over) if b in GRAINS), None)
    draft.assumed.append("default_period")
    if grain is not None:
        return Term("units", (("unit", "month" if grain == "day" else "year"),))
    usual = Term("all") if model.default_period is None else _default_period(model)
    compared = any(t.kind in ("before", "change", "growth") for m in draft.show for t in walked(m))
    if usual.kind == "all" and compared:  # all time is compared with nothing
        return Term("units", (("unit", "year"),))
    return usual


def _looks_ahead(show: list[Value]) -> bool:
    """Whether it is asked where it will end: the December that was is no end that is to come."""
    kinds = {t.kind for m in show for t in walked(m)}
    return "projection" in kinds and not kinds & {"before", "change", "growth"}


def _ahead(draft: Draft) -> Value:
    """What falls due by Friday is still to do so: of what is dated by a day to come, "until" begins today."""
    period: Value = draft.frame["period"]
    if draft.by and period.kind in ("units", "sliding") and period.get("coming"):  # next month is to come as it is
        return Term(period.kind, tuple((k, v) for k, v in period.args if k != "coming"))
    if period.kind not in ("until", "before", "only"):
        return period
    names = [n for m in (*draft.show, *draft.having) for t in walked(m) if (n := _metric(t)) is not None]
    if not names or not all(draft.model.metrics[n].ahead for n in names):
        return period
    period = coming(period)
    if period.kind == "only":
        return period
    last = period["of"] if period.kind == "until" else period
    return Term("from_to", (("first", _TODAY), ("last", last)))


def aimed_at(draft: Draft) -> Value:
    """The days. A target is set before its month begins, and what is due is known before: that of December is of the
    one of this year."""
    if not draft.show or not all(_lies_ahead(m, draft.model) for m in draft.show):
        return draft.period
    return of_this_year(draft.period)


def _lies_ahead(measure: Value, model: Model) -> bool:
    return bool(measure.kind == "target" or (measure.kind == "metric" and model.metrics[str(measure["name"])].ahead))


def _picked_by_date(draft: Draft) -> bool:
    """Whether the rows are those of days that are said already: policies that start in December were sold whenever."""
    told = told_of(draft)
    dates = (str(t["field"]) for w in draft.where for t in walked(w) if t.kind == "within")
    return any(field.split(".")[0] in told for field in dates)


def _default_period(model: Model) -> Value:
    assert model.default_period is not None
    return _as_term(model.default_period)


@cache
def _as_term(period: Any) -> Value:
    return term_of(from_period(period).model_dump(mode="json"))


def _metric(term: Term) -> str | None:
    """The metric a term names; None where it names none, or is no measure: that is found out when it is made one."""
    name = term["name"] if term.kind == "metric" else term.get("metric")
    return name if isinstance(name, str) else None


def _amount(measure: Value, model: Model) -> Value:
    """ "How much" of what is counted is its money. Raises NotAReading where that is not known."""
    counts = measure.kind == "metric" and model.metrics[measure["name"]].unit == "count"
    return worth(measure, model) if counts else measure
