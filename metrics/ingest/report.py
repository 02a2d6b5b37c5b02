"""What a load did, table by table. Plain values that travel from the building process as JSON."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from metrics.query import Frozen

__all__ = ["Check", "LoadReport", "OrphanCount", "TableReport"]


class OrphanCount(Frozen):
    """Rows whose `column` points nowhere, and what was done with them. `examples`: the most frequent values."""

    column: str
    policy: str
    rows: int
    examples: tuple[str, ...] = ()


class TableReport(Frozen):
    """read = kept + rejected + folded + superseded.

    folded        rows equal to another row in every column
    superseded    rows that lost to another row with the same key (duplicates: keep_first | keep_last)
    mapped        column -> "dirty -> clean" -> rows
    rounded       column -> values that had more decimals than the column holds
    empty         column of a reference -> kept rows where it is empty
    rejects_file  every rejected and superseded row with line, column, value and reason; None when there is none
    """

    name: str
    source: Path
    read: int
    kept: int
    rejected: int
    folded: int = 0
    superseded: int = 0
    mapped: dict[str, dict[str, int]] = Field(default_factory=dict)
    rounded: dict[str, int] = Field(default_factory=dict)
    orphans: tuple[OrphanCount, ...] = ()
    empty: dict[str, int] = Field(default_factory=dict)
    reasons: dict[str, int] = Field(default_factory=dict)
    rejects_file: Path | None = None
    through: str | None = None


class Check(Frozen):
    """One check of the new snapshot before it serves."""

    name: str
    ok: bool
    detail: str = ""


class LoadReport(Frozen):
    """The outcome of a load. `snapshot`: the version that serves now; `unchanged`: the input was that of the snapshot
    that serves, nothing was built; `swapped`: the pointer moved."""

    tables: tuple[TableReport, ...]
    snapshot: str
    swapped: bool
    unchanged: bool
    checks: tuple[Check, ...] = ()
