"""Language properties: no text ever raises, none is dropped, none takes long."""

from __future__ import annotations

import time
from typing import Any

import pytest
from changing import phrasings
from claims import claim
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.kinds.metric import Metric
from metrics.people import Person
from metrics.query.asked import Asked
from nlq import Ambiguous, Before, NotUnderstood, Reading, Several, Understood, understand
from nlq.reader.read import MOST

LAST = Before(Asked(show=(Metric(name="sales"),), by=("reps.region",)))


def rep(reader: Any) -> Person:
    found: Person = next(p for p in reader.metrics.org.people.values() if p.sells)
    return found


def reading_of(text: str, reader: Any, before: Before | None = None) -> Reading:
    return understand(text, lexicon=reader.lexicon, asker=rep(reader), before=before)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), follows=st.booleans())
def test_no_text_raises(data: st.DataObject, follows: bool, reader: Any) -> None:
    words = st.sampled_from(sorted(reader.lexicon.phrases | dict.fromkeys(reader.lexicon.grammar.words)))
    text = data.draw(st.one_of(st.text(max_size=200), st.lists(words, max_size=9).map(" ".join)))
    reading = reading_of(text, reader, LAST if follows else None)
    assert isinstance(reading, Understood | Several | Ambiguous | NotUnderstood)
    if isinstance(reading, NotUnderstood):
        assert reading.issues
        assert all(0 <= i.span[0] <= i.span[1] <= len(text) for i in reading.issues)
    claim()


def test_every_question_may_follow_another(reader: Any) -> None:
    """Whole questions, edits and what fits neither: each is read, asked back or declined."""
    for text, _, _ in phrasings()[::4]:
        assert isinstance(reading_of(text, reader, LAST), Understood | Several | Ambiguous | NotUnderstood)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(word=st.text(alphabet="bcdfghjklmnpqrstvwxz", min_size=6, max_size=12))
def test_a_foreign_word_is_never_dropped(word: str, reader: Any) -> None:
    """A word that is none of ours, put into a plain question, is named or read through a typo that is told."""
    reading = reading_of(f"sales by region {word} this month", reader)
    if isinstance(reading, Understood):
        assert any(a.startswith(f"corrected:{word}>") for a in reading.assumptions)
    else:
        assert isinstance(reading, NotUnderstood)
        assert word in {i.text for i in reading.issues}
    claim()


@pytest.mark.parametrize(
    "noise", ["x" * 10_000, "销售额" * 3_000, "sales by " * 1_200, "\x00" * 10_000, "１２３" * 3_000]
)
def test_ten_thousand_characters_return_at_once(noise: str, reader: Any) -> None:
    start = time.process_time()
    assert isinstance(reading_of(noise, reader), NotUnderstood)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("noise", ["qzx " * 450, "销" * 1_900, "5 " * 900, "sales and " * 190, "东区和" * 600])
def test_long_noise_under_the_limit_is_quick(noise: str, reader: Any) -> None:
    start = time.process_time()
    assert not isinstance(reading_of(noise[:2000], reader), Ambiguous)
    assert time.process_time() - start < 2


_CONTROL = [chr(c) for c in (*range(32), 127, 0x85, 0xA0, 0x200B, 0x200E, 0x202E, 0x2028, 0xFEFF, 0xFFFD, 0x1F600)]
_WORDS = sorted({w for text, _, _ in phrasings() for w in (*text.split(), text[:3], text[-3:])})
_PIECES = st.one_of(
    st.sampled_from(_WORDS),
    st.sampled_from(_CONTROL),
    st.text(max_size=6),
    st.text("0123456789.,%-/:()\"'“”（）+=<>$¥€ 万亿千百十年月日第", max_size=8),
)
_TEXTS = st.one_of(
    st.lists(_PIECES, max_size=14).map("".join),
    st.lists(st.sampled_from(_WORDS), min_size=1, max_size=8).map(" ".join),
    st.text(max_size=80),
)


@settings(max_examples=300)
@given(text=_TEXTS)
def test_no_typing_raises(reader: Any, text: str) -> None:
    assert_read(text, reader)
    claim()


@pytest.mark.nightly
@settings(max_examples=3_000)
@given(text=_TEXTS)
def test_no_typing_raises_in_many(reader: Any, text: str) -> None:
    assert_read(text, reader)
    claim()


def assert_read(text: str, reader: Any) -> None:
    assert isinstance(reading_of(text, reader), Understood | Several | Ambiguous | NotUnderstood)
    made = reader(text)
    start, end = made.furthest
    assert made.normal.original == text[:MOST]
    assert 0 <= start <= end <= len(text)


@pytest.mark.parametrize("piece", ["sales ", "请", "的", "and or not ", "3 ", "(", '"', "\x00", "月", "é", "😀"])
def test_of_long_texts_the_beginning_is_read(piece: str, reader: Any) -> None:
    assert_read((piece * 10_000)[:10_000], reader)
