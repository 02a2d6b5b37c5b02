"""Combinations of the parts of a `Query` that it has no way of showing."""

from __future__ import annotations

from metrics.errors import UnsupportedCombination
from metrics.model.schema import Model
from metrics.query import AllTime, Query

__all__ = ["check_parts"]


def check_parts(query: Query, model: Model) -> None:
    """Raises UnsupportedCombination with the reason."""

    def refuse(code: str, subject: str = "") -> None:
        raise UnsupportedCombination(code, subject=subject)

    rank, share = query.rank, query.share
    if query.tally and not query.by and query.grain is None:
        refuse("tally_without_by")
    if rank is not None and query.grain is not None:
        refuse("rank_with_grain")
    if rank is not None and rank.member is not None:
        if query.compare or share or query.benchmark or query.tally:
            refuse("rank_of_one_with_more")
        _check_one_line(query, model)
    if rank is not None and rank.within == "me":
        refuse("rank_within_me")
    if query.benchmark is not None:
        if query.grain or query.compare or share or query.target or rank:
            refuse("benchmark_with_more")
        if len(query.metrics) > 1:
            refuse("benchmark_of_several", query.metrics[0])
    if share is not None:
        if share.together and (not query.by or query.grain):
            refuse("share_together_without_by")
        if share.reach is not None and not query.by:
            refuse("share_reach_without_by")
        if len(query.metrics) > 1:
            refuse("share_of_several")
        if query.compare is not None:  # a change beside a share would be taken for the change of the share
            refuse("share_with_compare", query.metrics[0])
    if any(h.of == "benchmark" for h in query.having) and query.benchmark is None:
        refuse("having_without_benchmark")
    if query.compare is not None and query.grain is not None and not isinstance(query.compare.to, str):
        refuse("grain_with_named_compare")
    if query.everyone and not query.by:
        refuse("everyone_without_by")
    if query.target is not None and query.target.amount is None and not model.metrics[query.metrics[0]].has_target:
        refuse("no_target", query.metrics[0])
    if query.target is not None and query.target.amount is None and isinstance(query.period, AllTime):
        refuse("target_period", query.metrics[0])  # sales of before there were any targets would count for these
    _check_snapshots(query, model)


def _check_one_line(query: Query, model: Model) -> None:
    """A place is that of one thing: what else is listed must follow from it, as a person's team does."""
    assert query.rank is not None
    people = model.people
    about = {people.id, people.name, people.team, people.region} if people is not None else set()
    follows = about if query.rank.over in about else {query.rank.over}
    more = [field for field in query.by if field not in follows]
    if more:
        raise UnsupportedCombination("rank_of_one_by", subject=more[0])


def _check_snapshots(query: Query, model: Model) -> None:
    snapshots = [name for name in query.metrics if model.metrics[name].snapshot]
    if not snapshots:
        return
    if query.grain is not None:
        raise UnsupportedCombination("grain_on_snapshot", subject=snapshots[0])
    if query.compare is not None:
        raise UnsupportedCombination("compare_snapshot", subject=snapshots[0])
    alone = len(snapshots) == len(query.metrics) or query.metrics[0] in snapshots
    if not isinstance(query.period, AllTime) and alone:
        raise UnsupportedCombination("snapshot_with_period", subject=snapshots[0])
