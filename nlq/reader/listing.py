"""Which rows a question wants: conditions, how many there are, records one by one."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from metrics.model.schema import Model
from metrics.query.asked import GRAINS
from metrics.query.measure import Measure
from nlq.keys import is_key
from nlq.reader.about import counted, worth
from nlq.reader.conditions import compared, contradicting, resolved, settled, tested, tested_measures
from nlq.reader.constructions import NotAReading
from nlq.reader.counting import amounts_of_each, existing, is_counted
from nlq.reader.draft import Draft, joined
from nlq.reader.frame import filled, key_of, name_of
from nlq.reader.lexicon import condition_of
from nlq.reader.rows import (
    DATASET,
    amount_of,
    check_dates,
    check_days,
    record_of,
    running_days,
    running_of,
    several,
    telling,
    told_apart,
)
from nlq.reader.terms import ABOUT, Money, Term, Value, has_hole, metrics_of, plain, replaced, walked

_DAYS_OF_A_YEAR = 366
_MOVED = frozenset({"before", "change", "growth"})

__all__ = [
    "amount_of",
    "conditions",
    "count",
    "dataset_of",
    "idle",
    "measure_of",
    "one_each",
    "population",
    "records",
    "told_of",
    "unit_of",
]


def conditions(draft: Draft) -> None:
    """Conditions on groups have their holes filled; a bare comparison is on whichever it fits."""
    frame, model = draft.frame, draft.model
    about = draft.about[0] if draft.about else ABOUT
    key = draft.keys[0] if draft.keys else about
    draft.having += [_of_groups(resolved(condition), key, about) for condition in frame.get("having", ())]
    draft.having[:] = [_among(_as_compared(condition, draft), draft) for condition in draft.having]
    draft.where[:] = [filled(condition, about) if has_hole(condition) else condition for condition in draft.where]
    grouped = bool(draft.by) or "count" in frame
    if "moves" in frame and "compare" in frame:
        raise NotAReading("by how much, and not whether up or down")
    for comparison in frame.get("compare", ()):
        days = running_of(draft) if comparison.kind == "comparison" and comparison.get("unit") == "days" else None
        if days is not None:
            draft.where.append(compared(comparison, days, unit="days"))
            continue
        record = record_of(draft)
        lines = several(draft.about, draft.model) if record is not None else None
        if lines is not None:
            draft.where.append(_of_each(draft, lines, comparison))
        elif record is not None and ("record" in frame or not grouped):
            draft.where.append(compared(comparison, amount_of(model, record), unit=""))
        elif grouped and draft.keys and not _of_records(draft):
            draft.having.append(filled(tested(comparison, ABOUT), _percent_of(draft, key, comparison)))
        else:
            raise NotAReading("a comparison of nothing")
    _some_of_it(draft)
    _check_single(draft)
    if draft.having and not grouped:
        raise NotAReading("a condition on groups of nothing")
    if any(_may_be_days(test, model) for test in _tests(draft)):
        raise NotAReading("money, or days that it is late")
    draft.having[:] = [
        settled(condition, lambda measure: measure_of(measure).unit(model)) for condition in draft.having
    ]
    amounts_of_each(draft)
    if contradicting(draft.having):
        raise NotAReading("both more and less")
    if "view" not in frame:
        draft.show += [m for m in tested_measures(draft.having) if m not in draft.show]
    if "rest" in frame and not any(_leaves_out(condition, frame["rest"]) for condition in draft.where):
        raise NotAReading("others than nobody")
    if "left" in frame and not (_stock(draft) or any(t.get("out") for w in draft.where for t in walked(w))):
        raise NotAReading("what is left of what is not there")
    check_dates(draft, _datasets(draft))
    check_days(draft)
    _check_default(draft)
    if "record" in frame and draft.about and str(frame["record"]) not in told_of(draft):
        raise NotAReading("numbers of other records")
    if "apart" in frame:
        from nlq.reader.beside import set_apart  # here: few are set side by side

        set_apart(draft)


def _some_of_it(draft: Draft) -> None:
    """Which of them are overdue are those with something overdue."""
    frame, model = draft.frame, draft.model
    if "which" not in frame or not draft.by or draft.having or len(draft.about) != 1:
        return
    if frame.keys() & {"top", "sorted", "order", "view", "compare", "count", "population", "members", "follow"}:
        return
    measure = draft.about[0]
    metric = model.metrics[name_of(measure)] if measure.kind == "metric" else None
    if metric is None or not metric.snapshot or metric.higher_is_better or not metric.unit.startswith("currency"):
        return
    draft.having.append(Term("test", (("of", measure), ("op", "gt"), ("value", 0))))


def _as_compared(condition: Value, draft: Draft) -> Value:
    """By how much it moved is against what it is compared with: beside last year, up by a fifth is so since then.
    Raises NotAReading where it may be the share that moved."""
    keys = [v["key"] for v in draft.frame.get("view", ()) if v.get("key") is not None]
    if keys and all(k.kind == "share" for k in keys) and any(_moves_of_itself(t) for t in walked(condition)):
        raise NotAReading("whether the number moved, or its share")
    views = (t.get("to") for v in draft.frame.get("view", ()) for t in walked(v) if t.kind in _MOVED)
    against = set(views) if any(t.kind in _MOVED for t in walked(condition)) else set()

    def known(term: Term) -> Term:
        if term.kind not in _MOVED or term.get("to", "previous") != "previous":
            return term
        args = tuple((k, v) for k, v in term.args if k != "to")
        to = next(iter(against)) if len(against) == 1 and args == term.args else None  # None: said to be the one before
        return Term(term.kind, args if to is None else (*args, ("to", to)))

    return replaced(condition, known)


def _moves_of_itself(term: Term) -> bool:
    of: Value = term.get("of")
    return term.kind in ("change", "growth") and of.kind != "share"


def _among(condition: Value, draft: Draft) -> Value:
    """A place in a list of the team is one among the team, and an average that of the team."""
    near = draft.scope if draft.scope in ("team", "region") else None

    def among(term: Term) -> Value:
        if term.get("within") == "@among":
            return term.with_(within=near or "all")
        return term.with_(within=near) if near and term.kind == "place" and term.get("within") is None else term

    return replaced(condition, among)


def _percent_of(draft: Draft, key: Value, comparison: Value) -> Value:
    """ "Above 80 %", of whoever has a target and of no number that was named, is how much of it is reached."""
    percent = any(t.get("unit") == "percent" for t in walked(comparison))
    if not percent or "default_metric" not in draft.assumed or key.kind != "metric":
        return key
    metric = draft.model.metrics[name_of(key)]
    if metric.unit == "percent" or not metric.has_target:
        return key
    return Term("attainment", (("metric", metric.name),))


def _check_single(draft: Draft) -> None:
    """Single records are one each: none has more. Raises NotAReading."""
    model = draft.model
    single = {d for b in draft.by if (d := told_apart(model, b)) is not None}
    measures = [*draft.show, *(t["of"] for t in _tests(draft))] if single else []
    names = {name_of(m) for m in measures if m.kind == "metric"}
    units = {n: set(DATASET.findall(model.metrics[n].expression)) for n in names if model.metrics[n].unit == "count"}
    counts = {name for name, datasets in units.items() if datasets & single}
    for test in _tests(draft) if counts else ():
        of = test["of"]["of"] if test["of"].kind == "place" else test["of"]
        if of.kind == "metric" and of["name"] in counts and test["value"] != 0:
            raise NotAReading("more than one of one")
    if counts and "top" in draft.frame and draft.keys and draft.keys[0].get("name") in counts:
        raise NotAReading("the most of one each")


def _tests(draft: Draft) -> list[Value]:
    return [t for condition in draft.having for t in walked(condition) if t.kind == "test"]


def _may_be_days(test: Value, model: Model) -> bool:
    """ "Overdue more than 30": of money that runs by days a bare number up to a year's days is one of these."""
    value = test["value"]
    bare = test.get("unit") == "" and isinstance(value, (int, float)) and not isinstance(value, Money)
    return bare and 0 < value <= _DAYS_OF_A_YEAR and running_days(test["of"], model) is not None


