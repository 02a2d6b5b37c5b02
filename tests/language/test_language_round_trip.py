"""What is said is read as the same question: of random questions of the whole algebra, in both languages."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from metrics.query.asked import Asked
from metrics.query.family import Family
from nlq.reader.read import read
from nlq.reader.saying import Unsayable, said, said_condition, said_measure, said_member, said_when

sys.path.append(str(Path(__file__).parents[1] / "algebra"))
from random_questions import Questions

AS_OF = dt.date(2026, 11, 20)
LANGUAGES = ("en", "zh")
SALES = {"kind": "metric", "name": "sales"}
MONTH = {"kind": "units", "unit": "month"}


def questions(reader: Any, seed: int, count: int) -> list[Asked]:
    """Of which none shows the same number twice: that would be said, and read, once."""
    metrics = reader.metrics
    made = Questions(metrics.model, metrics.members, AS_OF, seed)
    found: list[Asked] = []
    while len(found) < count:
        asked = made.question()
        if len(set(asked.show)) == len(asked.show):
            found.append(asked)
    return found


def round_trip(reader: Any, seed: int, count: int) -> tuple[Counter[str], list[str]]:
    tally: Counter[str] = Counter()
    wrong: list[str] = []
    for asked in questions(reader, seed, count):
        tally.update(part.kind for top in asked.families() for part in top.walk())
        for language in LANGUAGES:
            try:
                text = said(asked, reader.lexicon, language, strict=True)
            except Unsayable as error:
                wrong.append(f"{error}\n  {asked.to_json()}")
                continue
            assert [f.meaning for f in read(text, reader.lexicon).near] == [asked], text
            tally[language] += 1
    return tally, wrong


def test_what_is_said_is_read_as_the_same(reader: Any) -> None:
    tally, wrong = round_trip(reader, 11, 200)
    assert not wrong, "\n".join(wrong[:5])
    assert tally["en"] == tally["zh"] == 200


@pytest.mark.nightly
def test_what_is_said_is_read_as_the_same_of_many(reader: Any) -> None:
    tally, wrong = round_trip(reader, 12, 2000)
    assert len(wrong) <= 4, "\n".join(wrong[:5])
    kinds = {kind for family in Family.__subclasses__() for kind in family.members()} & tally.keys()
    assert len(kinds) > 50, kinds


def test_parts_have_words_of_their_own(reader: Any) -> None:
    """Names of columns, periods and conditions, of all that is in random questions."""
    for asked in questions(reader, 13, 60):
        for language in LANGUAGES:
            for measure in asked.show:
                assert said_measure(measure, reader.lexicon, language)
            assert said_when(asked.period, reader.lexicon, language) != asked.period.kind
            for condition in (asked.where, asked.having):
                if condition is not None:
                    assert said_condition(condition, reader.lexicon, language) != condition.kind


@pytest.mark.parametrize(
    ("asked", "en", "zh"),
    [
        ({"show": [SALES], "period": MONTH}, "Sales this month", "本月销售额"),
        (
            {"show": [SALES], "by": ["reps.name"], "period": MONTH, "order": [{"by": SALES}], "limit": 5},
            "Top 5 reps by sales this month",
            "本月销售额排在前面的 5 个销售员",
        ),
        (
            {"show": [SALES], "period": MONTH, "where": {"kind": "in", "field": "reps.region", "values": ["East"]}},
            "Sales for East this month",
            "本月华东销售额",
        ),
    ],
)
def test_said_as_people_say_it(asked: dict[str, Any], en: str, zh: str, reader: Any) -> None:
    made = Asked.model_validate(asked)
    assert [said(made, reader.lexicon, language, strict=True) for language in LANGUAGES] == [en, zh]


def test_members_in_the_language_of_whoever_asks(reader: Any) -> None:
    assert [said_member("reps.region", "East", reader.lexicon, language) for language in LANGUAGES] == ["East", "华东"]


def test_quotes_and_brackets_of_no_meaning_are_skipped(reader: Any) -> None:
    plain = [f.meaning for f in reader("sales this month").near]
    assert [f.meaning for f in reader('"sales" this (month)').near] == plain


def test_brackets_hold_together(reader: Any) -> None:
    whole = reader("growth of (sales less collections) vs year before").near
    assert [f.meaning.show[0].kind for f in whole] == ["growth"]
    part = reader("(growth of sales vs year before) less collections").near
    assert [f.meaning.show[0].kind for f in part] == ["difference"]
