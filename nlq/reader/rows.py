"""What the rows of a dataset are, one by one: what tells them apart, their amount, what a line about one says."""

from __future__ import annotations

import re

from metrics.model.joins import reachable
from metrics.model.schema import Field, Model
from nlq.keys import is_key
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft
from nlq.reader.frame import name_of
from nlq.reader.terms import Value, walked

__all__ = ["DATASET", "amount_of", "check_dates", "numeric", "record_of", "running", "several", "telling"]

DATASET = re.compile(r"\b(\w+)\.\w+")
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
        raise NotAReading("no amount to compare")
    return found[0].id


def numeric(item: Field) -> bool:
    return not item.dimension and not item.is_time and (item.datatype or "") in _NUMERIC


def running(item: Field) -> bool:
    """Whether it goes by the day: days open, days overdue."""
    return numeric(item) and "CURRENT_DATE" in item.expression


def telling(model: Model, record: str) -> list[Field]:
    """What a line about a record says: to whom it belongs, where it stands, its amount."""
    own = list(model.datasets[record].fields.values())
    keys = [
        f
        for r in model.relationships
        if r.source == record and (model.people is None or r.target != model.people.dataset)
        for f in model.datasets[r.target].fields.values()
        if f.dimension and (f.name == r.target or f.name == r.target.rstrip("s"))
    ]
    numbers = [f for f in own if numeric(f) and f.synonyms] or [f for f in own if numeric(f) and "amount" in f.name]
    told = [f for f in own if f.dimension and f.labels and not is_key(model, f)]
    return [*keys[:2], *numbers[:2], *told][:_MOST_FIELDS]


def check_dates(draft: Draft, datasets: set[str]) -> None:
    """A date that rows are picked by is one of their own ("due" of invoices, not of agreements), or of what they belong
    to (when the customer of an order first bought). Raises NotAReading."""
    dates = {str(term["field"]) for condition in draft.where for term in walked(condition) if term.kind == "within"}
    led = {to for own in datasets for to in reachable(draft.model, own)} if dates else set()
    if led and any(date.split(".")[0] not in led for date in dates):
        raise NotAReading("a date of other rows")
