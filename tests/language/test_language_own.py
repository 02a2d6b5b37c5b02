"""What a company calls what it does is read by its own model: nothing of the language depends on the words of the
demo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from corpora import entries

UNREAD = [
    ("enroll Acme in sensors", "Olive Qian"),  # an order to do it
    ("new deals more than 5 days drifted this month", "Olive Qian"),  # opened this month, or closed too late in it
]


def _lines() -> Iterator[Any]:
    for _, entry in entries("corpus_own"):
        for text in (*entry.get("en", ()), *entry.get("zh", ())):
            yield pytest.param(text, entry, id=text)


@pytest.mark.parametrize(("text", "entry"), list(_lines()))
def test_own_words_are_read(text: str, entry: dict[str, Any], own_reader: Any, meaning: Callable[[Any], Any]) -> None:
    found = own_reader(text, entry.get("as", "Olive Qian"), entry.get("after", ()))
    assert [f.meaning for f in found.near] == [meaning(entry["means"])]


@pytest.mark.parametrize(("text", "who"), UNREAD)
def test_what_is_no_question_or_two_is_not_answered(text: str, who: str, own_reader: Any) -> None:
    assert not own_reader(text, who).found


def test_people_are_found_where_customers_are_called_otherwise(own_reader: Any, reader: Any) -> None:
    for text in ("who sold the most this month", "who's behind target this month", "谁这个月没达标"):
        assert [f.meaning for f in own_reader(text).near] == [f.meaning for f in reader(text).near] != [], text
