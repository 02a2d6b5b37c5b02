"""`Table`: the answer to an `Asked`. Typed rows, and the receipt that says what they stand on, as data."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import Field

from metrics.query.answer import Cell, Column, MetricNote, Note
from metrics.query.asked import Asked
from metrics.query.family import Frozen

__all__ = ["Proof", "Table", "Taken"]


class Taken(Frozen):
    """A window that numbers were taken over, half open; None: open. `of`: "shown" | "compared" | "condition" (of a
    condition on members); `label`: what it is called ("2026-11", "2026-11-01..2026-11-18"); `cut`: it is not over, or
    not all of it is loaded."""

    of: str
    label: str = ""
    start: dt.date | None
    end: dt.date | None
    cut: bool = False


class Proof(Frozen):
    """Where the rows come from.

    conditions     ["and", condition, …], ["or", …], ["not", …]; a condition is {"on", "kind": "row" | "group", "of",
                   "op", "value" | "values" | "period", "upper"}; `period` with its `days`
                   [start, end) where these are one stretch; of members
                   {"on", "kind": "member", "having", "scope", "period"}
    limit, limit_per, ties   how many rows were asked for, of each of what, and how many more are level with the last
    cut            buckets of which not all days are in the numbers, by their first day
    total          rows in all, where not all of them are here
    before_data    all that is asked about lies before the first day of the data
    restricted     "" | why rows were left out: "org_tree" | "channel"
    """

    metrics: tuple[MetricNote, ...]
    windows: tuple[Taken, ...]
    conditions: tuple[Any, ...] | None = None
    limit: int | None = None
    limit_per: tuple[str, ...] = ()
    ties: int = 0
    cut: tuple[dt.date, ...] = ()
    before_data: bool = False
    restricted: str = ""
    truncated: bool = False
    total: int | None = None
    as_of: dt.datetime
    data_through: dt.date | None
    data_version: str
    sql: str
    params: dict[str, Any] = Field(default_factory=dict)
    ms: dict[str, float] = Field(default_factory=dict)


class Table(Frozen):
    """What `Metrics.tell` gives. `None` is n/a, "(none)" the member of rows that have none."""

    asked: Asked
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[Note, ...] = ()
    proof: Proof
