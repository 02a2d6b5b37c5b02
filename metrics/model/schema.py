"""The resolved model: what `model.yaml` and `sales.yaml` say, checked and linked. Plain frozen data: expressions stay
text here (the planner parses them once), so that the language room can read the model without an SQL library."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from metrics.people import Person
from metrics.query import Filter, Period

__all__ = [
    "TARGET_PERIODS",
    "Absent",
    "Access",
    "Calendar",
    "Dataset",
    "Field",
    "Funnel",
    "Metric",
    "Model",
    "PeopleFields",
    "Relationship",
    "TargetFields",
    "Term",
]

Labels = Mapping[str, str]  # language -> text
TARGET_PERIODS = ("month", "quarter", "year", "dates")


@dataclass(frozen=True, slots=True)
class Field:
    """A row-level attribute. `id` = "dataset.field". `dimension`: may be grouped by (has a `dimension` key that is not
    time)."""

    id: str
    dataset: str
    name: str
    expression: str  # ANSI SQL scalar over the dataset's own columns; CURRENT_DATE stands for as_of
    datatype: str | None = None
    dimension: bool = False
    is_time: bool = False
    description: str = ""
    labels: Labels = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()
    member_synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # member -> other words for it
    member_labels: Mapping[str, Labels] = field(default_factory=dict)  # member (a code) -> what people read instead
    labelled_by: Labels = field(default_factory=dict)  # language -> id of the field whose values label the members
    unit: str = ""
    member_order: tuple[str, ...] = ()  # members that follow each other (the stages of a funnel), in their order

    @property
    def coded(self) -> bool:
        """Whether members are codes that have labels."""
        return bool(self.member_labels or self.labelled_by)

    def label_of(self, member: str, language: str) -> str:
        """What people read for a member: its label in their language, else in another one, else the member itself."""
        labels = self.member_labels.get(member, {})
        return labels.get(language) or next(iter(labels.values()), member)

    def words_of(self, member: str) -> tuple[str, ...]:
        """Every word that means a member, the member itself first."""
        labels, synonyms = self.member_labels.get(member), self.member_synonyms.get(member)
        if not labels and not synonyms:
            return (member,)
        return tuple(dict.fromkeys((member, *(labels or {}).values(), *(synonyms or ()))))


@dataclass(frozen=True, slots=True)
class Dataset:
    """A fact or dimension table. `table` is its name in the metric store (the last part of the Ossie source)."""

    name: str
    table: str
    primary_key: tuple[str, ...]
    fields: Mapping[str, Field]  # by bare field name
    description: str = ""
    synonyms: tuple[str, ...] = ()
    labels: Labels = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Relationship:
    """Many `source` rows to one `target` row."""

    name: str
    source: str
    target: str
    source_columns: tuple[str, ...]
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """A named number. `description` is that of Ossie. `time` maps each fact dataset of the expression to the field id
    that dates its rows; empty for a snapshot metric (the state now: no period applies). `per_row`: fields of coarser
    datasets whose value is meant once for every row (the price of the product of each deal). `ahead`: its dates are
    those on which something is due or expected, so days to come have rows as well."""

    name: str
    expression: str
    description: str = ""
    datatype: str | None = None
    labels: Labels = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()
    unit: str = "number"
    higher_is_better: bool = True
    owner: str = ""
    version: int = 1
    certified: bool = False
    time: Mapping[str, str] = field(default_factory=dict)
    snapshot: bool = False
    ahead: bool = False
    has_target: bool = False
    additive: bool = True  # made of SUMs and COUNTs: quarter target = sum of months
    averaged: bool = False  # a ratio or a mean: of whatever group, its average is itself
    working_day_basis: bool = False
    shown_with: tuple[str, ...] = ()
    where: tuple[Filter, ...] = ()
    per_row: tuple[str, ...] = ()
    definitions: Labels = field(default_factory=dict)  # language -> `description` in that language


@dataclass(frozen=True, slots=True)
class History:
    """Who was in which team when: one row per person and stint, from the first to the last day (None: open)."""

    dataset: str
    person: str
    first: str
    last: str | None = None


@dataclass(frozen=True, slots=True)
class PeopleFields:
    """Which fields of which dataset say who people are (field ids; None where there is none). `more`: further tables of
    people, none of whom sells: managers in a table of their own. With a `history`, `team` and `region` may be fields of
    it: then they are those of the day that a row is about."""

    dataset: str
    id: str
    name: str
    team: str | None = None
    region: str | None = None
    manager: str | None = None
    email: str | None = None
    role: str | None = None
    active_from: str | None = None
    active_to: str | None = None
    timezone: str | None = None
    language: str | None = None
    aliases: tuple[str, ...] = ()
    more: tuple[PeopleFields, ...] = ()
    peers: str = "all"  # who is ranked: "all" active people | "with_rows" people who ever had a row
    history: History | None = None

    @property
    def dated(self) -> str:
        """The dataset whose fields are different ones at different times; "" where there is none."""
        return "" if self.history is None else self.history.dataset


@dataclass(frozen=True, slots=True)
class TargetFields:
    """Where targets are: one row per person, period and metric.

    start   the first day of the period; of a month, any of its days
    period  "month" | "quarter" | "year" (of the fiscal year) | "dates", or the field that says which, row by row
    end     the last day, of periods between dates
    """

    dataset: str
    person: str
    start: str
    metric: str
    amount: str
    period: str = "month"
    end: str | None = None

    @property
    def mixed(self) -> bool:
        """Whether each row says its own period."""
        return self.period not in TARGET_PERIODS

    @property
    def month(self) -> str:
        """`start`, as the first `Query` calls it, which knows months only."""
        return self.start


@dataclass(frozen=True, slots=True)
class Access:
    """Row-level security. `visibility` "org_tree": people see their own rows and those below them; "everyone": all
    rows.

    `owners`: dataset -> field id of the owning person, or "" for a public dataset. A dataset in neither is an error.
    `public_leaderboards`: metrics whose ranking by person may be shown to all, with names and values.
    `published`: metrics of which a place among others, or their average, may be told (None: all of them).
    `published_period`: the shortest period over which numbers about others are told: "day" to "year".
    `belongs`: public dataset -> field with the person its members belong to, for questions about what is absent.
    `catalogues`: public datasets of which everybody may know what there is, whoever has to do with it: products.
    """

    visibility: str
    owners: Mapping[str, str]
    public_leaderboards: tuple[str, ...] = ()
    published: tuple[str, ...] | None = None
    published_period: str = "month"
    belongs: Mapping[str, str] = field(default_factory=dict)
    catalogues: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Calendar:
    """How this organisation counts time. Weekdays 0 = Monday. `days_off`/`extra_working_days` override `holidays`.
    `fiscal_year_named_by`: fiscal 2024 is the year that begins ("start") or ends ("end") in 2024."""

    timezone: str = "UTC"
    fiscal_year_start: int = 1  # month
    week_start: int = 0
    working_days: tuple[int, ...] = (0, 1, 2, 3, 4)
    holidays: str = ""  # code of a country, or of a part of one: CN, DE-BY
    days_off: frozenset[dt.date] = frozenset()
    extra_working_days: frozenset[dt.date] = frozenset()
    fiscal_year_named_by: str = "start"


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand for a row filter ("key accounts" -> customers.tier in (key)) or for a metric with a filter."""

    words: tuple[str, ...]
    where: tuple[Filter, ...] = ()
    metric: str | None = None


