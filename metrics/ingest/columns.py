"""Text to typed values: for each column the SQL of its clean text, its typed value, and the tests its rows must pass.

Nothing is bent silently: "1.5" is no whole number, "17-03-01" is no date, and a value the type cannot hold is a
rejected row. The one exception is counted: decimals beyond the column's scale are rounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from metrics.ingest.quoting import literal, name
from metrics.model.sources import Column

__all__ = ["Trial", "clean_text", "is_native", "rounded_test", "sql_type", "trials", "typed"]

_SQL_TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "float": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}
_NOT_A = {
    "integer": "is not a whole number",
    "float": "is not a number",
    "boolean": "is not true or false",
    "date": "is not a date",
    "datetime": "is not a date and time",
}
_ISO_DATE = r"\s*\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T].*)?"
_WHOLE = r"\s*[+-]?\d+(\.0*)?\s*"
_DECIMAL = r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"


@dataclass(frozen=True, slots=True)
class Trial:
    """A test rows must pass: `fails` is SQL that is true for a bad row."""

    column: str
    fails: str
    reason: str


def sql_type(column: Column) -> str:
    return _SQL_TYPES.get(column.type) or column.type.upper()


def clean_text(column: Column, nulls: tuple[str, ...]) -> str:
    """The column's text: trimmed when it says so, words for nothing as NULL, dirty values mapped."""
    text = name(column.name)
    if column.trim:
        text = f"trim({text})"
    text = f"nullif({text}, '')"
    for word in nulls:
        text = f"nullif({text}, {literal(word)})"
    if column.values:
        cases = " ".join(f"WHEN {literal(dirty)} THEN {literal(clean)}" for dirty, clean in column.values.items())
        text = f"CASE {text} {cases} ELSE {text} END"
    return text


def is_native(column: Column, kind: str, nulls: tuple[str, ...]) -> bool:
    """Whether a file that says its types has values of the wanted one, which need no reading from text."""
    if column.type == "text" or column.values or column.one_of or nulls:
        return False
    return kind == sql_type(column) or (column.type == "integer" and kind in ("INTEGER", "SMALLINT", "TINYINT"))


def typed(column: Column, *, native: bool = False) -> str:
    """The typed value of the clean text in column `name`; NULL where it cannot be read. `native`: it is no text, but
    a value of the type."""
    text = name(column.name)
    if native:
        value = f"CAST({text} AS {sql_type(column)})"
        return f"CASE WHEN isfinite({text}) THEN {value} END" if column.type == "float" else value
    match column.type:
        case "text":
            return text
        case "integer":
            whole = f"TRY_CAST(regexp_replace(trim({text}), '\\.0*$', '') AS BIGINT)"
            return f"CASE WHEN regexp_full_match({text}, {literal(_WHOLE)}) THEN {whole} END"
        case "float":
            number = f"TRY_CAST(trim({text}) AS DOUBLE)"
            return f"CASE WHEN regexp_full_match({text}, {literal(_DECIMAL)}) AND isfinite({number}) THEN {number} END"
        case "boolean":
            return f"TRY_CAST(trim({text}) AS BOOLEAN)"
        case "date" | "datetime" if column.format:
            return f"CAST(try_strptime(trim({text}), {literal(column.format)}) AS {sql_type(column)})"
        case "date" | "datetime":
            value = f"TRY_CAST(trim({text}) AS {sql_type(column)})"
            return f"CASE WHEN regexp_full_match({text}, {literal(_ISO_DATE)}) THEN {value} END"
        case _:
            value = f"TRY_CAST(trim({text}) AS {sql_type(column)})"
            return f"CASE WHEN regexp_full_match({text}, {literal(_DECIMAL)}) THEN {value} END"


def trials(column: Column, key: tuple[str, ...], *, native: bool = False) -> Iterator[Trial]:
    """Every test of one column. Over rows where the column is clean text, or `native` as in `typed`."""
    text, value = name(column.name), typed(column, native=native)
    if column.required or column.name in key:
        yield Trial(column.name, f"{text} IS NULL", "is empty")
    if column.type != "text":
        reason = _NOT_A.get(column.type, f"is not a {column.type} number")
        if column.format:
            reason += f" in the format {column.format}"
        yield Trial(column.name, f"{text} IS NOT NULL AND {value} IS NULL", reason)
    if column.one_of:
        listed = ", ".join(literal(v) for v in column.one_of)
        yield Trial(column.name, f"{text} NOT IN ({listed})", f"is not one of {', '.join(column.one_of)}")
    if column.between is not None:
        low, high = (f"CAST({literal(v)} AS {sql_type(column)})" for v in column.between)
        yield Trial(
            column.name,
            f"{value} NOT BETWEEN {low} AND {high}",
            f"is not between {' and '.join(column.between)}",
        )


def rounded_test(column: Column) -> str | None:
    """SQL that is true where the text has more decimals than the column keeps; None for other types."""
    if not column.type.startswith("decimal"):
        return None
    exact = f"TRY_CAST(trim({name(column.name)}) AS DECIMAL(38, 18))"
    return f"{exact} <> {typed(column)}"
