"""The corpora, one file an area: many ways to say the same thing in both languages, near misses that mean something
else, and what must be asked back or not be understood."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

CORPUS = Path(__file__).parent / "corpus"


def _entries(kind: str) -> list[Any]:
    """kind: "means" (each phrasing reads as that and nothing near it), "asks" (two or more readings, each of which is
    listed), "unread"."""
    made = []
    for path in sorted(CORPUS.glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or []:
            if kind in entry:
                for language in ("en", "zh"):
                    made += [
                        pytest.param(text, entry, id=f"{path.stem}:{text[:50]}") for text in entry.get(language, ())
                    ]
    return made


@pytest.mark.parametrize(("text", "entry"), _entries("means"))
def test_phrasings(text: str, entry: dict[str, Any], reader: Any, meaning: Callable[[Any], Any]) -> None:
    found = reader(text, entry.get("as", "Olive Qian"), entry.get("after", ()))
    assert [f.meaning for f in found.near] == [meaning(entry["means"])]


@pytest.mark.parametrize(("text", "entry"), _entries("asks"))
def test_asked_back(text: str, entry: dict[str, Any], reader: Any, meaning: Callable[[Any], Any]) -> None:
    found = reader(text, entry.get("as", "Olive Qian"), entry.get("after", ()))
    assert {f.meaning for f in found.near} == {meaning(w) for w in entry["asks"]}


@pytest.mark.parametrize(("text", "entry"), _entries("unread"))
def test_unread(text: str, entry: dict[str, Any], reader: Any) -> None:
    found = reader(text, entry.get("as", "Olive Qian"), entry.get("after", ()))
    assert not found.found
    assert found.normal.original[slice(*found.furthest)] == entry["unread"]
