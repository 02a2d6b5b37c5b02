"""A measure for each day, working day or head."""

from __future__ import annotations

from typing import ClassVar, Literal

from metrics.errors import UnsupportedCombination
from metrics.kinds.arithmetic import check_number
from metrics.model.schema import Model, PeopleFields
from metrics.plan.compile import nodes
from metrics.plan.grid.aims import days_of
from metrics.plan.grid.at import At
from metrics.plan.grid.crowd import heads_table
from metrics.plan.grid.num import Num
from metrics.plan.scope import people_fields
from metrics.query.answer import Role
from metrics.query.measure import Measure

__all__ = ["Heads", "Per"]


class Heads(Measure):
    """How many people there are: active in the period, or on a day of each bucket, of the scope. Who may see several
    people but not all is told how many of those there are, who sees only themself how many there are altogether."""

    kind: ClassVar[str] = "heads"
    role: ClassVar[Role] = "count"

    def num(self, at: At) -> Num:
        at.check()
        everybody = not at.open and at.world.sight.heads((*at.where, *at.scope), at.world.windows.active(at.window))
        return heads_of(at, everybody=everybody)

    def unit(self, model: Model) -> str:
        return "count"

    def label(self) -> str:
        return "heads"


def heads_of(at: At, *, everybody: bool = False) -> Num:
    """The people of the place; of those who may be seen, or of `everybody`."""
    world = at.world
    people = people_fields(world.model)
    home = people.dated or people.dataset
    about = tuple(k for k in at.keys if world.prepared.path(home, world.model.fields[k].dataset) is not None)
    if people.id in about or people.name in about:
        raise UnsupportedCombination("heads_of_one", subject=people.name)
    counted = at.coarser(about, at.grain).beside(heads_table(at, about, everybody=everybody), "heads")
    return at.rowwise(nodes.coalesce, counted)


class Per(Measure):
    """The measure / the days or working days so far, or the people."""

    kind: ClassVar[str] = "per"
    of_its_rows: ClassVar[bool] = True
    cohort_safe: ClassVar[bool] = True
    of: Measure
    each: Literal["day", "working_day", "head"]

    def num(self, at: At) -> Num:
        check_number(self.of.unit(at.world.model), self.subject())
        if self.each == "head":
            at.check()
            if not at.open:  # one's own number would pass for that of each
                at.world.sight.folded((*at.where, *at.scope), at.world.windows.active(at.window))
            return at.rowwise(nodes.ratio, at.num(self.of), heads_of(at))
        if self.subject() not in at.world.model.metrics:
            raise UnsupportedCombination("days_of_undated", subject=self.of.label())
        days = days_of(at, self.subject(), passed=True, working=self.each == "working_day")
        return at.rowwise(nodes.ratio, at.num(self.of), days)

    def of_each(self, people: PeopleFields) -> Measure | None:
        return None if self.each == "head" else super().of_each(people)

    def unit(self, model: Model) -> str:
        return self.of.unit(model)

    def label(self) -> str:
        return f"{self.of.label()}_per_{self.each}"

    def adds_up(self, model: Model) -> bool:
        return self.each != "head" and self.of.adds_up(model)
