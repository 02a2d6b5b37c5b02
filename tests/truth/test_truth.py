"""Every case of cases.yaml: our rows equal those of SQL written by hand, run past all of our code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from metrics import Audience, Metrics, Query

sys.path.append(str(Path(__file__).parent.parent / "world"))
engine_world = importlib.import_module("engine_world")
CASES = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built: Path = engine_world.build(tmp_path_factory.mktemp("world"))
    return built


@pytest.fixture(scope="module")
def metrics(workspace: Path, truth: dict[str, list[tuple[Any, ...]]]) -> Iterator[Metrics]:
    opened = Metrics.open(workspace)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def truth(workspace: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All hand-written answers, before our own code opens the file."""
    return {case["name"]: engine_world.by_hand(workspace, case["sql"]) for case in CASES}


def plain(rows: Any) -> list[tuple[Any, ...]]:
    return [tuple(float(v) if v is not None and not isinstance(v, str | bool) else v for v in row) for row in rows]


def close(left: list[tuple[Any, ...]], right: list[tuple[Any, ...]]) -> bool:
    return len(left) == len(right) and all(
        len(a) == len(b)
        and all(
            x == y or (isinstance(x, float) and isinstance(y, float) and abs(x - y) < 1e-9)
            for x, y in zip(a, b, strict=True)
        )
        for a, b in zip(left, right, strict=True)
    )


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_truth(case: dict[str, Any], truth: dict[str, list[tuple[Any, ...]]], metrics: Metrics) -> None:
    audience = Audience.channel(metrics.org.people[p] for p in case["audience"]) if case.get("audience") else None
    query = Query.model_validate(case["query"])
    answer = engine_world.ask(metrics, query, case.get("viewer", "ops"), audience=audience)
    got, wanted = plain(answer.rows), plain(truth[case["name"]])
    if not case.get("ordered", True):
        got, wanted = sorted(got, key=repr), sorted(wanted, key=repr)
    assert close(got, wanted), f"{got} is not {wanted}\n{answer.receipt.sql}"
    assert all(len(row) == len(answer.columns) for row in answer.rows)
