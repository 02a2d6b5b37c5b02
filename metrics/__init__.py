"""What numbers mean and how they are computed. Everything asked goes in as a `Query`, through `Metrics.answer`, and comes out
as an `Answer`."""

from __future__ import annotations

from metrics.answer import Answer, Cell, Column, MetricNote, Note, Receipt, Window
from metrics.errors import (
    InternalError,
    LoadError,
    ModelError,
    NotPermitted,
    PacelineError,
    Problem,
    StaleData,
    TimedOut,
    TooLarge,
    UnknownName,
    UnsupportedCombination,
    UserError,
)
from metrics.model import Model, check_workspace, load_model
from metrics.people import Audience, Org, Person, Viewer
from metrics.query import (
    AllTime,
    Benchmark,
    Between,
    Compare,
    Filter,
    Having,
    Named,
    Order,
    Period,
    Query,
    Rank,
    Relative,
    Rolling,
    Share,
    Target,
    YearAgo,
)
from metrics.store import Metrics

__all__ = [
    "AllTime", "Answer", "Audience", "Benchmark", "Between", "Cell", "Column", "Compare", "Filter", "Having", "InternalError",
    "LoadError", "MetricNote", "Metrics", "Model", "ModelError", "Named", "Note", "NotPermitted", "Order", "Org", "PacelineError",
    "Period", "Person", "Problem", "Query", "Rank", "Receipt", "Relative", "Rolling", "Share", "StaleData", "Target", "TimedOut",
    "TooLarge", "UnknownName", "UnsupportedCombination", "UserError", "Viewer", "Window", "YearAgo", "check_workspace", "load_model",
]  # fmt: skip
