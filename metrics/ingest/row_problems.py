"""What is wrong with rows of a table that sales.yaml says something of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from metrics.errors import Problem
from metrics.model.expressions import expand_field
from metrics.model.schema import Model
from metrics.model.sources import Table

__all__ = ["Wrong", "field_sql", "shown"]

_SHOWN = 5  # rows of one kind of problem


@dataclass(frozen=True, slots=True)
class Wrong:
    """One row, the kind of what is wrong with it, what that is, and what to do."""

    line: int
    kind: str
    what: str
    fix: str
    severity: str = "error"


def field_sql(model: Model, field_id: str | None, kind: str) -> str:
    """A field over the typed rows of its table; NULL where there is none."""
    if field_id is None:
        return "NULL"
    field = model.fields[field_id]
    tree = expand_field(model.datasets[field.dataset], field.name)
    return f"TRY_CAST({tree.sql(dialect='duckdb')} AS {kind})"


def shown(table: Table, key: str, wrong: Sequence[Wrong]) -> Iterator[Problem]:
    """Of each kind the first few, the last of which says how many more there are."""
    for _, alike in groupby(sorted(wrong, key=lambda w: w.kind), key=lambda w: w.kind):
        found = list(alike)
        more = len(found) - _SHOWN
        for number, one in enumerate(found[:_SHOWN], start=1):
            rest = f" {more} more rows are like it." if more > 0 and number == _SHOWN else ""
            yield Problem(table.path.name, one.line, key, one.what + rest, one.fix, one.severity)
