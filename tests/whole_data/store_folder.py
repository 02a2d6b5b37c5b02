"""What the tests of whole data do to a workspace, and how they ask it: through the command."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bot import cli

__all__ = ["DAY", "Ran", "append", "ask", "cut_lines", "paceline", "serving", "store"]

DAY = "2024-03-12"  # of the small world
Ran = subprocess.CompletedProcess[str]


def paceline(workspace: Path, *argv: str, apart: bool = False) -> Ran:
    """One command, `apart` in a process of its own. (A load has a process of its own that builds, either way.)"""
    command = ["-w", str(workspace), *argv]
    if not apart:
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            code = cli.main(command)
        return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PACELINE_", "SLACK_"))}
    ran = subprocess.run(
        [sys.executable, "-m", "bot.cli", *command], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran


def ask(workspace: Path, question: str, *more: str) -> Ran:
    return paceline(workspace, "ask", question, "--as", "ops", "--as-of", DAY, *more)


def store(workspace: Path) -> Path:
    return workspace / "var" / "store"


def serving(workspace: Path) -> Path:
    return store(workspace) / (store(workspace) / "current").read_text(encoding="utf-8").strip()


def cut_lines(file: Path, keep: Callable[[list[str]], list[str]]) -> None:
    """The file with the lines that `keep` leaves of those after the header."""
    head, *lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join([head, *keep(lines)]), encoding="utf-8")


def append(file: Path, line: str) -> None:
    with file.open("a", encoding="utf-8") as out:
        out.write(line + "\n")
