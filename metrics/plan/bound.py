"""A query with nothing symbolic left: dates, typed conditions, people, peers. What `bind` gives and `compile` takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from metrics.calendar.periods import Span
from metrics.model.schema import Metric, Model
from metrics.query import Query, Value
from metrics.query.answer import Note

__all__ = [
    "BoundBenchmark",
    "BoundMetric",
    "BoundQuery",
    "BoundRank",
    "BoundShare",
    "BoundTarget",
    "Condition",
    "Coverage",
    "Key",
    "Peers",
    "Tree",
    "Trend",
]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a snapshot holds: dataset -> last complete day, (dataset, time field id) -> first day with a row, or the one
    that is declared. Absent: unknown. `starts_of`: per owner the first day from which nothing means none, for datasets
    whose rows belong to people (absent: always). `late_after`: dataset -> working days without a complete day after
    which it is late (None: never). `whole`: datasets of which every row leads to a person."""

    through: Mapping[str, dt.date | None] = field(default_factory=dict)
    starts: Mapping[tuple[str, str], dt.date | None] = field(default_factory=dict)
    starts_of: Mapping[tuple[str, str], Mapping[str, dt.date]] = field(default_factory=dict)
    late_after: Mapping[str, int | None] = field(default_factory=dict)
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
    named."""

    field: str
    op: str
    values: tuple[Value | dt.date, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """Conditions joined by "and" or "or"; there is no "not": it has been carried down to the conditions."""

    op: str
    of: tuple[Tree | Condition, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A field grouped by. Not `shown`: only keeps members of the same name apart, or carries a person's id."""

    field: str
    shown: bool = True


@dataclass(frozen=True, slots=True)
class BoundMetric:
    """A metric with its windows. `known`/`earlier_known` False: the window lies wholly before the first row of the
    source, so its value is unknown, not zero."""

    metric: Metric
    shown: bool
    current: Span
    earlier: Span | None = None
    known: bool = True
    earlier_known: bool = True
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Peers:
    """Members of a dimension dataset that appear whether they have rows or not. `active`: employed in that window;
    `facts`: only those with a row in one of these datasets; `only`: nobody else appears."""

    dataset: str
    conditions: tuple[Condition | Tree, ...]
    active: Span | None
    facts: tuple[str, ...]
    only: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """Buckets. `first`: first bucket shown (None: the first with data). `lag` buckets back is what each one is compared
    with; `partial`: the like-for-like window for the last bucket when that is not over."""

    grain: str
    first: dt.date | None
    end: dt.date
    lag: int = 0
    partial: Span | None = None
    partial_bucket: dt.date | None = None


@dataclass(frozen=True, slots=True)
class BoundRank:
    """`key`: the field by which `member` is known (a person's id, or the ranked field itself)."""

    field: str
    key: str
    member: Value = None
    one: bool = False
    members: tuple[str, ...] = ()  # the places of all these are asked for at once
    apart: str | None = None  # members of this field are ranked apart


@dataclass(frozen=True, slots=True)
class BoundShare:
    """`total`: conditions of the total when they differ from those of the parts."""

    total: tuple[Condition, ...] | None
    together: bool
    reach: float | None


@dataclass(frozen=True, slots=True)
class BoundTarget:
    """Stored monthly targets over `span` (whole months), or the amount said."""

    span: Span | None
    conditions: tuple[Condition, ...]
    amount: float | None


@dataclass(frozen=True, slots=True)
class BoundBenchmark:
    """Peers are the members of `subject`; they are averaged per `group` (None: all together). `value`: the one group
    asked for."""

    subject: str
    group: str | None
    value: Value
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class BoundQuery:
    """Everything the planner needs. `person_key`: the field among `keys` that holds people's ids, where there is
    one."""

    query: Query
    model: Model
    as_of: dt.date
    through: dt.date | None
    metrics: tuple[BoundMetric, ...]
    keys: tuple[Key, ...]
    conditions: tuple[Condition, ...]
    trend: Trend | None = None
    peers: Peers | None = None
    rank: BoundRank | None = None
    share: BoundShare | None = None
    target: BoundTarget | None = None
    benchmark: BoundBenchmark | None = None
    each: str | None = None  # the key that holds whose answer a row belongs to, when asked for many people at once
    notes: tuple[Note, ...] = ()

    @property
    def person_key(self) -> str | None:
        people = self.model.people
        return people.id if people is not None and any(k.field == people.id for k in self.keys) else None
