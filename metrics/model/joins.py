"""Routes along many-to-one relationships: which dimension tables a fact row reaches, and by which way."""

from __future__ import annotations

from collections.abc import Iterable

from metrics.model.schema import Model, Relationship

__all__ = ["fact_of", "reachable", "shortest_routes"]

Route = tuple[Relationship, ...]


def shortest_routes(model: Model, source: str, target: str) -> tuple[Route, ...]:
    """Every shortest way from `source` to `target`, many to one at each step; none when there is no way.

    More than one means the join is ambiguous. The way from a dataset to itself is the empty route."""
    ways: dict[str, list[Route]] = {source: [()]}
    frontier = [source]
    while frontier and target not in ways:
        found: dict[str, list[Route]] = {}
        for here in frontier:
            for step in model.relationships:
                if step.source == here and step.target not in ways:
                    found.setdefault(step.target, []).extend((*way, step) for way in ways[here])
        ways.update(found)
        frontier = list(found)
    return tuple(ways.get(target, ()))


def reachable(model: Model, source: str) -> frozenset[str]:
    """The datasets a row of `source` has at most one row in, itself included."""
    seen = {source}
    todo = [source]
    while todo:
        here = todo.pop()
        for step in model.relationships:
            if step.source == here and step.target not in seen:
                seen.add(step.target)
                todo.append(step.target)
    return frozenset(seen)


def fact_of(model: Model, datasets: Iterable[str]) -> str | None:
    """The dataset whose rows an aggregate over columns of `datasets` adds up: the one all others are reached from.

    None when there is no such dataset (two facts in one aggregate, or no relationship)."""
    wanted = frozenset(datasets)
    hits = [d for d in wanted if wanted <= reachable(model, d)]
    return hits[0] if len(hits) == 1 else None
