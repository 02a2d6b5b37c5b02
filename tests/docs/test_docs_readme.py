"""The questions of the README are asked of the demo company, as the people it names."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ask import ask
from bot.runtime import Runtime
from metrics.people import Audience

README = Path(__file__).resolve().parents[2] / "README.md"
LISTS = re.findall(r"<!-- questions: demo, (\w+) -->\n((?:- .+\n)+)", README.read_text(encoding="utf-8"))
QUESTIONS = [(role, line[2:]) for role, lines in LISTS for line in lines.splitlines()]


@pytest.fixture(scope="module")
def runtime(demo_workspace: Path) -> Iterator[Runtime]:
    opened = Runtime.open(demo_workspace, {"PACELINE_STATE_URL": "sqlite://"})
    yield opened
    opened.close()


def test_the_readme_has_questions() -> None:
    assert len(QUESTIONS) >= 10


@pytest.mark.parametrize(("role", "question"), QUESTIONS)
def test_readme_question_is_answered(runtime: Runtime, role: str, question: str) -> None:
    as_of = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
    people = [p for p in runtime.metrics.org.people.values() if p.role == role]
    asker = next(p for p in people if p.active(as_of.date(), as_of.date() + dt.timedelta(1)))
    outcome = ask(runtime, question, asker=asker, audience=Audience.only_viewer(), as_of=as_of)
    assert outcome.status == "answered", (outcome.issues, outcome.error)
    assert outcome.definition is not None or outcome.findings is not None or (outcome.table and outcome.table.rows)
