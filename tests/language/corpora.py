"""The corpora, entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # they are a megabyte, and every process of a run reads them


def entries(folder: str = "corpus") -> Iterator[tuple[str, dict[str, Any]]]:
    """(name of its file, what is written there) of each entry; the caller's own."""
    for path in sorted((Path(__file__).parent / folder).glob("*.yaml")):
        for entry in _read(path):
            yield path.stem, dict(entry)


@cache
def _read(path: Path) -> list[dict[str, Any]]:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER) or []
