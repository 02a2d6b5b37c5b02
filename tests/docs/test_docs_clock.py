"""No test depends on when it runs: none reads the wall clock, and below `bot` nothing does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

WALL = {
    ("datetime", "now"),
    ("datetime", "today"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
    ("time", "strftime"),
    ("time", "ctime"),
}
# Durations (`time.monotonic`, `time.process_time`) are no time of day.
MAY: dict[str, set[str]] = {
    "tests": {"tests/schedules/kill_worker.py", "tests/schedules/test_sched_kill.py"},
    "metrics": set(),
    "nlq": set(),
    "schedules": set(),
    "northstar": set(),
}


def readings(source: str) -> Iterator[int]:
    """Lines that ask what time it is, by whatever name the module was imported."""
    tree = ast.parse(source)
    names: dict[str, str] = {}  # name here -> name there
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("time", "datetime"):
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    bare = {name for name, there in names.items() if tuple(there.split(".")) in WALL}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            owner = names.get(owner, owner).rpartition(".")[2]
            if (owner, node.attr) in WALL:
                yield node.lineno
        elif isinstance(node, ast.Name) and node.id in bare:
            yield node.lineno


@pytest.mark.parametrize("room", sorted(MAY))
def test_nobody_reads_the_wall_clock(root: Path, room: str) -> None:
    folder = root / "examples" / room if room == "northstar" else root / room
    assert folder.is_dir()
    found = {
        f"{path.relative_to(root)}:{line}"
        for path in sorted(folder.rglob("*.py"))
        if str(path.relative_to(root)) not in MAY[room]
        for line in readings(path.read_text(encoding="utf-8"))
    }
    assert found == set(), "take `as_of`, or a MovableClock"


@pytest.mark.parametrize(
    "source",
    [
        "import datetime as dt\ndt.datetime.now(dt.UTC)",
        "import datetime\ndatetime.date.today()",
        "from datetime import date as d\nd.today()",
        "import time\ntime.time()",
        "from time import time\nclock = time",
        "import time\nclock = time.time",
    ],
)
def test_a_reading_is_seen(source: str) -> None:
    assert list(readings(source)) == [2]


def test_durations_are_no_readings() -> None:
    assert list(readings("import time\ntime.monotonic()\ntime.perf_counter()\ndt.datetime(2026, 1, 1)")) == []
