"""Periods of several units: the first three quarters, September and August."""

from __future__ import annotations

from metrics.query.asked import GRAINS
from nlq.reader.terms import Value

__all__ = ["unit_of_parts"]

_COUNTED = frozenset({"units", "complete", "nth"})


def unit_of_parts(period: Value) -> Value:
    """The unit that a period has several of: the first three quarters, September and August. None where it has not."""
    if period is None:
        return None
    if period.kind == "union":
        units = {unit_of_parts(p) or p.get("unit") for p in period["of"]}
        unit = units.pop() if len(units) == 1 else None
    else:
        unit = period.get("unit") if period.kind in _COUNTED and period.get("count", 1) > 1 else None
    return unit if unit in GRAINS else None
