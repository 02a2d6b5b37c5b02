"""Public leaderboards: what everybody may see by name."""

from __future__ import annotations

from dataclasses import replace

from metrics.plan.bound import BoundQuery
from metrics.policy.whole_period import whole_periods

__all__ = ["board", "public_leaderboard", "public_part"]


def public_leaderboard(bound: BoundQuery) -> bool:
    """A ranking or breakdown by person of metrics that are public, of whole teams and regions, over whole periods of
    the length the workspace publishes: name and value, no more. "Who is below 100,000" is no board: it is asked about
    those one may see."""
    return board(bound) and whole_periods(bound)


def board(bound: BoundQuery) -> bool:
    """The same over any period."""
    people, query = bound.model.people, bound.query
    if people is None or any(m.metric.name not in bound.model.access.public_leaderboards for m in bound.metrics):
        return False
    about = (people.id, people.name, people.team, people.region)
    parts = (query.grain, query.compare, query.share, query.target, query.benchmark)
    named = len(query.by) == 1 and query.by[0] in (people.id, people.name)
    return (
        named
        and not query.tally
        and not query.having
        and all(p is None for p in parts)
        and all(c.field in about for c in bound.conditions)
    )


def public_part(bound: BoundQuery, asked: int) -> BoundQuery:
    """A leaderboard without the companions nobody asked for, where they alone keep it from being public. `asked`: how
    many metrics the question named."""
    shown = [m for m in bound.metrics[:asked] if m.shown]
    extra = bound.metrics[asked : len(bound.query.metrics)]
    people = bound.model.people
    if people is None or any(
        c.field == people.id for c in bound.conditions
    ):  # one's own rows and those below: no board
        return bound
    order = bound.query.order
    if not extra or public_leaderboard(bound) or (order is not None and order.metric in [m.metric.name for m in extra]):
        return bound
    kept = replace(
        bound,
        metrics=(*shown, *bound.metrics[len(bound.query.metrics) :]),
        query=bound.query.model_copy(update={"metrics": bound.query.metrics[:asked]}),
    )
    return kept if public_leaderboard(kept) else bound
