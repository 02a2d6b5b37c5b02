"""A measure that is asked for where it means something: a scorecard of several metrics, of which some have targets."""

from __future__ import annotations

from typing import ClassVar

from metrics.errors import UnsupportedCombination
from metrics.model.schema import Model
from metrics.plan.grid.at import At
from metrics.plan.grid.num import Num
from metrics.query.answer import Note, Role
from metrics.query.measure import Measure

__all__ = ["IfAny"]


class IfAny(Measure):
    """`of`, and n/a with the reason beside the answer where it means nothing: the target of a metric without targets,
    the pace of a rate. Without it the whole question is refused. What may not be seen is refused either way."""

    kind: ClassVar[str] = "if_any"
    cohort_safe: ClassVar[bool] = True
    of: Measure

    def num(self, at: At) -> Num:
        remarks = at.world.remarks
        mark = remarks.mark()
        try:
            return at.num(self.of)
        except UnsupportedCombination as error:
            said = {"subject": error.subject, "reason": error.code, "what": self.of.label()}
            remarks.back(mark)
            remarks.note(Note(code="means_nothing", fields={**error.fields, **said}))
            return at.constant(None)

    def unit(self, model: Model) -> str:
        return self.of.unit(model)

    def plays(self) -> Role:
        return self.of.plays()

    def label(self) -> str:
        return self.of.label()

    def adds_up(self, model: Model) -> bool:
        return self.of.adds_up(model)
