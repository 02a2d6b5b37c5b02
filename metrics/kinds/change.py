"""A measure against itself at another time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.kinds.arithmetic import check_number
from metrics.model.schema import Model
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.at import At
from metrics.plan.grid.num import Num
from metrics.query.answer import Role
from metrics.query.measure import Measure
from metrics.query.when import When

__all__ = ["Before", "Change", "Growth"]

To = Literal["previous", "year_ago"] | When


def _then(at: At, to: To) -> At:
    if isinstance(to, str):
        return at.moved(to)
    if at.grain is not None:
        raise UnsupportedCombination("grain_with_named_compare")
    return at.during(to, beside=True)


def _now_and_then(at: At, to: To, of: Measure) -> Iterator[tuple[At, Measure]]:
    yield at, of
    yield _then(at, to), of


class Before(Measure):
    """What it was: in the period before, in the same a year before, in any other. Like for like: where the period asked
    about is not over, as much of the other one."""

    kind: ClassVar[str] = "before"
    of_its_rows: ClassVar[bool] = True
    cohort_safe: ClassVar[bool] = True
    role: ClassVar[Role] = "previous"
    of: Measure
    to: To = "previous"

    def num(self, at: At) -> Num:
        return _then(at, self.to).num(self.of)

    def places(self, at: At) -> Iterator[tuple[At, Measure]]:
        yield _then(at, self.to), self.of

    def unit(self, model: Model) -> str:
        return self.of.unit(model)

    def label(self) -> str:
        return f"{self.of.label()}_{'year_ago' if self.to == 'year_ago' else 'previous'}"

    def adds_up(self, model: Model) -> bool:
        return self.of.adds_up(model)


class Change(Measure):
    """By how much it has changed; of a share or rate in points."""

    kind: ClassVar[str] = "change"
    of_its_rows: ClassVar[bool] = True
    cohort_safe: ClassVar[bool] = True
    role: ClassVar[Role] = "change"
    of: Measure
    to: To = "previous"

    def num(self, at: At) -> Num:
        self.unit(at.world.model)
        return at.rowwise(nodes.sub, *(place.num(part) for place, part in self.places(at)))

    def places(self, at: At) -> Iterator[tuple[At, Measure]]:
        return _now_and_then(at, self.to, self.of)

    def unit(self, model: Model) -> str:
        unit = self.of.unit(model)
        check_number(unit, self.subject())
        return unit

    def label(self) -> str:
        return f"{self.of.label()}_change"

    def adds_up(self, model: Model) -> bool:
        return self.of.adds_up(model)


class Growth(Measure):
    """The change as a fraction of what it was; n/a against zero, less than zero, or nothing."""

    kind: ClassVar[str] = "growth"
    of_its_rows: ClassVar[bool] = True
    cohort_safe: ClassVar[bool] = True
    role: ClassVar[Role] = "change_pct"
    of: Measure
    to: To = "previous"

    def num(self, at: At) -> Num:
        self.unit(at.world.model)
        return at.rowwise(growth, *(place.num(part) for place, part in self.places(at)))

    def places(self, at: At) -> Iterator[tuple[At, Measure]]:
        return _now_and_then(at, self.to, self.of)

    def unit(self, model: Model) -> str:
        check_number(self.of.unit(model), self.subject())
        return "percent"

    def label(self) -> str:
        return f"{self.of.label()}_change_pct"


def growth(now: Node, then: Node) -> Node:
    positive = exp.GT(this=exp.Paren(this=then), expression=nodes.number(0))
    change = nodes.ratio(nodes.sub(now, then.copy()), then.copy())
    return exp.Case(ifs=[exp.If(this=positive, true=change)])
