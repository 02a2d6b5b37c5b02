"""CSV files, read strictly: every record becomes one line of a clean file with the number of the line it began on.

The standard library reads, not the database: it knows encodings, gives exact line numbers also after quoted line
breaks, and a ragged record is one rejected row instead of a guess.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from metrics.errors import LoadError, Problem
from metrics.model.shapes import did_you_mean
from metrics.model.source_files import EXPORT_AGAIN, names_of, records
from metrics.model.sources import Table

__all__ = ["Ragged", "Rewritten", "columns_at", "rewrite"]

_REPORT_EVERY = 20_000


@dataclass(frozen=True, slots=True)
class Ragged:
    """A record with too few or too many cells; `width` is that of the header."""

    line: int
    cells: int
    width: int
    text: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What came of a file. `multiline`: a value holds a line break, so the clean file cannot be cut at line ends.
    `sha256`: of the bytes that were parsed; `whole_lines`: the last of them is a line end."""

    ragged: tuple[Ragged, ...]
    multiline: bool
    sha256: str
    whole_lines: bool


def rewrite(table: Table, target: Path, *, progress: Callable[[int], None]) -> Rewritten:
    """Write `target`: UTF-8, no header, every cell quoted, the line number first, then the wanted columns in the order
    of the table.

    `progress` is told the bytes read so far. Raises LoadError."""
    ragged: list[Ragged] = []
    multiline = False
    with records(table) as (reader, read), target.open("w", encoding="utf-8", newline="") as out:
        names = names_of(reader)
        places = columns_at(table, names)
        width = len(names)
        # everything is quoted: a lone carriage return in a bare cell would be taken for a line end
        write = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow
        started = last = reader.line_num + 1
        try:
            for count, cells in enumerate(reader):
                if len(cells) == width:
                    write([started, *[cells[i] for i in places]])
                elif cells:  # a blank line is no record
                    ragged.append(Ragged(started, len(cells), width, table.delimiter.join(cells)))
                multiline = multiline or reader.line_num > started
                last, started = started, reader.line_num + 1
                if count % _REPORT_EVERY == 0:
                    progress(read.tell())
        except csv.Error as error:
            message = f"{table.path}: the record that begins on line {started} cannot be read ({error})."
            fix = "Look for a quote that is not closed there, or set `delimiter`."
            raise LoadError([Problem("sources.yaml", 0, f"tables.{table.name}.path", message, fix)]) from None
        progress(read.tell())
    cut = ragged[-1] if ragged and ragged[-1].line == last and ragged[-1].cells < width else None
    if cut is not None and not read.whole_lines and table.checks.whole_lines:
        message = f"{table.path} is cut off: its last line, {last}, has {cut.cells} of {width} cells and no line end."
        raise LoadError([Problem("sources.yaml", 0, f"tables.{table.name}.path", message, EXPORT_AGAIN)])
    return Rewritten(tuple(ragged), multiline, read.sha256, read.whole_lines)


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
