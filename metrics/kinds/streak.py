"""How long something has held."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.model.schema import Model
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.at import At
from metrics.plan.grid.final import holds
from metrics.plan.grid.num import Num
from metrics.query.answer import Role
from metrics.query.measure import Measure
from metrics.query.predicate import Predicate

__all__ = ["Streak"]


class Streak(Measure):
    """In how many buckets in a row, up to this one, the condition has held; 0 where it does not, or cannot be told."""

    kind: ClassVar[str] = "streak"
    of_its_rows: ClassVar[bool] = True
    role: ClassVar[Role] = "count"
    across_rows: ClassVar[bool] = True
    having: Predicate

    def num(self, at: At) -> Num:
        if at.grain is None:
            raise UnsupportedCombination("running_without_buckets", subject=self.subject())

        def place(layer: int) -> Node:
            return nodes.window(exp.RowNumber(), by=self._lines(at, layer), order=self._order(at, layer))

        truth = at.rowwise(
            lambda t: exp.Coalesce(this=t, expressions=[exp.Boolean(this=False)]), holds(at, self.having)
        )
        return at.over_rows(self._run(at), truth, at.over_rows(place))

    def _run(self, at: At) -> Callable[[int, Node, Node], Node]:
        def run(layer: int, truth: Node, place: Node) -> Node:
            broken = exp.Case(ifs=[exp.If(this=exp.Not(this=exp.Paren(this=truth)), true=place)])
            last = nodes.window(
                exp.Max(this=broken), by=self._lines(at, layer), order=self._order(at, layer), running=True
            )
            length = nodes.sub(place.copy(), nodes.coalesce(last))
            return exp.Case(ifs=[exp.If(this=exp.Paren(this=truth.copy()), true=length)], default=nodes.number(0))

        return run

    def _lines(self, at: At, layer: int) -> list[Node]:
        return [at.grid.key(k, layer) for k in at.keys]

    def _order(self, at: At, layer: int) -> list[exp.Ordered]:
        return [nodes.ordered(at.grid.bucket(layer))]

    def unit(self, model: Model) -> str:
        return "count"

    def label(self) -> str:
        return "streak"

    def subject(self) -> str:
        return next((m.subject() for m in self.having.walk() if isinstance(m, Measure)), "")
