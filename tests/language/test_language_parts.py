"""The parts of the reader on their own: folding, forms, what is assumed and told, speed."""

from __future__ import annotations

import time
from typing import Any

import pytest
from claims import claim
from hypothesis import given
from hypothesis import strategies as st

from metrics.query.asked import Asked
from nlq import Lexicon, NotUnderstood, Understood, understand
from nlq.morphology import forms, lemma
from nlq.normalise import fold, fold_all, normalise


def read_by_all(text: str, reader: Any) -> Any:
    return understand(text, lexicon=reader.lexicon, asker=None)


def test_english_forms() -> None:
    assert forms("company") == ("company", "companies")
    assert lemma("boxes") == "box"
    assert forms("客户") == ("客户",)


@pytest.mark.parametrize(
    "text",
    [
        "Ｓａｌｅｓ　ｂｙ　ｒｅｇｉｏｎ",
        "“Sales” by region…",
        "SALES BY REGION",
        "sales\tby\nregion",
        "sales by\u200b region",
        "sales‑by‑region",
    ],
)
def test_width_case_quotes_and_invisible_characters_do_not_matter(text: str, reader: Any) -> None:
    reading = read_by_all(text, reader)
    assert isinstance(reading, Understood)
    assert isinstance(reading.meaning, Asked)
    assert reading.meaning.by == ("reps.region",)


@given(st.lists(st.text(st.sampled_from("aB9 -_*('\t\n\x0b\x1céＡ东"), max_size=6), max_size=5))
def test_members_folded_together_are_as_folded_alone(phrases: list[str]) -> None:
    claim()
    assert fold_all(phrases) == [fold(phrase) for phrase in phrases]


def test_offsets_lead_back_to_the_original() -> None:
    normal = normalise("①ﬃ Ｑ３")
    start = normal.folded.index("q3")
    assert normal.original[slice(*normal.span(start, start + 2))] == "Ｑ３"


def test_what_was_spelt_otherwise_is_told(reader: Any) -> None:
    reading = read_by_all("top 3 reps by revnue last quarter", reader)
    assert isinstance(reading, Understood)
    assert "corrected:revnue>revenue" in reading.assumptions


def test_assumptions_are_told(reader: Any) -> None:
    reading = read_by_all("who is the best rep", reader)
    assert isinstance(reading, Understood)
    assert set(reading.assumptions) == {"default_metric", "default_period"}


def test_an_unknown_word_is_named(reader: Any) -> None:
    reading = read_by_all("sales by regionale zone", reader)
    assert isinstance(reading, NotUnderstood)
    assert {i.text for i in reading.issues} & {"regionale", "zone"}


def test_words_taken_in_two_ways_are_the_subject(reader: Any) -> None:
    """Three people are called Wei: what is asked back about is the name, not the whole question."""
    reading = read_by_all("sales of Wang last month", reader)
    if not isinstance(reading, Understood | NotUnderstood):
        assert reading.subject == "Wang"
        assert all(choice.label for choice in reading.choices)


def test_typical_questions_take_a_millisecond(reader: Any) -> None:
    """The aim is half a millisecond on one quiet core; other work on the machine is allowed for."""
    texts = ["sales by region this month", "top 5 customers by sales this year", "本月各区域销售额", "my rank"]
    taken = []
    for text in texts * 30:
        start = time.process_time()
        read_by_all(text, reader)
        taken.append(time.process_time() - start)
    taken = sorted(taken[len(texts) :])
    assert taken[len(taken) // 2] < 0.0025


def test_a_lexicon_of_25000_members_is_built_quickly(reader: Any) -> None:
    metrics = reader.metrics
    members = {**metrics.members, "customers.customer": tuple(f"Customer {i:05d} Holding" for i in range(25_000))}
    start = time.process_time()
    lexicon = Lexicon.build(metrics.model, members, metrics.org)
    assert time.process_time() - start < 3  # 0.5 s on a quiet machine
    reading = understand("sales for Customer 01234 Holding", lexicon=lexicon, asker=None)
    assert isinstance(reading, Understood)
    assert "Customer 01234 Holding" in reading.meaning.to_json()  # type: ignore[union-attr]
