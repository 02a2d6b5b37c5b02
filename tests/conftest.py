"""Fixtures for every room. Reference data that may not be part of the project is read in place, or its tests skip."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from claims import counting
from hypothesis import HealthCheck, settings
from northstar import write_workspace

from bot.demo.folder import DemoFolder
from metrics.ingest import load

ROOT = Path(__file__).resolve().parent.parent

# How long an example takes says how busy the machine is, and nothing about the property.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Properties count how often they assert: see `claims`."""
    if not hasattr(pyfuncitem.obj, "hypothesis"):
        return (yield)
    with counting(pyfuncitem.obj) as claims:
        result = yield
    pyfuncitem.user_properties.append(("claimed", f"{claims.claimed}/{claims.examples}"))
    return result


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder with reference data beside the checkout (or PACELINE_SHARED)."""
    folder = Path(os.environ.get("PACELINE_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"reference data not found at {folder}; set PACELINE_SHARED to its folder")
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


DEMO_DAY = dt.date(2026, 11, 20)  # a Friday; data through the day before


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo company as of DEMO_DAY, generated and loaded once for the whole run. Read it; write elsewhere."""
    folder = tmp_path_factory.mktemp("demo-company")
    write_workspace(folder, as_of=DEMO_DAY)
    report = load(folder, env={})
    assert report.swapped
    yield folder
    untouched(folder)


@pytest.fixture(scope="session")
def small_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo of 12 reps and 14 months on 24 November 2026, made once. `shutil.copytree` it: a demo goes
    on from day to day."""
    made = DemoFolder(tmp_path_factory.mktemp("small-demo"), {}, reps=12, months=14)
    made.prepare(dt.date(2026, 11, 24))
    return made.folder


@pytest.fixture(scope="session")
def world_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The small world of tests/world, loaded once for the whole run. Read it; `shutil.copytree` it to change it."""
    folder = tmp_path_factory.mktemp("world")
    for file in (ROOT / "tests" / "world").iterdir():
        if file.suffix in (".yaml", ".csv"):
            shutil.copy(file, folder / file.name)
    assert load(folder, env={}).swapped
    yield folder
    untouched(folder)


def untouched(folder: Path) -> None:
    """What one test writes into a shared workspace, another trips over."""
    assert not list((folder / "var").glob("state.db*")), "a test kept its state in a shared workspace"
