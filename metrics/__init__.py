"""What numbers mean and how they are computed. Everything asked goes in as a `Query`, through `Metrics.answer`, and
comes out as an `Answer`."""

from __future__ import annotations

import metrics.kinds  # noqa: F401  kinds of measure are known from the moment they are imported
from metrics.analyses.analysis import Analysis, Fact, Findings
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
from metrics.query.answer import Answer, Cell, Column, MetricNote, Note, Receipt, Window
from metrics.query.asked import Asked
from metrics.query.table import Proof, Table
from metrics.store import Metrics

__all__ = [
    "AllTime",
    "Analysis",
    "Answer",
    "Asked",
    "Audience",
    "Benchmark",
    "Between",
    "Cell",
    "Column",
    "Compare",
    "Fact",
    "Filter",
    "Findings",
    "Having",
    "InternalError",
    "LoadError",
    "MetricNote",
    "Metrics",
    "Model",
    "ModelError",
    "Named",
    "NotPermitted",
    "Note",
    "Order",
    "Org",
    "PacelineError",
    "Period",
    "Person",
    "Problem",
    "Proof",
    "Query",
    "Rank",
    "Receipt",
    "Relative",
    "Rolling",
    "Share",
    "StaleData",
    "Table",
    "Target",
    "TimedOut",
    "TooLarge",
    "UnknownName",
    "UnsupportedCombination",
    "UserError",
    "Viewer",
    "Window",
    "YearAgo",
    "check_workspace",
    "load_model",
]
