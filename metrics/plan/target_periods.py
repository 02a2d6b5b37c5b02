"""For how long targets are set: one length for all of them, or, where rows say it, those that there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlglot import exp

from metrics.engines.protocol import Engine
from metrics.model.schema import TARGET_PERIODS, Model
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import Rows

__all__ = ["TargetPeriods", "period_text", "periods_of", "target_periods"]

TargetPeriods = Mapping[str, frozenset[str]]  # metric -> those of TARGET_PERIODS that its rows have
_MOST = 100_000


def target_periods(prepared: Prepared, engine: Engine, *, timeout_s: float) -> TargetPeriods:
    """One small query, once per snapshot; none where all targets are set for one length."""
    fields = prepared.model.targets
    if fields is None or not fields.mixed:
        return {}
    rows = Rows(prepared, fields.dataset, dt.date.min)
    outputs = [nodes.aliased(rows.field(fields.metric), "metric"), nodes.aliased(period_text(rows, fields.period), "p")]
    tree = nodes.select(outputs, source=rows.source, joins=rows.joins, distinct=True)
    found = engine.query(engine.render(tree), timeout_s=timeout_s, max_rows=_MOST, tag="periods of targets")
    made: dict[str, set[str]] = {}
    for metric, period in found.rows:
        if period in TARGET_PERIODS:
            made.setdefault(str(metric), set()).add(period)
    return {metric: frozenset(periods) for metric, periods in made.items()}


def periods_of(model: Model, known: TargetPeriods, metric: str) -> frozenset[str]:
    """The lengths of the targets of a metric; none where no row is there."""
    fields = model.targets
    if fields is None:
        return frozenset()
    return known.get(metric, frozenset()) if fields.mixed else frozenset((fields.period,))


def period_text(rows: Rows, field_id: str) -> Node:
    """The length that a row says, however it is spelled."""
    return exp.Lower(this=exp.Trim(this=rows.field(field_id)))
