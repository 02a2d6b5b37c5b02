"""Snapshots damaged on disk: named, never believed, and the last good one serves; also under a bot that runs."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from store_folder import append, ask, paceline, serving, store

from metrics import Audience, Metrics, Query, UserError, Viewer
from metrics.engines import snapshots
from metrics.ingest import load

AS_OF = dt.datetime(2024, 3, 12, 9, tzinfo=dt.UTC)
REVENUE = Query.model_validate({"metrics": ["revenue"], "period": {"kind": "relative", "unit": "year"}})
OLD, NEW = 2150, 3150
BLOCK = 262_144


@pytest.fixture(scope="module")
def loaded_twice(world_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the snapshot of before and, over it, one with a deal of 1,000 more."""
    world = Path(shutil.copytree(world_workspace, tmp_path_factory.mktemp("twice") / "world"))
    append(world / "deals.csv", "d99,r1,c1,p1,Won,2024-03-01,2024-03-05,1000")
    assert load(world, env={}).swapped
    assert sorted(p.name for p in store(world).glob("*.duckdb")) == ["snapshot_1.duckdb", "snapshot_2.duckdb"]
    return world


@pytest.fixture
def two(loaded_twice: Path, tmp_path: Path) -> Path:
    """A copy, to be harmed."""
    return Path(shutil.copytree(loaded_twice, tmp_path / "world"))


def revenue(metrics: Metrics) -> tuple[object, str, list[str]]:
    answer = metrics.answer(REVENUE, viewer=Viewer.for_system("test"), audience=Audience.only_viewer(), as_of=AS_OF)
    return answer.rows[0][0], answer.receipt.data_version, [n.code for n in answer.notes]


def flip(path: Path, at: int, count: int = 64) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        bits = file.read(count)
        file.seek(at)
        file.write(bytes(b ^ 0xFF for b in bits))


