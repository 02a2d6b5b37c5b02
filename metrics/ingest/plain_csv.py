# ruff: noqa: S608 - ingest builds its SQL as text; every name and value goes through `quoting`
"""CSV files that the database may read by itself, several times as fast: every line is a record and no cell is quoted.

Whether a file is such a one is found out while its bytes are hashed. Everything else (quotes, blank lines, other
encodings, stray carriage returns) is left to `delimited`, and so is a file that the database then stumbles over: what
is wrong with it is said there.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from metrics.ingest.delimited import columns_at
from metrics.ingest.quoting import literal, name
from metrics.model.source_files import names_of, opened, records
from metrics.model.sources import Table

__all__ = ["Plain", "plain_of", "read_plain"]

_CHUNK = 1 << 20
_NEVER = (b'"', b"\0")
_UTF_8 = ("utf-8", "utf-8-sig", "ascii")


@dataclass(frozen=True, slots=True)
class Plain:
    """`lines` with the header; `delimiters` in all of them; `sha256` of the bytes; `whole_lines`: the last line has an
    end."""

    lines: int
    delimiters: int
    line_end: str
    sha256: str
    whole_lines: bool


def plain_of(table: Table, progress: Callable[[int], None]) -> Plain | None:
    """None where the file must be read with more care. Raises LoadError where it cannot be opened."""
    if codecs.lookup(table.encoding).name not in _UTF_8 or not table.delimiter.isascii():
        return None
    delimiter = table.delimiter.encode()
    sha256, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    feeds = returns = pairs = delimiters = size = 0
    last = b"\n"  # as if a line had ended before: a file that begins with a blank line has two ends in a row
    with opened(table) as raw:
        while chunk := raw.read(_CHUNK):
            if size == 0 and chunk.startswith(codecs.BOM_UTF8):
                return None
            seen = last + chunk
            if any(byte in chunk for byte in _NEVER) or b"\n\n" in seen or b"\n\r" in seen:
                return None
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                return None
            sha256.update(chunk)
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            pairs += seen.count(b"\r\n") if last == b"\r" or b"\r" in chunk else 0
            delimiters += chunk.count(delimiter)
            size += len(chunk)
            last = chunk[-1:]
            progress(size)
    if decoder.getstate()[0] or not size or (returns and not returns == pairs == feeds):
        return None
    ended = last == b"\n"
    return Plain(feeds + (not ended), delimiters, "\\r\\n" if returns else "\\n", sha256.hexdigest(), ended)


def read_plain(con: duckdb.DuckDBPyConnection, table: Table, raw: str, progress: Callable[[int], None]) -> Plain | None:
    """Make `raw`: the line, and every wanted column as text. None, and nothing is made, where the file is not plain, or
    not what its header says. Raises LoadError for columns that are missing."""
    plain = plain_of(table, progress)
    if plain is None:
        return None
    with records(table) as (reader, _):
        names = names_of(reader)
    if plain.delimiters != plain.lines * (len(names) - 1):  # a ragged line
        return None
    places = columns_at(table, names)
    spec = ", ".join(f"'{i}': 'VARCHAR'" for i in range(len(names)))
    wanted = ", ".join(f"{name(str(p))} AS {name(c)}" for p, c in zip(places, table.columns, strict=True))
    cells = name(f"{table.name}:cells")
    try:
        con.execute(
            f"CREATE TABLE {cells} AS SELECT {wanted} FROM read_csv({literal(str(table.path))}, header = false, skip ="
            f" 1, delim = {literal(table.delimiter)}, quote = '', escape = '',"
            f" auto_detect = false, new_line = '{plain.line_end}', max_line_size = 20000000, columns = {{{spec}}})"
        )
    except duckdb.Error:  # said where the file is read with more care
        return None
    read = con.execute(f"SELECT count(*) FROM {cells}").fetchone()
    if read != (plain.lines - 1,):
        con.execute(f"DROP TABLE {cells}")
        return None
    # rows are stored in the order of the file, and each is one line of it
    con.execute(f"CREATE VIEW {raw} AS SELECT rowid + 2 AS _line, * FROM {cells}")
    return plain
