"""Files that are missing, broken, or cannot be read: what, where and how to put it right; the old store serves on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from bad_command import AS_OF, Paceline, Revenue


def test_no_workspace_at_all(paceline: Paceline, tmp_path: Path) -> None:
    for command in (["check"], ["load"], ["ask", "revenue", "--as", "ops"], ["serve"], ["run-due", "--as-of", AS_OF]):
        ran = paceline(*command, at=tmp_path / "nowhere")
        assert ran.code == 1
        (problem,) = ran.problems
        assert "nowhere" in problem and "does not exist" in problem and "paceline init" in problem


def test_a_folder_that_is_no_workspace(paceline: Paceline, tmp_path: Path) -> None:
    (problem,) = paceline("check", at=tmp_path).problems
    assert "there is no workspace here" in problem and "model.yaml" in problem and "paceline init" in problem


@pytest.mark.parametrize("file", ["model.yaml", "sales.yaml", "sources.yaml"])
def test_a_broken_yaml_is_named_with_its_line(paceline: Paceline, workspace: Path, revenue: Revenue, file: str) -> None:
    before = revenue()
    good = (workspace / file).read_text(encoding="utf-8")
    lines = good.count("\n")
    (workspace / file).write_text(good + "broken: [1, 2\nmore: 3\n", encoding="utf-8")
    for command in ("check", "load"):
        ran = paceline(command)
        assert ran.code == 1 and len(ran.problems) == 1
        name, line, _ = ran.problems[0].split(":", 2)
        assert name == file and abs(int(line) - (lines + 2)) <= 1 and "Fix:" in ran.problems[0]
    (workspace / file).write_text(good, encoding="utf-8")
    assert revenue() == before


def test_a_missing_column_says_which_and_what_is_like_it(paceline: Paceline, workspace: Path, revenue: Revenue) -> None:
    before, deals = revenue(), workspace / "deals.csv"
    deals.write_text(deals.read_text(encoding="utf-8").replace("amount", "amuont", 1), encoding="utf-8")
    for command in ("check", "load"):
        ran = paceline(command)
        assert (ran.code, len(ran.problems)) == (1, 1)
        assert (
            "sources.yaml:" in ran.err and "tables.deals.columns.amount" in ran.err and "Did you mean amuont" in ran.err
        )
    assert revenue() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist"),
        (b"", "tables.deals"),
        (b"\xff\xfe\x00\x01" * 50, "tables.deals"),
        (b"deal_id,rep_id\n\x00\x00\x00\n", "tables.deals"),
    ],
)
def test_a_source_that_is_no_table(
    paceline: Paceline, workspace: Path, revenue: Revenue, content: bytes | None, said: str
) -> None:
    before = revenue()
    (workspace / "deals.csv").unlink()
    if content is not None:
        (workspace / "deals.csv").write_bytes(content)
    ran = paceline("load")
    assert ran.code == 1 and "sources.yaml:" in ran.err and said in ran.err and "Fix:" in ran.err
    assert revenue() == before


def test_a_line_of_env_that_is_none_is_not_shown(paceline: Paceline, workspace: Path) -> None:
    (workspace / ".env").write_text("SLACK_BOT_TOKEN=xoxb-one\nxoxb-two without a name\n", encoding="utf-8")
    ran = paceline("ask", "revenue this year", "--as", "ops")
    assert ran.code == 1 and ran.problems == [
        ".env:2: This line is not KEY=VALUE. Fix: Write KEY=VALUE, or start it with #."
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("PACELINE_MEMORY=lots", "'lots' is no amount of memory"),
        ("PACELINE_TIMEOUT_S=soon", "'soon' is not a positive number"),
        ("PACELINE_LANGUAGE=tlh", "Use en or zh"),
        ("PACELINE_STATE_URL=nonsense://u:hunter2@127.0.0.1/x", "PACELINE_STATE_URL"),
    ],
)
def test_a_setting_that_means_nothing(paceline: Paceline, workspace: Path, line: str, said: str) -> None:
    (workspace / ".env").write_text(line + "\n", encoding="utf-8")
    ran = paceline("ask", "revenue this year", "--as", "ops", "--as-of", AS_OF)
    assert (ran.code, len(ran.problems)) == (1, 1) and said in ran.err


SCRIPT = """
import contextlib, io, json, os, sys
from pathlib import Path
from bot import cli
folder, told = Path(sys.argv[1]), []
def run(*argv):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(["-w", str(folder), *argv])
    told.append([code, out.getvalue(), err.getvalue()])
def all_three():
    run("ask", "revenue this year", "--as", "ops", "--as-of", "2024-03-12")
    run("run-due", "--as-of", "2024-03-12", "--dry-run")
    run("load")
all_three()  # with every right: also so that everything is imported before the rights are gone
(folder / "var" / "state.db").unlink()
for path in folder.rglob("*"):
    path.chmod(0o555 if path.is_dir() else 0o444)
(folder / "deals.csv").chmod(0)
folder.chmod(0o555)
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
all_three()
print(json.dumps(told))
"""


def test_what_may_not_be_read_or_written(world_workspace: Path, root: Path) -> None:
    """As a user without rights: a source that may not be read, a var folder that may not be written."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(shutil.copytree(world_workspace, Path(place) / "workspace"))
        ran = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(folder)],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=root,
        )
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert [code for code, _, _ in told[:3]] == [0, 0, 0]
    asked, due, loaded = told[3:]
    for code, out, err in (asked, due):
        assert (code, out) == (1, "") and "state.db" in err and "Fix: Let the bot write" in err and err.count("\n") == 1
    code, out, err = loaded
    assert (code, out) == (1, "") and "deals.csv" in err and ("cannot be read" in err or "ermission denied" in err)
    assert "Traceback" not in ran.stderr
