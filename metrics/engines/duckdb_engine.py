"""DuckDB: one leased snapshot, a cursor per query, stopped at its time limit. The connection is opened read-only and
locked down by `metrics.engines.snapshots`; here is made sure that one SELECT and nothing else is run."""

from __future__ import annotations

import datetime as dt
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

import duckdb
from sqlglot import exp

from metrics.engines.deadlines import Deadlines
from metrics.engines.duckdb_text import duckdb_text
from metrics.engines.protocol import Catalog, Columns, Damage, Health, Rendered, Result
from metrics.engines.snapshots import Snapshots
from metrics.errors import CompileError, DamagedSnapshot, EngineError, TimedOut, TooLarge

__all__ = ["DuckdbEngine", "DuckdbEngines", "Readable"]

_Fetched = tuple[tuple[str, ...], list[Sequence[Any]], bool]  # names, columns, whether there is more
_OUR_FAULT = (duckdb.ProgrammingError, duckdb.DataError, duckdb.NotSupportedError)  # no file can make these
_OUT_OF_MEMORY = "Out of Memory"
_AT_ONCE = 512  # rows
_PARSED, _LONG = 512, 20_000  # statements that are kept parsed, of not more characters
_deadlines = Deadlines()  # one watching thread for the process


class Readable(Protocol):
    """What an engine reads: a leased snapshot, or one that is being built."""

    @property
    def version(self) -> str: ...
    @property
    def through(self) -> Mapping[str, dt.date | None]: ...
    @property
    def late_after(self) -> Mapping[str, int | None]: ...
    @property
    def since(self) -> Mapping[str, dt.date]: ...
    def cursor(self) -> duckdb.DuckDBPyConnection: ...


