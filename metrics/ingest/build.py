"""The building process: `python -m metrics.ingest.build`. Builds one snapshot file and says how it went.

It runs apart from the process that serves: a writer would lock every reader out, and a crash of the parser must not
take the bot along. The plan comes as one JSON object on standard input; every line on standard output is a JSON object:
`progress`, and at the end `done` or `problems`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import sys
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from metrics.engines.duckdb_engine import DuckdbEngine
from metrics.errors import LoadError, ModelError, Problem
from metrics.ingest.derived import date_range, fill
from metrics.ingest.quoting import column_list, literal, name
from metrics.ingest.report import Check, TableReport, WordTwice
from metrics.ingest.row_checks import row_checks
from metrics.ingest.table import TableBuilder
from metrics.model.loading import load_model
from metrics.model.schema import Model
from metrics.model.shared_words import shared_words
from metrics.model.sources import Sources, Table, read_sources
from metrics.model.yaml_file import read_yaml
from metrics.people.org import read_members, read_org
from metrics.people.org_tree import closure, find_cycle, unknown_managers

__all__ = ["build", "main"]

Progress = Callable[[str, int, int], None]
_MOST_WORDS = 200
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "preserve_insertion_order": True,  # lines are numbered in the order of the file
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


def build(
    workspace: Path,
    target: Path,
    *,
    env: dict[str, str],
    meta: dict[str, str],
    hashes: dict[str, str],
    progress: Progress,
) -> tuple[list[TableReport], list[Check], list[WordTwice]]:
    """Build `target` from the sources of a workspace; scratch files and drafts of reject files go beside it, in a
    folder named like it. Raises LoadError."""
    model = load_model(workspace)
    sources, problems = read_sources(read_yaml(workspace / "sources.yaml"), workspace, env)
    if problems:
        raise LoadError(problems)
    scratch = target.with_suffix(".scratch")
    scratch.mkdir()
    con = duckdb.connect(str(scratch / "scratch.duckdb"), config=_CONFIG)
    try:
        con.execute("SET enable_progress_bar = false")
        con.execute(f"SET temp_directory = {literal(str(scratch / 'spill'))}")
        con.execute(f"ATTACH {literal(str(target))} AS snapshot")
        reports: list[TableReport] = []
        checks_of_rows = row_checks(model)
        for table in sources.in_load_order():
            size = table.path.stat().st_size if table.path.exists() else 0
            builder = TableBuilder(con, table, scratch, model.calendar)
            rejects = scratch / "rejects" / f"{table.name}.csv"
            try:
                reports.append(builder.build(rejects, progress=_table_progress(progress, table, size)))
            except duckdb.Error as error:  # a format the engine does not know, a full disk
                message = f"the table could not be built: {str(error).splitlines()[0]}"
                fix = "Check its columns in sources.yaml, and free disk space. The old store serves on."
                raise LoadError([Problem("sources.yaml", 0, f"tables.{table.name}", message, fix)]) from None
            check = checks_of_rows.get(table.name)
            if check is not None and (wrong := _errors(check(con, builder, model))):
                raise LoadError(wrong)
        tree = _org_tree(con, model)
        fill(
            con,
            scratch,
            calendar=model.calendar,
            span=date_range(con, sources.tables.values()),
            closure=tree,
            reports=reports,
            hashes=hashes,
            meta={
                **meta,
                "late_after": json.dumps({t.name: t.late_after for t in sources.tables.values()}),
                "since": json.dumps({r.name: r.since for r in reports if r.since is not None}),
            },
        )
        checks = [*_checks(con, sources, reports)]
        words = _words(con, model)
        con.execute("DETACH snapshot")
    finally:
        con.close()
    return reports, checks, words


def _words(con: duckdb.DuckDBPyConnection, model: Model) -> list[WordTwice]:
    """Members of the new rows that are called like something else."""
    members = read_members(model, DuckdbEngine(_Building(con)))
    return [
        WordTwice(word=s.word, field=s.field, member=s.member, other=s.other)
        for s in islice(shared_words(model, members), _MOST_WORDS)
    ]


def _errors(problems: list[Problem]) -> list[Problem]:
    return [p for p in problems if p.severity == "error"]


def _table_progress(progress: Progress, table: Table, size: int) -> Callable[[int], None]:
    return lambda done: progress(table.name, done, size)


def _org_tree(con: duckdb.DuckDBPyConnection, model: Model) -> list[tuple[str, str]]:
    """The closure of the org tree as the new rows make it. Raises LoadError on a cycle or a manager who is nobody."""
    org = read_org(model, DuckdbEngine(_Building(con)))
    people = org.people.values()
    problems = [
        Problem(
            "sales.yaml",
            0,
            "people.manager",
            f"the manager {manager} of {person} is nobody known.",
            "Add a row or list them in people.others.",
        )
        for person, manager in unknown_managers(people)[:20]
    ]
    strangers = sorted({s.person for s in org.stints if s.person not in org.people})
    problems += [
        Problem(
            "sales.yaml",
            0,
            "people.history",
            f"{person} has a stint and is nobody known.",
            "Add a row for them to the people dataset, or take the stint out.",
        )
        for person in strangers[:20]
    ]
    cycle = find_cycle({p.id: p.manager_id for p in people})
    if cycle:
        route = " -> ".join(cycle)
        problems.append(
            Problem(
                "sales.yaml",
                0,
                "people.manager",
                f"the org tree goes in a circle: {route}.",
                "Correct a manager in the rows.",
            )
        )
    if problems:
        raise LoadError(problems)
    return closure(org)


@dataclasses.dataclass(frozen=True)
class _Building:
    """The snapshot under construction, as an engine reads it: a cursor of its own knows no `USE`."""

    con: duckdb.DuckDBPyConnection
    version: str = ""
    through: Mapping[str, dt.date | None] = dataclasses.field(default_factory=dict)
    late_after: Mapping[str, int | None] = dataclasses.field(default_factory=dict)
    since: Mapping[str, dt.date] = dataclasses.field(default_factory=dict)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        return self.con.cursor().execute("USE snapshot")


def _checks(con: duckdb.DuckDBPyConnection, sources: Sources, reports: list[TableReport]) -> list[Check]:
    found: list[Check] = []
    for report in reports:
        table = sources.tables[report.name]
        target = f"snapshot.{name(report.name)}"
        rows = _number(con, target)
        total = report.kept + report.rejected + report.folded + report.superseded
        found.append(
            Check(
                name=f"{report.name}: every row accounted for",
                ok=rows == report.kept and total == report.read,
                detail=f"{rows}",
            )
        )
        found.append(Check(name=f"{report.name}: not empty", ok=rows > 0 or table.may_be_empty, detail=f"{rows}"))
        if table.key:
            distinct = _number(con, f"(SELECT DISTINCT {column_list(table.key)} FROM {target})")  # noqa: S608 - quoted names
            found.append(Check(name=f"{report.name}: key unique", ok=distinct == rows, detail=f"{distinct} of {rows}"))
    return found


def _number(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {relation}").fetchone()  # noqa: S608 - a quoted name
    return int(row[0]) if row else 0


def main() -> None:
    """Entry of the building process."""
    plan = json.load(sys.stdin)

    def say(**message: Any) -> None:
        sys.stdout.write(json.dumps(message, ensure_ascii=True) + "\n")
        sys.stdout.flush()

    try:
        reports, checks, words = build(
            Path(plan["workspace"]),
            Path(plan["target"]),
            env=plan["env"],
            meta=plan["meta"],
            hashes=plan["hashes"],
            progress=lambda table, done, total: say(progress=[table, done, total]),
        )
    except (LoadError, ModelError) as error:
        say(problems=[dataclasses.asdict(p) for p in error.problems])
        return
    say(
        done={
            "reports": [r.model_dump(mode="json") for r in reports],
            "checks": [c.model_dump(mode="json") for c in checks],
            "words": [w.model_dump(mode="json") for w in words],
        }
    )


if __name__ == "__main__":
    main()
