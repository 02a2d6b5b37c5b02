"""Proof that the files of a load stood still: their size, time and identity before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Witness"]

_Stamp = tuple[int, int, int] | None


@dataclass(frozen=True)
class Witness:
    """How files were at a moment: path -> (inode, size, time of change in ns), None for one that was not there."""

    stamps: Mapping[Path, _Stamp]

    @staticmethod
    def of(paths: Iterable[Path]) -> Witness:
        return Witness({path: _stamp(path) for path in paths})

    def changed(self) -> tuple[Path, ...]:
        """Those that are not as they were."""
        return tuple(path for path, stamp in self.stamps.items() if _stamp(path) != stamp)


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
