"""`sources.yaml`: where rows come from and what is done with bad ones. Values only; reading the files is
`metrics.ingest`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metrics.errors import Problem
from metrics.model.shapes import did_you_mean, fit
from metrics.model.sources_shape import SOURCES
from metrics.model.wholeness import EVERY_CHECK, Checks, checks_of, late_after_of
from metrics.model.yaml_file import KeyPath, LocatedYaml

__all__ = ["SOURCES", "Column", "Reference", "Sources", "Table", "Through", "environment", "read_sources"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the store. `source`: its name in the file. `values`: dirty value -> clean value, before typing."""

    name: str
    source: str
    type: str = "text"
    required: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()
    between: tuple[str, str] | None = None
    format: str | None = None
    trim: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """`column` holds a value of `table`.`target`. `orphans`: what to do with a row that points nowhere."""

    column: str
    table: str
    target: str
    orphans: str = "reject"


@dataclass(frozen=True, slots=True)
class Through:
    """The last complete day of a table: a date, the greatest value of a column, or a date written in a file."""

    date: dt.date | None = None
    max: str | None = None
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the store and the file it comes from."""

    name: str
    path: Path
    columns: Mapping[str, Column]
    format: str = "csv"
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    nulls: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    duplicates: str = "reject"
    sort: str | None = None
    since: Through = Through()  # the first complete day
    through: Through = Through()  # the last one
    late_after: int | None = 1
    checks: Checks = EVERY_CHECK
    may_be_empty: bool = False
    references: tuple[Reference, ...] = ()

    @property
    def dated_by(self) -> str | None:
        """The column that dates a row: the one `through` or `sort` names, else the only date there is."""
        dates = [c.name for c in self.columns.values() if c.type in ("date", "datetime")]
        named = next((c for c in (self.through.max, self.sort) if c in dates), None)
        declared = self.through != Through()
        return named or (dates[0] if declared and len(dates) == 1 else None)


@dataclass(frozen=True)
class Sources:
    tables: Mapping[str, Table]

    def in_load_order(self) -> tuple[Table, ...]:
        """Referenced tables before those that refer to them; the order of the file otherwise."""
        done: dict[str, Table] = {}

        def visit(name: str, above: frozenset[str]) -> None:
            if name in done or name in above or name not in self.tables:
                return
            for reference in self.tables[name].references:
                visit(reference.table, above | {name})
            done[name] = self.tables[name]

        for name in self.tables:
            visit(name, frozenset())
        return tuple(done.values())


def environment(workspace: Path, env: Mapping[str, str]) -> dict[str, str]:
    """`env` over what the workspace's `.env` file says (NAME=value lines, # remarks, optional quotes)."""
    found: dict[str, str] = {}
    file = workspace / ".env"
    if file.is_file():
        for raw in file.read_text(encoding="utf-8").splitlines():
            name, sign, value = raw.strip().removeprefix("export ").partition("=")
            if sign and not name.startswith("#"):
                found[name.strip()] = value.strip().strip("\"'")
    return {**found, **env}


def read_sources(located: LocatedYaml, workspace: Path, env: Mapping[str, str]) -> tuple[Sources, list[Problem]]:
    """The tables of a workspace and everything wrong with the file by itself; the files it names are not opened."""
    clean, slips = fit(SOURCES, located.data)
    problems = [*located.problems]
    if located.data is not None:
        problems += [located.problem(s.path, s.message, s.fix) for s in slips]
    if isinstance(clean, dict) and clean["version"] != 1:
        problems.append(
            located.problem(("version",), f"version {clean['version']} is not known.", "Write `version: 1`.")
        )
    reader = _SourcesReader(located, workspace, environment(workspace, env), problems)
    listed = clean["tables"] if isinstance(clean, dict) else {}
    reader.checks = checks_of(clean.get("checks") if isinstance(clean, dict) else None, EVERY_CHECK)
    reader.one_case(("tables",), listed)
    tables = {name: reader.table(name, said) for name, said in listed.items()}
    reader.references(tables)
    return Sources(tables), problems


