"""The state database: one engine, one kind of transaction for reading and one for writing.

SQLite (WAL) by default; PostgreSQL by URL when there is more than one replica. Times go in and come out as aware UTC
datetimes and are stored as fixed-width ISO text, so that they sort as text and can be read by people.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import StaticPool

__all__ = ["METADATA", "Database", "Instant", "database_url", "id_column"]

METADATA = sa.MetaData()  # every room declares its own tables on it

_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
_BUSY_S = 15.0


class Instant(sa.types.TypeDecorator[dt.datetime]):
    """An aware datetime, kept as ISO text in UTC ("2026-11-23T08:30:00.000000Z"). A naive one is refused."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("state stores aware datetimes only")
        return value.astimezone(dt.UTC).strftime(_FORMAT)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> dt.datetime | None:
        return None if value is None else dt.datetime.fromisoformat(value)


def id_column() -> sa.Column[int]:
    """A number given by the database."""
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def database_url(where: str | Path) -> sa.URL:
    """A URL stays as it is; a path (or plain text without "://") becomes a SQLite file."""
    text = str(where)
    if "://" in text:
        return sa.make_url(text)
    return sa.URL.create("sqlite", database=text)


class Database:
    """Transactions over the state database. Safe to use from any thread."""

    def __init__(self, where: str | Path) -> None:
        url = database_url(where)
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        in_memory = self.is_sqlite and url.database in (None, "", ":memory:")
        if self.is_sqlite and not in_memory and url.database is not None:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {}
        if in_memory:
            options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
        self.engine = sa.create_engine(url, **options)
        # An in-memory database is one connection for all threads: they take turns.
        self._turn: threading.RLock | None = threading.RLock() if in_memory else None
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _sqlite_connect)
            sa.event.listen(self.engine, "begin", _sqlite_begin)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that only reads."""
        with self._turn or nullcontext(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self, *, busy_s: float = _BUSY_S) -> Iterator[sa.Connection]:
        """A transaction that writes: on SQLite it takes the write lock at once (BEGIN IMMEDIATE), so that what was
        selected inside it cannot have been claimed by anybody else. `busy_s`: how long to wait for whoever holds the
        lock. Raises sqlalchemy's OperationalError when it is not to be had."""
        with self._turn or nullcontext():
            connection = self.engine.connect().execution_options(paceline_write=True, paceline_busy_s=busy_s)
            with connection, connection.begin():
                yield connection

    def insert_new(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert the rows that break no unique constraint and leave the others as they are."""
        if rows:
            connection.execute(self.insert(table).on_conflict_do_nothing(), [dict(r) for r in rows])

    def upsert(
        self, connection: sa.Connection, table: sa.Table, row: Mapping[str, Any], *, keys: Sequence[str]
    ) -> None:
        """Insert `row`, or update the row that has the same `keys`."""
        self.upsert_all(connection, table, [row], keys=keys)

    def upsert_all(
        self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, keys: Sequence[str]
    ) -> None:
        """The same of rows that all have the same columns, in one statement."""
        if not rows:
            return
        statement = self.insert(table)
        changes = {k: statement.excluded[k] for k in rows[0] if k not in keys}
        upsert = statement.on_conflict_do_update(index_elements=list(keys), set_=changes)
        connection.execute(upsert, [dict(row) for row in rows])

    def insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """The dialect's own INSERT, which knows ON CONFLICT."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def close(self) -> None:
        with self._turn or nullcontext():  # the one connection of a database in memory may be at work in a thread
            self.engine.dispose()


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_sqlite_begin`, not by the driver's guess
    cursor = connection.cursor()
    # The timeout first: even asking for the journal mode may find the file locked.
    for pragma in (_busy(_BUSY_S), "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("paceline_write", False):
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA {_busy(options.get('paceline_busy_s', _BUSY_S))}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _busy(seconds: float) -> str:
    return f"busy_timeout = {round(seconds * 1000)}"
