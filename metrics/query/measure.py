"""`Measure`: a number asked for, of whatever it is broken down by. The kinds are in `metrics.kinds`, one file each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from metrics.query.family import Family

if TYPE_CHECKING:
    from metrics.model.schema import Model, PeopleFields
    from metrics.plan.grid.at import At
    from metrics.plan.grid.num import Num
    from metrics.query.answer import Role

__all__ = ["Measure", "made_of", "of_each"]


class Measure(Family, root=True):
    """What every kind says of itself. `role`: the part that its column plays in an answer."""

    role: ClassVar[Role] = "metric"
    ranks: ClassVar[bool] = False  # it changes with every row of others
    cohort_safe: ClassVar[bool] = False  # tells no more of a person than their number over whole periods
    across_rows: ClassVar[bool] = False  # it looks at other rows of its grid
    of_its_rows: ClassVar[bool] = False  # of one person's rows it is the same, alone or in a table of many people

    @abstractmethod
    def num(self, at: At) -> Num:
        """The number at a place: its window, conditions and grid. Raises UnsupportedCombination with the reason where
        it means nothing there."""

    def places(self, at: At) -> Iterator[tuple[At, Measure]]:
        """The measures that it is made of, each with the place where it is looked up for a number here."""
        return ((at, measure) for measure in made_of(self))

    @abstractmethod
    def unit(self, model: Model) -> str:
        """Of its values: "currency:CNY", "count", "percent" (fractions), "days", "date", "number", "rank"."""

    @abstractmethod
    def label(self) -> str:
        """The name of its column, where no other has it."""

    def plays(self) -> Role:
        """The part of its column: its own, or that of what it is narrowed from."""
        return self.role

    def subject(self) -> str:
        """The metric, or field of a record, it is about: the first that stands in it."""
        return next((m.subject() for m in self.inner() if isinstance(m, Measure)), "")

    def of_each(self, people: PeopleFields) -> Measure | None:
        """The measure in a table that is broken down by people as well: what was of "@me" is of each row's own person.
        None where it would be another number."""
        made = of_each(self, people) if self.of_its_rows else None
        assert made is None or isinstance(made, Measure)
        return made

    def adds_up(self, model: Model) -> bool:
        """Whether the values of parts add up to the value of the whole."""
        return False

    def better(self, model: Model) -> bool:
        """Whether a higher number is a better one."""
        return next((m.better(model) for m in self.inner() if isinstance(m, Measure)), True)


def made_of(part: Family) -> Iterator[Measure]:
    """The measures that a part is made of, each whole, also those that its conditions speak of; but not what is said of
    others (`Whose`)."""
    for inner in part.inner():
        if isinstance(inner, Measure):
            yield inner
        elif inner.kind != "whose":
            yield from made_of(inner)


def of_each(part: Family, people: PeopleFields) -> Family | None:
    """A measure or predicate with `Measure.of_each` of all that stands in it; None where that of one is."""
    changed: dict[str, object] = {}
    for name in type(part).model_fields:
        value = getattr(part, name)
        inner = value if isinstance(value, tuple) else (value,)
        made = tuple(_each(item, people) for item in inner)
        if any(new is None and old is not None for new, old in zip(made, inner, strict=True)):
            return None
        if made != inner:
            changed[name] = made if isinstance(value, tuple) else made[0]
    return part.model_copy(update=changed) if changed else part


def _each(item: object, people: PeopleFields) -> object:
    if isinstance(item, Measure):
        return item.of_each(people)
    return of_each(item, people) if isinstance(item, Family) else item
