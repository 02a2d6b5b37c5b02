"""Near misses: questions that differ in one small thing and mean something else are not read as the same
(corpus_near/*.yaml); and what is asked back is asked in words that are read as what they say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from corpora import entries

from nlq.normalise import has_han
from nlq.reader.saying import said

ANYBODY = "Olive Qian"
LEAST_NEAR, LEAST_ASKED = 300, 100  # of which there are to be so many


def _entries() -> Iterator[Any]:
    """(questions and what they mean in plain words, if that is said; who asks)."""
    for name, entry in entries("corpus_near"):
        who = entry.pop("as", ANYBODY)
        yield pytest.param(entry, who, id=f"{name}:{next(iter(entry))[:50]}")


def _asked() -> Iterator[Any]:
    for name, entry in entries():
        for text in (*entry.get("en", ()), *entry.get("zh", ())) if "asks" in entry else ():
            yield pytest.param(text, entry, id=f"{name}:{text[:50]}")


@pytest.mark.parametrize(("questions", "who"), list(_entries()))
def test_neighbours_are_told_apart(questions: dict[str, str | None], who: str, reader: Any) -> None:
    read = {text: [f.meaning for f in reader(text, who).near] for text in questions}
    alike = [(a, b) for a, b in combinations(read, 2) if len(read[a]) == 1 and read[a] == read[b]]
    assert not alike
    for text, words in questions.items():
        if words is not None:
            assert read[text] == [f.meaning for f in reader(words, who).near], f"{text} is not read as: {words}"
            assert len(read[text]) == 1


@pytest.mark.parametrize(("text", "entry"), list(_asked()))
def test_choices_are_read_as_what_they_say(text: str, entry: dict[str, Any], reader: Any) -> None:
    choices = reader(text, entry.get("as", ANYBODY), entry.get("after", ())).near
    assert 2 <= len(choices) <= 4
    language = "zh" if has_han(text) else "en"
    words = [said(choice.meaning, reader.lexicon, language) for choice in choices]
    assert len(set(words)) == len(words), words
    for choice, said_so in zip(choices, words, strict=True):
        assert [f.meaning for f in reader(said_so).near] == [choice.meaning], said_so


def test_there_are_enough() -> None:
    near = sum(len(entry.values[0]) - 1 for entry in _entries())
    assert near >= LEAST_NEAR
    assert len(list(_asked())) >= LEAST_ASKED
