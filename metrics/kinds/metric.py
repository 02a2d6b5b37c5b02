"""A metric of the dictionary."""

from __future__ import annotations

from typing import ClassVar

from metrics.model.schema import Model
from metrics.plan.grid.at import At
from metrics.plan.grid.num import Num
from metrics.plan.names import metric_named
from metrics.query.measure import Measure

__all__ = ["Metric"]


class Metric(Measure):
    """`name` as the dictionary has it. Sums and counts are 0 where there are no rows, averages and ratios n/a; before
    the first row of their source all are n/a."""

    kind: ClassVar[str] = "metric"
    of_its_rows: ClassVar[bool] = True
    cohort_safe: ClassVar[bool] = True
    name: str

    def num(self, at: At) -> Num:
        return at.metric(self.name)

    def unit(self, model: Model) -> str:
        return metric_named(model, self.name).unit

    def label(self) -> str:
        return self.name

    def subject(self) -> str:
        return self.name

    def better(self, model: Model) -> bool:
        return metric_named(model, self.name).higher_is_better

    def adds_up(self, model: Model) -> bool:
        return metric_named(model, self.name).additive
