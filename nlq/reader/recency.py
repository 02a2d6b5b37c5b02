"""The first and the last of records, by the date of each: "my last three orders", "the first deal we won"."""

from __future__ import annotations

from metrics.model.schema import Model
from nlq.keys import is_key
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft
from nlq.reader.frame import name_of
from nlq.reader.terms import Term, metrics_of

__all__ = ["recent"]


def recent(draft: Draft) -> None:
    """Records in the order of their dates, with the number asked about. Raises NotAReading where they have none."""
    wanted = draft.frame.get("recent")
    if wanted is None:
        return
    if draft.frame.keys() & {"top", "sorted", "order", "count"}:
        raise NotAReading("two orders")
    model = draft.model
    said = draft.about and "default_metric" not in draft.assumed
    dated = name_of(draft.about[0]) if said else _counting(model, draft.by)
    dataset, key = _key(model, dated, draft.by)
    draft.by = (key,)
    date = Term("nth", (("metric", dated),))
    shown = [date, *(m for m in draft.show if any(n in _of(model, dataset) for n in metrics_of(m)))]
    if said:
        draft.having.append(Term("test", (("of", draft.about[0]), ("op", "gt"), ("value", 0))))
        shown += [Term("field", (("name", f.id),)) for f in model.datasets[dataset].fields.values() if _tells(model, f)]
    draft.show[:] = shown
    draft.keys[:] = [date]
    draft.order = (Term("order", (("by", date), ("descending", wanted["way"] == "last"))),)
    draft.limit = wanted["n"]


def _tells(model: Model, item: object) -> bool:
    unit, name = getattr(item, "unit", ""), getattr(item, "name", "")
    return str(unit).startswith("currency") or name == "amount"


def _of(model: Model, dataset: str) -> set[str]:
    return {m.name for m in model.metrics.values() if dataset in m.time or f"{dataset}." in m.expression}


def _counting(model: Model, by: tuple[str, ...]) -> str:
    """The metric that counts the records told apart by a field."""
    if len(by) != 1 or by[0] not in model.fields:
        raise NotAReading("no records")
    dataset = model.fields[by[0]].dataset
    counts = [m for m in model.metrics.values() if m.unit == "count" and dataset in m.time and not m.snapshot]
    own = [m for m in counts if f"DISTINCT {by[0]})" in m.expression] or [
        m for m in counts if m.expression == f"COUNT({by[0]})"
    ]
    if not own:
        raise NotAReading("records without a date")
    return own[0].name


def _key(model: Model, dated: str, by: tuple[str, ...]) -> tuple[str, str]:
    metric = model.metrics[dated]
    datasets = list(metric.time)
    if len(datasets) != 1 or metric.snapshot:
        raise NotAReading("records without a date")
    fields = model.datasets[datasets[0]].fields.values()
    found = [f.id for f in fields if f.id in by] or [
        f.id for f in fields if f.dimension and is_key(model, f) and not by
    ]
    if len(found) != 1 or len(by) > 1:
        raise NotAReading("records that cannot be told apart")
    return datasets[0], found[0]
