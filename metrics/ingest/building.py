"""Starting the building process and listening to it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from metrics.errors import LoadError, Problem

__all__ = ["Progress", "run_build"]

Progress = Callable[[str, int, int], None]


def run_build(plan: Mapping[str, Any], progress: Progress | None) -> dict[str, Any]:
    """What `metrics.ingest.build` says at its end. Raises LoadError with its problems, or when it stops."""
    home = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "metrics.ingest.build"]
    with (
        tempfile.TemporaryFile() as stderr,  # a pipe that nobody empties would stop the child
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, cwd=home) as child,
    ):
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(json.dumps(plan).encode())
        child.stdin.close()
        done: dict[str, Any] | None = None
        for line in child.stdout:
            message = json.loads(line)
            if "progress" in message and progress is not None:
                progress(*message["progress"])
            if "problems" in message:
                raise LoadError([Problem(**p) for p in message["problems"]])
            done = message.get("done", done)
        code = child.wait()
        stderr.seek(0)
        errors = stderr.read().decode(errors="replace").strip().splitlines()
    if done is None or code != 0:
        last = errors[-1] if errors else f"exit code {code}"
        fix = "The old store serves on. Check the files and free disk space, then load again."
        raise LoadError([Problem("sources.yaml", 0, "tables", f"the building process stopped: {last}.", fix)])
    return done
