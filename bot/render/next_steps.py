"""Which further questions make sense after an answer: the fields to break down by, and the grain of a trend."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Literal

from metrics.answer import Answer
from metrics.model.schema import Model
from metrics.query import Grain, Order, Query

__all__ = ["RowsOf", "breakdowns", "definition", "reachable_datasets", "trend"]

MOST_MEMBERS = 60  # a field with more members is a list, not a breakdown
OFFERED = 2
HANDFUL = 8
RowsOf = Literal["everyone", "team", "self"]
SINGLE = ("value", "attainment", "comparison", "trend", "benchmark")


def breakdowns(
    model: Model, members: Mapping[str, Sequence[str]], query: Query, *, rows_of: RowsOf = "everyone"
) -> list[tuple[str, Query]]:
    """(field id, Query) of at most two breakdowns, the organisation's own fields first; none where it means nothing.

    `rows_of`: whose rows the answer read. Everyone's are told apart by region and team, a team's by person, one
    person's by nothing of the organisation.
    """
    if query.kind not in SINGLE or query.by:
        return []
    pinned = {f.field for f in query.where if f.op == "in" and len(f.values) == 1}
    own = _people_fields(model, rows_of)
    sizes = {field: len(members.get(field, ())) for field in own}
    for name in reachable_datasets(model, query.metrics[0]):
        if model.people is None or name != model.people.dataset:
            sizes |= {f.id: len(members.get(f.id, ())) for f in model.datasets[name].fields.values() if f.dimension and not f.is_time}
    fitting = [f for f, size in sizes.items() if f not in pinned and size >= 2 and (f in own or size <= MOST_MEMBERS)]
    fitting.sort(key=lambda field: (own.index(field) if field in own else len(own), _unhandy(sizes[field]), field))
    base = query.model_copy(update={"grain": None, "target": None, "benchmark": None, "rank": None})
    return [(f, base.model_copy(update={"by": (f,), "order": Order(by="value")})) for f in fitting[:OFFERED]]


def _unhandy(size: int) -> float:
    """How far from a handful: two members say little, sixty are a list."""
    return abs(math.log(size / HANDFUL))


def _people_fields(model: Model, rows_of: RowsOf) -> list[str]:
    people = model.people
    if people is None or rows_of == "self":
        return []
    return [people.name] if rows_of == "team" else [f for f in (people.region, people.team) if f]


def trend(model: Model, answer: Answer) -> tuple[Grain, Query] | None:
    """The grain and Query of a trend over the same period, or None: it is one already, or the metric has no time."""
    query = answer.query
    dated = all((m := model.metrics.get(name)) is not None and not m.snapshot and m.time for name in query.metrics)
    window = next((w for w in answer.receipt.windows if w.label == "current"), None)
    if query.kind not in ("value", "attainment", "comparison", "benchmark") or query.by or not dated or window is None:
        return None
    grain = _grain((window.end - window.start).days if window.start is not None else 10_000)
    if grain is None:
        return None
    return grain, query.model_copy(update={"grain": grain, "compare": None, "target": None, "benchmark": None, "order": None})


def definition(query: Query) -> Query:
    """The definitions of what was asked for."""
    return Query(metrics=query.metrics, define=True)


def _grain(days: int) -> Grain | None:
    """About twenty points at most: that is what a chart holds."""
    if days < 2:
        return None
    if days <= 20:
        return "day"
    if days <= 140:
        return "week"
    return "month" if days <= 620 else "quarter"


def reachable_datasets(model: Model, metric: str) -> set[str]:
    """Datasets whose fields describe the rows of a metric: its own, and those many-to-one from there."""
    found = model.metrics.get(metric)
    if found is None:
        return set()
    roots = {name for name in model.datasets if re.search(rf"\b{re.escape(name)}\s*\.", found.expression)}
    todo, seen = list(roots), set(roots)
    while todo:
        current = todo.pop()
        for link in model.relationships:
            if link.source == current and link.target not in seen:
                seen.add(link.target)
                todo.append(link.target)
    return seen
