"""What a load did, table by table. Plain values that travel from the building process as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from metrics.query import Frozen

__all__ = ["Blocked", "Check", "Difference", "Extent", "LoadReport", "OrphanCount", "TableReport", "WordTwice"]


class OrphanCount(Frozen):
    """Rows whose `column` points nowhere, and what was done with them. `examples`: the most frequent values."""

    column: str
    policy: str
    rows: int
    examples: tuple[str, ...] = ()


class Extent(Frozen):
    """Where in time the kept rows of a table lie.

    months    "2026-11" -> rows
    last_day  newest day with rows, at or before the last complete day where the table has one (ISO)
    quiet     working days without rows from there to the last complete day
    longest   the longest such stretch between two days with rows; None: too few days to speak of a rhythm
    """

    months: dict[str, int] = Field(default_factory=dict)
    last_day: str | None = None
    quiet: int = 0
    longest: int | None = None


class TableReport(Frozen):
    """read = kept + rejected + folded + superseded.

    folded        rows equal to another row in every column
    superseded    rows that lost to another row with the same key (duplicates: keep_first | keep_last)
    mapped        column -> "dirty -> clean" -> rows
    rounded       column -> values that had more decimals than the column holds
    empty         column of a reference -> kept rows where it is empty
    rejects_file  every rejected and superseded row with line, column, value and reason; None when there is none
    sha256        of the bytes that were parsed
    whole_lines   the file ends with a line end; None where that means nothing (Parquet)
    extent        None for a table without a date
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
    since: str | None = None
    sha256: str = ""
    whole_lines: bool | None = None
    extent: Extent | None = None


class Check(Frozen):
    """One check of the new snapshot before it serves."""

    name: str
    ok: bool
    detail: str = ""


class Difference(Frozen):
    """One thing about a table that is not as it was, or not as its source says. `before` and `now` are counts of rows
    or ISO days; `since` is the first month ("2026-03") that has fewer rows.

    rows     the table has far fewer rows
    past     months that are over have far fewer rows, all together
    through  the last complete day went back
    last_day the newest day with rows went back
    quiet    complete through `before`, yet no row after `now`, and it never was silent for so long
    line_end the file ended with a line end, and no longer does
    """

    table: str
    kind: Literal["rows", "past", "through", "last_day", "quiet", "line_end"]
    before: str = ""
    now: str = ""
    since: str | None = None


class WordTwice(Frozen):
    """A word that the rows give a second meaning: `member` of `field` (or a word for it), and `other` ("the metric
    revenue")."""

    word: str
    field: str
    member: str
    other: str


class Blocked(Frozen):
    """A load whose rows are not believed until an admin confirms them. `id` is what is confirmed; `serving`: the
    snapshot that serves on, None before the first; `candidate`: the number of the one that waits; `content`: hash of
    its input; `file`: hash of the built file."""

    id: str
    serving: int | None
    candidate: int
    content: str
    file: str
    differences: tuple[Difference, ...]
    tables: tuple[TableReport, ...]
    words: tuple[WordTwice, ...] = ()


class LoadReport(Frozen):
    """The outcome of a load. `snapshot`: the version that serves now; `unchanged`: the input was that of the snapshot
    that serves, nothing was built; `swapped`: the pointer moved; `blocked`: it did not, because of what differs;
    `words`: what questions will have to ask back about."""

    tables: tuple[TableReport, ...]
    snapshot: str
    swapped: bool
    unchanged: bool
    checks: tuple[Check, ...] = ()
    blocked: Blocked | None = None
    words: tuple[WordTwice, ...] = ()
