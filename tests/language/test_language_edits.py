"""What is said of the last question: it is shifted, listed, turned to another number; alone it is no question."""

from __future__ import annotations

from typing import Any

import pytest

from metrics.people import Audience, Viewer
from metrics.query.asked import Asked
from nlq.reader.before import Before
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


@pytest.mark.parametrize("text", ["and for the whole company", "company wide?", "全公司呢"])
def test_everybody_is_not_oneself(reader: Any, text: str) -> None:
    """Who may not see everybody must be told so: the reading says that it is about all, and is not about one's own."""
    (found,) = _then(reader, "my sales this month", text, "James Carter").near
    assert "whole" in found.wanted.assumed
    assert isinstance(found.meaning, Asked)
    assert found.meaning.scope == "all"


def test_what_is_left_out_is_left_out_of_what_there_was(reader: Any) -> None:
    (found,) = _then(reader, "East sales by rep this month", "without James Carter", "Olive Qian").near
    assert isinstance(found.meaning, Asked)
    assert found.meaning.where is not None
    assert {getattr(part, "field", None) for part in found.meaning.where.walk()} >= {"reps.region", "reps.name"}


@pytest.mark.parametrize(
    ("first", "text", "by"),
    [
        ("visits by team last week", "in total", ()),
        ("sales by region this month", "as a trend", ("reps.region", "week")),
    ],
)
def test_nothing_that_is_said_is_dropped(reader: Any, first: str, text: str, by: tuple[str, ...]) -> None:
    (found,) = _then(reader, first, text, "Olive Qian").near
    assert isinstance(found.meaning, Asked)
    assert found.meaning.by == by


@pytest.mark.parametrize("text", ["and sales this month", "by region"])
def test_an_edit_changes_something(reader: Any, text: str) -> None:
    made = _then(reader, "sales by region this month", text, "Olive Qian")
    before = reader("sales by region this month").near[0].meaning
    assert all(f.meaning != before for f in made.found)


def test_which_they_are(reader: Any) -> None:
    made = _then(reader, "my new customers this month", "which ones?", "James Carter").near[0].meaning
    assert isinstance(made, Asked)
    assert made.by == ("customers.customer",)
    assert made.having is not None


@pytest.mark.parametrize("text", ["which ones", "the week before", "reasons", "how many is that"])
def test_nothing_before(reader: Any, text: str) -> None:
    assert not reader(text, "James Carter").found
