"""The command line as people use it: exit codes, one line per error, no tracebacks."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot import cli


@pytest.fixture
def blank(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small world, not loaded."""
    for name in ("PACELINE_WORKSPACE", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for file in (root / "tests" / "world").iterdir():
        if file.suffix in (".yaml", ".csv"):
            shutil.copy(file, tmp_path / file.name)
    return tmp_path


@pytest.fixture
def world(blank: Path, world_workspace: Path) -> Path:
    """The same, loaded; its own copy."""
    return Path(shutil.copytree(world_workspace, blank, dirs_exist_ok=True))


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = cli.main(list(argv))
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["nonsense"],
        ["ask"],
        ["ask", "q"],
        ["ask", "q", "--batch", "f"],
        ["run-due"],
        ["init"],
        ["ask", "q", "--as", "x", "--as-of", "soon"],
    ],
)
def test_wrong_usage_is_2(capsys: pytest.CaptureFixture[str], blank: Path, argv: list[str]) -> None:
    code, out, err = run(capsys, "-w", str(blank), *argv)
    assert code == 2 and err and not out


def test_every_command_has_help_and_a_module(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    for name in cli.COMMANDS:
        code, out, _ = run(capsys, name, "--help")
        assert code == 0 and "-w" in out
        assert (root / "bot" / "commands" / f"{name.replace('-', '_')}.py").is_file()
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert all(f"`paceline {name}" in readme for name in cli.COMMANDS)


def test_load_says_what_became_of_every_row(capsys: pytest.CaptureFixture[str], blank: Path) -> None:
    with (blank / "reps.csv").open("a", encoding="utf-8") as file:
        file.write("r7,Zed,Alpha,North,m1,not a date,\n")
    code, out, _ = run(capsys, "load", "-w", str(blank))
    assert code == 0
    reps = next(line for line in out.splitlines() if line.startswith("reps "))
    assert re.split(r"\s+", reps)[1:4] == ["7", "6", "1"]
    rejects = Path(reps.split()[-1])
    assert "not a date" in (rejects if rejects.is_absolute() else blank / rejects).read_text(encoding="utf-8")
    code, out, _ = run(capsys, "load", "-w", str(blank))
    assert code == 0 and "nothing changed" in out


def test_load_that_cannot_be_is_1_and_the_old_store_serves(capsys: pytest.CaptureFixture[str], world: Path) -> None:
    (world / "deals.csv").write_text("deal_id,rep_id\n", encoding="utf-8")
    code, out, err = run(capsys, "load", "-w", str(world))
    assert code == 1 and "deals" in err
    code, out, _ = run(capsys, "ask", "-w", str(world), "revenue this month", "--as", "ops", "--as-of", "2024-03-12")
    assert code == 0 and "€450" in out


def test_check_lists_every_problem_with_its_line(capsys: pytest.CaptureFixture[str], blank: Path) -> None:
    code, out, _ = run(capsys, "check", "-w", str(blank))
    assert code == 0 and "no errors" in out
    sales = (blank / "sales.yaml").read_text(encoding="utf-8")
    (blank / "sales.yaml").write_text(
        sales.replace("deals.opened", "deals.nowhere").replace("reps.team", "reps.squad"), encoding="utf-8"
    )
    code, _, err = run(capsys, "check", "-w", str(blank))
    assert code == 1 and len(err.splitlines()) >= 2
    assert all(re.match(r"^(warning: )?\w+\.yaml:\d+: ", line) for line in err.splitlines())


def test_ask(capsys: pytest.CaptureFixture[str], world: Path) -> None:
    place = ["-w", str(world), "--as-of", "2024-03-12"]
    assert run(capsys, "ask", *place, "--as", "r1", "my revenue this month")[1].startswith(
        "Revenue (you), this month (1–11 Mar 2024): €100\n"
    )
    code, out, err = run(capsys, "ask", *place, "--as", "r1", "how many flurbs")
    assert code == 1 and not out and "flurbs" in err
    code, out, err = run(capsys, "ask", *place, "--as", "Nobody", "revenue")
    assert code == 1 and len(err.splitlines()) == 1 and "Nobody" in err
    code, out, _ = run(capsys, "ask", *place, "--as", "r1", "--json", "how many flurbs")
    assert code == 0 and json.loads(out)["status"] == "not_understood"
    code, out, _ = run(capsys, "ask", *place, "--as", "r1", "--channel", "PUBLIC", "--json", "my revenue this month")
    assert json.loads(out)["status"] == "denied"
    assert "revenue this month" in run(capsys, "ask", *place, "--as", "r1", "help")[1]


def test_batch_from_a_file(capsys: pytest.CaptureFixture[str], world: Path) -> None:
    file = world / "questions.jsonl"
    lines = [{"id": n, "q": "my revenue this month", "asker": "r1", "as_of": "2024-03-12"} for n in range(3)]
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8-sig")
    code, out, _ = run(capsys, "ask", "-w", str(world), "--batch", str(file))
    assert code == 0 and [json.loads(line)["id"] for line in out.splitlines()] == [0, 1, 2]
    assert run(capsys, "ask", "-w", str(world), "--batch", str(world / "none"))[0] == 1


def test_nothing_loaded_and_no_workspace(capsys: pytest.CaptureFixture[str], blank: Path, tmp_path: Path) -> None:
    code, _, err = run(capsys, "ask", "-w", str(blank), "revenue", "--as", "r1")
    assert code == 1 and "paceline load" in err and len(err.splitlines()) == 1
    code, _, err = run(capsys, "ask", "-w", str(tmp_path / "nowhere"), "revenue", "--as", "r1")
    assert code == 1 and err
    (blank / "model.yaml").write_text("semantic_model: [", encoding="utf-8")
    code, _, err = run(capsys, "ask", "-w", str(blank), "revenue", "--as", "r1")
    assert code == 1 and "model.yaml:" in err


def test_run_due_dry(capsys: pytest.CaptureFixture[str], world: Path) -> None:
    code, _, err = run(capsys, "run-due", "-w", str(world), "--as-of", "2024-03-12T09:00:00+00:00", "--dry-run")
    assert code == 0, err
    assert run(capsys, "run-due", "-w", str(world), "--as-of", "soon", "--dry-run")[0] == 2


def test_a_closed_pipe_is_no_error(world: Path) -> None:
    lines = "\n".join(json.dumps({"id": n, "q": "revenue by region", "asker": "ops"}) for n in range(300))
    script = f"{sys.executable} -m bot.cli ask -w {world} --batch - | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", script], input=lines, capture_output=True, text=True, timeout=60, check=False
    )
    assert json.loads(done.stdout)["id"] == 0
    assert "Traceback" not in done.stderr and "BrokenPipe" not in done.stderr
