"""The store folder and the pointer to the snapshot that serves.

`var/store/current` holds the file name of the newest whole snapshot. It is replaced in one step, so a reader sees the
old name or the new one, and a kill at any moment leaves one that exists.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from metrics.errors import LoadError, Problem

__all__ = [
    "POINTER",
    "READING",
    "alone",
    "next_number",
    "numbers",
    "point_to",
    "pointed",
    "report_path",
    "snapshot_path",
    "store_folder",
    "sweep",
    "tidy",
]

POINTER = "current"
READING = "reading_"  # a second name of a snapshot, for the moment in which it is opened
_SNAPSHOT = re.compile(r"snapshot_(\d+)\.duckdb")
_REPORT = re.compile(r"snapshot_(\d+)\.json")


def store_folder(workspace: Path) -> Path:
    return workspace / "var" / "store"


def snapshot_path(store: Path, number: int) -> Path:
    return store / f"snapshot_{number}.duckdb"


def report_path(store: Path, number: int) -> Path:
    """What the load of a snapshot said, as JSON beside it: asking needs no connection to a file that is being read."""
    return store / f"snapshot_{number}.json"


def pointed(store: Path) -> tuple[int, Path] | None:
    """(number, path) of the snapshot that serves; None before the first load."""
    try:
        text = (store / POINTER).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    match = _SNAPSHOT.fullmatch(text)
    return (int(match.group(1)), store / text) if match else None


def numbers(store: Path) -> list[int]:
    """The snapshots that are here, newest first."""
    try:
        found = [int(m.group(1)) for p in store.iterdir() if (m := _SNAPSHOT.fullmatch(p.name))]
    except OSError:
        return []
    return sorted(found, reverse=True)


def next_number(store: Path) -> int:
    """One more than any snapshot that was ever here."""
    current = pointed(store)
    return max([*numbers(store), current[0] if current else 0]) + 1


def point_to(store: Path, number: int) -> None:
    """Make snapshot `number` the one that serves."""
    draft = store / f"{POINTER}.draft"
    with draft.open("w", encoding="utf-8") as file:
        file.write(snapshot_path(store, number).name + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(store / POINTER)


def sweep(store: Path, *, serving: int, spare: int | None) -> None:
    """Remove the snapshots that nobody opens any more. The one that serves stays, and the last good one before it: a
    snapshot can be damaged. `spare`: that one; None when there is none.

    A reader that still has another file open keeps it: the name goes, the content stays until it is closed."""
    for path in store.iterdir():
        match = _SNAPSHOT.fullmatch(path.name) or _REPORT.fullmatch(path.name)
        if match and int(match.group(1)) not in (serving, spare):
            _remove(path)


def tidy(store: Path) -> None:
    """Remove what loads and readers that died have left."""
    for path in store.iterdir():
        if path.name.startswith(("building_", READING)):
            _remove(path)


@contextmanager
def alone(store: Path) -> Iterator[None]:
    """One load at a time; the lock goes with the process, also when it is killed. Raises LoadError."""
    with (store / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            problem = Problem(
                "sources.yaml", 0, "", "another load of this workspace is running.", "Wait until it has ended."
            )
            raise LoadError([problem]) from None
        yield


def _remove(path: Path) -> None:
    if path.is_dir():
        for inner in path.iterdir():
            _remove(inner)
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
