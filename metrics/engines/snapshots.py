"""Reading the metric store while new snapshots arrive, and when one turns out to be damaged.

`Snapshots.lease()` hands out the newest good snapshot; who holds it keeps reading the same rows however often the
pointer moves. An old snapshot is closed when its last reader is done; files are removed by loads. Every snapshot has
its own DuckDB connection, read-only and locked down: no files, no network, no extensions, no change of settings.

A file that is not what its load wrote never serves: it is told by its size and hash before it is used (a large one in
the background; DuckDB's own checksums, which miss changes that cancel out, hold until then), or by the engine stumbling
over it. The last good one serves instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock, Thread

import duckdb

from metrics.engines.protocol import Damage
from metrics.engines.snapshot import Identity, Snapshot, identity_of, open_snapshot
from metrics.errors import DamagedStore, LoadError, Problem
from metrics.ingest.manifest import harm_of
from metrics.ingest.pointer import POINTER, READING, numbers, pointed, snapshot_path, store_folder

__all__ = ["Snapshot", "Snapshots"]

_DAMAGE_SAID = ("Corrupt database file", "IO Error: Could not read")  # where nothing was kept to tell
_AT_ONCE = 32 << 20  # bytes; to read so many takes 60 ms
_LOAD = "Run `paceline load`: it is built again."


@dataclass
class _Held:
    snapshot: Snapshot
    identity: Identity
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
        self._seen: tuple[Identity | None, Identity | None] | None = None
        self._harmed: dict[tuple[Path, Identity | None], str] = {}  # which files are damaged, and how it shows
        self._damage: Damage | None = None
        self._closed = False

    def current_version(self) -> str | None:
        """The version readers get: that of the pointer, or, where it names nothing that can be opened (or is gone), the
        one that serves instead. None before the first load."""
        with self._lock:
            if self._newest is not None and not self._closed:
                with suppress(DamagedStore):  # the next lease says it
                    self._refresh()
                return self._newest.snapshot.version
        found = pointed(self._store)
        return str(found[0]) if found else None

    def damage(self) -> Damage | None:
        """What is wrong with the snapshot that ought to serve; None when all is well. Not looked for: remembered."""
        return self._damage

    @contextmanager
    def lease(self) -> Iterator[Snapshot]:
        """The newest good snapshot, open until the block ends. Raises LoadError when nothing was ever loaded, and
        DamagedStore when none of what was loaded is good."""
        with self._lock:
            held = self._refresh()
            held.readers += 1
        try:
            yield held.snapshot
        finally:
            with self._lock:
                held.readers -= 1
                self._drain(held)

    def suspect(self, snapshot: Snapshot, error: duckdb.Error) -> bool:
        """Whether a snapshot gave this error because its file is damaged; then the next lease gives another. Reads the
        whole file."""
        said = str(error).strip().splitlines()[0]
        harm = harm_of(self._store, _number(snapshot.path)) or (said if said.startswith(_DAMAGE_SAID) else "")
        with self._lock:
            held = self._newest
            if held is None or held.snapshot is not snapshot:
                return True  # another one serves already
            if not harm or identity_of(snapshot.path) is None:  # deleted: what is open can still be read
                return False
            self._condemn(held, harm)
        return True

    def close(self) -> None:
        """Close what is open; leases that are out close theirs when they end."""
        with self._lock:
            self._closed = True
            if self._newest is not None:
                self._retire(self._newest)
                self._newest = None

    def _refresh(self) -> _Held:
        """The snapshot that serves, opened if the pointer moved or its file changed since. Call with the lock held."""
        if self._closed:
            raise LoadError([Problem(str(self._store), 0, "", "the store was closed.", "Open it again.")])
        stamp = identity_of(self._pointer)
        newest = self._newest
        if newest is not None and (stamp is None or self._seen == (stamp, identity_of(newest.snapshot.path))):
            return newest
        fresh = self._choose()
        if fresh is not None and fresh is not newest:
            self._newest = fresh
            if newest is not None:
                self._retire(newest)
        if self._newest is None:
            problem = Problem(str(self._store / POINTER), 0, "", "nothing is loaded yet.", "Run `paceline load`.")
            raise LoadError([problem])
        self._seen = (stamp, identity_of(self._newest.snapshot.path))
        return self._newest

    def _choose(self) -> _Held | None:
        """What the pointer names, if it is good; else what is open, if that is; else the newest good one on disk."""
        for _ in range(3):  # the pointer can move on, and the file go, between reading the one and opening the other
            found = pointed(self._store)
            if found is None:
                return None
            held, harm = self._good(found[1], trusted=True)
            if held is not None:
                self._damage = None
                return held
        assert found is not None
        identity = identity_of(found[1])
        self._damage = Damage(found[1].name, harm, identity.changed_ns if identity is not None else 0)
        if self._newest is not None and not self._is_harmed(self._newest):
            return self._newest
        for number in numbers(self._store):
            if number < found[0]:
                held, _ = self._good(snapshot_path(self._store, number), trusted=False)
                if held is not None:
                    return held
        message = f"{found[1].name} cannot be opened: {harm}."
        raise DamagedStore([Problem(str(self._store), 0, "", message, _LOAD)])

    def _good(self, path: Path, *, trusted: bool) -> tuple[_Held | None, str]:
        """(the snapshot, "") or (None, what is wrong). `trusted`: a large file is looked at in the background."""
        identity = identity_of(path)
        if identity is None:
            return None, "the file is missing"
        newest = self._newest
        if newest is not None and (newest.snapshot.path, newest.identity) == (path, identity):
            harm = self._harmed.get((path, identity), "")
            return (None, harm) if harm else (newest, "")
        number = _number(path)
        again = newest is not None and newest.snapshot.path == path  # changed under us, or another file of this name
        later = trusted and not again and identity.size > _AT_ONCE
        if (path, identity) not in self._harmed and not later:
            harm = harm_of(self._store, number)
            if harm:
                self._harmed[path, identity] = harm
                if newest is not None and again and newest.identity.same_file(identity):
                    self._harmed[path, newest.identity] = harm  # written over while it is open
        harm = self._harmed.get((path, identity), "")
        if harm:
            return None, harm
        if newest is not None and again and newest.identity.same_file(identity):
            newest.identity = identity  # only its time changed: the bytes are those that were written
            return newest, ""
        try:
            snapshot = self._open(path, identity, apart=again)
        except duckdb.Error as error:
            why = str(error).strip().splitlines()[0].rstrip(".")
            self._harmed[path, identity] = harm_of(self._store, number) or why
            return None, self._harmed[path, identity]
        if newest is not None and snapshot.version == newest.snapshot.version:  # a store that was begun anew
            snapshot = replace(snapshot, version=f"{snapshot.version}-{snapshot.content[:8]}")
        held = _Held(snapshot, identity)
        if later:
            Thread(target=self._look_whole, args=(held, number), daemon=True, name="snapshot check").start()
        return held, ""

    def _open(self, path: Path, identity: Identity, *, apart: bool) -> Snapshot:
        """`apart`: under a second name, because DuckDB gives whoever opens a name again what is open already."""
        if not apart:
            return open_snapshot(path, path, self._config)
        other = self._store / f"{READING}{identity.inode}.duckdb"
        try:
            other.unlink(missing_ok=True)
            other.hardlink_to(path)
        except OSError as error:
            raise duckdb.IOException(str(error)) from error
        try:
            return open_snapshot(other, path, self._config)
        finally:
            with suppress(OSError):
                other.unlink()

    def _look_whole(self, held: _Held, number: int) -> None:
        """In the background: the whole file against its hash."""
        harm = harm_of(self._store, number)
        with self._lock:
            if harm and held is self._newest and identity_of(held.snapshot.path) == held.identity:
                self._condemn(held, harm)

    def _condemn(self, held: _Held, harm: str) -> None:
        """Call with the lock held."""
        self._harmed[held.snapshot.path, held.identity] = harm
        self._harmed[held.snapshot.path, identity_of(held.snapshot.path)] = harm
        self._seen = None

    def _is_harmed(self, held: _Held) -> bool:
        return (held.snapshot.path, held.identity) in self._harmed

    def _retire(self, held: _Held) -> None:
        held.retired = True
        self._drain(held)

    def _drain(self, held: _Held) -> None:
        if held.retired and held.readers == 0:
            held.snapshot.close()


def _number(path: Path) -> int:
    return int(path.stem.rpartition("_")[2])
