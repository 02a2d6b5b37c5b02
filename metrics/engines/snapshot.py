"""One snapshot file: opened read-only and locked down, with what it says about itself."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import duckdb

__all__ = ["Identity", "Snapshot", "identity_of", "open_snapshot"]


class Identity(NamedTuple):
    """What changes when a file is replaced or written to."""

    inode: int
    size: int
    changed_ns: int

    def same_file(self, other: Identity) -> bool:
        """One file on disk at two moments, if it was open all the while."""
        return self.inode == other.inode


def identity_of(path: Path) -> Identity | None:
    """None when it is not there; one stat call."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Identity(found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(frozen=True)
class Snapshot:
    """One open snapshot. `through`: table -> its last complete day (None: always complete); `since`: its first, where
    that is declared; `rows`: table -> its rows; `late_after`: table -> working days after which it is late (None:
    never), where the load said so."""

    version: str
    path: Path
    through: Mapping[str, dt.date | None]
    rows: Mapping[str, int]
    content: str
    late_after: Mapping[str, int | None]
    since: Mapping[str, dt.date]
    _connection: duckdb.DuckDBPyConnection = field(repr=False)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor for one query; connections are not shared between threads. `interrupt()` works on the cursor that
        runs."""
        return self._connection.cursor()

    def close(self) -> None:
        self._connection.close()

    @property
    def data_through(self) -> dt.date | None:
        """The last day for which every table that has one is complete."""
        return min((d for d in self.through.values() if d is not None), default=None)


def open_snapshot(name: Path, path: Path, config: Mapping[str, str | bool | int | float | list[str]]) -> Snapshot:
    """Open the file `path` under `name`. Raises duckdb.Error when it is no snapshot."""
    con = duckdb.connect(str(name), read_only=True, config=dict(config))
    try:
        tables = con.execute('SELECT name, "rows", through FROM _tables').fetchall()
        meta = dict(con.execute("SELECT key, value FROM _meta").fetchall())
    except duckdb.Error:
        con.close()
        raise
    return Snapshot(
        version=str(meta.get("version", "")),
        path=path,
        through={t[0]: t[2] for t in tables},
        rows={t[0]: int(t[1]) for t in tables},
        content=str(meta.get("content", "")),
        late_after=json.loads(meta.get("late_after", "{}")),
        since={t: dt.date.fromisoformat(day) for t, day in json.loads(meta.get("since", "{}")).items()},
        _connection=con,
    )
