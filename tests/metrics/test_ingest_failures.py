"""A load that fails, or is killed at any moment, leaves the old store serving and says what, where and how to put it
right."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from model_workspace import ORDERS, SOURCES, edit, write

from metrics.errors import LoadError, Problem
from metrics.ingest import load


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a store that serves three orders; every test leaves it so."""
    folder = write(tmp_path_factory.mktemp("served"))
    load(folder, env={})
    return folder


def answers(folder: Path) -> int:
    """What a reader sees through the pointer."""
    store = folder / "var" / "store"
    with duckdb.connect(str(store / (store / "current").read_text().strip()), read_only=True) as con:
        row = con.execute("SELECT count(*) FROM orders").fetchone()
    assert row is not None
    return int(row[0])


def failure(folder: Path) -> list[Problem]:
    before = (folder / "var" / "store" / "current").read_text()
    with pytest.raises(LoadError) as caught:
        load(folder, env={})
    assert (folder / "var" / "store" / "current").read_text() == before
    assert answers(folder) == 3
    assert all(p.file == "sources.yaml" and p.fix for p in caught.value.problems)
    return caught.value.problems


def test_missing_file(served: Path) -> None:
    (served / "orders.csv").rename(served / "away.csv")
    (problem,) = failure(served)
    assert (problem.key, problem.line) == ("tables.orders.path", 4) and "does not exist" in problem.message
    (served / "away.csv").rename(served / "orders.csv")


def test_missing_columns_come_all_at_once(served: Path) -> None:
    (served / "orders.csv").write_text(ORDERS.replace("Order No", "OrderNo").replace("amount", "amt"))
    first, second = failure(served)
    assert (first.key, second.key) == ("tables.orders.columns.order_id", "tables.orders.columns.amount")
    assert "Did you mean OrderNo" in first.fix


def test_a_folder_instead_of_a_file(served: Path) -> None:
    (served / "orders.csv").unlink()
    (served / "orders.csv").mkdir()
    (problem,) = failure(served)
    assert "cannot be read" in problem.message
    (served / "orders.csv").rmdir()


def test_another_encoding(served: Path) -> None:
    (served / "orders.csv").write_bytes(ORDERS.encode() + "o9,r1,2024-01-01,,1,网店\n".encode("gb18030"))
    (problem,) = failure(served)
    assert "line 5 is not utf-8 text" in problem.message.lower() and "gb18030" in problem.fix


def test_a_quote_that_is_not_closed(served: Path) -> None:
    (served / "orders.csv").write_text(ORDERS + 'o9,"r1,2024-01-01,,1,web\no10,r1,2024-01-01,,1,web\n')
    (problem,) = failure(served)
    assert "line 5" in problem.message and "quote" in problem.fix and problem.line == 4


def test_a_parquet_file_that_is_none(served: Path) -> None:
    write(
        served,
        sources=edit(SOURCES, "path: orders.csv", "path: orders.parquet"),
        files={"orders.parquet": b"no parquet"},
    )
    (problem,) = failure(served)
    assert "cannot be read as Parquet" in problem.message


def test_a_table_whose_rows_were_all_rejected(served: Path) -> None:
    write(
        served,
        files={
            "orders.csv": ORDERS.replace(",2024-01-05", ",").replace("2024-02-10", "24-02-10").replace(",2024", ",24")
        },
    )
    (problem,) = failure(served)
    assert (problem.key, problem.line) == ("tables.orders", 3) and "ordered_on is not a date (3)" in problem.message
    rejects = served / "var" / "store" / "rejects" / "orders.csv"
    assert str(rejects) in problem.fix and rejects.read_text(encoding="utf-8-sig").count("\n") == 5


def test_two_loads_at_once(served: Path) -> None:
    write(served, files={"orders.csv": ORDERS + "o9,r1,2024-01-01,,1,web\n"})
    with (served / "var" / "store" / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        (problem,) = failure(served)
    assert "another load" in problem.message


def _building_processes() -> list[int]:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [int(pid) for pid in children if b"metrics.ingest.build" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds its child processes in /proc")
def test_the_building_process_is_killed(served: Path) -> None:
    write(served, files={"orders.csv": ORDERS + "o9,r1,2024-01-01,,1,web\n"})

    def kill(*_: object) -> None:
        for pid in _building_processes():
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(LoadError, match="the building process stopped"):
        load(served, env={}, progress=kill)
    assert answers(served) == 3
    assert not list((served / "var" / "store").glob("building_*"))


def test_killed_at_any_moment(served: Path, root: Path) -> None:
    """The whole load is killed, earlier and later each time, until one comes through."""
    script = (
        "import sys; from pathlib import Path; from metrics.ingest import load; print('start', flush=True);"
        " load(Path(sys.argv[1]), env={})"
    )
    rows = "".join(f"x{n},r1,2024-01-01,,1,web\n" for n in range(5_000))
    write(served, files={"orders.csv": ORDERS + rows})
    for delay in (0.4, 1.0):
        with subprocess.Popen(
            [sys.executable, "-c", script, str(served)], cwd=root, stdout=subprocess.PIPE, start_new_session=True
        ) as process:
            assert process.stdout is not None and process.stdout.readline() == b"start\n"
            time.sleep(delay)
            os.killpg(process.pid, signal.SIGKILL)
        assert answers(served) in (3, 5_003)
        if answers(served) == 5_003:
            break
    report = load(served, env={})
    assert report.swapped or report.unchanged
    assert answers(served) == 5_003
    assert not list((served / "var" / "store").glob("building_*"))
