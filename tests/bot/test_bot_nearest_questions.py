"""What is offered in the place of a question that was not understood: short, in words of colleagues, and answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.clock import MovableClock
from bot.nearest_questions import LONGEST, OFFERED, STIFF, nearest_questions
from bot.runtime import Runtime
from metrics.people import Audience, Viewer
from nlq import NotUnderstood, understand
from nlq.reader.saying import stiffness

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
UNREAD = [
    ("en", "sales of frobnicated customers this month"),
    ("en", "beijing or tianjin, where did we frobnicate this year"),
    ("en", "how many flurbs by region this quarter"),
    ("en", "win rate by team and flurb this year"),
    ("zh", "本月各区域的销售额翘了没有"),
    ("zh", "今年每个团队的拜访次数翘不翘"),
    ("zh", "逾期三个月以上翘着的客户"),
]


@pytest.fixture(scope="module")
def runtime(demo_workspace: Path) -> Iterator[Runtime]:
    made = Runtime.open(demo_workspace, {"PACELINE_STATE_URL": "sqlite://"}, MovableClock(NOON))
    yield made
    made.close()


def test_they_are_said_well_and_answered(runtime: Runtime) -> None:
    asker = runtime.metrics.org.find("Olive Qian")
    assert asker is not None
    viewer, audience = Viewer.of(asker), Audience.only_viewer()
    offered = 0
    for language, text in UNREAD:
        sees = runtime.metrics.sees(viewer, audience)
        reading = understand(text, lexicon=runtime.lexicon, asker=asker, sees=sees)
        assert isinstance(reading, NotUnderstood), text
        near = nearest_questions(
            runtime, text, reading.issues, asker=asker, audience=audience, as_of=NOON, language=language
        )
        assert len(near) <= OFFERED
        for question in near:
            offered += 1
            assert len(question) <= LONGEST and stiffness(question, runtime.lexicon) <= STIFF, question
            assert not isinstance(
                understand(question, lexicon=runtime.lexicon, asker=asker, sees=sees), NotUnderstood
            ), question
    assert offered >= 8
