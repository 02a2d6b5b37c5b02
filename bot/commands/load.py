"""`paceline load`: build the next metric store and say row by row what became of the input."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from bot.console import Console
from bot.render.text import align
from bot.settings import workspace_env
from bot.wording.differences import difference_lines
from metrics.ingest import Blocked, LoadReport, TableReport, blocked, confirm, load

__all__ = ["run"]

HEADER = ("table", "read", "kept", "rejected", "mapped", "duplicates", "data to", "rejects are in")
MOST_MAPPED = 5
MOST_WORDS = 20


def run(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> int:
    if args.show_difference:
        return _show(args, console)
    if args.confirm:
        report = confirm(args.workspace, args.confirm)
        console.line(f"snapshot {report.snapshot} is in place, as confirmed")
        return 0

    def progress(table: str, done: int, total: int) -> None:
        filled = round(20 * done / total) if total else 0
        console.progress(f"[{'#' * filled}{'.' * (20 - filled)}] {table} {done:,}/{total:,}")

    report = load(args.workspace, env=workspace_env(args.workspace, env), progress=progress)
    console.progress("")
    for line in report_lines(report):
        console.line(line)
    if report.blocked is not None:
        for line in _waiting(report.blocked):
            console.problem(line)
        return 1
    return 0


def _show(args: argparse.Namespace, console: Console) -> int:
    waiting = blocked(args.workspace)
    if waiting is None:
        console.line("No load waits to be confirmed.")
        return 0
    for line in _waiting(waiting):
        console.line(line)
    return 0


def _waiting(waiting: Blocked) -> list[str]:
    """What differs, table by table, and what can be done."""
    serves = "nothing serves yet" if waiting.serving is None else f"snapshot {waiting.serving} serves on"
    return [
        f"load {waiting.id} is not put in place, {serves}:",
        *(f"  {line}" for line in difference_lines(waiting.differences, "en")),
        f"Correct the files and load again; or, if all of this is so, run `paceline load --confirm {waiting.id}`.",
    ]


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
    lines += [
        f"warning: {w.word!r} is a member of {w.field} and a word for {w.other}: questions with it ask back"
        for w in report.words[:MOST_WORDS]
    ]
    if len(report.words) > MOST_WORDS:
        lines.append(f"warning: {len(report.words) - MOST_WORDS} more words have two meanings")
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
