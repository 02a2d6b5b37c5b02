"""Arithmetic between measures of the same place. Of people who may not be seen none of it is told: places by sums of
one's own choosing would give away what they are sums of."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, FiniteFloat
from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.model.schema import Model
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.at import At
from metrics.plan.grid.final import NO_NUMBERS
from metrics.plan.grid.num import Num
from metrics.query.answer import Role
from metrics.query.measure import Measure

__all__ = ["Difference", "Ratio", "Sum", "Times"]


class Sum(Measure):
    """All added up. Of one unit; n/a where one of them is."""

    kind: ClassVar[str] = "sum"
    of_its_rows: ClassVar[bool] = True
    of: tuple[Measure, ...] = Field(min_length=2, max_length=8)

    def num(self, at: At) -> Num:
        self.unit(at.world.model)
        return at.rowwise(lambda *parts: nodes.add(parts), *(at.num(m) for m in self.of))

    def unit(self, model: Model) -> str:
        return common_unit(self.of, model)

    def label(self) -> str:
        return "_and_".join(m.label() for m in self.of)

    def adds_up(self, model: Model) -> bool:
        return all(m.adds_up(model) for m in self.of)


class Difference(Measure):
    """`of` less `less`, of one unit."""

    kind: ClassVar[str] = "difference"
    of_its_rows: ClassVar[bool] = True
    role: ClassVar[Role] = "difference"
    of: Measure
    less: Measure

    def num(self, at: At) -> Num:
        self.unit(at.world.model)
        return at.rowwise(nodes.sub, at.num(self.of), at.num(self.less))

    def unit(self, model: Model) -> str:
        return common_unit((self.of, self.less), model)

    def label(self) -> str:
        return f"{self.of.label()}_less_{self.less.label()}"

    def adds_up(self, model: Model) -> bool:
        return self.of.adds_up(model) and self.less.adds_up(model)


class Ratio(Measure):
    """`of` over `to`; n/a over zero. Of one unit it is a fraction: 0.4 is 40 %."""

    kind: ClassVar[str] = "ratio"
    of_its_rows: ClassVar[bool] = True
    of: Measure
    to: Measure

    def num(self, at: At) -> Num:
        self.unit(at.world.model)
        counts_people = any(part.kind == "heads" for m in (self.of, self.to) for part in m.walk())
        if counts_people and not at.open:  # one's own number over everybody would pass for that of each
            at.world.sight.folded((*at.where, *at.scope), at.world.windows.active(at.window))
        return at.rowwise(nodes.ratio, at.num(self.of), at.num(self.to))

    def unit(self, model: Model) -> str:
        above, below = self.of.unit(model), self.to.unit(model)
        for unit in (above, below):
            check_number(unit, self.subject())
        return "percent" if above == below else above if below in ("count", "number") else "number"

    def label(self) -> str:
        return f"{self.of.label()}_per_{self.to.label()}"


class Times(Measure):
    """So many times the measure."""

    kind: ClassVar[str] = "times"
    of_its_rows: ClassVar[bool] = True
    of: Measure
    factor: FiniteFloat

    def num(self, at: At) -> Num:
        def product(value: Node) -> Node:
            return exp.Mul(this=exp.Paren(this=value), expression=exp.Paren(this=nodes.number(self.factor)))

        self.unit(at.world.model)
        return at.rowwise(product, at.num(self.of))

    def unit(self, model: Model) -> str:
        unit = self.of.unit(model)
        check_number(unit, self.subject())
        return unit

    def label(self) -> str:
        return f"{self.of.label()}_times"

    def adds_up(self, model: Model) -> bool:
        return self.of.adds_up(model)


def check_number(unit: str, subject: str) -> None:
    """Raises UnsupportedCombination "not_a_number" for dates and places in a ranking."""
    if unit in NO_NUMBERS:
        raise UnsupportedCombination("not_a_number", subject=subject)


def common_unit(measures: tuple[Measure, ...], model: Model) -> str:
    """Raises UnsupportedCombination "units_differ"."""
    units = list(dict.fromkeys(m.unit(model) for m in measures))
    check_number(units[0], measures[0].subject())
    if len(units) > 1:
        raise UnsupportedCombination("units_differ", subject=units[0], fields={"other": units[1]})
    return units[0]
