"""`paceline check`: every problem of the workspace files, one line each."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from bot.console import Console
from bot.settings import workspace_env
from metrics.checking_labels import check_labels
from metrics.checking_members import check_members
from metrics.ingest import check_rows
from metrics.model import check_workspace
from nlq.reader.checking_words import check_spoken

__all__ = ["run"]


def run(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> int:
    known = workspace_env(args.workspace, env)
    problems = check_workspace(args.workspace, env=known)
    problems += check_rows(args.workspace, env=known)
    problems += check_labels(args.workspace)
    problems += check_members(args.workspace)
    problems += check_spoken(args.workspace)
    for problem in problems:
        prefix = "" if problem.severity == "error" else f"{problem.severity}: "
        console.problem(prefix + str(problem))
    failed = [p for p in problems if args.strict or p.severity == "error"]
    if not failed:
        console.line(f"{args.workspace}: no errors" + (f", {len(problems)} warnings" if problems else ""))
    return 1 if failed else 0
