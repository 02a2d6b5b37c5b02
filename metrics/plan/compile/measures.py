"""Measures, each aggregated at its own grain in a common table expression of its own.

Measures of the same dataset, time field, window, conditions and keys share one as columns v0, v1, …; keys are k0, k1,
…, the bucket t, the number of rows read n. Because nothing is joined but tables that rows lead to many to one, a number
cannot double.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from metrics.errors import CompileError
from metrics.model.schema import Metric
from metrics.plan.bound import Condition
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure, Prepared, PreparedMetric, instantiate
from metrics.plan.compile.rows import Rows

__all__ = ["Cell", "Group", "Measures", "aggregates"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a measure is computed over: days [start, end), conditions, and what it is grouped by."""

    start: dt.date | None
    end: dt.date
    conditions: tuple[Condition, ...]
    keys: tuple[str, ...] = ()
    grain: str | None = None


@dataclass(slots=True)
class Group:
    """One common table expression in the making."""

    name: str
    dataset: str
    time: str | None
    cell: Cell
    measures: dict[str, tuple[str, Measure]] = field(default_factory=dict)

    def column(self, measure: Measure) -> str:
        if measure.text not in self.measures:
            self.measures[measure.text] = (f"v{len(self.measures)}", measure)
        return self.measures[measure.text][0]

    def select(self, prepared: Prepared, as_of: dt.date) -> exp.Select:
        rows = Rows(prepared, self.dataset, as_of)
        outputs: list[Node] = []
        grouped: list[Node] = []
        for i, key in enumerate(self.cell.keys):
            outputs.append(nodes.aliased(rows.field(key), f"k{i}"))
            grouped.append(rows.field(key))
        if self.cell.grain is not None:
            if self.time is None:
                raise CompileError(f"{self.dataset} has no time field to bucket by")
            outputs.append(nodes.aliased(rows.bucket(self.time, self.cell.grain), "t"))
            grouped.append(rows.bucket(self.time, self.cell.grain))
        if self.time is not None:
            rows.within(self.time, self.cell.start, self.cell.end)
        for condition in self.cell.conditions:
            rows.keep(condition)
        outputs += aggregates(list(self.measures.values()), rows, as_of)
        outputs.append(nodes.aliased(exp.Count(this=exp.Star()), "n"))
        return nodes.select(
            outputs, source=rows.source, joins=rows.joins, where=nodes.all_of(rows.where), group=grouped
        )


def aggregates(held: Sequence[tuple[str, Measure]], rows: Rows, as_of: dt.date) -> list[Node]:
    """The aggregates, by their names. When each counts only some rows (SUM(CASE WHEN …)), other rows are left out
    before grouping: so a group exists when something was counted in it, and sorted tables are read less."""
    conditions = {m.condition_text: m.condition for _, m in held}
    for _, measure in held:
        for dataset in measure.uses:
            rows.need(dataset)
    if not held or any(c is None for c in conditions.values()):
        return [nodes.aliased(instantiate(m.call, as_of), name) for name, m in held]
    made = nodes.any_of([instantiate(c, as_of) for c in conditions.values() if c is not None])
    assert made is not None
    rows.where.append(made)
    plain = len(conditions) == 1
    calls = [(name, m.plain if plain and m.plain is not None else m.call) for name, m in held]
    return [nodes.aliased(instantiate(call, as_of), name) for name, call in calls]


class Measures:
    """All groups of one query."""

    def __init__(self, prepared: Prepared, as_of: dt.date) -> None:
        self._prepared = prepared
        self._as_of = as_of
        self._groups: dict[tuple[str, str | None, Cell], Group] = {}

    def group(self, dataset: str, time: str | None, cell: Cell) -> Group:
        key = (dataset, time, cell)
        if key not in self._groups:
            self._groups[key] = Group(f"_m{len(self._groups)}", dataset, time, cell)
        return self._groups[key]

    def metric(self, prepared: PreparedMetric, cell: Cell) -> tuple[Callable[[], Node], list[Group]]:
        """A maker of the metric's value over `cell`, and the groups it reads."""
        metric = prepared.metric
        placed = []
        for measure in prepared.measures:
            group = self.group(measure.dataset, _time(metric, measure), cell)
            placed.append((group, group.column(measure)))

        def column(number: int) -> Node:
            group, name = placed[number]
            return nodes.col(name, group.name)

        return lambda: prepared.value(column, self._as_of), list({g.name: g for g, _ in placed}.values())

    def ctes(self) -> list[tuple[str, exp.Query]]:
        return [(g.name, g.select(self._prepared, self._as_of)) for g in self._groups.values()]


def _time(metric: Metric, measure: Measure) -> str | None:
    if metric.snapshot:
        return None
    found = metric.time.get(measure.dataset)
    if found is None:
        raise CompileError(f"metric {metric.name}: no time field for {measure.dataset}")
    return found
