"""The aggregates of one group: SUM, COUNT, AVG … over the rows of one dataset, as columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure, instantiate
from metrics.plan.compile.rows import Rows

__all__ = ["aggregates"]


def aggregates(held: Sequence[tuple[str, Measure]], rows: Rows, as_of: dt.date) -> list[Node]:
    """The aggregates, by their names. When each counts only some rows (SUM(CASE WHEN …)), other rows are left out
    before grouping: so a group exists when something was counted in it, and sorted tables are read less."""
    conditions = {m.condition_text: m.condition for _, m in held}
    for _, measure in held:
        for dataset in measure.uses:
            rows.need(dataset)
    if not held or any(c is None for c in conditions.values()):
        return [nodes.aliased(instantiate(m.call, as_of), name) for name, m in held]
    made = nodes.any_of([instantiate(c, as_of) for c in conditions.values() if c is not None])
    assert made is not None
    rows.where.append(made)
    plain = len(conditions) == 1
    calls = [(name, m.plain if plain and m.plain is not None else m.call) for name, m in held]
    return [nodes.aliased(instantiate(call, as_of), name) for name, call in calls]
