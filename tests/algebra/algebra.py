"""A question of the algebra answered over the demo company, for the tests of this folder."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from metrics import Metrics
from metrics.people import Audience, Person, Viewer
from metrics.query.asked import Asked
from metrics.telling import tell

__all__ = ["Table", "answered"]


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    sql: str
    restricted: str = ""
    disclosed: bool = False


def answered(metrics: Metrics, asked: Asked, viewer: Person, as_of: dt.date, audience: Audience | None = None) -> Table:
    """Raises UserErrors."""
    with metrics._lease() as loaded:
        told = tell(asked, loaded, metrics._prepared, Viewer.of(viewer), audience or Audience.only_viewer(), as_of)
        result = loaded.engine.query(told.rendered, timeout_s=30, max_rows=100_000, tag="algebra")
    columns = tuple(c.name for c in told.columns)
    rows = tuple(row[: len(columns)] for row in result.rows)  # behind them is what is told in notes
    return Table(columns, rows, told.rendered.sql, told.restricted, told.others > 0)
