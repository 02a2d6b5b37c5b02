"""The bot of a load run: `paceline serve` over the demo company, with a clock that starts where the company stands."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
from pathlib import Path

from bot.console import Console
from bot.demo.cast import cast_of
from bot.demo.crew import introduce
from bot.demo.moving_clock import RunningClock
from bot.runtime import Runtime
from bot.serving import serve


def main(folder: Path, at: dt.datetime) -> None:
    """Everybody linked to their Slack user, then connected until SIGTERM. The environment names the workspace to
    connect to."""
    runtime = Runtime.open(folder, os.environ, RunningClock(at))
    try:
        introduce(runtime, cast_of(runtime.metrics.org, at.date(), str(runtime.timezone)))
        asyncio.run(serve(runtime, Console(sys.stdout, sys.stderr), scheduler=False))
    finally:
        runtime.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), dt.datetime.fromisoformat(sys.argv[2]))
