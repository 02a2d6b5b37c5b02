"""`paceline run-due`: what the scheduler would do at a moment, once."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from bot.batch import BadAsOf, parse_as_of
from bot.console import Console
from bot.runtime import Runtime
from bot.scheduler import run_due_command
from bot.wording import say

__all__ = ["run"]


def run(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> int:
    try:
        as_of = parse_as_of(args.as_of)
    except BadAsOf:
        console.problem("paceline run-due: " + say("en", "batch.bad_as_of", as_of=args.as_of))
        return 2
    runtime = Runtime.open(args.workspace, env)
    try:
        return run_due_command(runtime, as_of=as_of, dry_run=args.dry_run, console=console)
    finally:
        runtime.close()