@dataclass(frozen=True, slots=True)
class Funnel:
    """Steps that follow each other, first the first.

    Without `field`, steps are metrics, each counted on its own date. With it they are members of the field, counted by
    `metric`: each row an arrival at that step; or, where `lost` are the members at which things drop out, each row one
    thing and where it stands now."""

    name: str
    steps: tuple[str, ...]
    labels: Labels = field(default_factory=dict)
    metric: str | None = None
    field: str | None = None
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Absent:
    """Words people ask about for which there is no data, and the reason to give."""

    words: tuple[str, ...]
    reason: Labels


@dataclass(frozen=True)
class Model:
    """Everything the rooms need to know about a deployment's data. Built by `metrics.model.load_model`."""

    name: str
    datasets: Mapping[str, Dataset]
    relationships: tuple[Relationship, ...]
    metrics: Mapping[str, Metric]
    people: PeopleFields | None = None
    access: Access = field(default_factory=lambda: Access("everyone", {}))
    calendar: Calendar = field(default_factory=Calendar)
    targets: TargetFields | None = None
    default_metric: str | None = None
    default_period: Period | None = None  # None: all data
    scorecard: tuple[str, ...] = ()  # "how is X doing"
    terms: tuple[Term, ...] = ()
    funnels: Mapping[str, Funnel] = field(default_factory=dict)
    absent: tuple[Absent, ...] = ()
    languages: tuple[str, ...] = ("en",)
    organisation: str = ""
    others: tuple[Person, ...] = ()  # people of sales.yaml who are no rows of the people dataset

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Every field by id."""
        return {f.id: f for d in self.datasets.values() for f in d.fields.values()}
