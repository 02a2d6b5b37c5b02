"""A query with nothing symbolic left: dates, typed conditions, people, peers. What `bind` gives and `compile` takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from metrics.calendar.span import Span
from metrics.query import Value

__all__ = ["Condition", "Coverage", "Peers", "Tree"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a snapshot holds: dataset -> last complete day, (dataset, time field id) -> first day with a row, or the one
    that is declared. Absent: unknown. `starts_of`: per owner the first day from which nothing means none, for datasets
    whose rows belong to people (absent: always). `late_after`: dataset -> working days without a complete day after
    which it is late (None: never). `outside`: people with a row of a day before they came or after they left. `whole`:
    datasets of which every row leads to a person."""

    through: Mapping[str, dt.date | None] = field(default_factory=dict)
    starts: Mapping[tuple[str, str], dt.date | None] = field(default_factory=dict)
    starts_of: Mapping[tuple[str, str], Mapping[str, dt.date]] = field(default_factory=dict)
    late_after: Mapping[str, int | None] = field(default_factory=dict)
    outside: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()

    def seen(self, people: Collection[str]) -> Coverage:
        """What the rows of these people alone tell: since when there are any is told of nobody else's."""
        return replace(self, starts=_StartsSeen(self, people), starts_of={})


class _StartsSeen(Mapping[tuple[str, str], dt.date | None]):
    """Looked up when asked for: a question needs one or two of them."""

    def __init__(self, whole: Coverage, people: Collection[str]) -> None:
        self._whole = whole
        self._people = people

    def __getitem__(self, key: tuple[str, str]) -> dt.date | None:
        owners = self._whole.starts_of.get(key)
        if owners is None:
            return self._whole.starts[key]
        fewer, more = sorted((self._people, owners), key=len)
        return min((owners[p] for p in fewer if p in more), default=None)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._whole.starts)

    def __len__(self) -> int:
        return len(self._whole.starts)


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter on rows with typed values. Beside the operators of `Filter`: `below`, the people under the person
    named; `among`, the members in column k0 of the table named."""

    field: str
    op: str
    values: tuple[Value | dt.date, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """Conditions joined by "and" or "or"; there is no "not": it has been carried down to the conditions."""

    op: str
    of: tuple[Tree | Condition, ...]


@dataclass(frozen=True, slots=True)
class Peers:
    """Members of a dimension dataset that appear whether they have rows or not. `active`: employed in that window;
    `facts`: only those with a row in one of these datasets; `only`: nobody else appears."""

    dataset: str
    conditions: tuple[Condition | Tree, ...]
    active: Span | None
    facts: tuple[str, ...]
    only: bool
