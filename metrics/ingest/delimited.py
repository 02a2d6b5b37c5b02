"""CSV files, read strictly: every record becomes one line of a clean file with the number of the line it began on.

The standard library reads, not the database: it knows encodings, gives exact line numbers also after quoted line breaks,
and a ragged record is one rejected row instead of a guess.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from metrics.errors import LoadError, Problem
from metrics.model.shapes import did_you_mean
from metrics.model.sources import Table

__all__ = ["Ragged", "columns_at", "header", "rewrite"]

_REPORT_EVERY = 20_000


@dataclass(frozen=True, slots=True)
class Ragged:
    """A record with too few or too many cells."""

    line: int
    cells: int
    text: str


def header(table: Table) -> list[str]:
    """The column names of the file. Raises LoadError when it cannot be read."""
    with _opened(table) as raw:
        return _names(_reader(table, raw))


def rewrite(table: Table, target: Path, *, progress: Callable[[int], None]) -> list[Ragged]:
    """Write `target`: UTF-8, no header, the line number first, then the wanted columns in the order of the table.

    `progress` is told the bytes read so far. Raises LoadError."""
    ragged: list[Ragged] = []
    with _opened(table) as raw, target.open("w", encoding="utf-8", newline="") as out:
        reader = _reader(table, raw)
        names = _names(reader)
        places = columns_at(table, names)
        width = len(names)
        write = csv.writer(out).writerow
        started = reader.line_num + 1
        try:
            for count, cells in enumerate(reader):
                if len(cells) == width:
                    write([started, *[cells[i] for i in places]])
                elif cells:  # a blank line is no record
                    ragged.append(Ragged(started, len(cells), table.delimiter.join(cells)))
                started = reader.line_num + 1
                if count % _REPORT_EVERY == 0:
                    progress(raw.tell())
        except csv.Error as error:
            message = f"{table.path}: the record that begins on line {started} cannot be read ({error})."
            fix = "Look for a quote that is not closed there, or set `delimiter`."
            raise LoadError([Problem("sources.yaml", 0, f"tables.{table.name}.path", message, fix)]) from None
        progress(raw.tell())
    return ragged


def columns_at(table: Table, names: list[str]) -> list[int]:
    """Where the table's columns are among the file's. Raises LoadError naming every column that is missing."""
    problems: list[Problem] = []
    places: list[int] = []
    for column in table.columns.values():
        hits = [i for i, n in enumerate(names) if n == column.source]
        key = f"tables.{table.name}.columns.{column.name}"
        if len(hits) == 1:
            places.append(hits[0])
        elif hits:
            message = f"{table.path.name} has {len(hits)} columns named {column.source}."
            problems.append(Problem("sources.yaml", 0, key, message, "Rename one in the file."))
        else:
            message = f"{table.path.name} has no column {column.source}."
            fix = did_you_mean(column.source, names, otherwise=f"Its columns are {', '.join(names) or '(none)'}.")
            problems.append(Problem("sources.yaml", 0, key, message, fix))
    if problems:
        raise LoadError(problems)
    return places


class _Records(Iterator[list[str]]):
    """What csv.reader gives; named because its type is private."""

    line_num: int


def _reader(table: Table, raw: io.BufferedReader) -> _Records:
    # newline="": only real line ends end a record, and line breaks in quotes stay as they are
    text = io.TextIOWrapper(raw, encoding=table.encoding, newline="")
    return cast(_Records, csv.reader(text, delimiter=table.delimiter, strict=True))


def _names(reader: _Records) -> list[str]:
    return [cell.strip() for cell in next(reader, [])]


@contextmanager
def _opened(table: Table) -> Iterator[io.BufferedReader]:
    """The file's bytes; what goes wrong with reading them becomes a LoadError."""
    key = f"tables.{table.name}.path"
    try:
        with table.path.open("rb") as raw:
            yield raw
    except FileNotFoundError:
        raise LoadError([Problem("sources.yaml", 0, key, f"{table.path} does not exist.", "Correct the path, or put the file there.")]) from None
    except UnicodeDecodeError as error:
        line = _undecodable_line(table)
        message = f"{table.path}: line {line} is not {error.encoding} text."
        fix = "Set `encoding:` (gb18030 for files from Chinese Excel), or save the file as UTF-8."
        raise LoadError([Problem("sources.yaml", 0, key, message, fix)]) from None
    except OSError as error:
        raise LoadError([Problem("sources.yaml", 0, key, f"{table.path} cannot be read: {error.strerror}.", "Check the file.")]) from None


def _undecodable_line(table: Table) -> int:
    with table.path.open("rb") as raw:
        for number, line in enumerate(raw, 1):
            try:
                line.decode(table.encoding)
            except UnicodeDecodeError:
                return number
    return 0
