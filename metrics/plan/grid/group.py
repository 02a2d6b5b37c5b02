"""Aggregates over the rows of one dataset: one common table expression per window, conditions and keys."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol

from sqlglot import exp

from metrics.calendar.binding import Choice, Days
from metrics.errors import CompileError
from metrics.plan.bound import Condition, Tree
from metrics.plan.compile import nodes
from metrics.plan.compile.measures import aggregates
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure as Aggregate
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import Rows

__all__ = ["Cell", "Group", "Happened", "Picked", "later"]


@dataclass(frozen=True, slots=True)
class Happened:
    """Days that have happened: what two windows may have in common, however they were said."""

    spans: tuple[tuple[dt.date | None, dt.date], ...]
    only: Choice | None = None

    @staticmethod
    def of(days: Days) -> Happened:
        return Happened(days.spans, days.only)


class Picked(Protocol):
    """Which of a table's rows count, where that depends on other rows of it. Hashable."""

    def source(self, prepared: Prepared, as_of: dt.date) -> Node:
        """What is read in the place of the table, under the name of its dataset."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is aggregated over and by: days (None: whenever), conditions, keys, buckets that count `lag` later. `open`:
    everybody's rows, whatever the viewer may see. `picked`: the rows that are read, where not simply all."""

    days: Happened | None
    conditions: tuple[Tree | Condition, ...]
    keys: tuple[str, ...] = ()
    grain: str | None = None
    lag: int = 0
    open: bool = False
    picked: Picked | None = None


@dataclass(slots=True)
class Group:
    """Aggregates of a cell as columns v0, v1, …, beside keys k0, … and the bucket t."""

    name: str
    dataset: str
    time: str | None
    cell: Cell
    aggregates: dict[str, tuple[str, Aggregate]] = field(default_factory=dict)

    def column(self, aggregate: Aggregate) -> str:
        if aggregate.text not in self.aggregates:
            self.aggregates[aggregate.text] = (f"v{len(self.aggregates)}", aggregate)
        return self.aggregates[aggregate.text][0]

    @property
    def work(self) -> tuple[object, ...]:
        """What it does: two groups of the same work give the same rows."""
        return self.dataset, self.time, self.cell, tuple((n, text) for text, (n, _) in self.aggregates.items())

    @property
    def columns(self) -> list[str]:
        names = [f"k{i}" for i in range(len(self.cell.keys))] + (["t"] if self.cell.grain is not None else [])
        return names + [name for name, _ in self.aggregates.values()]

    def select(self, prepared: Prepared, as_of: dt.date) -> exp.Select:
        rows, cell = Rows(prepared, self.dataset, as_of), self.cell
        outputs: list[Node] = [nodes.aliased(rows.field(key), f"k{i}") for i, key in enumerate(cell.keys)]
        grouped: list[Node] = [rows.field(key) for key in cell.keys]
        if cell.grain is not None:
            if self.time is None:
                raise CompileError(f"{self.dataset} has no time field to bucket by")
            outputs.append(nodes.aliased(later(rows.bucket(self.time, cell.grain), cell.grain, cell.lag), "t"))
            grouped.append(rows.bucket(self.time, cell.grain))
        if self.time is not None and cell.days is not None:
            rows.on_days(self.time, cell.days.spans, cell.days.only)
        for made in cell.conditions:
            rows.keep(made)
        outputs += aggregates(list(self.aggregates.values()), rows, as_of)
        source = rows.source if cell.picked is None else cell.picked.source(prepared, as_of)
        return nodes.select(outputs, source=source, joins=rows.joins, where=nodes.all_of(rows.where), group=grouped)


def later(bucket: Node, grain: str, lag: int) -> Node:
    """The bucket `lag` after the one that begins on this day."""
    if not lag:
        return bucket
    unit, count = ("month", 3 * lag) if grain == "quarter" else (grain, lag)
    step = exp.Interval(this=exp.Literal(this=str(count), is_string=True), unit=exp.Var(this=unit.upper()))
    return nodes.cast(exp.Add(this=bucket, expression=step), exp.DType.DATE)