def _stock(draft: Draft) -> bool:
    """Whether it is about what there is at a time."""
    return all(m.kind == "metric" and draft.model.metrics[name_of(m)].snapshot for m in draft.about)


def _of_each(draft: Draft, field: str, comparison: Value) -> Value:
    """Orders over an amount: what is compared is the sum of their lines."""
    money = worth(draft.about[0], draft.model)
    tests = settled(tested(comparison, money), lambda measure: measure_of(measure).unit(draft.model))
    return Term("whose", (("field", field), ("having", tests)))


def _of_groups(condition: Value, key: Value, about: Value) -> Value:
    """With its hole filled: a bare number is that which is looked at."""

    def made(term: Value) -> Value:
        if term.kind not in ("test", "known"):
            return term
        return filled(term, key if term["of"] == ABOUT else about)

    return replaced(condition, made)


def _leaves_out(condition: Value, field: str) -> bool:
    return any(t.kind == "in" and t["field"] == field and bool(t.get("out")) for t in walked(condition))


def _check_default(draft: Draft) -> None:
    """The number that nobody named is of rows that have what is named. Raises NotAReading."""
    if "default_metric" not in draft.assumed:
        return
    model, reached = draft.model, told_of(draft)
    while more := {r.target for r in model.relationships if r.source in reached} - reached:
        reached |= more
    if draft.by and draft.by == tuple(draft.frame.get("listed", ())) and _of_records(draft):
        raise NotAReading("records are listed with what they tell")
    named = {*draft.by, *(f for condition in draft.where for f in _fields(condition))}
    if any(field in model.fields and model.fields[field].dataset not in reached for field in named):
        raise NotAReading("no number of that was named")


