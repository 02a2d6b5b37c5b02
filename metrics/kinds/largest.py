"""How much the largest make together: which customers bring 80 % of sales."""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.model.schema import Model
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.at import At
from metrics.plan.grid.num import Num
from metrics.query.answer import Role
from metrics.query.measure import Measure

__all__ = ["ShareBefore"]


class ShareBefore(Measure):
    """The share of the whole that the rows with a larger number have together; 0 for the largest. Rows below 0.8 are
    the fewest that make 80 %, and those level with the last of them. In buckets, of each of them."""

    kind: ClassVar[str] = "share_before"
    role: ClassVar[Role] = "share"
    across_rows: ClassVar[bool] = True
    ranks: ClassVar[bool] = True
    of: Measure

    def num(self, at: At) -> Num:
        if not self.of.adds_up(at.world.model):
            raise UnsupportedCombination("share_not_additive", subject=self.subject())
        if not at.keys:
            raise UnsupportedCombination("share_reach_without_by")

        def before(layer: int, number: Node) -> Node:
            within = [at.grid.bucket(layer)] if at.grain is not None else []
            larger = nodes.window(
                exp.Sum(this=number), by=within, order=[nodes.ordered(number.copy(), descending=True)]
            )
            spec = exp.WindowSpec(
                kind="GROUPS", start="UNBOUNDED", start_side="PRECEDING", end="1", end_side="PRECEDING"
            )
            larger.set("spec", spec)
            whole = nodes.window(exp.Sum(this=number.copy()), by=[w.copy() for w in within])
            made = nodes.ratio(nodes.coalesce(larger), whole)
            return exp.Case(ifs=[exp.If(this=nodes.is_null(number.copy(), negated=True), true=made)])

        return at.over_rows(before, at.num(self.of))

    def unit(self, model: Model) -> str:
        return "percent"

    def label(self) -> str:
        return f"{self.of.label()}_share_before"
