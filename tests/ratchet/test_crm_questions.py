"""The real-world questions over the real pipeline data: a ratchet. Right may only go up, wrong must stay at nothing.

The questions, their gold rows and the data are read in place; the bot is asked as others ask it: `paceline ask --batch`.
A question that is declined (ambiguous, not understood) is not wrong; a confident wrong number is.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gold_rows import same_rows

pytestmark = pytest.mark.shared

RIGHT_AT_LEAST = 0.75  # of all questions; the issue's own bound
DECLINED = {"ambiguous", "not_understood", "denied", "stale"}


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@pytest.fixture(scope="session")
def crm_answers(shared_dir: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(question, answer line) pairs, from one load and one batch process."""
    data = shared_dir / "data" / "crm"
    workspace = tmp_path_factory.mktemp("crm")
    for name in ("model.yaml", "sales.yaml", "sources.yaml"):
        shutil.copy(root / "examples" / "crm" / name, workspace / name)
    env = {**os.environ, "PACELINE_CRM_DATA": str(data)}
    paceline = [sys.executable, "-m", "bot.cli", "-w", str(workspace)]
    loaded = subprocess.run([*paceline, "load"], env=env, capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr + loaded.stdout
    questions = _lines(data / "questions.jsonl")
    batch = workspace / "batch.jsonl"
    batch.write_text(
        "".join(json.dumps({k: q[k] for k in ("id", "q", "asker", "as_of", "thread")}, ensure_ascii=False) + "\n" for q in questions),
        encoding="utf-8",
    )
    asked = subprocess.run([*paceline, "ask", "--batch", str(batch)], env=env, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr
    answers = [json.loads(line) for line in asked.stdout.splitlines()]
    assert [a["id"] for a in answers] == [q["id"] for q in questions]
    return list(zip(questions, answers, strict=True))


def verdict(question: dict[str, Any], answer: dict[str, Any]) -> str:
    """right | declined | wrong"""
    if answer["status"] != "answered":
        if answer["status"] in DECLINED:
            return "right" if question["sql"] is None and answer["issues"] else "declined"
        return "wrong"
    golds = [question["result"], *(a["result"] for a in question.get("accept", ()))] if question["sql"] else []
    return "right" if any(same_rows(g, answer["rows"], ordered=question["ordered"]) for g in golds) else "wrong"


def test_none_is_answered_wrongly(crm_answers: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    wrong = [(q["id"], q["q"], a["status"], a["reading"], a["rows"][:3]) for q, a in crm_answers if verdict(q, a) == "wrong"]
    assert wrong == []


def test_most_are_answered_rightly(crm_answers: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    verdicts = [verdict(q, a) for q, a in crm_answers]
    declined = [(q["id"], q["q"], a["status"], a["issues"]) for q, a in crm_answers if verdict(q, a) == "declined"]
    assert verdicts.count("right") >= RIGHT_AT_LEAST * len(verdicts), declined
