"""Which further questions make sense after an answer: the fields to break down by, and the grain of a trend."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Literal

from bot.wording.measures import about
from bot.wording.subject import conditions
from metrics.kinds.change import Before, Change, Growth
from metrics.kinds.metric import Metric
from metrics.model.schema import Model
from metrics.query.asked import Asked, Order
from metrics.query.measure import Measure
from metrics.query.predicate import In
from metrics.query.query import Grain
from metrics.query.table import Table
from nlq import Definition

__all__ = ["RowsOf", "breakdowns", "definition", "reachable_datasets", "trend"]

MOST_MEMBERS = 60  # a field with more members is a list, not a breakdown
OFFERED = 2
HANDFUL = 8
LISTED = 10  # of a field with many members: the largest
RowsOf = Literal["everyone", "team", "self"]


def breakdowns(
    model: Model, members: Mapping[str, Sequence[str]], asked: Asked, *, rows_of: RowsOf = "everyone"
) -> list[tuple[str, Asked]]:
    """(field id, question) of at most two breakdowns, the organisation's own fields first; none where it means nothing.

    `rows_of`: whose rows the answer read. Everyone's are told apart by region and team, a team's by person, one
    person's by nothing of the organisation.
    """
    metrics = _plain(asked)
    if not metrics or asked.fields or asked.having is not None:
        return []
    pinned = {c.field for c in conditions(asked.where) if isinstance(c, In) and len(c.values) == 1 and not c.out}
    whose = _narrowed(model, pinned, rows_of)
    own = _people_fields(model, whose)
    sizes = {field: len(members.get(field, ())) for field in own}
    for name in reachable_datasets(model, metrics[0]):
        if model.people is None or name != model.people.dataset:
            sizes |= {
                f.id: len(members.get(f.id, ()))
                for f in model.datasets[name].fields.values()
                if f.dimension and not f.is_time
            }
    built_in = _built_in(model, metrics[0])
    sizes = {f: size for f, size in sizes.items() if f not in built_in and f.partition(".")[0] not in built_in}
    fitting = [f for f, size in sizes.items() if f not in pinned and size >= 2 and (f in own or size <= MOST_MEMBERS)]
    # Somebody's own rows are few enough to be listed by what they are about; the other step is then about something
    # else.
    listed = _worth_a_list(model, sizes, pinned) if whose == "self" else None
    thing = listed.partition(".")[0] + "." if listed else " "
    fitting.sort(
        key=lambda field: (
            own.index(field) if field in own else len(own),
            field.startswith(thing),
            _unhandy(sizes[field]),
            field,
        )
    )
    show = _still_meant(asked)
    base = asked.model_copy(update={"show": show, "order": (Order(by=Metric(name=metrics[0])),)})
    steps = [(f, base.model_copy(update={"by": (f,)})) for f in fitting[:OFFERED]]
    if listed is not None:
        steps[OFFERED - 1 :] = [(listed, base.model_copy(update={"by": (listed,), "limit": LISTED}))]
    return steps


def _plain(asked: Asked) -> tuple[str, ...]:
    """The metrics it is about, where all it shows is of metrics and not of a place among others."""
    of = [about(m) for m in asked.show]
    if any(m.ranks for m in asked.show) or not all(isinstance(m, Metric) for m in of):
        return ()
    return tuple(dict.fromkeys(m.subject() for m in of))


def _still_meant(asked: Asked) -> tuple[Measure, ...]:
    """What is shown, with its changes and without targets, shares and peers, which belong to the whole."""
    kept = tuple(m for m in asked.show if isinstance(m, Metric | Before | Change | Growth))
    return kept or tuple(dict.fromkeys(about(m) for m in asked.show))


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


def trend(model: Model, table: Table) -> tuple[Grain, Asked] | None:
    """The grain and question of a trend over the same period, or None: it is one already, or the metric has no time."""
    asked, names = table.asked, _plain(table.asked)
    dated = all((m := model.metrics.get(name)) is not None and not m.snapshot and m.time for name in names)
    window = next((w for w in table.proof.windows if w.of == "shown"), None)
    if not names or asked.by or asked.having is not None or not dated or window is None or window.end is None:
        return None
    grain = _grain((window.end - window.start).days if window.start is not None else 10_000)
    if grain is None:
        return None
    show = tuple(Metric(name=name) for name in names)
    return grain, asked.model_copy(update={"show": show, "by": (grain,), "order": ()})


def definition(model: Model, asked: Asked) -> Definition | None:
    """The definitions of what was asked for."""
    subjects = dict.fromkeys(s for m in asked.show for s in (m.subject(),) if s in model.metrics)
    return Definition(tuple(subjects)) if subjects else None


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
