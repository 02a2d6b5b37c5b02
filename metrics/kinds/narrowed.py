"""A measure over fewer rows, or over other days, than the question: "new business beside all", "this month beside the
year", "bought both" (as conditions on two of them)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from metrics.model.schema import Model
from metrics.plan.grid.at import At
from metrics.plan.grid.num import Num
from metrics.query.answer import Role
from metrics.query.measure import Measure
from metrics.query.predicate import Predicate
from metrics.query.when import When

__all__ = ["During", "Only"]


class Only(Measure):
    """Over the rows of which `where` holds as well."""

    kind: ClassVar[str] = "only"
    of_its_rows: ClassVar[bool] = True
    of: Measure
    where: Predicate

    def num(self, at: At) -> Num:
        return at.only(self.where).num(self.of)

    def places(self, at: At) -> Iterator[tuple[At, Measure]]:
        yield at.only(self.where), self.of

    def unit(self, model: Model) -> str:
        return self.of.unit(model)

    def plays(self) -> Role:
        return self.of.plays()

    def label(self) -> str:
        return f"{self.of.label()}_only"

    def adds_up(self, model: Model) -> bool:
        return self.of.adds_up(model)


class During(Measure):
    """Over another period, the same in every bucket. Sets of days, not of buckets: by month, each month is shown beside
    the same number."""

    kind: ClassVar[str] = "during"
    of_its_rows: ClassVar[bool] = True
    of: Measure
    period: When

    def num(self, at: At) -> Num:
        return at.during(self.period).num(self.of)

    def places(self, at: At) -> Iterator[tuple[At, Measure]]:
        yield at.during(self.period), self.of

    def unit(self, model: Model) -> str:
        return self.of.unit(model)

    def plays(self) -> Role:
        return self.of.plays()

    def label(self) -> str:
        return f"{self.of.label()}_during"

    def adds_up(self, model: Model) -> bool:
        return self.of.adds_up(model)
