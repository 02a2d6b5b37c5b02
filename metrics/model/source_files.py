"""The files that sources.yaml names: opened, and what can go wrong with that said in words."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import duckdb
from sqlglot import exp

from metrics.errors import LoadError, Problem
from metrics.model.sources import Table

__all__ = ["EXPORT_AGAIN", "HashedBytes", "Records", "file_columns", "names_of", "opened", "parquet_columns", "records"]


def file_columns(table: Table) -> list[str]:
    """The column names of the file. Raises LoadError when it cannot be read."""
    if table.format == "parquet":
        with opened(table), duckdb.connect() as con:
            return list(parquet_columns(con, table))
    with records(table) as (reader, _):
        return names_of(reader)


def parquet_columns(con: duckdb.DuckDBPyConnection, table: Table) -> dict[str, str]:
    """Column name -> DuckDB type of a Parquet file. Raises LoadError when it is none."""
    query = exp.select("*").from_(exp.func("read_parquet", exp.Literal.string(str(table.path))))
    try:
        described = con.execute(query.sql(dialect="duckdb")).description or []
    except duckdb.Error as error:
        key = f"tables.{table.name}.path"
        message = f"{table.path} cannot be read as Parquet: {str(error).splitlines()[0]}"
        raise LoadError(
            [Problem("sources.yaml", 0, key, message, "Write the file again, or set `format: csv`.")]
        ) from None
    return {str(c[0]): str(c[1]) for c in described}


EXPORT_AGAIN = (
    "Export the file again; an export is safe when it writes under another name and renames the file when it is done."
)
_CHUNK = 1 << 18
_CUT = ("unexpected end of data", "incomplete multibyte sequence", "truncated data")


class HashedBytes(io.RawIOBase):
    """A file whose bytes are hashed as they are read, so that what was hashed is what was parsed."""

    def __init__(self, raw: io.BufferedReader) -> None:
        self._raw = raw
        self._sha256 = hashlib.sha256()
        self._tail = b"\n"

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = self._raw.readinto(buffer)
        if count:
            read = memoryview(buffer)[:count]
            self._sha256.update(read)
            self._tail = (self._tail + bytes(read[-2:]))[-2:]
        return count

    def tell(self) -> int:
        return self._raw.tell()

    @property
    def sha256(self) -> str:
        """Of everything read so far; of the file once it was read to its end."""
        return self._sha256.hexdigest()

    @property
    def whole_lines(self) -> bool:
        """What was read so far ends with a line end (also one of UTF-16), or is nothing."""
        return self._tail[-1:] in (b"\n", b"\r") or self._tail in (b"\n\0", b"\r\0")


class Records(Iterator[list[str]]):
    """What csv.reader gives (its own type has no public name). `line_num`: lines read so far."""

    line_num: int


@contextmanager
def records(table: Table) -> Iterator[tuple[Records, HashedBytes]]:
    """The records of a CSV file, header first, and the bytes they come from: how far reading is, their hash, their
    end."""
    with opened(table) as raw:
        hashed = HashedBytes(raw)
        # newline="": only real line ends end a record, and line breaks in quotes stay as they are
        text = io.TextIOWrapper(io.BufferedReader(hashed, _CHUNK), encoding=table.encoding, newline="")
        try:
            yield cast("Records", csv.reader(text, delimiter=table.delimiter, strict=True)), hashed
        finally:
            text.detach()


def names_of(reader: Records) -> list[str]:
    return [cell.strip() for cell in next(reader, [])]


@contextmanager
def opened(table: Table) -> Iterator[io.BufferedReader]:
    """The file's bytes; what goes wrong with reading them becomes a LoadError."""
    key = f"tables.{table.name}.path"
    try:
        with table.path.open("rb") as raw:
            yield raw
    except FileNotFoundError:
        raise LoadError(
            [
                Problem(
                    "sources.yaml", 0, key, f"{table.path} does not exist.", "Correct the path, or put the file there."
                )
            ]
        ) from None
    except UnicodeDecodeError as error:
        line = _undecodable_line(table)
        if error.reason in _CUT:
            message = f"{table.path} is cut off in the middle of a character, on line {line}."
            raise LoadError([Problem("sources.yaml", 0, key, message, EXPORT_AGAIN)]) from None
        message = f"{table.path}: line {line} is not {error.encoding} text."
        fix = "Set `encoding:` (gb18030 for files from Chinese Excel), or save the file as UTF-8."
        raise LoadError([Problem("sources.yaml", 0, key, message, fix)]) from None
    except OSError as error:
        raise LoadError(
            [Problem("sources.yaml", 0, key, f"{table.path} cannot be read: {error.strerror}.", "Check the file.")]
        ) from None


def _undecodable_line(table: Table) -> int:
    with table.path.open("rb") as raw:
        for number, line in enumerate(raw, 1):
            try:
                line.decode(table.encoding)
            except UnicodeDecodeError:
                return number
    return 0
