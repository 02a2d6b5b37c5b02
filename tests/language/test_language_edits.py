"""What is said of the last question: it is shifted, listed, turned to another number; alone it is no question."""

from __future__ import annotations

from typing import Any

import pytest

from metrics.people import Audience, Viewer
from metrics.query.asked import Asked
from nlq.reader.edits import Before
from nlq.reader.read import Read, read


def _then(reader: Any, first: str, text: str, who: str) -> Read:
    person = reader.metrics.org.find(who)
    sees = reader.metrics.sees(Viewer.of(person), Audience.only_viewer())
    asked = reader(first, who).found[0].meaning
    assert isinstance(asked, Asked)
    return read(text, reader.lexicon, sees, Before(asked), person)


@pytest.mark.parametrize(
    ("first", "texts", "same_as"),
    [
        (
            "sales by region this month",
            ["in units", "by units instead", "now in units"],
            "units sold by region this month",
        ),
        ("top 4 reps by sales this month", ["by calls instead", "by calls"], "top 4 reps by calls this month"),
        ("my sales last week", ["the week before", "and the week before that?"], "my sales two weeks ago"),
        ("lost deals this quarter", ["reasons?", "reason", "by reason"], "lost deals by reason this quarter"),
        ("my pipeline", ["how many deals is that?", "how many is that"], "my open deals"),
        ("my pipeline", ["split it by stage", "break that down by stage"], "my pipeline by stage"),
        ("my sales by product line this month", ["as % of total", "vs last month"], None),
        ("my new customers this month", ["which ones?", "which are they", "list them"], None),
        ("my sales this month", ["same thing a year ago", "same period last year"], None),
    ],
)
def test_edits(reader: Any, first: str, texts: list[str], same_as: str | None) -> None:
    who = "James Carter"
    made = [_then(reader, first, text, who) for text in texts]
    assert all(len(m.near) == 1 for m in made), [m.normal.original for m in made if len(m.near) != 1]
    if same_as is not None:
        assert {m.near[0].meaning for m in made} == {reader(same_as, who).near[0].meaning}


def test_which_they_are(reader: Any) -> None:
    made = _then(reader, "my new customers this month", "which ones?", "James Carter").near[0].meaning
    assert isinstance(made, Asked)
    assert made.by == ("customers.customer",)
    assert made.having is not None


@pytest.mark.parametrize("text", ["which ones", "the week before", "reasons", "how many is that"])
def test_nothing_before(reader: Any, text: str) -> None:
    assert not reader(text, "James Carter").found
