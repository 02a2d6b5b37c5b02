"""What is kept beside a snapshot: the hash of its input, what its load said, and the size and hash of the file itself.

With it a file that is no longer what was written can be told from one that is.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from metrics.ingest.pointer import numbers, report_path, snapshot_path
from metrics.ingest.report import TableReport, WordTwice
from metrics.query import Frozen

__all__ = ["Manifest", "digest", "harm_of", "last_good", "read_manifest", "write_manifest"]


class Manifest(Frozen):
    """`content`: hash of everything the snapshot was made of; `file`: SHA-256 of the snapshot; `size` in bytes."""

    content: str
    tables: tuple[TableReport, ...]
    words: tuple[WordTwice, ...] = ()
    file: str = ""
    size: int | None = None


def read_manifest(store: Path, number: int) -> Manifest | None:
    try:
        return Manifest.model_validate_json(report_path(store, number).read_bytes())
    except (OSError, ValidationError):
        return None


def write_manifest(store: Path, number: int, manifest: Manifest) -> None:
    report_path(store, number).write_text(manifest.model_dump_json(), encoding="utf-8")


def digest(path: Path) -> str | None:
    """SHA-256 of a file; None when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def harm_of(store: Path, number: int) -> str:
    """What is wrong with the file of a snapshot, "" when it is what its load wrote or nothing was kept to tell.

    Reads the whole file, about half a gigabyte a second; a file of another size is told without."""
    path, kept = snapshot_path(store, number), read_manifest(store, number)
    try:
        size = path.stat().st_size
    except OSError:
        return "the file is missing"
    if kept is None or not kept.file:
        return ""
    if kept.size is not None and size != kept.size:
        return f"it has {size:,} bytes, and {kept.size:,} were written"
    return "" if digest(path) == kept.file else "its bytes are not those that were written"


def last_good(store: Path, *, but: int) -> int | None:
    """The newest snapshot, `but` for one, that is what its load wrote; None when there is none."""
    return next((n for n in numbers(store) if n != but and not harm_of(store, n)), None)
