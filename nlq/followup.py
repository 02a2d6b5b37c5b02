"""What a question says, and how a follow-up joins the query before it: the same slot is replaced, others are added."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

from metrics.model.schema import Model
from metrics.query import Benchmark, Compare, Filter, Grain, Having, Order, Period, Query, Rank, Scope, Share, Target

__all__ = ["Parts", "merge"]


@dataclass(frozen=True, slots=True)
class Parts:
    """The slots of a `Query` as far as one question fills them; None or empty: not said."""

    metrics: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    grain: Grain | None = None
    period: Period | None = None
    scope: Scope | None = None
    where: tuple[Filter, ...] = ()
    having: tuple[Having, ...] = ()
    compare: Compare | None = None
    order: Order | None = None
    limit: int | None = None
    rank: Rank | None = None
    share: Share | None = None
    target: Target | None = None
    benchmark: Benchmark | None = None
    tally: bool = False
    everyone: bool = False
    people: tuple[str, ...] = ()
    listed: str | None = None

    def with_(self, **changes: Any) -> Self:
        return replace(self, **changes)


def _where(base: Query, parts: Parts) -> tuple[Filter, ...]:
    """New members replace those of the same field, or join them where things were set side by side."""
    kept = list(base.where)
    for new in parts.where:
        same = [f for f in kept if f.field == new.field and f.op == new.op]
        if same and new.op == "in" and new.field in base.by and len(same[0].values) > 1 and not parts.by:
            kept[kept.index(same[0])] = Filter(
                field=new.field, values=tuple(dict.fromkeys((*same[0].values, *new.values)))
            )
            continue
        clash = {"in": ("in", "not_in"), "not_in": ("in",)}.get(new.op, (new.op,))
        kept = [f for f in kept if not (f.field == new.field and f.op in clash)]
        kept.append(new)
    return tuple(kept)


def merge(base: Query, parts: Parts, model: Model) -> Query:
    """The follow-up's query: what it says over what was asked before."""
    changed: dict[str, Any] = {}
    for name in ("metrics", "grain", "period", "compare", "share", "target", "benchmark", "having"):
        if getattr(parts, name):
            changed[name] = getattr(parts, name)
    where = _where(base, parts)
    people = model.people
    if people is not None and parts.people and parts.rank is None:
        if base.rank is not None and base.rank.member is not None and len(parts.people) == 1:
            changed["rank"] = base.rank.model_copy(update={"member": parts.people[0]})
            where = tuple(f for f in where if f.field != people.name)
        else:
            changed["scope"] = "all"
    if where != base.where:
        changed["where"] = where
        if base.share is not None and base.share.lift:
            changed["share"] = base.share.model_copy(
                update={"lift": tuple(dict.fromkeys(f.field for f in parts.where))}
            )
    if parts.by:
        changed["by"] = parts.by
        if parts.by != base.by:
            changed |= {"limit": parts.limit, "order": parts.order, "rank": parts.rank, "tally": parts.tally}
            if base.rank is not None and base.rank.member is None and parts.rank is None:
                changed["rank"] = base.rank.model_copy(update={"over": parts.by[0]})
            if base.having:
                changed["having"] = parts.having
            if base.target is None and base.benchmark is not None:
                changed["benchmark"] = None
    if parts.metrics and base.order is not None and base.order.metric is not None:
        changed["order"] = base.order.model_copy(update={"metric": None})
    if parts.metrics and base.having and not parts.having:
        changed["having"] = ()
    for name in ("limit", "order", "rank", "scope", "tally", "everyone"):
        if getattr(parts, name):
            changed[name] = getattr(parts, name)
    if parts.grain and base.limit is not None and base.grain is None and not parts.limit:
        changed |= {"limit": None, "order": None}
    if parts.rank is not None and parts.scope is None:
        changed["scope"] = "all"  # a place among one's own rows would always be the first
    if parts.rank is not None and parts.rank.member is not None:
        changed |= {"by": (), "limit": None, "order": None}
    if base.define:
        changed["define"] = not (parts.period or parts.by or parts.grain or parts.where or parts.scope)
    return Query.model_validate({**dict(base), **changed})
