"""How readings are said where the plain words would be long: as a colleague says them."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from changing import phrasings

from nlq.reader.saying import Unsayable, said

UNSAID = 0.01  # of what is asked; may only fall


@pytest.mark.parametrize(
    ("question", "who", "language", "words"),
    [
        ("how am i doing", "Kevin Wang", "en", "My scorecard this month"),
        ("我们组干得怎么样", "许强", "zh", "我们组本月成绩单"),
        ("how is the East doing", "Olive Qian", "en", "Scorecard for East this month"),
        ("how are my reps doing", "许强", "en", "My team scorecard by rep this month"),
        ("will we make Q4", "Olive Qian", "en", "Sales on the way to target Q4"),
        ("下半年完不完得成", "Olive Qian", "zh", "下半年销售额达标进展"),
        (
            "which team is most at risk",
            "Olive Qian",
            "en",
            "Bottom team sales going by pace with projection this month",
        ),
        ("rank of Falcon", "Olive Qian", "en", "Sales rank for Falcon this month"),
        ("where do i rank in the team", "Kevin Wang", "en", "My sales rank inside my team this month"),
        ("my open deals over 50k", "Kevin Wang", "en", "List of my open deals where deal value above 50k"),
    ],
)
def test_readings_in_the_words_of_a_colleague(question: str, who: str, language: str, words: str, reader: Any) -> None:
    (found,) = reader(question, who).near
    assert said(found.meaning, reader.lexicon, language) == words


def test_whatever_is_asked_is_said(reader: Any) -> None:
    """In words that are read as the same; what has none is told by its numbers."""
    asked, unsaid = 0, list[str]()
    for text, who, language in phrasings():
        if zlib.crc32(text.encode()) % 16:
            continue
        for found in reader(text, who).near:
            asked += 1
            try:
                said(found.meaning, reader.lexicon, language, strict=True)
            except Unsayable as error:
                assert said(found.meaning, reader.lexicon, language)
                unsaid.append(f"{text}: {error}")
    assert asked > 300
    assert len(unsaid) <= UNSAID * asked, unsaid
