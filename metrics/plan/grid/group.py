"""Aggregates over the rows of one dataset: one SELECT per window, conditions and keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from sqlglot import exp

from metrics.calendar.binding import Choice, Days
from metrics.errors import CompileError
from metrics.plan.bound import Condition, Tree
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure as Aggregate
from metrics.plan.compile.prepared import Prepared, instantiate
from metrics.plan.compile.rows import Rows

__all__ = ["Cell", "Group", "Happened", "Picked", "Read", "later"]

Make = Callable[[], Node]


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
    aside: bool = False  # told beside rows that are there without it


@dataclass(slots=True)
class Read:
    """Rows and what is made of them: keys (k0, …), bucket (t) and aggregates (v0, …) by name, each a new node each
    time. `grouped`: what tells the keys apart."""

    source: Node
    joins: list[exp.Join]
    where: list[Node]
    grouped: list[Node]
    keys: dict[str, Make]
    calls: dict[str, Make]
    as_of: dt.date

    def select(self) -> exp.Select:
        outputs = [nodes.aliased(make(), name) for name, make in (self.keys | self.calls).items()]
        return nodes.select(
            outputs, source=self.source, joins=self.joins, where=nodes.all_of(self.where), group=self.grouped
        )

    def beside(self, spine: exp.Select) -> Read | None:
        """The same aggregates with a row of nothing for each row of `spine` (its outputs are the same keys) among the
        rows: so that all of its keys are there. None where an aggregate would count nothing as something."""
        outputs = [nodes.aliased(make(), name) for name, make in self.keys.items()]
        calls: dict[str, Make] = {}
        for name, make in self.calls.items():
            call = make()
            held = call.this.expressions if isinstance(call.this, exp.Distinct) else [call.this]
            if type(call) not in _BLIND or len(held) != 1:
                return None
            (each,) = held
            each.replace(nodes.col(name, "r"))
            outputs.append(nodes.aliased(nodes.number(1) if isinstance(each, exp.Star) else each, name))
            calls[name] = partial(instantiate, call, self.as_of)
        rows = nodes.select(outputs, source=self.source, joins=self.joins, where=nodes.all_of(self.where))
        spine.set("expressions", [*spine.expressions, *(exp.Null() for _ in calls)])
        both = exp.Union(this=rows, expression=spine, distinct=False)
        source = exp.Subquery(this=both, alias=exp.TableAlias(this=nodes.ident("r")))
        keys = {name: _column(name, "r") for name in self.keys}
        return Read(source, [], [], [make() for make in keys.values()], keys, calls, self.as_of)


_BLIND = (exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Count, exp.Median)  # to NULL


@dataclass(slots=True)
class Group:
    """Aggregates of a cell as columns v0, v1, …, beside keys k0, … and the bucket t. `held`: the key of which rows hold
    the value themselves, wherever they lead."""

    name: str
    dataset: str
    time: str | None
    cell: Cell
    held: str = ""
    aggregates: dict[str, tuple[str, Aggregate]] = field(default_factory=dict)

    def column(self, aggregate: Aggregate) -> str:
        if aggregate.text not in self.aggregates:
            self.aggregates[aggregate.text] = (f"v{len(self.aggregates)}", aggregate)
        return self.aggregates[aggregate.text][0]

    @property
    def work(self) -> tuple[object, ...]:
        """What it does: two groups of the same work give the same rows."""
        return self.dataset, self.time, self.cell, tuple((n, text) for text, (n, _) in self.aggregates.items())

    def read(self, prepared: Prepared, as_of: dt.date) -> Read:
        rows, cell = Rows(prepared, self.dataset, as_of, self.time), self.cell
        keys: dict[str, Make] = {}
        for i, key in enumerate(cell.keys):
            keys[f"k{i}"] = _key(rows, key, held=key == self.held)
        grouped = [make() for make in keys.values()]  # brings the joins it needs
        grain = cell.grain
        if grain is not None:
            bucket = self._bucket(rows, grain)
            grouped.append(bucket())
            keys["t"] = lambda: later(bucket(), grain, cell.lag)
        if self.time is not None and cell.days is not None:
            rows.on_days(self.time, cell.days.spans, cell.days.only)
        for made in cell.conditions:
            rows.keep(made)
        calls = _calls(list(self.aggregates.values()), rows, as_of)
        source = rows.source if cell.picked is None else cell.picked.source(prepared, as_of)
        return Read(source, rows.joins, rows.where, grouped, keys, calls, as_of)

    def _bucket(self, rows: Rows, grain: str) -> Make:
        time = self.time
        if time is None:
            raise CompileError(f"{self.dataset} has no time field to bucket by")
        return lambda: rows.bucket(time, grain)


def later(bucket: Node, grain: str, lag: int) -> Node:
    """The bucket `lag` after the one that begins on this day."""
    if not lag:
        return bucket
    unit, count = ("month", 3 * lag) if grain == "quarter" else (grain, lag)
    step = exp.Interval(this=exp.Literal(this=str(count), is_string=True), unit=exp.Var(this=unit.upper()))
    return nodes.cast(exp.Add(this=bucket, expression=step), exp.DType.DATE)


def _calls(held: Sequence[tuple[str, Aggregate]], rows: Rows, as_of: dt.date) -> dict[str, Make]:
    """The aggregates, by their names. When each counts only some rows (SUM(CASE WHEN …)), other rows are left out
    before grouping: so a group exists when something was counted in it, and sorted tables are read less. What counts
    every row that is left asks for nothing again."""
    conditions = {m.condition_text: m.condition for _, m in held}
    for _, measure in held:
        for dataset in measure.uses:
            rows.need(dataset)
    known = [(text, c) for text, c in conditions.items() if c is not None]
    if not held or len(known) < len(conditions):
        return {name: _call(m.call, as_of) for name, m in held}
    widest = next((text for text, c in known if all(_implies(other, c) for _, other in known)), None)
    made = nodes.any_of([instantiate(c, as_of) for text, c in known if widest in (None, text)])
    assert made is not None
    rows.where.append(made)
    return {
        name: _call(m.plain if m.condition_text == widest and m.plain is not None else m.call, as_of)
        for name, m in held
    }


def _implies(one: Node, other: Node) -> bool:
    """Whether the other holds wherever the one does, as far as can be told from a column and its values."""
    if one == other:
        return True
    few, many = _listed(one), _listed(other)
    return few is not None and many is not None and few[0] == many[0] and few[1] <= many[1]


def _listed(condition: Node) -> tuple[tuple[str, str], frozenset[tuple[str, bool]]] | None:
    """(table and name of the column, the values it may have), of column = value and column IN (values)."""
    values = [condition.expression] if isinstance(condition, exp.EQ) else condition.args.get("expressions") or []
    if not isinstance(condition, exp.EQ | exp.In) or not isinstance(condition.this, exp.Column):
        return None
    if not values or not all(isinstance(v, exp.Literal) for v in values):
        return None
    column = condition.this
    return (column.table, column.name), frozenset((v.name, bool(v.args.get("is_string"))) for v in values)


def _call(tree: Node, as_of: dt.date) -> Make:
    return lambda: instantiate(tree, as_of)


def _key(rows: Rows, field_id: str, *, held: bool) -> Make:
    return lambda: rows.key(field_id) if held else rows.field(field_id)


def _column(name: str, table: str) -> Make:
    return lambda: nodes.col(name, table)
