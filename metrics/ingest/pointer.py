"""The store folder and the pointer to the snapshot that serves.

`var/store/current` holds the file name of the newest whole snapshot. It is replaced in one step, so a reader sees the
old name or the new one, and a kill at any moment leaves one that exists.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["POINTER", "next_number", "point_to", "pointed", "report_path", "snapshot_path", "store_folder", "sweep"]

POINTER = "current"
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


def next_number(store: Path) -> int:
    """One more than any snapshot that was ever here."""
    numbers = [int(m.group(1)) for p in store.iterdir() if (m := _SNAPSHOT.fullmatch(p.name))]
    current = pointed(store)
    return max([*numbers, current[0] if current else 0]) + 1


def point_to(store: Path, number: int) -> None:
    """Make snapshot `number` the one that serves."""
    draft = store / f"{POINTER}.draft"
    with draft.open("w", encoding="utf-8") as file:
        file.write(snapshot_path(store, number).name + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(store / POINTER)


def sweep(store: Path, *, keep: int) -> None:
    """Remove what no reader opens any more: snapshots older than the one before `keep`, and drafts of loads that died.

    A reader that still has an older file open keeps it: the name goes, the content stays until it is closed."""
    for path in store.iterdir():
        match = _SNAPSHOT.fullmatch(path.name) or _REPORT.fullmatch(path.name)
        if (match and int(match.group(1)) < keep - 1) or path.name.startswith("building_"):
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        for inner in path.iterdir():
            _remove(inner)
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
