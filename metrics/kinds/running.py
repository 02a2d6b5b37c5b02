"""Numbers along time: running totals and moving averages over the buckets of the question."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.kinds.arithmetic import check_number
from metrics.model.schema import Model
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.at import At
from metrics.plan.grid.num import Num
from metrics.plan.grid.spine import nth_table
from metrics.query.answer import Role
from metrics.query.measure import Measure

__all__ = ["Cumulative", "MovingAverage", "nth_bucket"]


def _along(at: At, layer: int) -> tuple[list[Node], list[exp.Ordered]]:
    return [at.grid.key(k, layer) for k in at.keys], [nodes.ordered(at.grid.bucket(layer))]


def nth_bucket(at: At) -> Num:
    """The number of the bucket among those of the window, from 1 on."""
    assert at.grid.buckets is not None
    return at.coarser((), at.grain).beside(nth_table(at.world, at.grid.buckets), "nth")


def _check(measure: Measure, at: At) -> None:
    check_number(measure.unit(at.world.model), measure.subject())
    if at.grain is None:
        raise UnsupportedCombination("running_without_buckets", subject=measure.subject())


class Cumulative(Measure):
    """The sum of this bucket and all before it in the window, of measures whose parts add up."""

    kind: ClassVar[str] = "cumulative"
    of_its_rows: ClassVar[bool] = True
    role: ClassVar[Role] = "running"
    across_rows: ClassVar[bool] = True
    of: Measure

    def num(self, at: At) -> Num:
        _check(self.of, at)
        if not self.of.adds_up(at.world.model):
            raise UnsupportedCombination("cumulative_not_additive", subject=self.subject())

        def total(layer: int, number: Node) -> Node:
            keys, order = _along(at, layer)
            return nodes.window(exp.Sum(this=number), by=keys, order=order)  # to this row: no other has its bucket

        return at.over_rows(total, at.num(self.of))

    def unit(self, model: Model) -> str:
        return self.of.unit(model)

    def label(self) -> str:
        return f"{self.of.label()}_cumulative"


class MovingAverage(Measure):
    """The mean of this bucket and the `count` − 1 before it; of fewer at the beginning of the window. A bucket without
    a number counts for nothing."""

    kind: ClassVar[str] = "moving_average"
    of_its_rows: ClassVar[bool] = True
    role: ClassVar[Role] = "running"
    across_rows: ClassVar[bool] = True
    of: Measure
    count: int = Field(default=3, ge=2, le=60)

    def num(self, at: At) -> Num:
        _check(self.of, at)

        def mean(layer: int, number: Node, nth: Node) -> Node:
            keys, _ = _along(at, layer)
            made = nodes.window(exp.Avg(this=number), by=keys, order=[nodes.ordered(nth)], running=True)
            made.args["spec"].set("kind", "RANGE")  # of buckets, not of rows: there may be none of one of them
            made.args["spec"].set("start", nodes.number(self.count - 1))
            return made

        return at.over_rows(mean, at.num(self.of), nth_bucket(at))

    def unit(self, model: Model) -> str:
        return self.of.unit(model)

    def label(self) -> str:
        return f"{self.of.label()}_moving_average"