def _of_records(draft: Draft) -> bool:
    """Whether it is broken down by single records: a bare comparison is on their own amount, not on a number."""
    model = draft.model
    facts = {dataset for metric in model.metrics.values() for dataset in metric.time}
    fields = (model.fields[b] for b in draft.by if b in model.fields)
    return any(f.dataset in facts and is_key(model, f) for f in fields)


def _fields(condition: Value) -> set[str]:
    return {str(term["field"]) for term in walked(condition) if term.kind in ("in", "compare", "within")}


def _datasets(draft: Draft) -> set[str]:
    """Whose rows are asked about."""
    return {str(draft.frame["record"])} if "record" in draft.frame else told_of(draft)


def told_of(draft: Draft) -> set[str]:
    """Of whose rows the numbers are made."""
    names = {name for measure in draft.about for name in metrics_of(measure)}
    return {found for name in names for found in DATASET.findall(draft.model.metrics[name].expression)}


def idle(draft: Draft) -> None:
    """Of what nothing has been heard for so many days; or never, where it was not said of days that are known."""
    days = draft.frame.get("idle")
    if days is None:
        return
    if set(draft.frame.get("listed", ())) - set(draft.by):
        raise NotAReading("of whom nothing was heard, and by something else")
    measure = draft.about[0]
    if measure_of(measure).unit(draft.model) != "days":
        raise NotAReading("no days that went by")
    if isinstance(days, Term):
        draft.having.append(Term("test", (("of", measure), ("op", "gt"), ("value", days["days"]))))
        return
    long = Term("test", (("of", measure), ("op", "gt"), ("value", days)))
    never = Term("not", (("of", Term("known", (("of", measure),))),))
    draft.having.append(Term("or", (("of", (long, never)),)))
    filters = draft.model.metrics[name_of(measure)].where
    if filters:
        draft.where.append(condition_of(filters))
    draft.population = "all"


def measure_of(measure: Value) -> Measure:
    try:
        return Measure._member(plain(replaced(measure, key_of)))
    except (ValidationError, PydanticCustomError) as error:
        raise NotAReading(str(error)) from error


