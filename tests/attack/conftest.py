"""The companies that are attacked, opened once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hidden import Company
from northstar_truth import Truth
from star import write_star

from bot.runtime import Runtime
from metrics import Metrics
from metrics.ingest import load

AS_OF = dt.datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))  # the day of demo_workspace


@pytest.fixture(scope="session")
def demo(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    state = tmp_path_factory.mktemp("attack-state") / "state.db"
    runtime = Runtime.open(demo_workspace, {"PACELINE_STATE_URL": f"sqlite:///{state}"})
    truth = Truth(demo_workspace / "data")
    yield Company(runtime.metrics, truth, AS_OF, runtime)
    truth.close()
    runtime.close()


@pytest.fixture(scope="session")
def star(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("star")
    write_star(folder)
    assert load(folder, env={}).swapped
    metrics = Metrics.open(folder)
    truth = Truth(folder / "data")
    yield Company(metrics, truth, dt.datetime(2013, 12, 31, 9, 0, tzinfo=dt.UTC))
    truth.close()
    metrics.close()
