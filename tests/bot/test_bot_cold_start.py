"""What a single question on the command line waits for: it loads nothing that its answer does not need."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.runtime import Runtime
from bot.state import open_state
from bot.state_at_hand import HEAD, is_at_hand

# Each costs a hundredth of a second or more, and none of them has a part in a number in the terminal.
NOT_NEEDED = ("sqlalchemy", "alembic", "slack_bolt", "slack_sdk", "slackblocks", "aiohttp", "apscheduler", "schedules")
NOT_NEEDED += (
    "cn2an",
    "rapidfuzz",
    "openpyxl",
    "localslack",
    "multiprocessing",
    "holidays",
    "sqlglot.generators.duckdb",
)
NOT_NEEDED += ("metrics.ingest.loading", "metrics.ingest.table", "metrics.model.checks", "metrics.analyses.what_if")
MODULES = 580  # so many are loaded in all, of which most are those of sqlglot, pydantic and DuckDB
SCRIPT = """
import sys
from bot import cli
code = cli.main(["-w", sys.argv[1], "ask", *sys.argv[2:]])
print(code, len(sys.modules), *sorted(sys.modules))
"""


@pytest.fixture
def folder(world_workspace: Path, tmp_path: Path) -> Path:
    made = Path(shutil.copytree(world_workspace, tmp_path / "world"))
    open_state(made / "var" / "state.db").close()
    return made


@pytest.mark.parametrize(
    ("company", "asked"),
    [
        ("world_workspace", ("revenue this year", "--as", "ops", "--as-of", "2024-03-12")),
        ("demo_workspace", ("my ranking this month", "--as", "R002", "--as-of", "2026-11-18")),  # it has holidays
    ],
)
def test_a_question_loads_what_it_needs(
    company: str, asked: tuple[str, ...], request: pytest.FixtureRequest, tmp_path: Path, root: Path
) -> None:
    folder = Path(shutil.copytree(request.getfixturevalue(company), tmp_path / "company"))
    open_state(folder / "var" / "state.db").close()
    env = {k: v for k, v in os.environ.items() if not k.startswith("PACELINE_")}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), *asked],
        check=True,
        capture_output=True,
        text=True,
        cwd=root,
        env=env,
    )
    code, count, *loaded = ran.stdout.splitlines()[-1].split()
    assert code == "0"
    assert not set(NOT_NEEDED) & set(loaded)
    assert int(count) <= MODULES


def test_a_state_database_is_at_hand(folder: Path, tmp_path: Path) -> None:
    path = folder / "var" / "state.db"
    assert is_at_hand(path) and is_at_hand(str(path))
    noise, empty = tmp_path / "noise.db", tmp_path / "empty.db"
    noise.write_bytes(b"no database " * 500)
    empty.write_bytes(b"")
    for other in (noise, empty, tmp_path, tmp_path / "none.db", f"sqlite:///{path}"):
        assert not is_at_hand(other), other
    assert not (tmp_path / "none.db").exists()


def test_an_older_state_database_is_brought_up_to_date_first(folder: Path) -> None:
    path = folder / "var" / "state.db"
    state = open_state(path)
    with state.database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    state.close()
    assert HEAD != "0001" and not is_at_hand(path)


def test_the_state_is_opened_when_it_is_asked_for(folder: Path) -> None:
    runtime = Runtime.open(folder, {}, state_later=True)
    try:
        assert runtime._state is None
        assert runtime.state.channels.all() == [] and runtime.state is runtime.state
    finally:
        runtime.close()