class _SourcesReader:
    def __init__(self, located: LocatedYaml, workspace: Path, env: Mapping[str, str], problems: list[Problem]) -> None:
        self.located = located
        self.workspace = workspace
        self.env = env
        self.problems = problems
        self.checks = EVERY_CHECK

    def say(self, path: KeyPath, message: str, fix: str) -> None:
        self.problems.append(self.located.problem(path, message, fix))

    def path(self, path: KeyPath, said: str) -> Path:
        def fill(match: re.Match[str]) -> str:
            name = match.group(1)
            if name not in self.env:
                self.say(path, f"${{{name}}} is not set.", f"Set {name} in the environment or in .env.")
            return self.env.get(name, match.group(0))

        filled = Path(re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", fill, said))
        return filled if filled.is_absolute() else self.workspace / filled

    def table(self, name: str, said: dict[str, Any]) -> Table:
        here: KeyPath = ("tables", name)
        if not name.isidentifier() or name.startswith("_"):
            self.say(
                here,
                f"{name} cannot be the name of a table.",
                "Use letters, digits and _; names with _ first are taken.",
            )
        path = self.path((*here, "path"), said["path"])
        self.one_case((*here, "columns"), said["columns"])
        columns = {c: self.column((*here, "columns", c), c, inner) for c, inner in said["columns"].items()}
        for key in ("key", "sort"):
            listed = said.get(key, [])
            for column in [listed] if isinstance(listed, str) else listed:
                self.known((*here, key), column, columns)
        return Table(
            name=name,
            path=path,
            columns=columns,
            format=said.get("format", "parquet" if path.suffix in (".parquet", ".pq") else "csv"),
            encoding="utf-8-sig" if said.get("encoding", "utf-8") == "utf-8" else said["encoding"],
            delimiter=said.get("delimiter", "\t" if path.suffix == ".tsv" else ",").replace("\\t", "\t"),
            nulls=tuple(n for n in said.get("nulls", []) if n is not None),
            key=tuple(c for c in said.get("key", []) if c in columns),
            duplicates=said.get("duplicates", "reject"),
            sort=said.get("sort") if said.get("sort") in columns else None,
            since=self.through((*here, "since"), said.get("since"), columns),
            through=self.through((*here, "through"), said.get("through"), columns),
            late_after=late_after_of(said.get("late_after")),
            checks=checks_of(said.get("checks"), self.checks),
            may_be_empty=said.get("may_be_empty", False),
            references=self.reference_list((*here, "references"), said.get("references", {}), columns),
        )

    def one_case(self, path: KeyPath, names: Iterable[str]) -> None:
        """The store does not tell Amount from amount."""
        seen: dict[str, str] = {}
        for name in names:
            before = seen.setdefault(name.casefold(), name)
            if before != name:
                self.say((*path, name), f"{name} and {before} are one name in the store.", "Rename one.")

    def known(self, path: KeyPath, column: str | None, columns: Mapping[str, Column]) -> bool:
        if column is None or column in columns:
            return column is not None
        self.say(
            path,
            f"there is no column {column} in this table.",
            did_you_mean(column, columns, otherwise="Name one of `columns`."),
        )
        return False

    def column(self, path: KeyPath, name: str, said: dict[str, Any]) -> Column:
        kind = re.sub(r"\s", "", said.get("type", "text"))
        if kind.startswith("decimal"):
            precision, scale = (int(n) for n in kind[8:-1].split(","))
            if scale > precision:
                self.say(
                    (*path, "type"),
                    f"{kind} has more decimals than digits.",
                    "Write decimal(digits,decimals), e.g. decimal(18,2).",
                )
                kind = f"decimal({precision},{precision})"
        if not name.isidentifier() or name.startswith("_"):
            self.say(
                path,
                f"{name!r} cannot be the name of a column.",
                "Use letters, digits and _; keep the other name in `from`.",
            )
        between = said.get("between")
        if between is not None and (len(between) != 2 or None in between):
            self.say((*path, "between"), "takes two values.", "Write [least, most].")
            between = None
        if between is not None and kind in ("text", "boolean"):
            self.say(
                (*path, "between"),
                f"makes no sense for a {kind} column.",
                "Give the column a number or date type, or use one_of.",
            )
            between = None
        if "format" in said and kind not in ("date", "datetime"):
            self.say(
                (*path, "format"),
                f"makes no sense for a {kind} column.",
                "Only date and datetime columns have a format.",
            )
        if between is not None and not all(_reads_as(kind, _text(v)) for v in between):
            self.say(
                (*path, "between"), f"{between[0]} or {between[1]} is no {kind}.", "Write values of the column's type."
            )
            between = None
        return Column(
            name=name,
            source=said.get("from", name),
            type=kind,
            required=said.get("required", False),
            values={k: _text(v) for k, v in said.get("map", {}).items()},
            one_of=tuple(_text(v) for v in said.get("one_of", []) if v is not None),
            between=(_text(between[0]), _text(between[1])) if between is not None else None,
            format=said.get("format"),
            trim=said.get("trim", False),
        )

    def through(self, path: KeyPath, said: Any, columns: Mapping[str, Column]) -> Through:
        if isinstance(said, dt.date):
            return Through(date=said)
        if not isinstance(said, dict) or not said:
            return Through()
        if len(said) != 1:
            self.say(path, "names both max and file.", "Keep one.")
        if "max" in said:
            if self.known((*path, "max"), said["max"], columns):
                if columns[said["max"]].type in ("date", "datetime"):
                    return Through(max=said["max"])
                self.say(
                    (*path, "max"), f"{said['max']} is not a date column.", "Name a column of type date or datetime."
                )
            return Through()
        return Through(file=self.path((*path, "file"), said["file"]))

    def reference_list(
        self, path: KeyPath, said: dict[str, Any], columns: Mapping[str, Column]
    ) -> tuple[Reference, ...]:
        found: list[Reference] = []
        for column, one in said.items():
            if not self.known((*path, column), column, columns):
                continue
            table, dot, target = one["to"].partition(".")
            if not dot:
                self.say(
                    (*path, column, "to"), f"{one['to']!r} is not table.column.", "Write for example agents.agent."
                )
                continue
            found.append(
                Reference(column, table, target, one.get("orphans", "reject") or "null")
            )  # a bare null in YAML
        return tuple(found)

    def references(self, tables: Mapping[str, Table]) -> None:
        for name, table in tables.items():
            for reference in table.references:
                here: KeyPath = ("tables", name, "references", reference.column, "to")
                if reference.table not in tables:
                    near = did_you_mean(reference.table, tables, otherwise="Name a table of this file.")
                    self.say(here, f"there is no table {reference.table}.", near)
                else:
                    self.known(here, reference.target, tables[reference.table].columns)


def _reads_as(kind: str, text: str) -> bool:
    try:
        if kind in ("date", "datetime"):
            dt.datetime.fromisoformat(text)
        else:
            float(text)
    except ValueError:
        return False
    return True


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
