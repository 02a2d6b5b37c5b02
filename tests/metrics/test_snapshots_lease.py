"""Readers and new snapshots at the same time: no error, no torn read."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb
import pytest

from metrics.engines.snapshots import Snapshot, Snapshots
from metrics.errors import DamagedStore, LoadError
from metrics.ingest.pointer import point_to, snapshot_path, store_folder


def publish(folder: Path, number: int, rows: int = 1000) -> None:
    """A snapshot in which every row says the number of its snapshot, as a load leaves it."""
    store = store_folder(folder)
    store.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(snapshot_path(store, number))) as con:
        con.execute(f"CREATE TABLE facts AS SELECT {number} AS generation FROM range({rows})")
        con.execute(
            f"CREATE TABLE _tables AS SELECT 'facts' AS name, {rows} AS rows, DATE '2024-01-0{number % 9 + 1}' AS"
            " through, '' AS hash"
        )
        con.execute(f"CREATE TABLE _meta AS SELECT 'version' AS key, '{number}' AS value")
    point_to(store, number)


def other_lease(folder: Path) -> AbstractContextManager[Snapshot]:
    return Snapshots(folder).lease()


def files(folder: Path) -> list[str]:
    return sorted(p.name for p in store_folder(folder).glob("*.duckdb"))


def test_nothing_loaded_yet(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    assert snapshots.current_version() is None
    with pytest.raises(LoadError, match="paceline load"), snapshots.lease():
        pass
    publish(tmp_path, 1)
    with snapshots.lease() as snapshot:
        assert snapshot.version == "1", "the same object finds the first load"
    snapshots.close()


def test_a_lease_keeps_its_rows_however_often_the_pointer_moves(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    snapshots = Snapshots(tmp_path)
    with snapshots.lease() as old:
        publish(tmp_path, 2, rows=5)
        assert snapshots.current_version() == "2"
        with snapshots.lease() as new:
            assert (old.version, new.version) == ("1", "2")
            assert old.cursor().execute("SELECT count(*), max(generation) FROM facts").fetchone() == (1000, 1)
            assert new.cursor().execute("SELECT count(*), max(generation) FROM facts").fetchone() == (5, 2)
            assert (new.rows, new.through, new.data_through) == (
                {"facts": 5},
                {"facts": dt.date(2024, 1, 3)},
                dt.date(2024, 1, 3),
            )
    snapshots.close()
    assert files(tmp_path) == ["snapshot_1.duckdb", "snapshot_2.duckdb"], "readers remove nothing: the newest may break"


def test_readers_are_locked_down(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    local = [1]  # noqa: F841 - a Python variable must not be readable from SQL
    snapshots = Snapshots(tmp_path)
    with snapshots.lease() as snapshot:
        for statement in (
            f"SELECT * FROM read_csv('{secret}')",
            f"ATTACH '{tmp_path / 'other.duckdb'}'",
            f"COPY facts TO '{tmp_path / 'out.csv'}'",
            "INSERT INTO facts VALUES (1)",
            "CREATE TABLE t (a INTEGER)",
            "SET enable_external_access = true",
            "SET memory_limit = '4GB'",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SELECT * FROM local",
        ):
            with pytest.raises(duckdb.Error):
                snapshot.cursor().execute(statement)
    snapshots.close()
    assert not (tmp_path / "out.csv").exists()


def test_a_query_past_the_time_limit_is_stopped(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    snapshots = Snapshots(tmp_path, timeout_ms=50)
    with snapshots.lease() as snapshot, pytest.raises(duckdb.Error):
        snapshot.cursor().execute(
            "SELECT count(*) FROM range(200000) a, range(200000) b WHERE a.range % 7 = b.range % 5"
        ).fetchall()
    snapshots.close()


def test_a_broken_snapshot_leaves_the_old_one_serving(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    snapshots = Snapshots(tmp_path)
    with snapshots.lease():
        pass
    store = store_folder(tmp_path)
    snapshot_path(store, 2).write_bytes(b"half a file")
    point_to(store, 2)
    with snapshots.lease() as snapshot:
        assert snapshot.version == "1"
    publish(tmp_path, 3)
    with snapshots.lease() as snapshot:
        assert snapshot.version == "3"
    snapshots.close()
    point_to(store, 2)
    other = Snapshots(tmp_path)
    with other.lease() as snapshot:
        assert snapshot.version == "1", "also for who comes new: the last good one before it"
    damage = other.damage()
    assert damage is not None and damage.file == "snapshot_2.duckdb"
    other.close()
    snapshot_path(store, 1).unlink()
    with pytest.raises(DamagedStore, match=r"snapshot_2\.duckdb cannot be opened"), other_lease(tmp_path):
        pass


def test_a_closed_store_says_so_and_leases_that_are_out_end_well(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    snapshots = Snapshots(tmp_path)
    with snapshots.lease() as snapshot:
        snapshots.close()
        assert snapshot.cursor().execute("SELECT count(*) FROM facts").fetchone() == (1000,)
    with pytest.raises(LoadError, match="closed"), snapshots.lease():
        pass
    assert files(tmp_path) == ["snapshot_1.duckdb"]


def test_threads_read_while_generations_are_swapped(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    snapshots = Snapshots(tmp_path, memory="128MB", threads=1)
    stop = threading.Event()
    seen: list[set[str]] = [set() for _ in range(4)]
    reads = [0] * 4
    wrong: list[str] = []

    def read(me: int) -> None:
        while not stop.is_set():
            try:
                with snapshots.lease() as snapshot:
                    for _ in range(3):
                        row = (
                            snapshot.cursor()
                            .execute("SELECT count(*), min(generation), max(generation) FROM facts")
                            .fetchone()
                        )
                        if row != (1000, int(snapshot.version), int(snapshot.version)):
                            wrong.append(f"{row} in {snapshot.version}")
                        reads[me] += 1
                    seen[me].add(snapshot.version)
            except (duckdb.Error, LoadError) as error:
                wrong.append(str(error))

    threads = [threading.Thread(target=read, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for number in range(2, 9):
        publish(tmp_path, number)
        time.sleep(0.12)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert all(len(versions) >= 3 for versions in seen) and sum(reads) > 200
    snapshots.close()


def test_asking_for_the_newest_costs_next_to_nothing(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    snapshots = Snapshots(tmp_path)
    with snapshots.lease():
        pass
    before = time.process_time()
    for _ in range(200):
        with snapshots.lease():
            pass
    assert (time.process_time() - before) / 200 < 0.001
    snapshots.close()
    assert os.listdir(tmp_path) == ["var"]  # noqa: PTH208 - nothing is written anywhere else