def count(draft: Draft) -> None:
    """How many groups there are of which the conditions hold."""
    wanted = draft.frame.get("count")
    if wanted is None:
        return
    if "view" in draft.frame and not draft.having:
        raise NotAReading("how many of what is looked at")
    if draft.frame.keys() & {"much", "follow"} and "about" in draft.frame:
        raise NotAReading("how many of one thing, and how much of another")
    over = wanted["over"]
    if over == "day" and not draft.having and draft.about and unit_of(draft.about[0], draft.model) == "days":
        return  # the unit it is told in
    people = draft.model.people
    dated = any(t.kind == "within" for condition in draft.where for t in walked(condition))  # who left are no heads
    heads = people is not None and over in (people.id, people.name) and not draft.having and not dated
    if heads and "about" not in draft.frame:
        draft.show[:] = draft.keys[:] = [Term("heads")]
        draft.by = tuple(b for b in draft.by if b != over)
        return
    if any(a != ABOUT and has_hole(a) for a in draft.frame.get("about", ())):
        raise NotAReading("how many, of a number that is not said")
    if existing(draft, over):
        return
    if draft.having:
        of_which = ("having", joined(draft.having))
    elif over in GRAINS and "about" not in draft.frame:  # "how many days are there in February"
        raise NotAReading("how many of nothing")
    elif draft.about and _known_as_none(draft.about[0], draft.model):
        of_which = ("having", Term("test", (("of", draft.about[0]), ("op", "gt"), ("value", 0))))
    elif draft.about:
        of_which = ("of", draft.about[0])
    else:
        raise NotAReading("how many of nothing")
    if "worth" in draft.frame:
        raise NotAReading("how many, and worth how much")
    draft.show[:] = [Term("count_of", (("over", over), of_which))]
    draft.keys[:] = draft.show
    draft.having.clear()
    draft.by = tuple(b for b in draft.by if b != over)


def _known_as_none(measure: Value, model: Model) -> bool:
    """Whether there is a number, none, of what is not meant: an invoice that is paid is overdue by 0."""
    metric = model.metrics[name_of(measure)] if measure.kind == "metric" else None
    return metric is not None and metric.snapshot and metric.unit.startswith("currency")


def records(draft: Draft) -> None:
    """Records one by one, where those of a metric or a dataset are asked for with a condition on them."""
    frame = draft.frame
    listed = "record" in frame and not draft.about
    plain = "compare" in frame and not frame.keys() & {"record", "many", "number"}
    listed |= plain and not draft.by and len(draft.about) == 1
    listed |= "listing" in frame and not draft.by and len(draft.about) == 1
    listed &= "count" not in frame
    record = record_of(draft) if listed else None
    if record is not None and "view" in frame:
        raise NotAReading("records one by one, and a number of them all")
    if "listing" in frame and not (record or draft.by):
        raise NotAReading("nothing to list")
    if record is None:
        if listed or not draft.show:
            raise NotAReading("no records to list")
        return
    model = draft.model
    key = next((f.id for f in model.datasets[record].fields.values() if f.dimension and is_key(model, f)), None)
    if key is None and draft.about and "listing" in frame:
        draft.by = (counted(name_of(draft.about[0]), model),)
        draft.having.append(Term("test", (("of", draft.about[0]), ("op", "gt"), ("value", 0))))
        return
    if key is None and draft.about:  # records that cannot be told apart are counted
        return
    if key is None:
        raise NotAReading("records that cannot be told apart")
    draft.having += [Term("test", (("of", m), ("op", "gt"), ("value", 0))) for m in draft.about]
    draft.by = (key, *draft.by)
    draft.show[:] = [Term("field", (("name", f.id),)) for f in telling(model, record)]
    draft.keys[:] = [Term("field", (("name", amount_of(model, record)),))] if draft.show else []


