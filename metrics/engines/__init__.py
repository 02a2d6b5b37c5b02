"""Where SQL runs. `open_engines` gives the engine of a workspace: today DuckDB over its snapshots."""

from __future__ import annotations

from pathlib import Path

from metrics.engines.duckdb_engine import DuckdbEngines
from metrics.engines.protocol import Engines
from metrics.engines.snapshots import Snapshots

__all__ = ["open_engines"]


def open_engines(workspace: Path, *, memory: str, threads: int, at_once: int, timeout_s: float) -> Engines:
    """`memory`: the engine's limit ("512MB"); `threads`: its workers; `at_once`: statements it runs at the same time,
    the others wait; `timeout_s`: longest a query may run."""
    snapshots = Snapshots(workspace, memory=memory, threads=threads, timeout_ms=int(timeout_s * 1000) + 1000)
    return DuckdbEngines(snapshots, at_once=at_once)
