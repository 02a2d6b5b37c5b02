"""`paceline load`: build the next metric store and say row by row what became of the input."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from bot.console import Console
from bot.render.text import align
from bot.settings import workspace_env
from metrics.ingest import LoadReport, TableReport, load

__all__ = ["run"]

HEADER = ("table", "read", "kept", "rejected", "mapped", "duplicates", "data to", "rejects are in")
MOST_MAPPED = 5


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
    """A row per table, what was done to its values, then the checks and what happened to the store."""
    rows = [
        (
            t.name,
            f"{t.read:,}",
            f"{t.kept:,}",
            f"{t.rejected:,}",
            f"{sum(sum(m.values()) for m in t.mapped.values()):,}",
            f"{t.folded + t.superseded:,}",
            t.through or "",
            str(t.rejects_file) if t.rejects_file else "",
        )
        for t in report.tables
    ]
    lines = align([HEADER, *rows], (False, True, True, True, True, True, False, False)).splitlines()
    for table in report.tables:
        lines += [f"  {table.name}: {said}" for said in _details(table)]
    lines += [
        f"check {c.name}: {'ok' if c.ok else 'FAILED'}{' ' + c.detail if c.detail else ''}" for c in report.checks
    ]
    if report.unchanged:
        lines.append(f"nothing changed: snapshot {report.snapshot} stays")
    elif report.swapped:
        lines.append(f"snapshot {report.snapshot} is in place")
    return lines


def _details(table: TableReport) -> list[str]:
    lines = [f"{rows:,} rejected: {reason}" for reason, rows in table.reasons.items()]
    for column, mapped in table.mapped.items():
        for change, rows in list(mapped.items())[:MOST_MAPPED]:
            lines.append(f"{column}: {change} in {rows:,} rows")
        if len(mapped) > MOST_MAPPED:
            lines.append(f"{column}: {len(mapped) - MOST_MAPPED:,} more values mapped")
    for orphan in table.orphans:
        lines.append(
            f"{orphan.column}: {orphan.rows:,} rows point nowhere ({orphan.policy}): {', '.join(orphan.examples)}"
        )
    lines += [f"{column}: {rows:,} values rounded" for column, rows in table.rounded.items() if rows]
    lines += [f"{column}: empty in {rows:,} kept rows" for column, rows in table.empty.items() if rows]
    return lines
