"""Reading the metric store while new snapshots arrive.

`Snapshots.lease()` hands out the newest snapshot; who holds it keeps reading the same rows however often the pointer
moves. An old snapshot is closed and its file removed when its last reader is done. Every snapshot has its own DuckDB
connection, read-only and locked down: no files, no network, no extensions, no change of settings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import duckdb

from metrics.errors import LoadError, Problem
from metrics.ingest.pointer import POINTER, pointed, store_folder

__all__ = ["Snapshot", "Snapshots"]


@dataclass(frozen=True)
class Snapshot:
    """One open snapshot. `through`: table -> its last complete day (None: always complete); `rows`: table -> its
    rows."""

    version: str
    path: Path
    through: Mapping[str, dt.date | None]
    rows: Mapping[str, int]
    content: str
    _connection: duckdb.DuckDBPyConnection = field(repr=False)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor for one query; connections are not shared between threads. `interrupt()` works on the cursor that
        runs."""
        return self._connection.cursor()

    @property
    def data_through(self) -> dt.date | None:
        """The last day for which every table that has one is complete."""
        return min((d for d in self.through.values() if d is not None), default=None)


@dataclass
class _Held:
    snapshot: Snapshot
    readers: int = 0
    retired: bool = False


class Snapshots:
    """The snapshots of one workspace, for any number of threads.

    `memory`: DuckDB's limit for each snapshot ("512MB"); `threads`: its worker threads; `timeout_ms`: its own limit per
    query (0: none; callers that interrupt cursors set their own)."""

    def __init__(self, workspace: Path, *, memory: str = "512MB", threads: int = 2, timeout_ms: int = 0) -> None:
        self._store = store_folder(workspace.resolve())
        self._pointer = self._store / POINTER  # looked at before every question
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "access_mode": "READ_ONLY",
            "enable_external_access": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
            "memory_limit": memory,
            "threads": threads,
            "max_execution_time": timeout_ms,
            "lock_configuration": True,
        }
        self._lock = Lock()
        self._newest: _Held | None = None
        self._seen: tuple[int, int] | None = None
        self._closed = False

    def current_version(self) -> str | None:
        """The version readers get: that of the pointer, or, where it names nothing that can be opened (or is gone), the
        one that is still open. None before the first load."""
        with self._lock:
            if self._newest is not None and not self._closed:
                return self._refresh().snapshot.version
        found = pointed(self._store)
        return str(found[0]) if found else None

    @contextmanager
    def lease(self) -> Iterator[Snapshot]:
        """The newest snapshot, open until the block ends. Raises LoadError when nothing was ever loaded."""
        with self._lock:
            held = self._refresh()
            held.readers += 1
        try:
            yield held.snapshot
        finally:
            with self._lock:
                held.readers -= 1
                self._drain(held)

    def close(self) -> None:
        """Close what is open; leases that are out close theirs when they end."""
        with self._lock:
            self._closed = True
            if self._newest is not None:
                held, self._newest = self._newest, None
                if held.readers == 0:
                    held.snapshot._connection.close()
                else:
                    held.retired = True

    def _refresh(self) -> _Held:
        """The newest snapshot, opened if the pointer moved since. Call with the lock held."""
        if self._closed:
            raise LoadError([Problem(str(self._store), 0, "", "the store was closed.", "Open it again.")])
        stamp = self._stamp()
        if self._newest is not None and stamp in (self._seen, None):
            return self._newest
        fresh = self._open()
        self._seen = stamp
        if fresh is not None and fresh is not self._newest:
            old, self._newest = self._newest, fresh
            if old is not None:
                old.retired = True
                self._drain(old)
        if self._newest is None:
            problem = Problem(str(self._store / POINTER), 0, "", "nothing is loaded yet.", "Run `paceline load`.")
            raise LoadError([problem])
        return self._newest

    def _stamp(self) -> tuple[int, int] | None:
        """What changes when the pointer is replaced; one stat call."""
        try:
            found = self._pointer.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _open(self) -> _Held | None:
        """Open what the pointer names. A snapshot that cannot be opened leaves the one that serves, if there is one."""
        failure: duckdb.Error | None = None
        for _ in range(3):  # the pointer can move on, and the file go, between reading the one and opening the other
            found = pointed(self._store)
            if found is None:
                return None
            if self._newest is not None and self._newest.snapshot.path == found[1]:
                return self._newest
            try:
                return _Held(_open_snapshot(found[1], self._config))
            except duckdb.Error as error:
                failure = error
        if self._newest is None and failure is not None:
            why = str(failure).strip().splitlines()[0].rstrip(".")
            problem = Problem(
                str(self._store),
                0,
                "",
                f"the snapshot cannot be opened: {why}.",
                "Run `paceline load`: it is built again.",
            )
            raise LoadError([problem])
        return None

    def _drain(self, held: _Held) -> None:
        if held.retired and held.readers == 0:
            held.snapshot._connection.close()
            if not self._closed:  # closed: another process may still serve this very snapshot
                with suppress(OSError):  # a folder that may not be written: the next load removes it
                    held.snapshot.path.unlink(missing_ok=True)


def _open_snapshot(path: Path, config: Mapping[str, str | bool | int | float | list[str]]) -> Snapshot:
    con = duckdb.connect(str(path), read_only=True, config=dict(config))
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
        _connection=con,
    )
