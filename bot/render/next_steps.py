"""Which further questions make sense after an answer: the fields to break down by, and the grain of a trend."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Literal

from metrics.model.schema import Model
from metrics.query import Grain, Order, Query
from metrics.query.answer import Answer

__all__ = ["RowsOf", "breakdowns", "definition", "reachable_datasets", "trend"]

MOST_MEMBERS = 60  # a field with more members is a list, not a breakdown
OFFERED = 2
HANDFUL = 8
LISTED = 10  # of a field with many members: the largest
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
    whose = _narrowed(model, pinned, rows_of)
    own = _people_fields(model, whose)
    sizes = {field: len(members.get(field, ())) for field in own}
    for name in reachable_datasets(model, query.metrics[0]):
        if model.people is None or name != model.people.dataset:
            sizes |= {
                f.id: len(members.get(f.id, ()))
                for f in model.datasets[name].fields.values()
                if f.dimension and not f.is_time
            }
    built_in = _built_in(model, query.metrics[0])
    sizes = {f: size for f, size in sizes.items() if f not in built_in and f.partition(".")[0] not in built_in}
    fitting = [f for f, size in sizes.items() if f not in pinned and size >= 2 and (f in own or size <= MOST_MEMBERS)]
    # Somebody's own rows are few enough to be listed by what they are about; the other step is then about something
    # else.
    listed = _worth_a_list(model, sizes, pinned) if whose == "self" else None
    about = listed.partition(".")[0] + "." if listed else " "
    fitting.sort(
        key=lambda field: (
            own.index(field) if field in own else len(own),
            field.startswith(about),
            _unhandy(sizes[field]),
            field,
        )
    )
    base = query.model_copy(
        update={"grain": None, "target": None, "benchmark": None, "rank": None, "order": Order(by="value")}
    )
    steps = [(f, base.model_copy(update={"by": (f,)})) for f in fitting[:OFFERED]]
    if listed is not None:
        steps[OFFERED - 1 :] = [(listed, base.model_copy(update={"by": (listed,), "limit": LISTED}))]
    return steps


def _built_in(model: Model, metric: str) -> set[str]:
    """Fields, and datasets that such a field leads to, on which the metric itself is built: a win rate by stage says
    nothing."""
    found = model.metrics.get(metric)
    used = set(re.findall(r"(\w+)\s*\.\s*(\w+)", found.expression)) if found else set()
    led_to = {r.target for r in model.relationships if any((r.source, column) in used for column in r.source_columns)}
    return {f"{dataset}.{name}" for dataset, name in used} | led_to


def _worth_a_list(model: Model, sizes: Mapping[str, int], pinned: set[str]) -> str | None:
    """The field that names what most rows are about (customers): many members, and no dated rows of its own."""
    dated = {dataset for metric in model.metrics.values() for dataset in metric.time}
    many = [
        f for f, size in sizes.items() if size > MOST_MEMBERS and f not in pinned and f.partition(".")[0] not in dated
    ]
    return max(many, key=lambda f: (sizes[f], f), default=None)


def _narrowed(model: Model, pinned: set[str], rows_of: RowsOf) -> RowsOf:
    """A question about one team is about one region too; one about a person, about neither."""
    people = model.people
    if people is None or pinned & {people.id, people.name}:
        return "self"
    return "team" if people.team in pinned and rows_of == "everyone" else rows_of


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
    return grain, query.model_copy(
        update={"grain": grain, "compare": None, "target": None, "benchmark": None, "order": None}
    )


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
