"""Loading a small workspace: every row is accounted for, nothing is bent, the same input changes nothing."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from model_workspace import ORDERS, SALES, SOURCES, edit, write

from metrics.engines.snapshots import Snapshots
from metrics.errors import LoadError, ModelError
from metrics.ingest import LoadReport, TableReport, load


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    name = (folder / "var" / "store" / "current").read_text().strip()
    with duckdb.connect(str(folder / "var" / "store" / name), read_only=True) as con:
        return con.execute(sql).fetchall()


def table(report: LoadReport, name: str) -> TableReport:
    return next(t for t in report.tables if t.name == name)


def rejects(report: TableReport) -> list[dict[str, str]]:
    assert report.rejects_file is not None
    with report.rejects_file.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def orders(*lines: str) -> str:
    return "Order No,rep,ordered_on,paid_on,amount,channel\n" + "".join(line + "\n" for line in lines)


Loaded = tuple[Path, LoadReport, list[tuple[str, int, int]]]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """One load that several tests look at."""
    folder = write(tmp_path_factory.mktemp("first"))
    seen: list[tuple[str, int, int]] = []
    return folder, load(folder, env={}, progress=lambda *step: seen.append(step)), seen


def test_rows_are_typed_mapped_and_sorted(first: Loaded) -> None:
    tmp_path, report, seen = first
    assert report.swapped and not report.unchanged and report.snapshot == "1"
    assert rows(tmp_path, "SELECT * FROM orders") == [
        ("o1", "r1", dt.date(2024, 1, 1), None, Decimal("10.00"), "web"),
        ("o2", "r2", dt.date(2024, 1, 2), dt.date(2024, 1, 5), Decimal("20.50"), "shop"),
        ("o3", "r1", dt.date(2024, 2, 3), dt.date(2024, 2, 10), Decimal("30.00"), "web"),
    ]
    loaded = table(report, "orders")
    assert (loaded.read, loaded.kept, loaded.rejected, loaded.rejects_file) == (3, 3, 0, None)
    assert loaded.mapped == {"channel": {"WEB -> web": 1}}
    assert loaded.through == "2024-02-03"
    assert all(c.ok for c in report.checks) and report.checks
    assert {"orders", "reps"} == {s[0] for s in seen}
    assert seen[-1][1] == seen[-1][2] == len(ORDERS)


def test_tables_every_snapshot_has(first: Loaded) -> None:
    tmp_path = first[0]
    assert rows(tmp_path, "SELECT name, rows, through FROM _tables ORDER BY name") == [
        ("orders", 3, dt.date(2024, 2, 3)),
        ("reps", 2, None),
    ]
    assert rows(tmp_path, "SELECT value FROM _meta WHERE key = 'version'") == [("1",)]
    everybody = (
        {("boss", p) for p in ("boss", "chief", "r1", "r2")}
        | {("chief", p) for p in ("chief", "r1", "r2")}
        | {("r1", "r1"), ("r2", "r2")}
    )
    assert set(rows(tmp_path, "SELECT * FROM _org_closure")) == everybody
    # fiscal year from April, weeks from Sunday; 2024-02-04 was a Sunday made a working day only if the calendar says so
    assert rows(tmp_path, "SELECT * FROM _calendar WHERE day = DATE '2024-02-03'") == [
        (
            dt.date(2024, 2, 3),
            dt.date(2024, 1, 28),
            dt.date(2024, 2, 1),
            dt.date(2024, 1, 1),
            dt.date(2023, 4, 1),
            5,
            False,
        ),
    ]
    assert rows(tmp_path, "SELECT is_workday FROM _calendar WHERE day = DATE '2024-03-15'") == [(False,)], (
        "a day off of ours, a Friday"
    )
    assert rows(tmp_path, "SELECT is_workday FROM _calendar WHERE day = DATE '2024-10-01'") == [(False,)], (
        "National Day, a Tuesday"
    )
    assert rows(tmp_path, "SELECT is_workday FROM _calendar WHERE day = DATE '2024-03-14'") == [(True,)]
    worked = rows(tmp_path, "SELECT is_workday FROM _calendar WHERE day = DATE '2024-02-04'")
    assert worked == [(True,)], "a Sunday that China worked for the Spring Festival"
    ((low, high, count, distinct),) = rows(
        tmp_path, "SELECT min(day), max(day), count(*), count(DISTINCT day) FROM _calendar"
    )
    assert (low, high) == (dt.date(2023, 1, 1), dt.date(2029, 12, 31)) and count == distinct == (high - low).days + 1


def test_the_same_input_changes_nothing(first: Loaded) -> None:
    tmp_path, report, _ = first
    before = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "var" / "store").iterdir()}
    again = load(tmp_path, env={})
    assert (again.unchanged, again.swapped, again.snapshot, again.tables) == (True, False, "1", report.tables)
    after = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "var" / "store").iterdir()}
    assert {k: v for k, v in after.items() if k != "lock"} == {k: v for k, v in before.items() if k != "lock"}


def test_the_same_input_changes_nothing_while_it_is_read(first: Loaded) -> None:
    """A serving process loads again: its open connection, with its own settings, is not in the way."""
    folder, _, _ = first
    snapshots = Snapshots(folder, memory="64MB", threads=1)
    with snapshots.lease():
        assert load(folder, env={}).unchanged
    snapshots.close()


def test_another_input_is_another_snapshot(tmp_path: Path) -> None:
    """Rows, YAML, or only the date of a `through` file; and rejects are those of the newest load."""
    sources = edit(SOURCES, "{max: ordered_on}", "{file: through.txt}")
    text = ORDERS + "o4,r2,never,,1,web\n"
    through = {"through.txt": "2024-02-29\n"}
    report = load(write(tmp_path, sources=sources, files={"orders.csv": text, **through}), env={})
    file = tmp_path / "var" / "store" / "rejects" / "orders.csv"
    assert table(report, "orders").rejects_file == file and table(report, "orders").through == "2024-02-29"
    assert len(rejects(table(report, "orders"))) == 1
    report = load(write(tmp_path, sources=sources, files=through), env={})
    assert (report.swapped, report.snapshot, table(report, "orders").rejects_file) == (True, "2", None)
    assert not file.exists()
    report = load(write(tmp_path, sources=sources, files={"through.txt": "2024-03-01"}), env={})
    assert (report.swapped, report.snapshot, table(report, "orders").through) == (True, "3", "2024-03-01")
    assert rows(tmp_path, "SELECT value FROM _meta WHERE key = 'version'") == [("3",)]
    kept = sorted(p.name for p in (tmp_path / "var" / "store").glob("*.duckdb"))
    assert kept == [
        "snapshot_2.duckdb",
        "snapshot_3.duckdb",
    ], "the one before stays for readers that are just opening it"


def test_paths_from_the_environment_and_the_env_file(tmp_path: Path) -> None:
    write(tmp_path / "w", sources=SOURCES.replace("path: ", "path: ${SHOP_DATA}/"))
    with pytest.raises(LoadError, match="SHOP_DATA"):
        load(tmp_path / "w", env={})
    (tmp_path / "w" / ".env").write_text(f'# data\nSHOP_DATA="{tmp_path / "w"}"\n')
    assert load(tmp_path / "w", env={}).swapped


def test_bad_yaml_is_a_model_error_and_bad_sources_a_load_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        load(write(tmp_path, sales=edit(SALES, "unit: count", "unit: x")), env={})
    with pytest.raises(LoadError):
        load(write(tmp_path, sources=edit(SOURCES, "type: date}", "type: day}")), env={})
