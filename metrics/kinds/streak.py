"""How long something has held."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.kinds.running import nth_bucket
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

        truth = at.rowwise(
            lambda t: exp.Coalesce(this=t, expressions=[exp.Boolean(this=False)]), holds(at, self.having)
        )
        # Of buckets next to each other in which it holds, number and number among those in which it holds differ alike.
        nth = nth_bucket(at)
        run = at.rowwise(nodes.sub, nth, at.over_rows(self._held(at), truth))
        return at.over_rows(self._length(at), truth, run)

    def _held(self, at: At) -> Callable[[int, Node], Node]:
        def held(layer: int, truth: Node) -> Node:
            return nodes.window(exp.RowNumber(), by=[*self._lines(at, layer), truth], order=self._order(at, layer))

        return held

    def _length(self, at: At) -> Callable[[int, Node, Node], Node]:
        def length(layer: int, truth: Node, run: Node) -> Node:
            within = [*self._lines(at, layer), truth, run]
            counted = nodes.window(exp.RowNumber(), by=within, order=self._order(at, layer))
            return exp.Case(ifs=[exp.If(this=exp.Paren(this=truth.copy()), true=counted)], default=nodes.number(0))

        return length

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
