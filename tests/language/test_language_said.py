"""How readings are said where the plain words would be long: as a colleague says them."""

from __future__ import annotations

from typing import Any

import pytest

from nlq.reader.saying import said


@pytest.mark.parametrize(
    ("question", "who", "language", "words"),
    [
        ("how am i doing", "Kevin Wang", "en", "My scorecard this month"),
        ("我们组干得怎么样", "许强", "zh", "我们组本月成绩单"),
        ("how is the East doing", "Olive Qian", "en", "Scorecard for East this month"),
        ("how are my reps doing", "许强", "en", "My team scorecard by rep this month"),
        ("my open deals over 50k", "Kevin Wang", "en", "List of my open deals where deal value above 50k"),
    ],
)
def test_readings_in_the_words_of_a_colleague(question: str, who: str, language: str, words: str, reader: Any) -> None:
    (found,) = reader(question, who).near
    assert said(found.meaning, reader.lexicon, language) == words