class DuckdbEngine:
    """The `Engine` protocol over one snapshot. Thread-safe: every query has a cursor of its own."""

    dialect = "duckdb"

    def __init__(
        self,
        snapshot: Readable,
        turns: threading.Semaphore | None = None,
        *,
        damaged: Callable[[duckdb.Error], bool] = lambda _: False,
    ) -> None:
        """`turns`: one is held by every statement that runs. `damaged`: whether an error comes from a file that is no
        longer what was written."""
        self._snapshot = snapshot
        self._turns = turns
        self._damaged = damaged
        self._running: dict[str, duckdb.DuckDBPyConnection] = {}
        self._parsed: OrderedDict[str, duckdb.Statement] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def data_version(self) -> str:
        return self._snapshot.version

    @property
    def through(self) -> Mapping[str, dt.date | None]:
        return self._snapshot.through

    @property
    def late_after(self) -> Mapping[str, int | None]:
        return self._snapshot.late_after

    @property
    def since(self) -> Mapping[str, dt.date]:
        return self._snapshot.since

    def serves(self, snapshot: Readable) -> bool:
        return snapshot is self._snapshot

    def render(self, tree: exp.Query) -> Rendered:
        """The tree as DuckDB text. Values stand in it as literals, which survive every hostile string; who asks is
        bound."""
        bound: dict[str, str] = {}
        return Rendered(duckdb_text(tree, bound), bound)

    def query(self, rendered: Rendered, *, timeout_s: float, max_rows: int, tag: str) -> Result:
        """At most `max_rows` rows. Raises TimedOut, TooLarge, EngineError or DamagedSnapshot; CompileError for anything
        but one SELECT. Waiting for a turn counts towards the time."""
        names, columns, truncated = self._in_turn(rendered, timeout_s, max_rows, tag)
        return Result(names, tuple(zip(*columns, strict=True)), self._snapshot.version, truncated)

    def columns(self, rendered: Rendered, *, timeout_s: float, max_rows: int, tag: str) -> Columns:
        """The same, column by column."""
        names, columns, truncated = self._in_turn(rendered, timeout_s, max_rows, tag)
        return Columns(names, tuple(columns) or ((),) * len(names), self._snapshot.version, truncated)

    def _in_turn(self, rendered: Rendered, timeout_s: float, max_rows: int, tag: str) -> _Fetched:
        if self._turns is None:
            return self._query(rendered, timeout_s, timeout_s, max_rows, tag)
        began = time.monotonic()
        if not self._turns.acquire(timeout=timeout_s):
            raise TimedOut("timed_out", fields={"seconds": f"{timeout_s:g}", "why": "limit"})
        try:
            return self._query(rendered, timeout_s - (time.monotonic() - began), timeout_s, max_rows, tag)
        finally:
            self._turns.release()

    def _query(self, rendered: Rendered, left_s: float, timeout_s: float, max_rows: int, tag: str) -> _Fetched:
        cursor = self._snapshot.cursor()
        late = False
        with self._lock:
            self._running[tag] = cursor
        try:
            with _deadlines.watch(left_s, cursor.interrupt) as limit:
                try:
                    statement = self._statement(cursor, rendered.sql)
                    done = cursor.execute(statement, rendered.params or None)
                    described = done.description or ()
                    columns = _fetched(done, len(described), max_rows + 1)  # errors can still come: results stream
                finally:
                    late = limit.late
        except duckdb.InterruptException:
            raise TimedOut(
                "timed_out", fields={"seconds": f"{timeout_s:g}", "why": "limit" if late else "cancelled"}
            ) from None
        except duckdb.OutOfMemoryException:
            raise TooLarge("out_of_memory") from None
        except duckdb.Error as error:
            if _OUT_OF_MEMORY in str(error):
                raise TooLarge("out_of_memory") from error
            if not isinstance(error, _OUR_FAULT) and self._damaged(error):
                raise DamagedSnapshot(str(error)) from error
            raise EngineError(f"{error}\n{rendered.sql}") from error
        finally:
            with self._lock:
                self._running.pop(tag, None)
            cursor.close()
        truncated = bool(columns) and len(columns[0]) > max_rows
        if truncated:
            columns = [column[:max_rows] for column in columns]
        plain = _plain(columns, [str(c[1]) for c in described])
        return tuple(str(c[0]) for c in described), plain, truncated

    def _statement(self, cursor: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
        """Parsed once: that takes a sixth of the time of a small question. A statement is copied by whoever runs it."""
        with self._lock:
            if sql in self._parsed:
                self._parsed.move_to_end(sql)
                return self._parsed[sql]
        made = _one_select(cursor, sql)
        if len(sql) <= _LONG:
            with self._lock:
                self._parsed[sql] = made
                while len(self._parsed) > _PARSED:
                    self._parsed.popitem(last=False)
        return made

    def cancel(self, tag: str) -> None:
        with self._lock:
            cursor = self._running.get(tag)
        if cursor is not None:
            cursor.interrupt()

    def describe(self) -> Catalog:
        cursor = self._snapshot.cursor()
        try:
            columns = exp.select("table_name", "column_name", "data_type").from_("information_schema.columns")
            found: dict[str, dict[str, str]] = {}
            for table, column, kind in cursor.execute(columns.sql(dialect="duckdb")).fetchall():
                found.setdefault(table, {})[column] = kind
            return Catalog(found)
        finally:
            cursor.close()

    def health(self) -> Health:
        try:
            cursor = self._snapshot.cursor()
            cursor.execute(exp.select(exp.Literal.number(1)).sql(dialect="duckdb")).fetchall()
            cursor.close()
        except duckdb.Error as error:
            return Health(False, str(error))
        return Health(True)

    def close(self) -> None:
        """Nothing: the snapshot is closed by whoever leased it."""


class DuckdbEngines:
    """The `Engines` protocol over the snapshots of a workspace: at most `at_once` statements run, whichever snapshot
    they read."""

    def __init__(self, snapshots: Snapshots, *, at_once: int) -> None:
        self._snapshots = snapshots
        self._turns = threading.BoundedSemaphore(at_once)
        self._newest: DuckdbEngine | None = None

    def current_version(self) -> str | None:
        return self._snapshots.current_version()

    @contextmanager
    def lease(self) -> Iterator[DuckdbEngine]:
        with self._snapshots.lease() as snapshot:
            engine = self._newest
            if engine is None or not engine.serves(snapshot):
                damaged = partial(self._snapshots.suspect, snapshot)
                engine = self._newest = DuckdbEngine(snapshot, self._turns, damaged=damaged)
            yield engine

    def damage(self) -> Damage | None:
        return self._snapshots.damage()

    def close(self) -> None:
        self._snapshots.close()


def _one_select(cursor: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    statements = cursor.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise CompileError("not exactly one SELECT")
    return statements[0]


def _fetched(done: duckdb.DuckDBPyConnection, width: int, most: int) -> list[Sequence[Any]]:
    """At most so many rows, column by column; no columns where there are no rows. Some at a time: what is made of many
    rows at once lives so long that Python goes through everything it holds to see what is garbage."""
    rows = done.fetchmany(min(most, _AT_ONCE))
    if len(rows) < _AT_ONCE:
        return list(zip(*rows, strict=True))
    columns: list[list[Any]] = [[] for _ in range(width)]
    while rows:
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column += values
        rows = done.fetchmany(min(most - len(columns[0]), _AT_ONCE))
    return list(columns)


def _plain(columns: list[Sequence[Any]], types: Sequence[str]) -> list[Sequence[Any]]:
    """Decimals as int or float, moments without a time zone as dates, not-a-number as None. Most need nothing done."""
    for place, name in enumerate(types if columns else ()):
        if name in ("DOUBLE", "FLOAT"):
            if _may_hold_nan(columns[place]):
                columns[place] = [None if value != value else value for value in columns[place]]
            continue
        made = next((made for start, made in _PLAINER.items() if name.startswith(start)), None)
        if made is not None:
            columns[place] = [None if value is None else made(value) for value in columns[place]]
    return columns


def _may_hold_nan(values: Sequence[float | None]) -> bool:
    """Not-a-number makes a sum not-a-number. A quick look: looking at each takes ten times as long."""
    try:
        return math.isnan(sum(values))  # type: ignore[arg-type]
    except TypeError:  # None among them
        return True


def _decimal(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


_PLAINER: dict[str, Callable[[Any], Any]] = {
    "DECIMAL": _decimal,
    "TIMESTAMP": dt.datetime.date,
}
