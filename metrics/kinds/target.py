"""A measure against what was aimed at."""

from __future__ import annotations

from typing import ClassVar

from metrics.model.schema import Model
from metrics.plan.compile import nodes
from metrics.plan.grid.aims import target_of
from metrics.plan.grid.at import At
from metrics.plan.grid.num import Num
from metrics.plan.names import metric_named
from metrics.query.answer import Role
from metrics.query.measure import Measure

__all__ = ["Attainment", "Gap", "Target"]


class _Aimed(Measure):
    """`metric`: of the dictionary, with stored targets."""

    metric: str

    def subject(self) -> str:
        return self.metric

    def unit(self, model: Model) -> str:
        return metric_named(model, self.metric).unit

    def better(self, model: Model) -> bool:
        return metric_named(model, self.metric).higher_is_better


class Target(_Aimed):
    """The stored target of the whole period, also of what is still to come of it; n/a for who has none."""

    kind: ClassVar[str] = "target"
    of_its_rows: ClassVar[bool] = True
    cohort_safe: ClassVar[bool] = True
    role: ClassVar[Role] = "target"

    def num(self, at: At) -> Num:
        return target_of(at, self.metric)

    def label(self) -> str:
        return f"{self.metric}_target"

    def adds_up(self, model: Model) -> bool:
        return metric_named(model, self.metric).additive


class Attainment(_Aimed):
    """What there is to date over the target of the whole period."""

    kind: ClassVar[str] = "attainment"
    of_its_rows: ClassVar[bool] = True
    cohort_safe: ClassVar[bool] = True
    role: ClassVar[Role] = "attainment"

    def num(self, at: At) -> Num:
        return at.rowwise(nodes.ratio, at.metric(self.metric), target_of(at, self.metric))

    def unit(self, model: Model) -> str:
        return "percent"

    def label(self) -> str:
        return f"{self.metric}_attainment"


class Gap(_Aimed):
    """The target less what there is: what is missing, below zero when it is passed."""

    kind: ClassVar[str] = "gap"
    of_its_rows: ClassVar[bool] = True
    cohort_safe: ClassVar[bool] = True
    role: ClassVar[Role] = "gap"

    def num(self, at: At) -> Num:
        return at.rowwise(nodes.sub, target_of(at, self.metric), at.metric(self.metric))

    def label(self) -> str:
        return f"{self.metric}_gap"

    def better(self, model: Model) -> bool:
        return not metric_named(model, self.metric).higher_is_better
