"""The corpora, one file an area: many ways to say the same thing in both languages, near misses that mean something
else, and what must be asked back or not be understood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from corpora import entries


def _entries(kind: str) -> list[Any]:
    """kind: "means" (each phrasing reads as that and nothing near it), "asks" (two or more readings, each of which is
    listed), "unread". One test an entry."""
    made = []
    for name, entry in entries():
        if kind in entry:
            texts = [text for language in ("en", "zh") for text in entry.get(language, ())]
            made.append(pytest.param(texts, entry, id=f"{name}:{texts[0][:50]}"))
    return made


def _read(texts: list[str], entry: dict[str, Any], reader: Any) -> Iterator[tuple[str, Any]]:
    assert texts
    for text in texts:
        yield text, reader(text, entry.get("as", "Olive Qian"), entry.get("after", ()))


@pytest.mark.parametrize(("texts", "entry"), _entries("means"))
def test_phrasings(texts: list[str], entry: dict[str, Any], reader: Any, meaning: Callable[[Any], Any]) -> None:
    wanted = [meaning(entry["means"])]
    found = {text: [f.meaning for f in made.near] for text, made in _read(texts, entry, reader)}
    assert {text: near for text, near in found.items() if near != wanted} == {}


@pytest.mark.parametrize(("texts", "entry"), _entries("asks"))
def test_asked_back(texts: list[str], entry: dict[str, Any], reader: Any, meaning: Callable[[Any], Any]) -> None:
    wanted = {meaning(w) for w in entry["asks"]}
    found = {text: {f.meaning for f in made.near} for text, made in _read(texts, entry, reader)}
    assert {text: near for text, near in found.items() if near != wanted} == {}


@pytest.mark.parametrize(("texts", "entry"), _entries("unread"))
def test_unread(texts: list[str], entry: dict[str, Any], reader: Any) -> None:
    for text, made in _read(texts, entry, reader):
        assert not made.found, text
        assert made.normal.original[slice(*made.furthest)] == entry["unread"], text
