"""How much there is of everything: what a query will take is known from it before the query runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from metrics.engines.protocol import Engine
from metrics.plan.compile import nodes
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import Rows

__all__ = ["Volume", "volume_of"]

_MOST_MONTHS = 10_000


@dataclass(frozen=True, slots=True)
class Volume:
    """`rows`: dataset -> its rows. `months`: (dataset, time field id) -> first day of a month -> rows in it.
    `members`: field id -> its distinct values; absent: unknown."""

    rows: Mapping[str, int] = field(default_factory=dict)
    months: Mapping[tuple[str, str], Mapping[dt.date, int]] = field(default_factory=dict)
    members: Mapping[str, int] = field(default_factory=dict)

    def within(self, dataset: str, time: str | None, start: dt.date | None, end: dt.date) -> int:
        """Rows of a dataset in the months that hold a day of [start, end): never fewer than in the window itself."""
        months = self.months.get((dataset, time)) if time is not None else None
        if months is None:
            return self.rows.get(dataset, 0)
        first = start.replace(day=1) if start is not None else dt.date.min
        return sum(n for month, n in months.items() if first <= month < end)


def volume_of(
    prepared: Prepared, engine: Engine, members: Mapping[str, tuple[str, ...]], *, timeout_s: float
) -> Volume:
    """One small query per time field, and one for all datasets, once per snapshot."""
    model = prepared.model
    dated = {
        (d, t) for m in model.metrics.values() for d, t in m.time.items() if d in model.datasets and t in model.fields
    }
    months: dict[tuple[str, str], dict[dt.date, int]] = {}
    count = exp.Count(this=exp.Star())
    for dataset, time in sorted(dated):
        rows = Rows(prepared, dataset, dt.date.min)
        month = rows.bucket(time, "month")
        tree = nodes.select(
            [nodes.aliased(month, "month"), nodes.aliased(count.copy(), "n")],
            source=rows.source,
            joins=rows.joins,
            group=[rows.bucket(time, "month")],
        )
        found = engine.query(engine.render(tree), timeout_s=timeout_s, max_rows=_MOST_MONTHS, tag=f"months of {time}")
        months[dataset, time] = {row[0]: int(row[1]) for row in found.rows if isinstance(row[0], dt.date)}
    counts = [
        nodes.select(
            [nodes.aliased(exp.Literal.string(made.name), "dataset"), nodes.aliased(count.copy(), "n")],
            source=nodes.table(made.table, made.name),
        )
        for made in model.datasets.values()
    ]
    both: exp.Query = exp.union(*counts, distinct=False, copy=False) if len(counts) > 1 else counts[0]
    found = engine.query(engine.render(both), timeout_s=timeout_s, max_rows=len(counts), tag="rows of datasets")
    counted = {str(dataset): int(n) for dataset, n in found.rows}
    return Volume(counted, months, {field_id: len(values) for field_id, values in members.items()})
