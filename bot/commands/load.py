"""`paceline load`: build the next metric store and say row by row what became of the input."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from bot.console import Console
from bot.render.text import align
from bot.settings import workspace_env
from metrics.ingest import LoadReport, load

__all__ = ["run"]

HEADER = ("table", "read", "kept", "rejected", "mapped", "duplicates", "rejects are in")


def run(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> int:
    def progress(table: str, done: int, total: int) -> None:
        filled = round(20 * done / total) if total else 0
        console.progress(f"[{'#' * filled}{'.' * (20 - filled)}] {table} {done:,}/{total:,}")

    report = load(args.workspace, env=workspace_env(args.workspace, env), progress=progress)
    console.progress("")
    for line in report_lines(report):
        console.line(line)
    if not report.swapped and not report.unchanged:
        console.problem("load: the new store was not put in place; the old one still serves")
        return 1
    return 0


def report_lines(report: LoadReport) -> list[str]:
    """A row per table, then the checks and what happened to the store."""
    rows = [
        (
            t.table, f"{t.read:,}", f"{t.kept:,}", f"{t.rejected:,}", f"{t.mapped:,}", f"{t.folded:,}",
            str(t.rejects_file) if t.rejects_file else "",
        )
        for t in report.tables
    ]  # fmt: skip
    lines = align([HEADER, *rows], (False, True, True, True, True, True, False)).splitlines()
    lines += [str(check) for check in report.checks]
    if report.unchanged:
        lines.append(f"nothing changed: snapshot {report.snapshot} stays")
    elif report.swapped:
        lines.append(f"snapshot {report.snapshot} is in place")
    return lines
