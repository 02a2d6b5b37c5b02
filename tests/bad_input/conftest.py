"""The real command line on a copy of the small world. Whatever is wrong with the input, these hold: no traceback,
nothing on the error stream but one line per problem, and no secret in it."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest
from bad_command import AS_OF, Paceline, Ran, Revenue

from bot import cli

SECRETS = ("xoxb-", "xapp-", "hunter2")


@pytest.fixture
def workspace(world_workspace: Path, tmp_path: Path) -> Path:
    """A loaded copy, to be broken."""
    return Path(shutil.copytree(world_workspace, tmp_path / "workspace"))


@pytest.fixture
def paceline(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Paceline:
    """Runs a command on the workspace (`-w` is added) and checks what holds for every bad input."""
    for name in (
        "PACELINE_WORKSPACE",
        "PACELINE_STATE_URL",
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
    ):
        monkeypatch.delenv(name, raising=False)

    def run(*argv: str, stdin: bytes = b"", at: Path | None = None) -> Ran:
        out, err = (
            io.TextIOWrapper(io.BytesIO(), "utf-8"),
            io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace"),
        )
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8", errors="surrogateescape"))
            code = cli.main(["-w", str(at or workspace), *argv])
            texts = []
            for stream in (out, err):
                stream.flush()
                texts.append(stream.buffer.getvalue().decode("utf-8"))  # type: ignore[attr-defined]
        ran = Ran(code, *texts)
        assert code in (0, 1, 2), "exit codes are 0 done, 1 failure, 2 usage"
        assert (code == 0) == (ran.err == "") or "warning" in ran.err, ran
        assert not any(secret in text for secret in SECRETS for text in texts)
        assert "Traceback" not in ran.err and "SELECT" not in ran.err and "nanobind" not in ran.err
        return ran

    return run


@pytest.fixture
def revenue(paceline: Paceline) -> Revenue:
    """What the store that serves answers to one question: "€2,850"."""

    def asked() -> str:
        ran = paceline("ask", "revenue this year", "--as", "ops", "--as-of", AS_OF)
        assert ran.code == 0, ran
        return ran.out.splitlines()[0].rpartition(": ")[2]

    return asked
