# ruff: noqa: S608 - ingest builds its SQL as text; every name and value goes through `quoting`
"""One table: file -> clean text -> tests -> duplicates -> references -> sorted rows in the new snapshot.

Set-based throughout. The working tables live in a scratch database; only the finished table enters the snapshot. Every
row keeps the number of its line until the end, so that what is rejected can be found in the file.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from metrics.errors import LoadError, Problem
from metrics.ingest.columns import Trial, clean_text, is_native, rounded_test, sql_type, trials, typed
from metrics.ingest.delimited import columns_at, rewrite
from metrics.ingest.extent import extent_of
from metrics.ingest.plain_csv import read_plain
from metrics.ingest.quoting import column_list, literal, name
from metrics.ingest.report import Extent, OrphanCount, TableReport
from metrics.model.schema import Calendar
from metrics.model.source_files import opened, parquet_columns
from metrics.model.sources import Column, Reference, Table

__all__ = ["TableBuilder"]


class TableBuilder:
    """Builds one table. `con` is a scratch database with the snapshot attached as `snapshot`."""

    def __init__(self, con: duckdb.DuckDBPyConnection, table: Table, scratch: Path, calendar: Calendar) -> None:
        self.con = con
        self.calendar = calendar
        self.table = table
        self.scratch = scratch
        self.columns = list(table.columns)
        self.raw = name(f"{table.name}:raw")
        self.text = name(f"{table.name}:text")
        self.typed = name(f"{table.name}:typed")
        self.bad = name(f"{table.name}:bad")
        self.dropped = name(f"{table.name}:dropped")
        self.native: set[str] = set()  # columns whose values are read as they are, not from text
        self.sha256 = ""
        self.whole_lines: bool | None = None

    def build(self, rejects: Path, *, progress: Callable[[int], None]) -> TableReport:
        """Make `snapshot.<table>` and, when rows were rejected, the file `rejects`. Raises LoadError."""
        read, mapped, folded, superseded = self.rows(progress)
        orphans = tuple(o for o in (self.orphans(r) for r in self.table.references) if o.rows)
        rounded = self.rounded()
        self.finish()
        kept = self.count(self.target)
        file = self.write_rejects(rejects)
        if self.table.format == "parquet":  # after it was read last: the load compares it with the hash from before
            with opened(self.table) as raw:
                self.sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
        through, since = self.through(), self.since()
        return TableReport(
            name=self.table.name,
            source=self.table.path,
            read=read,
            kept=kept,
            rejected=self.count(f"(SELECT DISTINCT line FROM {self.bad} ANTI JOIN {self.dropped} USING (line))"),
            folded=folded,
            superseded=superseded,
            mapped=mapped,
            rounded=rounded,
            orphans=orphans,
            empty=self.empty_references(),
            reasons=self.reasons(),
            rejects_file=file,
            through=through.isoformat() if through else None,
            since=since.isoformat() if since else None,
            sha256=self.sha256,
            whole_lines=self.whole_lines,
            extent=self.extent(through),
        )

    def rows(self, progress: Callable[[int], None] = lambda _: None) -> tuple[int, dict[str, dict[str, int]], int, int]:
        """Make the typed table, every row with its line, of what passes by itself. How many were read, what was mapped,
        how many were folded and superseded. Raises LoadError."""
        run = self.con.execute
        run(f"CREATE TABLE {self.bad} (line BIGINT, col VARCHAR, val VARCHAR, reason VARCHAR)")
        run(f"CREATE TABLE {self.dropped} (line BIGINT, how VARCHAR)")
        ragged = self.read(progress)
        read = self.count(self.raw) + ragged
        mapped = self.clean()
        self.type()
        self.test()
        return (read, mapped, *self.duplicates())

    @property
    def target(self) -> str:
        return f"snapshot.{name(self.table.name)}"

    def one(self, sql: str) -> int | float | str | dt.date | None:
        row = self.con.execute(sql).fetchone()
        return row[0] if row else None

    def count(self, relation: str) -> int:
        return int(self.one(f"SELECT count(*) FROM {relation}") or 0)  # type: ignore[arg-type]

    def read(self, progress: Callable[[int], None]) -> int:
        """Fill the raw table: every wanted column as text, and the line. Gives the number of ragged records."""
        if self.table.format == "parquet":
            with opened(self.table):
                self.read_parquet()
            progress(self.table.path.stat().st_size)
            return 0
        plain = read_plain(self.con, self.table, self.raw, progress)
        if plain is not None:
            self.sha256, self.whole_lines = plain.sha256, plain.whole_lines
            return 0
        file = self.scratch / f"{self.table.name}.csv"
        written = rewrite(self.table, file, progress=progress)
        self.sha256, self.whole_lines = written.sha256, written.whole_lines
        spec = ", ".join(f"{literal(c)}: 'VARCHAR'" for c in self.columns)
        self.con.execute(
            f"CREATE TABLE {self.raw} AS SELECT * FROM read_csv({literal(str(file))}, header = false, delim = ',',"
            " quote = '\"', escape = '\"', auto_detect = false, new_line = '\\n', parallel ="
            f" {str(not written.multiline).lower()}, max_line_size = 20000000, columns = {{'_line': 'BIGINT',"
            f" {spec}}})",
        )
        file.unlink()
        for one in written.ragged:
            reason = f"has {one.cells} cells, and the header has {one.width}"
            self.con.execute(f"INSERT INTO {self.bad} VALUES (?, '(row)', ?, ?)", [one.line, one.text[:2000], reason])
        return len(written.ragged)

    def read_parquet(self) -> None:
        source = f"read_parquet({literal(str(self.table.path))}, file_row_number = true)"
        kinds = parquet_columns(self.con, self.table)
        columns_at(self.table, list(kinds))
        columns = self.table.columns.values()
        self.native = {c.name for c in columns if is_native(c, kinds[c.source], self.table.nulls)}
        wanted = ", ".join(
            f"{name(c.source) if c.name in self.native else f'CAST({name(c.source)} AS VARCHAR)'} AS {name(c.name)}"
            for c in columns
        )
        self.con.execute(f"CREATE VIEW {self.raw} AS SELECT file_row_number + 1 AS _line, {wanted} FROM {source}")

    def clean(self) -> dict[str, dict[str, int]]:
        """Make the clean text table; count what was mapped."""
        mapped: dict[str, dict[str, int]] = {}
        for column in self.table.columns.values():
            if column.values:
                text = f"trim({name(column.name)})" if column.trim else name(column.name)
                listed = ", ".join(literal(d) for d in column.values)
                rows = self.con.execute(
                    f"SELECT {text}, count(*) FROM {self.raw} WHERE {text} IN ({listed}) GROUP BY 1"
                ).fetchall()
                counts = dict(rows)
                mapped[column.name] = {f"{d} -> {c}": counts.get(d, 0) for d, c in column.values.items()}
        wanted = ", ".join(
            f"{name(c.name) if c.name in self.native else clean_text(c, self.table.nulls)} AS {name(c.name)}"
            for c in self.table.columns.values()
        )
        self.con.execute(f"CREATE VIEW {self.text} AS SELECT _line, {wanted} FROM {self.raw}")
        return mapped

    def type(self) -> None:
        """Fill the typed table, and say of each row whether it fails a test and whether a value of it is rounded: once
        over all rows, so that only what is found need be looked at again."""
        columns = self.table.columns.values()
        wanted = ", ".join(f"{typed(c, native=c.name in self.native)} AS {name(c.name)}" for c in columns)
        fails = [f"coalesce({trial.fails}, false)" for c in columns for trial in self.trials(c)]
        rounds = [f"coalesce({test}, false)" for c in columns if (test := self.rounding(c)) is not None]
        self.con.execute(
            f"CREATE TABLE {self.typed} AS SELECT _line, {wanted}, {' OR '.join(fails) or 'false'} AS _bad,"
            f" {' OR '.join(rounds) or 'false'} AS _rounded FROM {self.text}",
        )
        for flag in ("_bad", "_rounded"):
            self.con.execute(
                f"CREATE TABLE {self.flagged(flag)} AS SELECT t.* FROM {self.text} t SEMI JOIN (SELECT _line FROM"
                f" {self.typed} WHERE {flag}) f USING (_line)"
            )
        self.con.execute(f"DELETE FROM {self.typed} WHERE _bad")

    def trials(self, column: Column) -> Iterator[Trial]:
        return trials(column, self.table.key, native=column.name in self.native)

    def rounding(self, column: Column) -> str | None:
        return None if column.name in self.native else rounded_test(column)

    def flagged(self, flag: str) -> str:
        return name(f"{self.table.name}:{flag}")

    def test(self) -> None:
        """Every reason why a row is rejected."""
        for column in self.table.columns.values():
            for trial in self.trials(column):
                self.con.execute(
                    f"INSERT INTO {self.bad} SELECT _line, {literal(column.name)}, {name(column.name)},"
                    f" {literal(trial.reason)} FROM {self.flagged('_bad')} WHERE {trial.fails}",
                )

    def rounded(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for column in self.table.columns.values():
            test = self.rounding(column)
            if test is not None:
                kept = f"_line NOT IN (SELECT line FROM {self.bad})"
                rows = self.count(f"{self.flagged('_rounded')} WHERE {test} AND {kept}")
                if rows:
                    found[column.name] = rows
        return found

    def duplicates(self) -> tuple[int, int]:
        """Fold equal rows; treat rows that repeat a key with other values as the table says."""
        key = column_list(self.table.key)
        if not key or self.count(self.typed) == self.count(f"(SELECT DISTINCT {key} FROM {self.typed})"):
            return 0, 0
        repeated = f"(SELECT {key} FROM {self.typed} GROUP BY {key} HAVING count(*) > 1)"
        everything = column_list(self.columns)
        self.con.execute(
            f"INSERT INTO {self.dropped} SELECT _line, 'folded' FROM (SELECT _line, row_number() OVER (PARTITION BY"
            f" {everything} ORDER BY _line) AS nth FROM {self.typed} SEMI JOIN {repeated} USING ({key})) WHERE nth > 1",
        )
        folded = self.forget()
        policy = self.table.duplicates
        shown = " || ', ' || ".join(f"CAST({name(k)} AS VARCHAR)" for k in self.table.key)
        repeats = (
            f"SELECT _line, {shown} AS shown, min(_line) OVER w AS first, max(_line) OVER w AS last "
            f"FROM {self.typed} SEMI JOIN {repeated} USING ({key}) WINDOW w AS (PARTITION BY {key})"
        )
        keys = literal(", ".join(self.table.key))
        kept = {"keep_first": "first", "keep_last": "last"}.get(policy)
        if kept is None:
            self.con.execute(
                f"INSERT INTO {self.bad} SELECT _line, {keys}, shown, 'repeats a key with other values (lines ' ||"
                f" first || ' to ' || last || ')' FROM ({repeats})",
            )
            self.reject()
            return folded, 0
        self.con.execute(
            f"INSERT INTO {self.bad} SELECT _line, {keys}, shown, 'repeats a key with other values; line ' || {kept} ||"
            f" ' was kept' FROM ({repeats}) WHERE _line <> {kept}",
        )
        self.con.execute(
            f"INSERT INTO {self.dropped} SELECT DISTINCT line, 'superseded' FROM {self.bad} SEMI JOIN {self.typed} ON"
            " line = _line",
        )
        return folded, self.forget()

    def forget(self) -> int:
        """Take dropped rows out of the typed table; gives how many."""
        rows = self.con.execute(
            f"DELETE FROM {self.typed} WHERE _line IN (SELECT line FROM {self.dropped}) RETURNING _line"
        ).fetchall()
        return len(rows)

    def reject(self) -> None:
        self.con.execute(f"DELETE FROM {self.typed} WHERE _line IN (SELECT line FROM {self.bad})")

    def orphans(self, reference: Reference) -> OrphanCount:
        column = name(reference.column)
        home = self.typed if reference.table == self.table.name else f"snapshot.{name(reference.table)}"
        lost = (
            f"{column} IS NOT NULL AND {column} NOT IN (SELECT {name(reference.target)} FROM {home} WHERE"
            f" {name(reference.target)} IS NOT NULL)"
        )
        rows = self.con.execute(
            f"SELECT CAST({column} AS VARCHAR), count(*) FROM {self.typed} WHERE {lost} GROUP BY 1 ORDER BY 2 DESC, 1",
        ).fetchall()
        if rows and reference.orphans == "reject":
            reason = f"points to no row of {reference.table}"
            self.con.execute(
                f"INSERT INTO {self.bad} SELECT _line, {literal(reference.column)}, CAST({column} AS VARCHAR),"
                f" {literal(reason)} FROM {self.typed} WHERE {lost}",
            )
            self.reject()
        elif rows and reference.orphans == "null":
            self.con.execute(f"UPDATE {self.typed} SET {column} = NULL WHERE {lost}")
        total = sum(int(r[1]) for r in rows)
        return OrphanCount(
            column=reference.column, policy=reference.orphans, rows=total, examples=tuple(str(r[0]) for r in rows[:5])
        )

    def empty_references(self) -> dict[str, int]:
        counts = {r.column: self.count(f"{self.target} WHERE {name(r.column)} IS NULL") for r in self.table.references}
        return {c: n for c, n in counts.items() if n}

    def finish(self) -> None:
        order = f"{name(self.table.sort)} NULLS LAST, _line" if self.table.sort else "_line"
        spec = ", ".join(
            f"CAST({name(c.name)} AS {sql_type(c)}) AS {name(c.name)}" for c in self.table.columns.values()
        )
        self.con.execute(f"CREATE TABLE {self.target} AS SELECT {spec} FROM {self.typed} ORDER BY {order}")

    def reasons(self) -> dict[str, int]:
        """The most frequent reasons, without the line numbers some of them name."""
        bare = "regexp_replace(reason, ' \\(lines .*|; line .*', '')"
        rows = self.con.execute(
            f"SELECT col || ' ' || {bare}, count(*) FROM {self.bad} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20"
        ).fetchall()
        return {str(reason): int(count) for reason, count in rows}

    def write_rejects(self, file: Path) -> Path | None:
        if not self.count(self.bad):
            file.unlink(missing_ok=True)
            return None
        whole = f"to_json(struct_pack({', '.join(f'{name(c)} := CAST(r.{name(c)} AS VARCHAR)' for c in self.columns)}))"
        rows = self.con.execute(
            f"SELECT b.line, b.col, b.val, b.reason, CASE WHEN r._line IS NOT NULL THEN {whole} END FROM {self.bad} b "
            f"LEFT JOIN {self.raw} r ON r._line = b.line ORDER BY b.line, b.col",
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8-sig", newline="") as out:  # the mark makes spreadsheets read it as UTF-8
            writer = csv.writer(out)
            writer.writerow(["line", "column", "value", "reason", "row"])
            while batch := rows.fetchmany(10_000):
                writer.writerows(batch)
        return file

    def through(self) -> dt.date | None:
        rule = self.table.through
        if rule.date is not None:
            return rule.date
        if rule.max is not None:
            day = self.one(f"SELECT CAST(max({name(rule.max)}) AS DATE) FROM {self.target}")
            return day if isinstance(day, dt.date) else None
        if rule.file is not None:
            return _date_in(rule.file, f"tables.{self.table.name}.through")
        return None

    def since(self) -> dt.date | None:
        """The first complete day, where it is declared."""
        rule = self.table.since
        return _date_in(rule.file, f"tables.{self.table.name}.since") if rule.file is not None else rule.date

    def extent(self, through: dt.date | None) -> Extent | None:
        if self.table.dated_by is None:
            return None
        day = f"CAST({name(self.table.dated_by)} AS DATE)"
        days = self.con.execute(
            f"SELECT {day}, count(*) FROM {self.target} WHERE {day} IS NOT NULL GROUP BY 1 ORDER BY 1"
        ).fetchall()
        return extent_of(days, through, self.calendar)


def _date_in(file: Path, key: str) -> dt.date:
    try:
        return dt.date.fromisoformat(file.read_text(encoding="utf-8").strip()[:10])
    except OSError as error:
        raise LoadError(
            [
                Problem(
                    "sources.yaml",
                    0,
                    key,
                    f"{file} cannot be read: {error.strerror}.",
                    "Write the day into it: YYYY-MM-DD.",
                )
            ]
        ) from None
    except ValueError:
        raise LoadError(
            [Problem("sources.yaml", 0, key, f"{file} does not hold a date.", "Write YYYY-MM-DD into it.")]
        ) from None
