"""What the viewer and whoever else reads the answer may see, as the plan asks about it. Decided in `metrics.policy`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from metrics.plan.bound import Condition, Peers, Tree

if TYPE_CHECKING:
    from metrics.calendar.binding import Days
    from metrics.calendar.span import Span
    from metrics.query.measure import Measure

__all__ = ["Cohort", "Comparison", "Everything", "Sight"]

Conditions = tuple[Condition | Tree, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of members of `key` who meet the conditions, by a measure: the place or gap of `one` of them or of each, or their
    `average`. `apart`: a field, each member of which is a group of its own. `windows`: days the measure looks at, first
    those on which members have to be there."""

    measure: Measure
    key: str
    conditions: Conditions
    windows: tuple[Days, ...]
    grain: str | None
    one: bool
    average: bool
    apart: str | None = None


@dataclass(frozen=True, slots=True)
class Cohort:
    """What a comparison may look at. `open`: everybody's rows; then of a group nothing is told beyond the viewer's rows
    unless so many (`least`) of its members who are not `seen` have a number, or all of them are. `apart`: every row is
    told to its own member, who sees it and no other."""

    open: bool = False
    least: int = 0
    seen: Condition | None = None
    apart: bool = False


class Sight(Protocol):
    """`restricts`: rows are left out of what is read, other than in tables that the plan opens."""

    @property
    def restricts(self) -> bool: ...

    def check(self, conditions: Conditions, keys: tuple[str, ...], window: Span) -> None:
        """Before rows of these conditions are summed by these keys. Raises NotPermitted when the very thing asked about
        may not be seen: it is never answered with a smaller number."""

    def present(self, peers: Peers | None) -> Peers | None:
        """Of those who are there without rows, the ones that may be seen."""

    def cohort(self, asked: Comparison, window: Span) -> Cohort:
        """Before members are compared. Not open: all of them may be seen; or only those who may be are compared, and it
        is called that. Raises NotPermitted."""

    def heads(self, conditions: Conditions, window: Span) -> bool:
        """Before people are counted. Whether all are, though not all may be seen. Raises NotPermitted."""

    def folded(self, conditions: Conditions, window: Span) -> None:
        """Before the numbers of several people are made into one. Raises NotPermitted where only one's own is left."""

    def total(self, conditions: Conditions, part: Conditions, window: Span) -> None:
        """Before a part is set against the whole of wider conditions. Raises NotPermitted where these take in people
        who may not be seen."""

    def named(self, people: frozenset[str]) -> frozenset[str] | None:
        """Those of some people whose rows are read in other tables than the plan opens: to be named in the statement.
        None: nobody may be."""


class Everything:
    """The sight of who may see all."""

    restricts = False

    def check(self, conditions: Conditions, keys: tuple[str, ...], window: Span) -> None:
        return

    def present(self, peers: Peers | None) -> Peers | None:
        return peers

    def cohort(self, asked: Comparison, window: Span) -> Cohort:
        return Cohort()

    def heads(self, conditions: Conditions, window: Span) -> bool:
        return False

    def folded(self, conditions: Conditions, window: Span) -> None:
        return

    def total(self, conditions: Conditions, part: Conditions, window: Span) -> None:
        return

    def named(self, people: frozenset[str]) -> frozenset[str] | None:
        return people
