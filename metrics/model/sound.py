"""Files that were found sound are not checked again. What was checked is kept beside the store: one hash of the files
and of the checks, so that neither changes unnoticed."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from metrics.model.yaml_file import LocatedYaml

__all__ = ["is_sound", "keep_sound", "seal_of"]

_CODE = Path(__file__).parent


def seal_of(*files: LocatedYaml) -> str:
    """Of the bytes that were read, and of the code that reads and checks them (as it lies on the disk)."""
    stats = [(p.name, p.stat()) for p in sorted(_CODE.glob("*.py"))]
    code = [(name, s.st_size, s.st_mtime_ns) for name, s in stats]
    return hashlib.sha256(repr(([f.digest for f in files], code)).encode()).hexdigest()


def is_sound(workspace: Path, seal: str) -> bool:
    """Whether just this was checked before, and nothing was wrong with it."""
    try:
        return _kept_in(workspace).read_text(encoding="ascii") == seal
    except (OSError, ValueError):
        return False


def keep_sound(workspace: Path, seal: str) -> None:
    """Only where a store may be: a folder that is merely looked at stays as it is."""
    kept = _kept_in(workspace)
    if kept.parent.is_dir():
        with suppress(OSError):  # a disk that may not be written: the next start checks again
            kept.write_text(seal, encoding="ascii")


def _kept_in(workspace: Path) -> Path:
    return workspace / "var" / "sound"
