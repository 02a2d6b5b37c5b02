"""How it is going against the target while the period runs."""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp

from metrics.kinds.target import _Aimed
from metrics.model.schema import Model
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.aims import check_counted_up, days_of, target_of
from metrics.plan.grid.at import At
from metrics.plan.grid.num import Num
from metrics.plan.names import metric_named
from metrics.query.answer import Role

__all__ = ["Expected", "NeededPerDay", "Pace", "Projection"]


def _part(at: At, metric: str) -> Num:
    """The part of the working days that has passed."""
    check_counted_up(at, metric)
    passed = days_of(at, metric, passed=True, working=True)
    return at.rowwise(nodes.ratio, passed, days_of(at, metric, passed=False, working=True))


def _times(left: Node, right: Node) -> Node:
    return exp.Mul(this=exp.Paren(this=left), expression=exp.Paren(this=right))


class Expected(_Aimed):
    """Target × the part of the period's working days that has passed."""

    kind: ClassVar[str] = "expected"
    of_its_rows: ClassVar[bool] = True
    cohort_safe: ClassVar[bool] = True
    role: ClassVar[Role] = "expected"

    def num(self, at: At) -> Num:
        return at.rowwise(_times, target_of(at, self.metric), _part(at, self.metric))

    def label(self) -> str:
        return f"{self.metric}_expected"

    def adds_up(self, model: Model) -> bool:
        return metric_named(model, self.metric).additive


class Pace(_Aimed):
    """Actual / expected: 1 is on course."""

    kind: ClassVar[str] = "pace"
    of_its_rows: ClassVar[bool] = True
    cohort_safe: ClassVar[bool] = True
    role: ClassVar[Role] = "pace"

    def num(self, at: At) -> Num:
        expected = Expected(metric=self.metric).num(at)
        return at.rowwise(nodes.ratio, at.metric(self.metric), expected)

    def unit(self, model: Model) -> str:
        return "percent"

    def label(self) -> str:
        return f"{self.metric}_pace"


class NeededPerDay(_Aimed):
    """What is missing / the working days that are left; n/a when none is."""

    kind: ClassVar[str] = "needed_per_day"
    of_its_rows: ClassVar[bool] = True
    cohort_safe: ClassVar[bool] = True
    role: ClassVar[Role] = "needed"

    def num(self, at: At) -> Num:
        check_counted_up(at, self.metric)
        passed = days_of(at, self.metric, passed=True, working=True)
        left = at.rowwise(nodes.sub, days_of(at, self.metric, passed=False, working=True), passed)
        gap = at.rowwise(nodes.sub, target_of(at, self.metric), at.metric(self.metric))
        return at.rowwise(nodes.ratio, gap, left)

    def label(self) -> str:
        return f"{self.metric}_needed_per_day"

    def better(self, model: Model) -> bool:
        return not metric_named(model, self.metric).higher_is_better


class Projection(_Aimed):
    """Where it ends at this rate: actual / the part of the working days that has passed."""

    kind: ClassVar[str] = "projection"
    of_its_rows: ClassVar[bool] = True
    cohort_safe: ClassVar[bool] = True
    role: ClassVar[Role] = "projection"

    def num(self, at: At) -> Num:
        return at.rowwise(nodes.ratio, at.metric(self.metric), _part(at, self.metric))

    def label(self) -> str:
        return f"{self.metric}_projection"

    def adds_up(self, model: Model) -> bool:
        return metric_named(model, self.metric).additive
