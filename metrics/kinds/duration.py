"""How long the records of a metric took: days from opened to won, how long open deals have been open."""

from __future__ import annotations

from typing import ClassVar, Literal

from sqlglot import exp

from metrics.model.schema import Model
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.at import At
from metrics.plan.grid.counted import aggregate_days
from metrics.plan.grid.num import Num
from metrics.query.answer import Role
from metrics.query.measure import Measure

__all__ = ["Duration"]

HOW: dict[str, type[exp.AggFunc]] = {
    "average": exp.Avg,
    "median": exp.Median,
    "longest": exp.Max,
    "shortest": exp.Min,
}


class Duration(Measure):
    """Days from the date `first` to the date `last` (None: the day of the question) of each record that `metric`
    counts, folded. Records without one of the dates count for nothing; one that ends before it begins has days below
    0."""

    kind: ClassVar[str] = "duration"
    role: ClassVar[Role] = "metric"
    metric: str
    first: str
    last: str | None = None
    how: Literal["average", "median", "longest", "shortest"] = "average"

    def num(self, at: At) -> Num:
        def fold(days: Node) -> Node:
            return HOW[self.how](this=nodes.cast(days, exp.DType.DOUBLE) if self.how == "median" else days)

        return aggregate_days(at, self.metric, self.first, self.last, fold, self.how)

    def unit(self, model: Model) -> str:
        return "days"

    def label(self) -> str:
        return f"{self.metric}_days_{self.how}"

    def subject(self) -> str:
        return self.metric

    def better(self, model: Model) -> bool:
        return False
