"""What is asked and what comes back: `Query` and its parts here, `Answer` in `metrics.query.answer`. Pure values."""

from __future__ import annotations

from metrics.query.query import (
    AllTime,
    Benchmark,
    Between,
    Compare,
    Filter,
    Frozen,
    Grain,
    Having,
    Named,
    Order,
    Period,
    Query,
    Rank,
    Relative,
    Rolling,
    Scope,
    Share,
    Target,
    Value,
    YearAgo,
)

__all__ = [
    "AllTime",
    "Benchmark",
    "Between",
    "Compare",
    "Filter",
    "Frozen",
    "Grain",
    "Having",
    "Named",
    "Order",
    "Period",
    "Query",
    "Rank",
    "Relative",
    "Rolling",
    "Scope",
    "Share",
    "Target",
    "Value",
    "YearAgo",
]
