"""`Measure`: a number asked for, of whatever it is broken down by. The kinds are in `metrics.kinds`, one file each."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from metrics.query.family import Family

if TYPE_CHECKING:
    from metrics.model.schema import Model
    from metrics.plan.grid.at import At
    from metrics.plan.grid.num import Num
    from metrics.query.answer import Role

__all__ = ["Measure"]


class Measure(Family, root=True):
    """What every kind says of itself. `role`: the part that its column plays in an answer."""

    role: ClassVar[Role] = "metric"
    ranks: ClassVar[bool] = False  # it changes with every row of others
    cohort_safe: ClassVar[bool] = False  # tells no more of a person than their number over whole periods
    across_rows: ClassVar[bool] = False  # it looks at other rows of its grid

    @abstractmethod
    def num(self, at: At) -> Num:
        """The number at a place: its window, conditions and grid. Raises UnsupportedCombination with the reason where
        it means nothing there."""

    @abstractmethod
    def unit(self, model: Model) -> str:
        """Of its values: "currency:CNY", "count", "percent" (fractions), "days", "date", "number", "rank"."""

    @abstractmethod
    def label(self) -> str:
        """The name of its column, where no other has it."""

    def subject(self) -> str:
        """The metric, or field of a record, it is about: the first that stands in it."""
        return next((m.subject() for m in self.inner() if isinstance(m, Measure)), "")

    def adds_up(self, model: Model) -> bool:
        """Whether the values of parts add up to the value of the whole."""
        return False

    def better(self, model: Model) -> bool:
        """Whether a higher number is a better one."""
        return next((m.better(model) for m in self.inner() if isinstance(m, Measure)), True)
