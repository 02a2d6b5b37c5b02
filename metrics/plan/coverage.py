"""What a snapshot holds: the last complete day of each dataset and the first day of each time field."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from metrics.engines.protocol import Engine
from metrics.plan.bound import Coverage
from metrics.plan.compile import nodes
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import Rows

__all__ = ["coverage_of"]


_MOST_OWNERS = 1_000_000


def coverage_of(prepared: Prepared, engine: Engine, *, timeout_s: float) -> Coverage:
    """One small query per time field, once per snapshot: first days, by owner where rows belong to people."""
    model = prepared.model
    through = {d.name: engine.through.get(d.table) for d in model.datasets.values()}
    late_after = {d.name: engine.late_after.get(d.table, 1) for d in model.datasets.values()}
    dated = {
        (d, t) for m in model.metrics.values() for d, t in m.time.items() if d in model.datasets and t in model.fields
    }
    starts: dict[tuple[str, str], dt.date | None] = {}
    starts_of: dict[tuple[str, str], dict[str, dt.date]] = {}
    for dataset, time in sorted(dated):
        owner = prepared.owners.get(dataset) or None
        tree = _first_days(prepared, dataset, time, owner)
        found = engine.query(engine.render(tree), timeout_s=timeout_s, max_rows=_MOST_OWNERS, tag=f"start of {time}")
        days = {row[1] if owner else None: row[0] for row in found.rows if isinstance(row[0], dt.date)}
        starts[dataset, time] = min(days.values(), default=None)
        if owner is not None:
            starts_of[dataset, time] = {str(who): day for who, day in days.items() if who is not None}
    return Coverage(through, starts, starts_of, late_after)


def _first_days(prepared: Prepared, dataset: str, time: str, owner: str | None) -> exp.Select:
    rows = Rows(prepared, dataset, dt.date.min)
    first = nodes.aliased(nodes.cast(exp.Min(this=rows.field(time)), exp.DType.DATE), "first")
    if owner is None:
        return nodes.select([first], source=rows.source, joins=rows.joins)
    whose = rows.field(owner)
    return nodes.select(
        [first, nodes.aliased(whose, "owner")], source=rows.source, joins=rows.joins, group=[whose.copy()]
    )
