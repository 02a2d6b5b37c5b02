"""What is in a data file: columns, types, keys, other spellings. The file is read as the loader reads it, changed
nowhere."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import duckdb

from metrics.errors import ModelError, Problem

__all__ = ["ColumnSurvey", "FileSurvey", "identifier", "normal", "survey"]

_MOST_ROWS = 200_000  # enough to know the columns; loading reads all of them
_FEW = 60  # a column with up to this many different values is looked at for other spellings
_MOSTLY = 0.97  # a type holds when that share of the values has it; the rest is dirt that loading will report
_NULLS = ("N/A", "n/a", "NA", "NULL", "null", "None", "-", "--", "无", "空", r"\N", "#N/A")
_FORMATS = ("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%d-%m-%Y", "%Y年%m月%d日", "%d %b %Y", "%b %d, %Y")
_INTEGER = re.compile(r"[+-]?\d+(\.0*)?")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_ISO = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}")
_ISO_TIME = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]\d{1,2}:\d{2}.*")


@dataclass(frozen=True, slots=True)
class ColumnSurvey:
    """One column. `name` is the file's, `field` the one proposed. `values`: the different values, most frequent first,
    for columns with few; all of them in `distinct_values`. `spellings`: value -> the spelling it should have."""

    name: str
    field: str
    type: str
    format: str | None
    rows: int
    empty: int
    distinct: int
    values: tuple[str, ...]
    distinct_values: frozenset[str]
    spellings: dict[str, str]
    odd: tuple[str, ...]  # examples that do not fit the type
    padded: bool  # spaces around values
    two_readings: bool = False  # dates that could be day/month or month/day

    @property
    def unique(self) -> bool:
        return self.rows > 0 and self.empty == 0 and self.distinct == self.rows


@dataclass(frozen=True, slots=True)
class FileSurvey:
    """One file. `sampled`: there are more rows than were looked at."""

    path: Path
    table: str
    format: str
    encoding: str
    delimiter: str
    nulls: tuple[str, ...]
    rows: int
    sampled: bool
    columns: tuple[ColumnSurvey, ...] = field(default=())

    def named(self, field_name: str) -> ColumnSurvey:
        return next(c for c in self.columns if c.field == field_name)


def normal(text: str) -> str:
    """Letters and digits only, lower case: equal for two spellings of one thing."""
    return re.sub(r"[\W_]+", "", text.casefold())


def identifier(text: str, position: int, taken: set[str]) -> str:
    """A name for a column or table: small letters, digits, underscores; unique in `taken`, which it is added to."""
    name = re.sub(r"[^0-9a-z]+", "_", text.strip().lower()).strip("_") if text.isascii() else ""
    name = name or f"column_{position}"
    if name[0].isdigit():
        name = f"n_{name}"
    found, count = name, 2
    while found in taken:
        found, count = f"{name}_{count}", count + 1
    taken.add(found)
    return found


def survey(path: Path, taken: set[str]) -> FileSurvey:
    """Look at one CSV or Parquet file; its table name is unique in `taken`. Raises ModelError when it cannot be
    read."""
    if not path.is_file():
        raise _unreadable(path, "there is no such file", "Check the path.")
    form, encoding, delimiter = "csv", "utf-8", ","
    if path.suffix.lower() in (".parquet", ".pq"):
        form, rows = "parquet", _parquet(path)
    else:
        encoding = _encoding(path)
        delimiter = _delimiter(path, encoding)
        rows = _delimited(path, encoding, delimiter)
    names = next(rows, None)
    if not names or not any(names):
        raise _unreadable(path, "the file has no header row", "The first row must name the columns.")
    table = [row for row in islice(rows, _MOST_ROWS + 1) if len(row) == len(names)]
    if not table:
        raise _unreadable(path, "the file has no rows", "Give a file with at least one row under the header.")
    sampled = len(table) > _MOST_ROWS
    seen = {cell for row in islice(table, 20_000) for cell in row}
    nulls = tuple(word for word in _NULLS if word in seen)
    fields: set[str] = set()
    columns = []
    for at, name in enumerate(names):
        cells = [row[at] for row in table[:_MOST_ROWS]]
        columns.append(_column(name, identifier(name, at + 1, fields), cells, nulls))
    return FileSurvey(
        path,
        identifier(path.stem, 1, taken),
        form,
        encoding,
        delimiter,
        nulls,
        len(table[:_MOST_ROWS]),
        sampled,
        tuple(columns),
    )


def _unreadable(path: Path, message: str, fix: str) -> ModelError:
    return ModelError([Problem(str(path), 0, "--from", f"{message}.", fix)])


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4_000_000)
    if b"\0" in head[:1000]:
        raise _unreadable(
            path, "this is not a text file", "Give a CSV or a Parquet file; save a spreadsheet as CSV first."
        )
    for encoding in ("utf-8-sig", "gb18030", "cp1252"):
        try:
            head.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start > len(head) - 8:  # cut in the middle of a character
                return encoding
            continue
        return encoding
    return "latin-1"


def _delimiter(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        first = file.readline()
    return max(",;\t|", key=first.count)


def _delimited(path: Path, encoding: str, delimiter: str) -> Iterator[Sequence[str]]:
    try:
        with path.open(encoding=encoding, newline="") as file:
            yield from csv.reader(file, delimiter=delimiter)
    except (csv.Error, UnicodeDecodeError) as error:
        raise _unreadable(path, f"the file cannot be read as CSV ({error})", "Save it as CSV in UTF-8.") from None


def _parquet(path: Path) -> Iterator[Sequence[str]]:
    connection = duckdb.connect()
    try:
        cursor = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
        yield [column[0] for column in cursor.description or ()]
        while rows := cursor.fetchmany(10_000):
            for row in rows:
                yield ["" if cell is None else str(cell) for cell in row]
    except duckdb.Error as error:
        raise _unreadable(
            path, f"the file cannot be read as Parquet ({error})", "Check that it is a whole Parquet file."
        ) from None
    finally:
        connection.close()


def _column(name: str, field_name: str, cells: list[str], nulls: tuple[str, ...]) -> ColumnSurvey:
    counts = Counter(cell.strip() for cell in cells)
    padded = any(cell != cell.strip() for cell in islice(cells, 50_000))
    empty = counts.pop("", 0) + sum(counts.pop(word, 0) for word in nulls)
    kind, form, odd, two = _type(counts)
    values = tuple(v for v, _ in counts.most_common(_FEW)) if len(counts) <= _FEW else ()
    spellings = _spellings(counts) if kind == "text" and len(counts) <= 400 else {}
    return ColumnSurvey(
        name,
        field_name,
        kind,
        form,
        len(cells),
        empty,
        len(counts),
        values,
        frozenset(counts),
        spellings,
        odd,
        padded,
        two,
    )


def _type(counts: Counter[str]) -> tuple[str, str | None, tuple[str, ...], bool]:
    """(type, date format, examples that do not fit, whether day and month could be meant the other way round)."""
    total = sum(counts.values())
    if not total:
        return "text", None, (), False

    def holds(fits: dict[str, bool]) -> tuple[str, ...] | None:
        share = sum(counts[v] for v, ok in fits.items() if ok) / total
        return tuple(v for v, ok in fits.items() if not ok)[:3] if share >= _MOSTLY else None

    for kind, pattern in (("date", _ISO), ("datetime", _ISO_TIME)):
        odd = holds({v: bool(pattern.fullmatch(v)) and _is_date(v[:10].rstrip(" T"), None) for v in counts})
        if odd is not None:
            return kind, None, odd, False
    fitting = [(f, odd) for f in _FORMATS if (odd := holds({v: _is_date(v, f) for v in counts})) is not None]
    if fitting:
        best, odd = min(fitting, key=lambda f: len(f[1]))
        both = {"%m/%d/%Y", "%d/%m/%Y"} <= {f for f, o in fitting if len(o) == len(odd)}
        return "date", best, odd, both
    if sum(bool(re.fullmatch(r"0\d+", v)) for v in counts) > 0.05 * len(counts):  # leading zeros: a code, not a number
        return "text", None, (), False
    if (odd := holds({v: bool(_INTEGER.fullmatch(v)) and abs(float(v)) < 9e18 for v in counts})) is not None:
        return "integer", None, odd, False
    if (odd := holds({v: bool(_DECIMAL.fullmatch(v)) for v in counts})) is not None:
        cents = all(len(v.partition(".")[2]) <= 2 for v in counts if "e" not in v.lower())
        return ("decimal(18,2)" if cents else "float"), None, odd, False
    if set(map(str.casefold, counts)) <= {"true", "false"}:
        return "boolean", None, (), False
    return "text", None, (), False


def _is_date(text: str, form: str | None) -> bool:
    try:
        day = dt.datetime.strptime(text.replace("/", "-") if form is None else text, form or "%Y-%m-%d")  # noqa: DTZ007
    except ValueError:
        return False
    return 1900 <= day.year <= 2200


def _spellings(counts: Counter[str]) -> dict[str, str]:
    """Values that differ only in case, spaces or signs from a more frequent one -> that one."""
    best: dict[str, str] = {}
    found = {}
    for value, _ in counts.most_common():
        key = normal(value)
        if key and best.setdefault(key, value) != value:
            found[value] = best[key]
    return found
