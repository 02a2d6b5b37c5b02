"""Stores that are not there, are broken, or are being replaced while questions come in."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import pytest
from bad_command import AS_OF, Paceline, Revenue

from bot import cli
from bot.ask import ask
from bot.batch import parse_as_of
from bot.runtime import Runtime
from bot.state import open_state
from metrics.people import Audience

ASK = ("ask", "revenue this year", "--as", "ops", "--as-of", AS_OF)


def store(workspace: Path) -> Path:
    return workspace / "var" / "store"


def serving(workspace: Path) -> Path:
    return store(workspace) / (store(workspace) / "current").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize(
    "command", [ASK, ("serve",), ("run-due", "--as-of", AS_OF, "--dry-run"), ("ask", "--batch", "-")]
)
def test_nothing_loaded_yet(paceline: Paceline, workspace: Path, command: tuple[str, ...]) -> None:
    for path in store(workspace).iterdir():
        if path.is_file():
            path.unlink()
    ran = paceline(*command)
    assert (ran.code, ran.out, ran.problems) == (1, "", ["No data has been loaded yet. Run: paceline load"])


@pytest.mark.parametrize("harm", ["deleted", "noise"])
def test_a_snapshot_that_is_gone_or_broken_is_named_and_built_again(
    paceline: Paceline, workspace: Path, revenue: Revenue, harm: str
) -> None:
    before, file = revenue(), serving(workspace)
    if harm == "deleted":
        file.unlink()
    else:
        file.write_bytes(b"\x13\x37" * 40_000)
    ran = paceline(*ASK)
    assert (ran.code, ran.out, len(ran.problems)) == (1, "", 1)
    assert "cannot be opened" in ran.err and "paceline load" in ran.err
    if harm == "deleted":
        return  # built again like one that is broken
    built = paceline("load")
    assert built.code == 0 and "is in place" in built.out
    assert revenue() == before


def test_a_pointer_to_nothing_leaves_the_last_good_snapshot_serving(
    paceline: Paceline, workspace: Path, revenue: Revenue
) -> None:
    before = revenue()
    (store(workspace) / "current").write_text("snapshot_99.duckdb\n", encoding="utf-8")
    ran = paceline(*ASK)
    assert ran.code == 0 and before in ran.out and "snapshot_99.duckdb" in ran.out
    built = paceline("load")
    assert built.code == 0 and "snapshot 100 is in place" in built.out and revenue() == before


def test_a_load_of_what_is_loaded_changes_nothing(paceline: Paceline, workspace: Path) -> None:
    before = serving(workspace).stat().st_mtime_ns
    ran = paceline("load")
    assert ran.code == 0 and "nothing changed" in ran.out and serving(workspace).stat().st_mtime_ns == before


def test_the_store_folder_is_deleted_under_a_bot_that_runs(workspace: Path) -> None:
    runtime = Runtime.open(workspace, {"PACELINE_STATE_URL": "sqlite://"})
    person = runtime.metrics.org.people["ops"]

    def total() -> object:
        found = ask(
            runtime, "revenue this year", asker=person, audience=Audience.only_viewer(), as_of=parse_as_of(AS_OF)
        )
        assert found.table is not None, found
        return found.table.rows[0][0]

    before = total()
    for path in store(workspace).iterdir():
        if path.is_file():
            path.unlink()
    assert not runtime.refresh_lexicon() and total() == before and runtime.metrics.data_version is not None
    runtime.close()


def test_questions_while_loads_swap_the_store(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three generations, a deal of 1,000 more each: every answer is that of one generation, and none goes back in
    time."""
    runtime = Runtime.open(workspace, {"PACELINE_STATE_URL": "sqlite://"})
    person, stop = runtime.metrics.org.people["ops"], threading.Event()
    seen: list[list[tuple[str, float]]] = [[], []]
    broken: list[object] = []

    def questions(mine: list[tuple[str, float]]) -> None:
        while not stop.is_set():
            found = ask(
                runtime, "revenue this year", asker=person, audience=Audience.only_viewer(), as_of=parse_as_of(AS_OF)
            )
            if found.table is None:
                broken.append(found)
                return
            mine.append((found.table.proof.data_version, float(found.table.rows[0][0] or 0)))  # type: ignore[arg-type]
            runtime.refresh_lexicon()

    threads = [threading.Thread(target=questions, args=(mine,)) for mine in seen]
    for thread in threads:
        thread.start()
    deals = workspace / "deals.csv"
    for generation in range(2):
        with deals.open("a", encoding="utf-8") as file:
            file.write(f"n{generation},r1,c1,p1,Won,2024-03-01,2024-03-05,1000\n")
        assert cli.main(["-w", str(workspace), "load"]) == 0
    last = runtime.metrics.data_version
    while not broken and any(not mine or mine[-1][0] != last for mine in seen):
        stop.wait(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    runtime.close()
    assert broken == [] and capsys.readouterr().err == ""
    for mine in seen:
        steps = list(dict.fromkeys(mine))
        assert [version for version, _ in steps] == sorted({version for version, _ in steps}, key=int), (
            "a version has one total"
        )
        totals = [total for _, total in steps]
        assert all(b - a in (1000, 2000) for a, b in pairwise(totals))
        assert len(steps) >= 2


@pytest.mark.parametrize("command", [ASK, ("serve",), ("run-due", "--as-of", AS_OF, "--dry-run")])
def test_a_state_database_that_is_none(paceline: Paceline, workspace: Path, command: tuple[str, ...]) -> None:
    noise = b"no database " * 500
    (workspace / "var" / "state.db").write_bytes(noise)
    ran = paceline(*command)
    assert (ran.code, ran.out, len(ran.problems)) == (1, "", 1)
    assert "state.db" in ran.err and "file is not a database" in ran.err and "backup" in ran.err
    assert (workspace / "var" / "state.db").read_bytes() == noise, "what may be rescued is left alone"


def test_a_folder_in_the_place_of_the_state_database(paceline: Paceline, workspace: Path) -> None:
    (workspace / "var" / "state.db").mkdir()
    ran = paceline(*ASK)
    assert ran.code == 1 and "state.db" in ran.err and len(ran.problems) == 1


def test_what_is_in_the_outbox_survives_a_store_that_is_gone(paceline: Paceline, workspace: Path) -> None:
    path = workspace / "var" / "state.db"
    state = open_state(path)
    at = parse_as_of(AS_OF).replace(tzinfo=Runtime.open(workspace, {"PACELINE_STATE_URL": "sqlite://"}).timezone)
    state.audit.record("ops", "rule.add", "rule 1", at=at)
    state.close()
    serving(workspace).unlink()
    assert paceline("run-due", "--as-of", AS_OF, "--dry-run").code == 1
    again = open_state(path)
    assert [e.action for e in again.audit.recent()] == ["rule.add"]
    again.close()
