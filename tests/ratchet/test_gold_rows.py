"""The judge itself can say no."""

from __future__ import annotations

import pytest
from gold_rows import same_rows

CASES = [
    ([[0.65, 13, 7]], [[0.65, 13, 7]], False, True),
    ([[0.65, 13, 7]], [[0.65]], False, True),
    ([[0.65, 13, 7]], [[0.66, 13, 7]], False, False),
    ([["East", 1], ["West", 2]], [["West", 2], ["East", 1]], False, True),
    ([["East", 1], ["West", 2]], [["West", 2], ["East", 1]], True, False),
    ([["East", 1], ["West", 2]], [["East", 1]], False, False),
    ([["East", 1], ["West", 2]], [["East", 2], ["West", 1]], False, False),
    ([[100, 80, 0.25]], [["2017-11", 80, None, None], ["2017-12", 100, 20, 0.25]], False, True),
    ([[100, 80, 0.25]], [["2017-11", 80, None, None], ["2017-12", 101, 21, 0.2625]], False, False),
    ([], [], False, True),
    ([], [["Anna", 1]], False, False),
    ([["Q1", None], ["Q2", 1.5]], [["2017-Q1", 10, None, None], ["2017-Q2", 25, 15, 1.5]], True, True),
]


@pytest.mark.parametrize(("gold", "ours", "ordered", "same"), CASES)
def test_judgement(gold: list[list[object]], ours: list[list[object]], ordered: bool, same: bool) -> None:
    assert same_rows(gold, ours, ordered=ordered) is same
