"""The language files compiled, and kept as Python keeps its bytecode: in `__pycache__` beside them, under a hash
of what it was made from, and made anew where that changed or where nothing may be written."""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

__all__ = ["compiled", "kept", "language_files"]

_FOLDER = Path(__file__).parent.parent / "language"
_CODE = ("entries.py", "files.py", "patterns.py", "../normalise.py")  # what comes of them depends on these too


def language_files() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(_FOLDER.glob("*.yaml"))}


def compiled(*, write: bool | None = None) -> tuple[Any, ...]:
    """`entries.Table` of all languages in plain values. `write`: as `kept` has it."""
    content = language_files()
    code = [(Path(__file__).parent / name).read_bytes() for name in _CODE]

    def made() -> tuple[Any, ...]:
        from nlq.reader.entries import table_of  # not needed where something was kept

        table = table_of(content)
        return tuple(map(tuple, table.entries)), table.noise, table.words

    made_from = [*code, *(path.name.encode() for path in content), *content.values()]
    kept_or_made: tuple[Any, ...] = kept(_FOLDER, "constructions", made_from, made, write=write)
    return kept_or_made


def kept(
    folder: Path, name: str, made_from: Iterable[bytes], make: Callable[[], Any], *, write: bool | None = None
) -> Any:
    """What `make` gives, plain values only, from the file that another process left if it was made from the same.

    `write`: whether to leave one; as Python is told for bytecode where it is None."""
    digest = hashlib.sha256(sys.version.encode())
    for part in made_from:
        digest.update(hashlib.sha256(part).digest())
    file = folder / "__pycache__" / f"{name}.{digest.hexdigest()[:32]}.marshal"
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        return marshal.loads(file.read_bytes())
    made = make()
    if write if write is not None else not sys.dont_write_bytecode:
        with contextlib.suppress(OSError):
            _left(file, marshal.dumps(made))
    return made


def _left(file: Path, content: bytes) -> None:
    """The file, whole or not at all, and none of what it was before."""
    file.parent.mkdir(exist_ok=True)
    for old in file.parent.glob(f"{file.name.partition('.')[0]}.*.marshal"):
        old.unlink(missing_ok=True)
    beside = file.with_suffix(f".{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(file)
