"""The real pipeline data, loaded once, and its questions asked once in a batch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

Json = dict[str, Any]


def _paceline(workspace: Path, data: Path, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "-w", str(workspace), *args],
        env={**os.environ, "PACELINE_CRM_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def crm_workspace(shared_dir: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = tmp_path_factory.mktemp("crm")
    for name in ("model.yaml", "sales.yaml", "sources.yaml"):
        shutil.copy(root / "examples" / "crm" / name, workspace / name)
    _paceline(workspace, shared_dir / "data" / "crm", "load")
    return workspace


@pytest.fixture(scope="session")
def crm_answers(crm_workspace: Path, shared_dir: Path) -> list[tuple[Json, Json]]:
    """(question, answer line) pairs, from one batch process."""
    data = shared_dir / "data" / "crm"
    questions = [
        json.loads(line) for line in (data / "questions.jsonl").read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    batch = crm_workspace / "batch.jsonl"
    asked = [{k: q[k] for k in ("id", "q", "asker", "as_of", "thread")} for q in questions]
    batch.write_text("".join(json.dumps(a, ensure_ascii=False) + "\n" for a in asked), encoding="utf-8")
    answers = [json.loads(line) for line in _paceline(crm_workspace, data, "ask", "--batch", str(batch)).splitlines()]
    assert [a["id"] for a in answers] == [q["id"] for q in questions]
    return list(zip(questions, answers, strict=True))
