"""What the rows of a dataset are, one by one: what tells them apart, their amount, what a line about one says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metrics.model.joins import reachable
from metrics.model.schema import Field, Model
from nlq.keys import is_key, name_field
from nlq.normalise import fold
from nlq.reader.about import condition_in
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft
from nlq.reader.frame import name_of
from nlq.reader.terms import Term, Value, walked

__all__ = [
    "DATASET",
    "REASON",
    "age_since",
    "amount_of",
    "amount_term",
    "called_like",
    "check_conditions",
    "check_dates",
    "check_days",
    "due_date",
    "field_term",
    "key_of_rows",
    "lateness",
    "looked_ahead",
    "metric_term",
    "numeric",
    "reasons",
    "record_of",
    "running",
    "running_days",
    "running_of",
    "several",
    "standing",
    "telling",
    "told_apart",
    "why_written",
]

REASON = "@reason"  # what is written of records about why they ended so
DATASET = re.compile(r"\b(\w+)\.\w+")
_COLUMN = re.compile(r"\w+")
_DISTINCT = re.compile(r"COUNT\(DISTINCT (\w+\.\w+)\)")
_MOST_FIELDS = 4
_NUMERIC = ("Integer", "Decimal", "Float", "Double", "Number", "BigInt", "Long")


def several(about: tuple[Value, ...], model: Model) -> str | None:
    """The field that tells things apart of which the dataset has several rows each: orders, of their lines."""
    if len(about) != 1 or about[0].kind != "metric":
        return None
    counted = _DISTINCT.fullmatch(model.metrics[name_of(about[0])].expression)
    item = model.fields.get(counted[1]) if counted else None
    return item.id if item is not None and not is_key(model, item) else None


def record_of(draft: Draft) -> str | None:
    """The dataset whose rows are listed or counted."""
    said = draft.frame.get("record")
    if said is not None:
        return str(said)
    if len(draft.about) != 1 or draft.about[0].kind != "metric":
        return None
    metric = draft.model.metrics[name_of(draft.about[0])]
    if metric.unit != "count":
        return None
    datasets = {m for m in DATASET.findall(metric.expression) if m in draft.model.datasets}
    return datasets.pop() if len(datasets) == 1 else None


def amount_of(model: Model, record: str) -> str:
    """The one amount that a record has. Raises NotAReading."""
    numbers = [f for f in model.datasets[record].fields.values() if numeric(f)]
    money = [f for f in numbers if f.unit.startswith("currency") or f.name.startswith("amount") or f.synonyms]
    named = [f for f in money if "amount" in f.name or f.unit.startswith("currency")]
    found = named or money
    if not found:
        return _added_up(model, numbers)
    return found[0].id


def _added_up(model: Model, numbers: list[Field]) -> str:
    """The amount that is what a number adds up, of the number that everybody looks at if there are several."""
    sums = {f"SUM({f.id})": f.id for f in numbers}
    money = [
        m for m in model.metrics.values() if m.unit.startswith("currency") and m.expression in sums and not m.where
    ]
    usual = [m for m in money if m.name == model.default_metric] or money
    if not usual:
        raise NotAReading("no amount to compare")
    return sums[usual[0].expression]


def numeric(item: Field) -> bool:
    return not item.dimension and not item.is_time and (item.datatype or "") in _NUMERIC


def running(item: Field) -> bool:
    """Whether it goes by the day: days open, days overdue."""
    return numeric(item) and "CURRENT_DATE" in item.expression


def running_of(draft: Draft) -> str | None:
    """The number of days that goes by of the rows that a number of money is made of: how long it is overdue."""
    return running_days(draft.about[0], draft.model) if len(draft.about) == 1 else None


def running_days(measure: Value, model: Model) -> str | None:
    if measure.kind != "metric":
        return None
    metric = model.metrics[name_of(measure)]
    datasets = {d for d in DATASET.findall(metric.expression) if d in model.datasets}
    found = [f.id for d in datasets for f in model.datasets[d].fields.values() if running(f)]
    return found[0] if len(found) == 1 and metric.snapshot and metric.unit.startswith("currency") else None


def telling(model: Model, record: str) -> list[Field]:
    """What a line about a record says: to whom it belongs, where it stands, its amount."""
    own = list(model.datasets[record].fields.values())
    keys = [
        f
        for r in model.relationships
        if r.source == record and (model.people is None or r.target != model.people.dataset)
        if (f := name_field(model, r.target)) is not None
    ]
    numbers = [f for f in own if numeric(f) and f.synonyms] or [f for f in own if numeric(f) and "amount" in f.name]
    told = [f for f in own if f.dimension and f.labels and not is_key(model, f)]
    return [*keys[:2], *numbers[:2], *told][:_MOST_FIELDS]


def reasons(model: Model, record: str) -> list[Field]:
    """What is written of a record about why it ended as it did. Raises NotAReading where nothing is."""
    found = [f for f in model.datasets[record].fields.values() if f.dimension and "reason" in f.name]
    if not found:
        raise NotAReading("no reason is written")
    return found


def why_written(model: Model, by: tuple[str, ...], names: Sequence[str]) -> tuple[str, ...]:
    """With what is written of the records of these numbers. Raises NotAReading."""
    expressions = [model.metrics[n].expression for n in names]
    datasets = {d for e in expressions for d in DATASET.findall(e) if d in model.datasets}
    if len(datasets) != 1:
        raise NotAReading("reasons of what")
    fields = [f.id for f in reasons(model, datasets.pop())]
    return tuple(f for b in by for f in (fields if b == REASON else (b,)))


def check_dates(draft: Draft, datasets: set[str]) -> None:
    """A date that rows are picked by is one of their own ("due" of invoices, not of agreements), or of what they belong
    to (when the customer of an order first bought). Raises NotAReading."""
    dates = {str(term["field"]) for condition in draft.where for term in walked(condition) if term.kind == "within"}
    led = {to for own in datasets for to in reachable(draft.model, own)} if dates else set()
    if led and any(date.split(".")[0] not in led for date in dates):
        raise NotAReading("a date of other rows")


def check_conditions(draft: Draft, dataset: str) -> None:
    """What records are picked by is told of each of them, or of what they belong to. Raises NotAReading."""
    told = [str(t["field"]) for c in draft.where for t in walked(c) if t.kind == "in"]
    known = [draft.model.fields[field] for field in told if field in draft.model.fields]
    if known and not {field.dataset for field in known} <= reachable(draft.model, dataset):
        raise NotAReading("records by what is not told of them")


def check_days(draft: Draft) -> None:
    """Rows of a period that is said, picked by days between other days than the one that dates them: what is late this
    month was ordered then, or came then. Raises NotAReading."""
    model = draft.model
    metrics = [model.metrics[name_of(m)] for m in draft.about if m.kind == "metric"]
    dated = {time.rpartition(".")[2] for metric in metrics for time in metric.time.values()}
    for term in (t for condition in draft.where for t in walked(condition) if t.kind == "compare"):
        item = model.fields.get(str(term["field"]))
        if item is None or "period" not in draft.frame or item.dataset not in {d for m in metrics for d in m.time}:
            continue
        between = {f.name for f in model.datasets[item.dataset].fields.values() if f.is_time and f.name != item.name}
        told = between & set(_COLUMN.findall(item.expression))
        if len(told) > 1 and not told & dated:
            raise NotAReading("days of other days")


def called_like(model: Model, dataset: str) -> tuple[Term, ...]:
    """The number that is called like the records it counts, by the day that dates it."""
    whole = model.datasets[dataset]
    words = {fold(word) for word in (dataset.replace("_", " "), *whole.labels.values(), *whole.synonyms)}
    found = [
        m.name
        for m in model.metrics.values()
        if m.unit == "count" and set(m.time) == {dataset} and words & set(map(fold, (*m.labels.values(), *m.synonyms)))
    ]
    return tuple(map(metric_term, found)) if len(found) == 1 else ()


def told_apart(model: Model, field: str) -> str | None:
    """The dataset of things done whose records a field tells apart."""
    item = model.fields.get(field)
    if item is None or not any(item.dataset in metric.time for metric in model.metrics.values()):
        return None
    lines = any(m.expression == f"COUNT(DISTINCT {field})" for m in model.metrics.values())
    return item.dataset if lines or is_key(model, item) else None


def looked_ahead(model: Model, dataset: str) -> tuple[Term, ...]:
    """Records of a time are those that are due then, where they are counted by that."""
    rows = {f"COUNT({f.id})" for f in model.datasets[dataset].fields.values()}
    found = [m.name for m in model.metrics.values() if m.ahead and m.expression in rows]
    return tuple(map(metric_term, found))


def amount_term(model: Model, dataset: str) -> Value:
    try:
        return field_term(amount_of(model, dataset))
    except NotAReading:
        return None


def key_of_rows(model: Model, dataset: str) -> str:
    keys = [f.id for f in model.datasets[dataset].fields.values() if is_key(model, f)]
    if len(keys) != 1:
        raise NotAReading("records that cannot be told apart")
    return keys[0]


def lateness(model: Model, dataset: str) -> Term:
    """Days since it was due: the number that says so, else the days since that date."""
    due = due_date(model, dataset)
    fields = [f for f in model.datasets[dataset].fields.values() if running(f)]
    found = [f.id for f in fields if due.rpartition(".")[2] in f.expression]
    if not found and _made_of(model, dataset, due):
        raise NotAReading("late, which another number says of what is over")
    return field_term(found[0]) if found else age_since(due)


def _made_of(model: Model, dataset: str, date: str) -> bool:
    """Whether a number of the rows is reckoned from that date: how late it came."""
    column = date.rpartition(".")[2]
    own = model.datasets[dataset].fields.values()
    return any(numeric(f) and not running(f) and column in _COLUMN.findall(f.expression) for f in own)


def standing(model: Model, dataset: str) -> Value:
    """The number of what is there of them as of now, else its amount; None where there is none."""
    metrics = model.metrics.values()
    stock = [m for m in metrics if m.snapshot and set(DATASET.findall(m.expression)) == {dataset}]
    stock = [m for m in stock if m.unit == "count"] or [m for m in stock if m.unit.startswith("currency")]
    if stock and stock[0].unit == "count":  # all there ever were are not there now
        stock = [m for m in stock if condition_in(m.expression)] or stock
    widest = min(stock, key=lambda m: len(condition_in(m.expression)), default=None)
    return None if widest is None else metric_term(widest.name)


def due_date(model: Model, dataset: str) -> str:
    """The day it is due on, or expected: one that numbers look ahead to, else one that no number is dated by."""
    dates = [f.id for f in model.datasets[dataset].fields.values() if f.is_time]
    dated = {t for m in model.metrics.values() for t in m.time.values()}
    ahead = {t for m in model.metrics.values() if m.ahead for t in m.time.values()}
    found = [d for d in dates if d in ahead] or [d for d in dates if d not in dated]
    if len(found) != 1:
        raise NotAReading("nothing that is due")
    return found[0]


def field_term(name: str) -> Term:
    return Term("field", (("name", name),))


def metric_term(name: str) -> Term:
    return Term("metric", (("name", name),))


def age_since(date: str) -> Term:
    return Term("age", (("since", date),))