def population(draft: Draft) -> None:
    """Of people, those who were there are listed in any case: with zero. Of a rate, those it can be of. `members` each:
    those too of which there is none; of people, who was there."""
    people, fields = draft.model.people, draft.model.fields
    over = {*draft.by, *(str(m["over"]) for m in draft.show if m.kind == "count_of")}
    whose = people is not None and any(o in fields and fields[o].dataset == people.dataset for o in over)
    _check_groups(draft, over)
    whose &= people is not None and people.peers == "all"  # else who never had a row is not among those there
    if whose and draft.population == "all":
        draft.population = None
    if "members" in draft.frame:
        said = draft.frame["members"]
        draft.population = said if said != "each" else None if whose else "all"
        return
    if draft.having and draft.population is None and len(draft.by) == 1 and all(map(_none, draft.having)):
        draft.population = "all"  # of which there is none there are no rows
    by = {fields[b].dataset for b in draft.by if b in fields}
    if people is None or by != {people.dataset} or (draft.population == "all" and not whose):
        return
    draft.population = None
    first = draft.about[0] if draft.about else None
    ranked = draft.limit is not None or any(m.kind == "place" for m in draft.show)
    if first is not None and first.kind == "metric" and not ranked and not draft.having:
        metric = draft.model.metrics[name_of(first)]
        if not metric.additive and metric.unit != "count":
            draft.population = "rows"


def _check_groups(draft: Draft, over: Collection[str]) -> None:
    """Raises NotAReading for what every group has as much of, and for none of it of two things at once: of customers
    and people the pairs are listed that have rows, and none of them lacks any."""
    people, fields, model = draft.model.people, draft.model.fields, draft.model
    counted_by: list[Value] = [m["having"] for m in draft.show if m.kind == "count_of" and m.get("having") is not None]
    held: list[Value] = [*draft.having, *counted_by]
    for term in (t for condition in held for t in walked(condition) if t.kind == "test"):
        of: Value = term["of"]
        least: Value = term["value"]
        some = isinstance(least, (int, float)) and (least > 0 or term["op"] not in ("gt", "eq"))
        if some and isinstance(of, Term) and of.kind == "metric" and one_each(str(of["name"]), over, model):
            raise NotAReading("so many of each, which is one of them")
    if not held or not all(map(_none, held)):
        return
    lone = {told_apart(model, o) for o in over} - {None}
    if lone and all(lone & _counting(t["of"], model) for t in held):
        raise NotAReading("none of it, of a record that is one")
    if len(over) > 1 and "members" not in draft.frame:
        own = [o for o in over if o in GRAINS or (people is not None and fields[o].dataset == people.dataset)]
        if len(own) < len(over):
            raise NotAReading("none of it, of two things at once")


def _none(condition: Value) -> bool:
    if condition.kind in ("and", "or"):
        parts = condition["of"]
        of_all = not any(
            t.kind == "only" for part in parts for t in walked(part)
        )  # who bought neither bought something
        return of_all and (all if condition.kind == "and" else any)(map(_none, parts))
    return bool(condition.kind == "test" and condition["op"] == "eq" and condition["value"] == 0)


def _counting(measure: Value, model: Model) -> set[str]:
    """The dataset whose rows it counts."""
    if not is_counted(measure, model):
        return set()
    return {d for d in DATASET.findall(model.metrics[name_of(measure)].expression) if d in model.datasets}


def unit_of(measure: Value, model: Model) -> str:
    """Its unit. Raises NotAReading for what is no measure."""
    return measure_of(measure).unit(model)


def dataset_of(draft: Draft) -> str | None:
    """The one dataset that the first metric asked about is of."""
    if not draft.about or draft.about[0].kind != "metric":
        return None
    metric = draft.model.metrics[name_of(draft.about[0])]
    datasets = {m for m in DATASET.findall(metric.expression) if m in draft.model.datasets}
    return datasets.pop() if len(datasets) == 1 else None


def one_each(name: str, over: Collection[str], model: Model) -> bool:
    """Whether each of what it is broken down by is one of those that are counted."""
    try:
        return counted(name, model) in over
    except NotAReading:
        return False
