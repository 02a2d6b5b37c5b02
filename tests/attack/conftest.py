"""The companies that are attacked, opened once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hidden import RESULTS, Amount, Company, Existence
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table of all families, when anything was told."""
    results = config.stash.get(RESULTS, [])
    if any(any(r.told.values()) or r.silent for r in results):
        terminalreporter.section("what attackers computed")
        for result in results:
            terminalreporter.write_line(str(result))
        for kind in (Amount, Existence):
            told, tries = sum(len(r.told[kind]) for r in results), sum(r.tries[kind] for r in results)
            terminalreporter.write_line(f"{kind.__name__.lower()}: {told} of {tries}")
