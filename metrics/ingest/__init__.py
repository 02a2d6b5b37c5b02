"""Rows in: from files to a new snapshot of the metric store, with every rejected row kept and its reason said."""

from __future__ import annotations

from metrics.ingest.confirming import blocked, confirm
from metrics.ingest.loading import load
from metrics.ingest.report import Blocked, Check, Difference, LoadReport, OrphanCount, TableReport, WordTwice
from metrics.ingest.target_rows import check_target_rows

__all__ = [
    "Blocked",
    "Check",
    "Difference",
    "LoadReport",
    "OrphanCount",
    "TableReport",
    "WordTwice",
    "blocked",
    "check_target_rows",
    "confirm",
    "load",
]
