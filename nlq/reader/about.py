"""What a question is about, said or left out."""

from __future__ import annotations

from functools import cache

from metrics.model.schema import Model
from metrics.query.asked import GRAINS
from nlq.keys import is_key
from nlq.morphology import forms
from nlq.normalise import fold
from nlq.reader.conditions import tested_measures
from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame, filled
from nlq.reader.terms import ABOUT, Term, Value, has_hole, walked

NO_NUMBER = "about nothing"

__all__ = [
    "NO_NUMBER",
    "about_of",
    "condition_in",
    "count_of",
    "counted",
    "default_metric",
    "is_aimed",
    "is_average",
    "numbered",
    "worth",
]


def about_of(frame: Frame, model: Model, assumed: list[str]) -> tuple[Value, ...]:
    """The measures asked about. In a list, a measure of another ("sales, target and attainment") is of the plain
    one."""
    about = frame.get("about")
    if about is not None and not has_hole(about):
        return tuple(about)
    if about is None:  # "customers with sales over 50k" are shown with their sales
        tested = (m for m in tested_measures(frame.get("having", ())) if not has_hole(m))
        plain = tuple(dict.fromkeys(t for m in tested for w in walked(m) if (t := _plain(w)) is not None))
        record = _record(frame, model)
        if record is not None and not plain and ("by" in frame or "apart" in frame):
            return (numbered(record, frame, model),)
        if plain or "record" in frame:
            return plain
    said = [a for a in about or () if not has_hole(a)]
    made = (filled(a, _whole(a, said, frame, model, assumed)) if has_hole(a) else a for a in about or (ABOUT,))
    return tuple(made)


def _record(frame: Frame, model: Model) -> str | None:
    """The records that are named, by what they are or by what each of them is known by."""
    if "record" in frame:
        return str(frame["record"])
    listed = [model.fields[f] for f in frame.get("listed", ()) if f in model.fields]
    facts = {dataset for metric in model.metrics.values() for dataset in metric.time}
    return next((f.dataset for f in listed if f.dataset in facts and is_key(model, f)), None)


def numbered(record: str, frame: Frame, model: Model) -> Term:
    """What counts the records: where no time is said, those that are there now ("deals in negotiation by team"), unless
    they are picked or told apart by what only those have that are over."""
    from nlq.reader.impossible import never  # here: most ask for a number by its name
    from nlq.reader.rows import reasons, standing

    stock = standing(model, record)
    if stock is None or frame.keys() & {"period", "trend", "moves"} or set(frame.get("by", ())) & GRAINS:
        return count_of(record, model)
    over = {f.id for f in reasons(model, record)}
    if model.metrics[str(stock["name"])].unit != "count" or over & set(frame.get("by", ())):
        return count_of(record, model)
    return count_of(record, model) if never(stock, frame.get("where", ()), model) else stock


def _plain(term: Term) -> Term | None:
    """The metric a term is, or is about."""
    name = term.get("metric")
    return term if term.kind == "metric" else None if name is None else Term("metric", (("name", name),))


def _whole(holed: Value, said: list[Value], frame: Frame, model: Model, assumed: list[str]) -> Value:
    """Of what a measure is that says it not: of what stands beside it, where that can be, else of the number that
    everybody looks at."""
    aimed = is_aimed(holed)
    fitting = (s for s in said if not aimed or (s.kind == "metric" and model.metrics[s["name"]].has_target))
    beside = next(fitting, None)
    if beside is not None:
        return beside
    name = default_metric(model, aimed=aimed or any(is_aimed(frame.get(slot)) for slot in ("view", "having")))
    if name is None:
        raise NotAReading(NO_NUMBER)
    if "default_metric" not in assumed:
        assumed.append("default_metric")
    return Term("metric", (("name", name),))


def default_metric(model: Model, *, aimed: bool) -> str | None:
    """The number that everybody looks at, or the only one there is; `aimed`: that has targets."""
    said = model.default_metric or (next(iter(model.metrics)) if len(model.metrics) == 1 else None)
    if aimed:
        having = [m.name for m in model.metrics.values() if m.has_target]
        return said if said in having or not having else having[0]
    return said


def is_aimed(value: Value) -> bool:
    """Whether it is about the target of whatever is asked about."""
    if isinstance(value, Term):
        return any((k == "metric" and v == ABOUT) or is_aimed(v) for k, v in value.args)
    return isinstance(value, tuple) and any(is_aimed(v) for v in value)


def is_average(measure: Value, model: Model) -> bool:
    """Whether it is a ratio or a mean: its average over a group is itself."""
    name = measure.get("name") if isinstance(measure, Term) and measure.kind == "metric" else None
    return name in model.metrics and model.metrics[str(name)].averaged


def condition_in(expression: str) -> str:
    """The condition of a conditional aggregate, as it is written."""
    return expression.partition(" WHEN ")[2].partition(" THEN ")[0]


@cache
def _endings(*names: str) -> tuple[str, ...]:
    """How what is called so ends, in either number."""
    return tuple(f" {form} " for name in names for form in forms(fold(name)))


def counted(name: str, model: Model) -> str:
    """The field of what a metric counts, by its names: the customers of "new customers"."""
    metric = model.metrics[name]
    if metric.unit != "count":
        raise NotAReading("nothing that is counted")
    own = (name.replace("_", " "), *metric.labels.values())
    for names in (own, metric.synonyms):  # "customers that order" are no orders
        said = [f" {fold(n)} " for n in names]
        for item in model.fields.values():
            if item.dimension and any(n.endswith(_endings(*item.labels.values(), *item.synonyms)) for n in said):
                return item.id
    raise NotAReading("nothing that has a name")


def count_of(dataset: str, model: Model) -> Term:
    """The metric that counts the rows of a dataset by their date. Raises NotAReading."""
    keys = model.datasets[dataset].primary_key
    rows = {f"COUNT({dataset}.{key})" for key in keys}
    found = [m for m in model.metrics.values() if m.expression in rows and m.time and not m.where]
    if len(found) != 1:
        raise NotAReading("records that no number counts")
    return Term("metric", (("name", found[0].name),))


def worth(measure: Value, model: Model) -> Value:
    """The amount of what a metric counts: the one metric of money over the same rows. Raises NotAReading."""
    if measure.kind != "metric":
        raise NotAReading("worth what")
    counted = model.metrics[measure["name"]]
    if counted.unit.startswith("currency"):
        return measure
    alike = [
        m.name
        for m in model.metrics.values()
        if m.unit.startswith("currency")
        and m.additive
        and dict(m.time) == dict(counted.time)
        and condition_in(m.expression) == condition_in(counted.expression)
    ]
    if model.default_metric in alike:
        alike = [model.default_metric]
    if len(alike) != 1:
        raise NotAReading("worth what")
    return Term("metric", (("name", alike[0]),))
