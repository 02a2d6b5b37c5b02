"""The real bot in a process of its own, people of the demo company who all ask at once: nothing is lost, nothing comes
twice, everybody gets what they would get alone. The bounds on time are for a machine that does nothing else
(`make load`, or -m nightly)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bench.load.figures import ACK_S, percentile
from bench.load.run import Plan, fairness, load_run
from bot.demo.folder import DemoFolder

DAY = dt.date(2026, 11, 24)


async def test_everybody_gets_their_own_answer_once(small_demo: Path, tmp_path: Path) -> None:
    plan = Plan(small_demo, DAY, askers=8, seconds=2, questions=4, every=50)
    found = await load_run(plan, tmp_path)
    assert found.askers == 8 and found.asked >= 16  # everybody asked more than once
    assert (found.lost, found.twice, found.different) == (0, 0, 0)
    assert found.ack < ACK_S


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = DemoFolder(tmp_path_factory.mktemp("crowd"), {}, reps=200)
    made.prepare(DAY)
    return made.folder


@pytest.mark.nightly
@pytest.mark.parametrize("askers", [50, 200])
async def test_a_crowd_for_a_minute(askers: int, crowd: Path, tmp_path: Path) -> None:
    found = await load_run(Plan(crowd, DAY, askers=askers, seconds=60), tmp_path)
    assert not found.broken, found


@pytest.mark.nightly
async def test_wide_askers_leave_the_others_their_rate(crowd: Path, tmp_path: Path) -> None:
    found = await fairness(Plan(crowd, DAY, askers=20, wide=4, seconds=60), tmp_path)
    assert not found.broken, found


def test_percentiles_are_of_the_values_themselves() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile(list(map(float, range(1, 101))), 0.95) == 95.0
    assert percentile([7.0], 0.95) == 7.0
