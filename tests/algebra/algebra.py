"""A question of the algebra answered over the demo company, for the tests of this folder."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Any

import metrics.kinds  # noqa: F401  the kinds are known once they are imported
from metrics import Metrics
from metrics.calendar.workdays import is_working_day
from metrics.people import Person, Viewer
from metrics.plan.grid.asking import compile_asked
from metrics.plan.grid.windows import Windows
from metrics.plan.grid.world import World
from metrics.query.asked import Asked

__all__ = ["Table", "answered"]


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    sql: str


def answered(metrics: Metrics, asked: Asked, viewer: Person, as_of: dt.date) -> Table:
    """Raises UserErrors."""
    with metrics._lease() as loaded:
        windows = Windows(
            metrics._prepared,
            loaded.coverage,
            as_of=as_of,
            is_workday=partial(is_working_day, calendar=metrics.model.calendar),
        )
        world = World(metrics._prepared, loaded.org, Viewer.of(viewer), as_of, windows, loaded.known)
        made = compile_asked(asked, world)
        rendered = loaded.engine.render(made.tree)
        result = loaded.engine.query(rendered, timeout_s=30, max_rows=100_000, tag="algebra")
    return Table(tuple(c.name for c in made.columns), tuple(result.rows), rendered.sql)
