"""Loads the small world, and reads it past all of our code: the independent side of every check."""

from __future__ import annotations

import datetime as dt
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from metrics import Answer, Audience, Metrics, Query, Viewer
from metrics.ingest import load

HERE = Path(__file__).parent
AS_OF = dt.datetime(2024, 3, 12, 9, 0, tzinfo=dt.UTC)


@functools.cache
def _loaded() -> tempfile.TemporaryDirectory[str]:
    """Loaded once for the whole run; the folder goes with the process."""
    made = tempfile.TemporaryDirectory()
    for file in (*HERE.glob("*.yaml"), *HERE.glob("*.csv")):
        shutil.copy(file, Path(made.name) / file.name)
    assert load(Path(made.name), env={}).swapped
    return made


def build(folder: Path) -> Path:
    """A loaded copy of the world in `folder`."""
    return Path(shutil.copytree(_loaded().name, folder, dirs_exist_ok=True))


def by_hand(workspace: Path, sql: str) -> list[tuple[Any, ...]]:
    """What hand-written SQL gives on the same snapshot, through a connection of its own. Before the file is opened by
    `Metrics`: two connections of one process to one file must be configured alike."""
    store = workspace / "var" / "store"
    with duckdb.connect(str(store / (store / "current").read_text().strip()), read_only=True) as con:
        return con.execute(sql).fetchall()


def ask(
    metrics: Metrics, query: Query, who: str = "ops", *, audience: Audience | None = None, as_of: dt.datetime = AS_OF
) -> Answer:
    return metrics.answer(
        query, viewer=Viewer.of(metrics.org.people[who]), audience=audience or Audience.only_viewer(), as_of=as_of
    )
