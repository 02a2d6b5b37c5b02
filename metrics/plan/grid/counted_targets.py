"""Targets of one length, each time once: the sum of those of people who have one for every period of a window in which
they are there, counted row by row. For statements that may not name who lacks some (see `summed`)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlglot import exp

from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure as Aggregate
from metrics.plan.compile.prepared import Prepared
from metrics.plan.grid.covering import Covering, column, named, within
from metrics.plan.grid.group import Cell
from metrics.plan.grid.summed import sums

__all__ = ["Counted"]


@dataclass(frozen=True, slots=True)
class Counted:
    """Of a window that has an end, or of buckets."""

    window: Covering

    def cell(self, place: Cell) -> Cell:
        return replace(place, picked=self)

    def source(self, prepared: Prepared, as_of: dt.date) -> Node:
        """The rows of the window, in the place of their table; _lacks: whether their person lacks others."""
        fields = prepared.model.targets
        assert fields is not None
        held = nodes.window(exp.Sum(this=column("_held")), by=self.window.whose(prepared, as_of))
        lacks = nodes.aliased(exp.NEQ(this=held, expression=column("_need")), "_lacks")
        rows = within(self.window.rows(prepared, as_of), fields.dataset, [lacks], column("_fits"))
        return named(rows, fields.dataset)

    def aggregates(self, prepared: Prepared, as_of: dt.date) -> tuple[Aggregate, Aggregate]:
        """As those of `Summed`."""
        return sums(prepared, as_of, column("_lacks"))
