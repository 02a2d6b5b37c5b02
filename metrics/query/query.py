"""`Query`: the one contract between people, schedules and the engine. Pure values, no behaviour.

A question in Slack, a button, a digest, an alert and the command line all make a `Query` and get an `Answer`.
Periods stay symbolic ("this month") until they are bound to an `as_of`, so a saved query means this month every month.
Names are those of the model: metrics by name ("sales"), fields as "dataset.field" ("reps.region").
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

__all__ = [
    "AllTime",
    "Benchmark",
    "Between",
    "Compare",
    "Filter",
    "Frozen",
    "Grain",
    "Having",
    "Named",
    "Order",
    "Period",
    "Query",
    "Rank",
    "Relative",
    "Rolling",
    "Scope",
    "Share",
    "Target",
    "Value",
    "YearAgo",
]

Grain = Literal["day", "week", "month", "quarter", "year"]
Scope = Literal["all", "me", "team", "region"]
Value = str | int | float | bool | None


class Frozen(BaseModel):
    """Immutable, hashable, strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


# --- periods ---------------------------------------------------------------------------------------------------------


class _Tagged(Frozen):
    """A member of the `Period` union: its `kind` is always written, also when defaults are left out."""

    kind: str

    @model_serializer(mode="wrap")
    def _keep_kind(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": self.kind, **handler(self)}


class AllTime(_Tagged):
    """All data up to min(as_of, data_through)."""

    kind: Literal["all"] = "all"


class Relative(_Tagged):
    """Calendar units counted from the one that holds as_of: offset 0 = this, -1 = last, +1 = next.

    `count` > 1 takes that many units starting at `offset` (last 6 weeks, whole weeks: see `Rolling`).
    `to_date` cuts a past unit where the current one stands today ("last year to date").
    """

    kind: Literal["relative"] = "relative"
    unit: Grain | Literal["half"]
    offset: int = 0
    count: int = Field(default=1, ge=1, le=400)
    to_date: bool = False


class Rolling(_Tagged):
    """The last `count` units. Days: the `count` days ending with as_of's day. Weeks and longer: the `count` most
    recent *complete* units (a unit is complete once its last day is at or before min(as_of, data_through))."""

    kind: Literal["rolling"] = "rolling"
    unit: Grain
    count: int = Field(ge=1, le=4000)


class Named(_Tagged):
    """A named calendar unit: 2017 (unit=year), Q3 (unit=quarter, index=3, year=None), March 2017, 2017 week 12, H1.

    `year` None means the most recent one that has begun by as_of.
    """

    kind: Literal["named"] = "named"
    unit: Grain | Literal["half"]
    index: int | None = None
    year: int | None = None

    @model_validator(mode="after")
    def _index_in_range(self) -> Self:
        top = {"half": 2, "quarter": 4, "month": 12, "week": 53}.get(self.unit)
        if self.unit == "day":
            raise ValueError("a named day is a Between")
        if (top is None) != (self.index is None):
            raise ValueError(f"a named {self.unit} {'takes no' if top is None else 'needs an'} index")
        if top is not None and self.index is not None and not 1 <= self.index <= top:
            raise ValueError(f"{self.unit} index must be 1..{top}")
        if top is None and self.year is None:
            raise ValueError("a named year needs its year")
        return self


class Between(_Tagged):
    """Explicit dates, half open: [start, end)."""

    kind: Literal["between"] = "between"
    start: dt.date
    end: dt.date

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end <= self.start:
            raise ValueError("end must be after start")
        return self


class YearAgo(_Tagged):
    """The same dates `years` years before `of` (去年同期: like for like, cut where `of` is cut)."""

    kind: Literal["year_ago"] = "year_ago"
    of: Annotated[Relative | Rolling | Named | Between, Field(discriminator="kind")]
    years: int = Field(default=1, ge=1, le=100)


Period = Annotated[AllTime | Relative | Rolling | Named | Between | YearAgo, Field(discriminator="kind")]


# --- parts -----------------------------------------------------------------------------------------------------------


class Filter(Frozen):
    """A condition on rows. Values are JSON scalars, read by the field's datatype; None is the "(none)" member.

    `in`/`not_in` take any number of values (`not_in` keeps rows whose field is NULL unless None is listed);
    lt, le, gt, ge take one; `between` takes two, both ends in.
    """

    field: str
    op: Literal["in", "not_in", "lt", "le", "gt", "ge", "between"] = "in"
    values: tuple[Value, ...] = Field(min_length=1)


class Having(Frozen):
    """A condition on an aggregated number of each group. Fractions for percent metrics (0.4, not 40)."""

    metric: str
    of: Literal["value", "change", "change_pct", "attainment", "share", "benchmark"] = "value"
    op: Literal["lt", "le", "gt", "ge", "eq", "ne", "between"]
    value: FiniteFloat
    upper: FiniteFloat | None = None  # for between, inclusive


class Compare(Frozen):
    """Compare `Query.period` with another window. `previous`: the unit before (like for like when `period` is not
    over); `year_ago`: the same dates a year before. With a grain each bucket is compared with the bucket before / a
    year before.
    """

    to: Literal["previous", "year_ago"] | Period


class Order(Frozen):
    """`by` names the column family; `metric` which metric's (None: the first)."""

    by: Literal["value", "change", "change_pct", "share", "attainment", "dimension", "time"] = "value"
    metric: str | None = None
    descending: bool = True


class Rank(Frozen):
    """Standard competition ranking (1, 2, 2, 4) over the members of field `over`.

    `member` None: every row carries its rank (a ranking list). "@me": the viewer's own place. Otherwise that member's.
    `within`: the peer group; "team"/"region" is that of the member asked about.
    """

    over: str
    member: str | None = None
    within: Scope = "all"


class Share(Frozen):
    """Part / total under the same filters and permissions.

    `lift`: fields whose filters are dropped in the total ("East's share of sales": where region=East, lift region).
    `scope`: the scope of the total when the part has another ("my share of the team").
    `together`: the kept rows are summed into one ("share of the top 10 customers").
    `reach`: keep the fewest largest members that together reach this share (0.8: which customers make 80 %).
    """

    lift: tuple[str, ...] = ()
    scope: Scope | None = None
    together: bool = False
    reach: float | None = Field(default=None, gt=0, le=1)


class Target(Frozen):
    """Attainment against the stored target, or against an `amount` said in the question."""

    amount: float | None = None


class Benchmark(Frozen):
    """The value next to the average of the peers' values (peers with data in the window)."""

    of: Literal["team", "region", "all"] = "team"


class Query(Frozen):
    """What is asked. See each part; an absent part means "not asked".

    metrics     names, 1 to 8; the first is the one ordered and ranked by
    by          fields to break down by
    grain       time buckets of the metric's time field
    scope       whose rows: "me"/"team"/"region" are those of the viewer, resolved when answered
    tally       answer with the number of groups left after `having`/`share.reach`, not the groups
    define      answer with the definitions of `metrics`, not numbers
    everyone    keep people (members of the people field in `by`) without any rows, as zero or n/a
    """

    metrics: tuple[str, ...] = Field(min_length=1, max_length=8)
    by: tuple[str, ...] = Field(default=(), max_length=3)
    grain: Grain | None = None
    period: Period = AllTime()
    scope: Scope = "all"
    where: tuple[Filter, ...] = ()
    having: tuple[Having, ...] = ()
    compare: Compare | None = None
    order: Order | None = None
    limit: int | None = Field(default=None, ge=1, le=1000)
    rank: Rank | None = None
    share: Share | None = None
    target: Target | None = None
    benchmark: Benchmark | None = None
    tally: bool = False
    define: bool = False
    everyone: bool = False

    @property
    def kind(self) -> str:
        """The kind of answer, for wording and layout: the most telling part that is present."""
        if self.define:
            return "definition"
        if self.tally:
            return "tally"
        if self.rank is not None and self.rank.member is not None:
            return "rank"
        if self.benchmark is not None:
            return "benchmark"
        if self.target is not None:
            return "attainment"
        if self.share is not None:
            return "share"
        if self.grain is not None:
            return "trend"
        if self.compare is not None:
            return "comparison"
        return "breakdown" if self.by else "value"

    def to_json(self) -> str:
        """Compact JSON without defaults; `Query.model_validate_json` gives the same Query back."""
        return self.model_dump_json(exclude_defaults=True)
