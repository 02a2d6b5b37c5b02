"""The first, the last, the n-th of what a metric counts: first order, last contact, what the last deal was."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from metrics.kinds.metric import Metric
from metrics.model.schema import Model
from metrics.plan.grid.at import At
from metrics.plan.grid.counted import nth_row
from metrics.plan.grid.num import Num
from metrics.plan.names import unit_of
from metrics.query.answer import Role
from metrics.query.measure import Measure

__all__ = ["Nth"]


class Nth(Measure):
    """Of the records that `metric` counts the first (1), second, … or last (-1), last but one, … by their date: which
    day it was, or what `field` of the record says. Several of one day come in the order of their keys. n/a where there
    are not so many."""

    kind: ClassVar[str] = "nth"
    role: ClassVar[Role] = "field"
    metric: str
    index: int = Field(default=1, ge=-1000, le=1000)
    field: str | None = None

    def num(self, at: At) -> Num:
        made = nth_row(at, self.metric, self.index, self.field)
        at.present(Metric(name=self.metric))
        return made

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.index == 0:
            raise ValueError("index counts from 1 or from -1")
        return self

    def unit(self, model: Model) -> str:
        return "date" if self.field is None else unit_of(model, self.field)

    def label(self) -> str:
        which = {1: "first", -1: "last"}.get(self.index, f"nth_{self.index}")
        return f"{self.metric}_{which}" + (f"_{self.field}" if self.field is not None else "")

    def subject(self) -> str:
        return self.metric
