"""What a record says of itself: lists of open deals with customer, amount and age, customers with their tier."""

from __future__ import annotations

from typing import ClassVar

from metrics.model.schema import Model
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.at import At
from metrics.plan.grid.conditions import check_date
from metrics.plan.grid.counted import days_between
from metrics.plan.grid.num import Num
from metrics.plan.grid.records import field_of_record
from metrics.plan.names import unit_of
from metrics.query.answer import Role
from metrics.query.measure import Measure

__all__ = ["Age", "FieldValue"]


class FieldValue(Measure):
    """The value of a field of the record that a row is about ("by" its key), or of what it belongs to; of a group of
    records the one value that all of them have, else n/a. Alone it lists every record; beside a number, those that have
    one."""

    kind: ClassVar[str] = "field"
    role: ClassVar[Role] = "field"
    name: str

    def num(self, at: At) -> Num:
        return field_of_record(at, self.name)

    def unit(self, model: Model) -> str:
        return unit_of(model, self.name)

    def label(self) -> str:
        return self.name

    def subject(self) -> str:
        return self.name


class Age(Measure):
    """Days from a date of the record to the day of the question: 0 on the day itself, below 0 before it."""

    kind: ClassVar[str] = "age"
    role: ClassVar[Role] = "field"
    since: str

    def num(self, at: At) -> Num:
        check_date(at.world, self.since)

        def days(date: Node) -> Node:
            return days_between(date, nodes.date(at.world.as_of))

        return at.rowwise(days, field_of_record(at, self.since))

    def unit(self, model: Model) -> str:
        return "days"

    def label(self) -> str:
        return f"{self.since}_age"

    def subject(self) -> str:
        return self.since

    def better(self, model: Model) -> bool:
        return False
