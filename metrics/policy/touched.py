"""Which datasets a bound query reads, and whether any of them belongs to people."""

from __future__ import annotations

from collections.abc import Iterator

from metrics.plan.bound import BoundQuery, Condition
from metrics.plan.compile.prepared import Prepared

__all__ = ["owned", "touched"]


def owned(bound: BoundQuery, prepared: Prepared) -> bool:
    """Whether any row the query reads is somebody's. A dataset without a rule counts: it is refused on the tree."""
    return any(prepared.owners.get(name) != "" for name in touched(bound, prepared))


def touched(bound: BoundQuery, prepared: Prepared) -> frozenset[str]:
    """Facts, and every dataset that is reached from them for a measure, a date, a key or a condition."""
    facts = {d for m in bound.metrics for d in prepared.metric(m.metric.name).datasets}
    if bound.target is not None and prepared.model.targets is not None:
        facts.add(prepared.model.targets.dataset)
    if bound.peers is not None and bound.peers.dataset in prepared.model.datasets:
        facts |= {bound.peers.dataset, *bound.peers.facts}
    used = {prepared.model.fields[f].dataset for f in _fields(bound) if f in prepared.model.fields}
    for metric in bound.metrics:
        used |= {prepared.model.fields[f].dataset for f in metric.metric.time.values() if f in prepared.model.fields}
        used |= {d for m in prepared.metric(metric.metric.name).measures for d in m.uses}
    between = {link.target for fact in facts for name in used for link in prepared.path(fact, name) or ()}
    return frozenset(facts | used | between)


def _fields(bound: BoundQuery) -> Iterator[str]:
    yield from (k.field for k in bound.keys)
    yield from (c.field for c in _conditions(bound))
    if bound.benchmark is not None:
        yield bound.benchmark.subject
    if bound.rank is not None:
        yield bound.rank.field


def _conditions(bound: BoundQuery) -> Iterator[Condition]:
    yield from bound.conditions
    for metric in bound.metrics:
        yield from metric.conditions
    if bound.peers is not None:
        yield from (c for c in bound.peers.conditions if isinstance(c, Condition))
    for part in (bound.benchmark, bound.target):
        yield from part.conditions if part is not None else ()
    yield from (bound.share.total or ()) if bound.share is not None else ()
