"""What the parts of a `Query` imply."""

from __future__ import annotations

from metrics.model.schema import Model
from metrics.query import Compare, Query, Share, Target

__all__ = ["completed"]


def completed(query: Query, model: Model, *, companions: bool = True) -> Query:
    """A condition on a change compares, one on a share shares; a ranking lists what it ranks; companions of a lone
    metric stand beside it."""
    changes: dict[str, object] = {}
    asked = {h.of for h in query.having} | ({query.order.by} if query.order else set())
    if query.compare is None and asked & {"change", "change_pct"}:
        changes["compare"] = Compare(to="previous")
    if query.target is None and "attainment" in asked:
        changes["target"] = Target()
    if query.share is None and "share" in asked:
        changes["share"] = Share()
    if query.rank is not None and query.rank.over not in query.by:
        changes["by"] = (query.rank.over, *query.by)
    if query.rank is not None and query.rank.member is not None and query.scope == "me":
        changes["scope"] = "all"  # whose place it is, not whose rows are ranked
    made = query.model_copy(update=changes) if changes else query
    return _with_companions(made, model) if companions else made


def _with_companions(query: Query, model: Model) -> Query:
    lone = len(query.metrics) == 1 and query.metrics[0] in model.metrics
    parts = (query.compare, query.share, query.rank, query.target, query.grain, query.benchmark)
    if not lone or query.tally or query.define or any(p is not None for p in parts):
        return query
    together = tuple(
        w for w in model.metrics[query.metrics[0]].shown_with if w in model.metrics and w != query.metrics[0]
    )
    return query.model_copy(update={"metrics": (*query.metrics, *together)[:8]}) if together else query
