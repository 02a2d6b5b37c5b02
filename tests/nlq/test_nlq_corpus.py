"""The corpora: many phrasings per expected Query, what must not be understood, what must be asked back; and more
questions, one phrasing each, of which the share read rightly is held up and none may silently be read as another.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from nlq import Ambiguous, NotUnderstood, Understood, read

CORPUS = Path(__file__).parent.parent / "corpus"
COMPANY = runpy.run_path(str(CORPUS / "company.py"))
ORG = COMPANY["org"]()
LEXICON = COMPANY["lexicon"]()


def _load(name: str) -> Any:
    return yaml.safe_load((CORPUS / name).read_text(encoding="utf-8"))


def _read(text: str, asker: str | None = None, thread: list[str] | None = None) -> Any:
    who = ORG.people[asker or "o1"]
    queries: list[Any] = []
    for earlier in thread or []:
        before = read(earlier, lexicon=LEXICON, asker=who, as_of=COMPANY["AS_OF"], thread=queries)
        assert isinstance(before, Understood), f"{earlier}: {before}"
        queries.append(before.query)
    return read(text, lexicon=LEXICON, asker=who, as_of=COMPANY["AS_OF"], thread=queries)


def _cases(name: str) -> list[Any]:
    corpus = _load(name)
    return [pytest.param(text, case, id=text[:60]) for case in corpus["understood"] for text in case["ask"]]


@pytest.mark.parametrize(("text", "case"), [*_cases("en.yaml"), *_cases("zh.yaml")])
def test_phrasings(text: str, case: dict[str, Any]) -> None:
    reading = _read(text, case.get("as"), case.get("thread"))
    assert isinstance(reading, Understood), reading
    assert reading.query == COMPANY["query"](case["x"])


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c["q"][:60]) for n in ("en.yaml", "zh.yaml") for c in _load(n)["not_understood"]]
)
def test_not_understood(case: dict[str, Any]) -> None:
    reading = _read(case["q"], case.get("as"), case.get("thread"))
    assert isinstance(reading, NotUnderstood), reading
    assert case["code"] in {i.code for i in reading.issues}
    if "text" in case:
        assert case["text"] in {i.text for i in reading.issues}
    if "suggests" in case:
        assert case["suggests"] in {s for i in reading.issues for s in i.suggestions}
    if "reason" in case:
        assert case["reason"] in {i.reason for i in reading.issues}


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c["q"][:60]) for n in ("en.yaml", "zh.yaml") for c in _load(n)["ambiguous"]]
)
def test_ambiguous(case: dict[str, Any]) -> None:
    reading = _read(case["q"], case.get("as"))
    assert isinstance(reading, Ambiguous), reading
    assert {c.query for c in reading.choices} == {COMPANY["query"](x) for x in case["x"]}
    assert len({c.label for c in reading.choices}) == len(reading.choices)


def outcomes(name: str) -> tuple[list[str], list[str], list[str]]:
    """Questions read rightly, honestly not read, and wrongly read."""
    right, missed, wrong = [], [], []
    for case in _load(name):
        reading = _read(case["q"], case.get("as"))
        kind = {Understood: "understood", Ambiguous: "ambiguous", NotUnderstood: "not_understood"}[type(reading)]
        if isinstance(case["x"], str):
            (right if kind == case["x"] else wrong if kind == "understood" else missed).append(case["q"])
        elif isinstance(reading, Understood):
            (right if reading.query == COMPANY["query"](case["x"]) else wrong).append(case["q"])
        else:
            missed.append(case["q"])
    return right, missed, wrong


@pytest.mark.parametrize("name", ["en_more.yaml", "zh_more.yaml"])
def test_more_questions(name: str) -> None:
    right, missed, wrong = outcomes(name)
    total = len(right) + len(missed) + len(wrong)
    assert not wrong, wrong
    assert len(right) >= 0.85 * total, missed