def harm(path: Path, how: str) -> None:
    size = path.stat().st_size
    if how == "header":
        flip(path, 0, 4096)
    elif how == "middle":
        for at in range(BLOCK, size, BLOCK):
            flip(path, at)
    elif how == "truncated":
        os.truncate(path, size // 2)
    else:
        path.write_bytes(b"")


@pytest.mark.parametrize("how", ["header", "middle", "truncated", "empty"])
def test_a_damaged_snapshot_is_named_and_the_one_before_serves(two: Path, how: str) -> None:
    harm(serving(two), how)
    metrics = Metrics.open(two)
    assert revenue(metrics) == (OLD, "1", ["to_date", "older_data"]), "what was loaded before"
    damage = metrics.damage()
    assert damage is not None and damage.file == "snapshot_2.duckdb"
    metrics.close()


def test_it_is_said_on_the_command_line_and_the_next_load_builds_it_again(two: Path) -> None:
    harm(serving(two), "header")
    ran = ask(two, "revenue this year")
    assert ran.returncode == 0 and "€2,150" in ran.stdout
    assert "The newest data is damaged (snapshot_2.duckdb)" in ran.stdout
    built = paceline(two, "load")
    assert built.returncode == 0 and "snapshot 3 is in place" in built.stdout
    assert sorted(p.name for p in store(two).glob("*.duckdb")) == ["snapshot_1.duckdb", "snapshot_3.duckdb"]
    metrics = Metrics.open(two)
    assert revenue(metrics) == (NEW, "3", ["to_date"])
    metrics.close()


def test_with_nothing_good_left_it_says_which_file_and_what_to_do(world: Path) -> None:
    file = serving(world)
    whole, size = file.read_bytes(), file.stat().st_size
    for how, why in (
        ("truncated", f"it has {size // 2:,} bytes, and {size:,} were written"),
        ("header", "its bytes are not those that were written"),
    ):
        file.write_bytes(whole)
        harm(file, how)
        ran = ask(world, "revenue this year")
        assert ran.returncode == 1 and f"snapshot_1.duckdb cannot be opened: {why}." in ran.stderr
        assert "Run `paceline load`" in ran.stderr


@pytest.mark.parametrize("at_once", [True, False])
def test_wherever_the_damage_is_no_number_is_wrong(two: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool) -> None:
    """The answer is that of the data before. Of a large file, which is looked at in the background, it may be the right
    one of the newest data, until the damage is found; also where no question comes upon it."""
    if not at_once:
        monkeypatch.setattr(snapshots, "_AT_ONCE", 0)
    file = serving(two)
    whole = file.read_bytes()
    for at in range(BLOCK // 2, len(whole), len(whole) // 4):
        file.write_bytes(whole)
        flip(file, at)
        metrics = Metrics.open(two)
        value, version, notes = revenue(metrics)
        assert (value, version) in ([] if at_once else [(NEW, "2")]) + [(OLD, "1")]
        assert ("older_data" in notes) is (version == "1")
        found = time.monotonic() + 30
        while metrics.damage() is None:
            assert time.monotonic() < found, f"the damage at byte {at} was not found"
            time.sleep(0.005)
            metrics.data_version  # noqa: B018  asks what serves
        assert revenue(metrics)[:2] == (OLD, "1")
        metrics.close()


def test_the_engine_comes_upon_damage_that_was_not_looked_for(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that forgets changes no time of the file, and it may do so after the file was looked at."""
    monkeypatch.setattr(snapshots, "_AT_ONCE", 0)
    monkeypatch.setattr(snapshots.Snapshots, "_look_whole", lambda *_: None)
    suspected: list[bool] = []
    suspect = snapshots.Snapshots.suspect

    def watched(self: snapshots.Snapshots, *said: Any) -> bool:
        suspected.append(suspect(self, *said))
        return suspected[-1]

    monkeypatch.setattr(snapshots.Snapshots, "suspect", watched)
    file = serving(two)
    whole = file.read_bytes()
    for at in range(12_288, len(whole), len(whole) // 10):
        file.write_bytes(whole)
        flip(file, at, 1)
        metrics = Metrics.open(two)
        assert revenue(metrics)[:2] in ((NEW, "2"), (OLD, "1"))
        metrics.close()
    assert suspected and all(suspected)


@pytest.mark.parametrize("how", ["middle", "truncated", "empty"])
def test_damaged_while_it_serves(two: Path, how: str) -> None:
    metrics = Metrics.open(two)
    assert revenue(metrics) == (NEW, "2", ["to_date"])
    harm(serving(two), how)
    for _ in range(2):
        assert revenue(metrics) == (OLD, "1", ["to_date", "older_data"])
    damage = metrics.damage()
    assert damage is not None and damage.file == "snapshot_2.duckdb"
    if how == "middle":
        assert load(two, env={}).swapped
        assert revenue(metrics) == (NEW, "3", ["to_date"]) and metrics.damage() is None
    metrics.close()


def test_everything_damaged_while_it_serves(two: Path) -> None:
    metrics = Metrics.open(two)
    revenue(metrics)
    for file in store(two).glob("*.duckdb"):
        harm(file, "truncated")
    with pytest.raises(UserError) as caught:
        revenue(metrics)
    assert caught.value.code == "damaged_store" and metrics.data_version is not None
    metrics.close()


def test_a_file_that_was_only_touched_is_not_damaged(two: Path) -> None:
    metrics = Metrics.open(two)
    revenue(metrics)
    os.utime(serving(two), ns=(1, 1))
    assert revenue(metrics) == (NEW, "2", ["to_date"]) and metrics.damage() is None
    metrics.close()


def test_the_store_is_deleted_and_loaded_again_under_a_bot_that_runs(world: Path) -> None:
    """The numbers of the snapshots begin anew, and so do their file names."""
    metrics = Metrics.open(world)
    assert revenue(metrics)[:2] == (OLD, "1")
    shutil.rmtree(store(world))
    assert revenue(metrics)[:2] == (OLD, "1"), "what is open can still be read"
    append(world / "deals.csv", "d99,r1,c1,p1,Won,2024-03-01,2024-03-05,1000")
    holding, go = threading.Event(), threading.Event()

    def hold() -> None:  # somebody still reads the old file, under the same name
        with metrics._engines.lease():
            holding.set()
            go.wait(30)

    reader = threading.Thread(target=hold)
    reader.start()
    assert holding.wait(30) and load(world, env={}).snapshot == "1"
    before = metrics.data_version
    assert revenue(metrics)[0] == NEW
    assert before is not None and before.startswith("1-"), "another version, so that whatever was built on it is too"
    go.set()
    reader.join()
    assert revenue(metrics)[0] == NEW and serving(world).exists()
    assert not list(store(world).glob("reading_*"))
    metrics.close()
