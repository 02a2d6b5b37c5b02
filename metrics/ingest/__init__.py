"""Rows in: from files to a new snapshot of the metric store, with every rejected row kept and its reason said."""

from __future__ import annotations

from metrics.ingest.loading import load
from metrics.ingest.report import Check, LoadReport, OrphanCount, TableReport

__all__ = ["Check", "LoadReport", "OrphanCount", "TableReport", "load"]
