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


def coverage_of(prepared: Prepared, engine: Engine, *, timeout_s: float) -> Coverage:
    """One small query per time field, once per snapshot."""
    model = prepared.model
    through = {d.name: engine.through.get(d.table) for d in model.datasets.values()}
    late_after = {d.name: engine.late_after.get(d.table, 1) for d in model.datasets.values()}
    dated = {
        (d, t) for m in model.metrics.values() for d, t in m.time.items() if d in model.datasets and t in model.fields
    }
    starts: dict[tuple[str, str], dt.date | None] = {}
    for dataset, time in sorted(dated):
        rows = Rows(prepared, dataset, dt.date.min)
        first = nodes.cast(exp.Min(this=rows.field(time)), exp.DType.DATE)
        tree = nodes.select([nodes.aliased(first, "first")], source=rows.source, joins=rows.joins)
        found = engine.query(engine.render(tree), timeout_s=timeout_s, max_rows=1, tag=f"start of {time}").rows[0][0]
        starts[dataset, time] = found if isinstance(found, dt.date) else None
    return Coverage(through, starts, late_after)
