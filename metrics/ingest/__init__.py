"""Rows in: from files to a new snapshot of the metric store, with every rejected row kept and its reason said."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metrics.ingest.confirming import blocked, confirm
    from metrics.ingest.loading import load
    from metrics.ingest.report import Blocked, Check, Difference, LoadReport, OrphanCount, TableReport, WordTwice
    from metrics.ingest.row_checks import check_rows

__all__ = [
    "Blocked",
    "Check",
    "Difference",
    "LoadReport",
    "OrphanCount",
    "TableReport",
    "WordTwice",
    "blocked",
    "check_rows",
    "confirm",
    "load",
]

_HOMES = {"blocked": "confirming", "confirm": "confirming", "load": "loading", "check_rows": "row_checks"}


def __getattr__(name: str) -> Any:
    """Where a name is from, imported when it is asked for: who only reads the store knows its pointer and manifest, and
    does not wait for what loads it."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(f"metrics.ingest.{_HOMES.get(name, 'report')}"), name)
