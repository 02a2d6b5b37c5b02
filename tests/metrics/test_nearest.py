"""Suggestions are made in one way everywhere, and by one library."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from metrics.nearest import nearest

PEOPLE = ["Anna Schmidt", "Anna Weber", "Bob Miller", "张伟", "Renée O'Brien"]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("anna schmit", ("Anna Schmidt",)),
        ("ANNA", ("Anna Schmidt", "Anna Weber")),
        ("miler", ("Bob Miller",)),
        ("张韦", ()),  # one character of two is no likeness of a name
        ("renee o'brien", ("Renée O'Brien",)),
        ("zzz", ()),
        ("", ()),
    ],
)
def test_people(word: str, found: tuple[str, ...]) -> None:
    assert nearest(word, PEOPLE) == found


def test_the_best_come_first_and_no_more_than_wanted() -> None:
    keys = ["this_quarter", "this_year", "last_quarter", "this_month"]
    assert nearest("this_quater", keys)[0] == "this_quarter"
    assert len(nearest("this_quater", keys, most=2)) == 2


def test_no_other_code_measures_likeness(root: Path) -> None:
    """Typos are the reader's own edges, cheaper than a suggestion must be; everything else asks `nearest`."""
    own = {"metrics/nearest.py", "nlq/reader/spelling.py"}
    using = {
        str(path.relative_to(root))
        for room in ("bot", "nlq", "metrics", "schedules", "localslack", "examples")
        for path in (root / room).rglob("*.py")
        if re.search(r"^\s*(import|from) (difflib|rapidfuzz|jellyfish|Levenshtein)", path.read_text("utf-8"), re.M)
    }
    assert using == own
