"""A number said in the question."""

from __future__ import annotations

from typing import ClassVar

from pydantic import FiniteFloat

from metrics.kinds.arithmetic import check_number
from metrics.model.schema import Model
from metrics.plan.grid.at import At
from metrics.plan.grid.num import Num
from metrics.query.answer import Role
from metrics.query.measure import Measure

__all__ = ["Amount"]


class Amount(Measure):
    """`value`, in the unit of `like`: the goal somebody names, the deal they hope for."""

    kind: ClassVar[str] = "amount"
    role: ClassVar[Role] = "target"
    value: FiniteFloat
    like: Measure

    def num(self, at: At) -> Num:
        self.unit(at.world.model)
        return at.constant(self.value)

    def unit(self, model: Model) -> str:
        unit = self.like.unit(model)
        check_number(unit, self.subject())
        return unit

    def label(self) -> str:
        return f"{self.like.label()}_amount"
