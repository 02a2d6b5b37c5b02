"""`Answer`: typed rows and the receipt that says where they come from. Rows, never prose: words are made in `bot`."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import Field

from metrics.query import Frozen, Query

__all__ = ["Answer", "Cell", "Column", "MetricNote", "Note", "Receipt", "Window"]

Cell = str | int | float | bool | dt.date | None
Role = Literal[
    "dimension",
    "time",
    "metric",
    "previous",
    "change",
    "change_pct",
    "target",
    "attainment",
    "gap",
    "share",
    "total",
    "rank",
    "n",
    "ties",
    "next_gap",
    "benchmark",
    "difference",
    "count",
    "running",
    "expected",
    "pace",
    "needed",
    "projection",
    "text",
    "field",
]


class Column(Frozen):
    """One column. `name` is unique in the answer ("sales", "sales_change_pct", "reps.region").

    `of` is the metric or field it belongs to; `unit` is that of its values: "currency:CNY", "count", "percent"
    (fractions: 0.4), "days", "date", "text", "number", "rank".
    """

    name: str
    role: Role
    of: str = ""
    unit: str = "number"


class Window(Frozen):
    """A bound period [start, end): `label` "current" | "previous" | "total". `cut`: shortened to data_through or
    as_of."""

    label: str
    start: dt.date | None  # None: open (all data)
    end: dt.date
    cut: bool = False


class MetricNote(Frozen):
    """The definition an answer stands on."""

    name: str
    version: int
    certified: bool
    expression: str
    owner: str = ""


class Note(Frozen):
    """Something the reader must know. `code` picks the sentence in `bot.wording`, `fields` fill it.

    Codes: to_date, restricted, channel_restricted, truncated, no_data_before, empty_base, ties,
    zero_members_left_out, default_period, partial_compare, incomplete_first_period, not_ranked, null_members,
    benchmark_peers, too_few_others, assumed, late_source, shorter_source, older_data, no_target_here,
    no_place_here, place_after_hidden, funnel_no_history, funnel_unripe, outlook_nothing_yet, outlook_no_history,
    outlook_open, best_includes_me, target_taken, target_set, target_cut, target_parts, target_twice, means_nothing.
    """

    code: str
    fields: dict[str, str] = Field(default_factory=dict)


class Receipt(Frozen):
    """Where the rows come from. `conditions`, `limit`, `limit_per`, `ties` and `cut`: as in a `Proof`. `total_rows`:
    how many there are in all; `ms` of each stage."""

    metrics: tuple[MetricNote, ...]
    windows: tuple[Window, ...]
    conditions: tuple[Any, ...] | None = None
    limit: int | None = None
    limit_per: tuple[str, ...] = ()
    ties: int = 0
    cut: tuple[dt.date, ...] = ()
    as_of: dt.datetime
    data_through: dt.date | None
    data_version: str
    sql: str
    params: dict[str, Any] = Field(default_factory=dict)
    restricted: str = ""  # "" | why rows were left out, as a code: "org_tree", "channel"
    truncated: bool = False
    total_rows: int | None = None
    ms: dict[str, float] = Field(default_factory=dict)


class Answer(Frozen):
    """What `Metrics.answer` gives: a single value is one row; a comparison a row per thing or per period with its
    change; a ranking has rank and n. `None` is n/a."""

    query: Query
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[Note, ...] = ()
    receipt: Receipt
