"""The shape of sources.yaml: which keys there are, and what each may hold."""

from __future__ import annotations

from metrics.model.shapes import Choice, Date, Either, Flag, ListOf, MapOf, Nothing, Record, Scalar, Text
from metrics.model.wholeness import CHECKS, LATE_AFTER

__all__ = ["SOURCES"]

_TYPE = r"text|integer|float|boolean|date|datetime|decimal\(\s*([1-9]|[12]\d|3[0-8])\s*,\s*\d{1,2}\s*\)"
_NAME = Text(empty=False, hint="a name")
_COLUMN = Record(
    {
        "from": _NAME,
        "type": Text(_TYPE, "a type (text, integer, decimal(18,2), float, boolean, date, datetime)"),
        "required": Flag(),
        "map": MapOf(Scalar()),
        "one_of": ListOf(Scalar(), least=1),
        "between": ListOf(Scalar(), least=2),
        "format": _NAME,
        "trim": Flag(),
    },
)
_THROUGH = Either((Date(), Record({"max": _NAME, "file": _NAME})))
_REFERENCE = Record({"to": _NAME, "orphans": Either((Choice(("reject", "keep", "null")), Nothing()))}, required=("to",))
_TABLE = Record(
    {
        "path": _NAME,
        "format": Choice(("csv", "parquet")),
        "encoding": Choice(("utf-8", "utf-8-sig", "gb18030", "gbk", "big5", "utf-16", "latin-1", "cp1252")),
        "delimiter": Text(r".|\t", "one character"),
        "nulls": ListOf(Text()),
        "key": ListOf(_NAME, least=1),
        "duplicates": Choice(("reject", "keep_first", "keep_last")),
        "sort": _NAME,
        "since": Either((Date(), Record({"file": _NAME}))),
        "through": _THROUGH,
        "late_after": LATE_AFTER,
        "checks": CHECKS,
        "may_be_empty": Flag(),
        "columns": MapOf(_COLUMN),
        "references": MapOf(_REFERENCE),
    },
    required=("path", "columns"),
)
SOURCES = Record({"version": Scalar(), "checks": CHECKS, "tables": MapOf(_TABLE)}, required=("version", "tables"))
