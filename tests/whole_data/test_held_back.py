"""Loads whose rows are not whole do not serve: the snapshot from before does, until somebody confirms what differs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from store_folder import append, ask, cut_lines, paceline, serving, store

from metrics.errors import LoadError
from metrics.ingest import blocked, load, loading

HALF = lambda lines: lines[: len(lines) // 2]  # noqa: E731


def lines_of(company: Path) -> Path:
    return company / "data" / "order_lines.csv"


def test_cut_in_half_at_a_line_end_serves_only_when_confirmed(company: Path) -> None:
    before = serving(company).name
    cut_lines(lines_of(company), HALF)
    ran = paceline(company, "load", apart=True)
    assert ran.returncode == 1 and serving(company).name == before
    (title, *said, how) = ran.stderr.splitlines()
    assert "not put in place, snapshot 1 serves on" in title and "paceline load --confirm" in how
    assert all("order_lines" in line for line in said)
    rows = next(line for line in said if "rows (−50%)" in line)
    assert "fewer since" in rows
    assert any("newest row 23 Nov 2026 →" in line for line in said)
    assert any("said to be complete to 23 Nov 2026" in line for line in said)

    again = paceline(company, "load")
    assert again.returncode == 1 and again.stderr == ran.stderr, "not built again, and the same number"
    shown = paceline(company, "load", "--show-difference")
    assert shown.returncode == 0 and [line.strip() for line in shown.stdout.splitlines()] == ran.stderr.splitlines()
    waiting = blocked(company)
    assert waiting is not None
    other = paceline(company, "load", "--confirm", "00000000")
    assert other.returncode == 1 and waiting.id in other.stderr and serving(company).name == before
    confirmed = paceline(company, "load", "--confirm", waiting.id)
    assert confirmed.returncode == 0 and serving(company).name == "snapshot_2.duckdb"
    assert (store(company) / before).exists(), "the one before stays"
    assert "nothing changed" in paceline(company, "load").stdout, "what was confirmed is what was loaded"
    assert "No load waits" in paceline(company, "load", "--show-difference").stdout


def test_the_first_load_is_held_back_by_what_the_source_declares(company: Path) -> None:
    shutil.rmtree(store(company))
    cut_lines(lines_of(company), HALF)
    ran = paceline(company, "load")
    assert ran.returncode == 1 and not (store(company) / "current").exists()
    assert "nothing serves yet" in ran.stderr and "order_lines: said to be complete to 23 Nov 2026" in ran.stderr
    waiting = blocked(company)
    assert waiting is not None and {(d.table, d.kind) for d in waiting.differences} == {("order_lines", "quiet")}
    assert paceline(company, "load", "--confirm", waiting.id).returncode == 0


@pytest.mark.parametrize("cut", [b"C0", pytest.param("恒".encode()[:2], marks=pytest.mark.nightly)])
def test_cut_in_the_middle_of_a_line_or_a_character(company: Path, cut: bytes) -> None:
    before, file = serving(company).name, company / "data" / "customers.csv"
    file.write_bytes(file.read_bytes()[: len(file.read_bytes()) // 2].rpartition(b"\n")[0] + b"\n" + cut)
    ran = paceline(company, "load")
    assert ran.returncode == 1 and serving(company).name == before
    assert "customers.csv is cut off" in ran.stderr and blocked(company) is None, "there is nothing to confirm"


def test_the_last_day_goes_back_and_a_month_that_is_over_loses_its_rows(company: Path) -> None:
    """A tenth of the table is not gone, but all of a month is."""
    gone = (",2026-11-23,", ",2026-03-")
    cut_lines(lines_of(company), lambda lines: [line for line in lines if not any(day in line for day in gone)])
    ran = paceline(company, "load")
    assert ran.returncode == 1 and "0 rows in past months, fewer since Mar 2026" in ran.stderr
    assert "order_lines: newest row 23 Nov 2026 → 20 Nov 2026" in ran.stderr


@pytest.mark.nightly
def test_a_file_that_lost_its_last_line_end(world: Path) -> None:
    """The last cell of the last row may be half of it: 19 of 190."""
    file = world / "payments.csv"
    file.write_bytes(file.read_bytes().rstrip(b"\n")[:-1])
    ran = paceline(world, "load")
    assert ran.returncode == 1 and "payments: the file no longer ends with a line end" in ran.stderr


@pytest.mark.nightly
def test_put_right_it_loads_and_nothing_waits(world: Path) -> None:
    file = world / "deals.csv"
    whole = file.read_text(encoding="utf-8")
    cut_lines(file, HALF)
    assert paceline(world, "load").returncode == 1 and blocked(world) is not None
    file.write_text(whole, encoding="utf-8")
    assert "nothing changed" in paceline(world, "load").stdout and blocked(world) is None
    assert not list(store(world).glob("candidate_*"))


@pytest.mark.nightly
def test_what_waits_and_is_damaged_is_not_confirmed(world: Path) -> None:
    cut_lines(world / "deals.csv", HALF)
    paceline(world, "load")
    waiting = blocked(world)
    assert waiting is not None
    (candidate,) = store(world).glob("candidate_*")
    candidate.write_bytes(candidate.read_bytes()[:-1])
    ran = paceline(world, "load", "--confirm", waiting.id)
    assert ran.returncode == 1 and "damaged" in ran.stderr and serving(world).name == "snapshot_1.duckdb"


@pytest.mark.nightly
def test_checks_are_switched_off_for_one_table(world: Path) -> None:
    sources = world / "sources.yaml"
    sources.write_text(
        sources.read_text("utf-8").replace("path: deals.csv", "path: deals.csv\n    checks: off"), "utf-8"
    )
    assert paceline(world, "load").returncode == 0
    cut_lines(world / "deals.csv", HALF)
    assert paceline(world, "load").returncode == 0
    cut_lines(world / "payments.csv", HALF)
    assert paceline(world, "load").returncode == 1


class Rewriting:
    """A load whose building process has begun, while somebody writes `file` in place, `times` times."""

    def __init__(self, file: Path, times: int) -> None:
        self.file, self.left, self.whole = file, times, file.read_bytes()

    def __call__(self, table: str, done: int, total: int) -> None:
        if table == "reps" and self.left:  # the first table of all
            self.left -= 1
            half = self.whole[: len(self.whole) // 2].rpartition(b"\n")[0] + b"\n"
            self.file.write_bytes(half if self.left % 2 == 0 else self.whole + b"\n")


def test_rewritten_while_it_is_read(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_PAUSE_S", 0.01)
    before, answer = serving(world).name, ask(world, "revenue this year").stdout
    append(world / "deals.csv", "d99,r1,c1,p1,Won,2024-03-01,2024-03-05,1000")
    with pytest.raises(LoadError) as caught:
        load(world, env={}, progress=Rewriting(world / "deals.csv", times=1000))
    (problem,) = caught.value.problems
    assert "deals.csv changed while it was being read" in problem.message and problem.line > 0
    assert serving(world).name == before and ask(world, "revenue this year").stdout == answer
    assert blocked(world) is None and not list(store(world).glob("building_*"))


@pytest.mark.nightly
def test_rewritten_once_it_is_read_again(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_PAUSE_S", 0.01)
    append(world / "deals.csv", "d99,r1,c1,p1,Won,2024-03-01,2024-03-05,1000")

    def once(table: str, done: int, total: int) -> None:
        if table == "reps" and "n1," not in (world / "deals.csv").read_text("utf-8"):
            append(world / "deals.csv", "n1,r1,c1,p1,Won,2024-03-01,2024-03-06,70000")

    assert load(world, env={}, progress=once).swapped
    assert "73,150" in ask(world, "revenue this year").stdout, "2,150 of before, and both new deals"
