"""One statement for everybody: which questions can be asked for many people at once, and how the rows are dealt out.

The question is bound for one person, then their own condition is taken out and a hidden key put in its place: who the
row is for. What cannot be turned this way is asked person by person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from metrics.engines.protocol import Result
from metrics.errors import UserError
from metrics.people import Org, Person, Viewer
from metrics.plan.bound import BoundQuery, Condition, Coverage, Key, Peers
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import ANCESTOR, CLOSURE
from metrics.plan.scope import group_of, people_fields, scope_conditions
from metrics.policy import chooses_people
from metrics.query import Query

__all__ = ["Cut", "cut_of", "dealt", "known_since"]


# Whether the one statement says of a person, whose own conditions these are, what their own question would.
Fits = Callable[[BoundQuery, Person, tuple[Condition, ...]], bool]


@dataclass(frozen=True)
class Cut:
    """A bound query for all of `people` at once. `conditions`: what each one's own query would say."""

    people: tuple[Person, ...]
    bound: BoundQuery
    conditions: dict[str, tuple[Condition, ...]]


def cut_of(
    query: Query,
    people: Sequence[Person],
    *,
    prepared: Prepared,
    org: Org,
    bind_for: Callable[[Viewer], BoundQuery],
    fits: Fits,
) -> Cut | None:
    """The people whose answers one statement can give, with that statement bound; None when it is not worth it."""
    simple = not (query.tally or query.share or query.benchmark or query.everyone or query.define)
    if prepared.model.people is None or not simple or len(people) < 2:
        return None
    if any(
        prepared.owners.get(prepared.field_of(f.field).dataset) for f in query.where if f.field in prepared.model.fields
    ):
        return None  # which members exist differs by person
    if query.rank is not None:
        return _ranked(query, people, prepared, bind_for, fits)
    if query.scope not in ("me", "team"):
        return None
    mine = [p for p in people if (p.sells if query.scope == "me" else bool(org.reports.get(p.id)))]
    if len(mine) < 2:
        return None
    try:
        own = {p.id: scope_conditions(query.scope, model=prepared.model, org=org, viewer=Viewer.of(p)) for p in mine}
        bound = bind_for(Viewer.of(mine[0]))
    except UserError:
        return None
    (scope,) = own[mine[0].id]
    mine = [p for p in mine if fits(bound, p, own[p.id])]
    if len(mine) < 2:
        return None
    if bound.share is not None or _names_people(
        bound, scope
    ):  # a share may be implied; who may be named differs by person
        return None
    if bound.conditions.count(scope) != 1 or not _owners_are_people(bound, prepared):
        return None
    if (
        bound.trend is not None and bound.trend.first is None
    ):  # each one's first and last bucket with data are their own
        return None
    key = people_fields(prepared.model).id if query.scope == "me" else ANCESTOR
    listed = Condition(key, "in", tuple(p.id for p in mine))
    rest = tuple(c for c in bound.conditions if c != scope)
    made = replace(
        bound,
        keys=(Key(key, shown=False), *bound.keys) if all(k.field != key for k in bound.keys) else bound.keys,
        conditions=(*rest, listed),
        peers=(
            None
            if query.by
            else Peers(
                people_fields(prepared.model).dataset if query.scope == "me" else CLOSURE, (listed,), None, (), True
            )
        ),
        target=(
            replace(bound.target, conditions=(*rest, listed))
            if bound.target is not None and bound.target.span is not None
            else bound.target
        ),
        each=key,
    )
    return Cut(
        tuple(mine), made, {p.id: tuple(own[p.id][0] if c == scope else c for c in bound.conditions) for p in mine}
    )


def _ranked(
    query: Query,
    people: Sequence[Person],
    prepared: Prepared,
    bind_for: Callable[[Viewer], BoundQuery],
    fits: Fits,
) -> Cut | None:
    """Everybody's own place among all people, or within their team or region."""
    fields, rank = people_fields(prepared.model), query.rank
    if (
        rank is None
        or rank.member != "@me"
        or rank.over not in (fields.id, fields.name)
        or query.scope not in ("me", "all")
    ):
        return None
    if rank.within == "me" or len(query.by) > 1 or query.having:
        return None
    mine = []
    for person in people:
        try:
            if rank.within != "all":
                group_of(person, rank.within, fields)
        except UserError:
            continue
        if person.sells:
            mine.append(person)
    if len(mine) < 2:
        return None
    try:
        bound = bind_for(Viewer.of(mine[0]))
    except UserError:
        return None
    assert bound.rank is not None
    rest, apart = bound.conditions, None
    if any(chooses_people(bound.model, c) for c in rest):  # whether a place may be told among them differs by person
        return None
    own: dict[str, tuple[Condition, ...]] = {p.id: bound.conditions for p in mine}
    if rank.within != "all":
        apart, value = group_of(mine[0], rank.within, fields)
        group = Condition(apart, "in", (value,))
        if bound.conditions.count(group) != 1 or any(k.field == apart for k in bound.keys):
            return None
        rest = tuple(c for c in bound.conditions if c != group)
        own = {p.id: (*rest, Condition(apart, "in", (group_of(p, rank.within, fields)[1],))) for p in mine}
    mine = [p for p in mine if fits(bound, p, own[p.id])]
    if len(mine) < 2:
        return None
    target = bound.target
    made = replace(
        bound,
        keys=(*bound.keys, Key(apart, shown=False)) if apart is not None else bound.keys,
        conditions=rest,
        peers=(
            replace(bound.peers, conditions=tuple(c for c in bound.peers.conditions if c in rest))
            if bound.peers is not None
            else None
        ),
        rank=replace(bound.rank, members=tuple(p.id for p in mine), apart=apart),
        target=replace(target, conditions=rest) if target is not None and target.span is not None else target,
        each=bound.rank.key,
    )
    return Cut(tuple(mine), made, {p.id: own[p.id] for p in mine})


def known_since(bound: BoundQuery, prepared: Prepared, coverage: Coverage) -> bool:
    """Whether every window begins with or after the first row of each source, so that nothing is said of it."""
    spans = [s for m in bound.metrics if not m.metric.snapshot for s in (m.current, m.earlier) if s is not None]
    begins = [s.start for s in spans if s.start is not None]
    if not begins:
        return True
    sources = [
        (d, m.metric.time[d])
        for m in bound.metrics
        for d in prepared.metric(m.metric.name).datasets
        if d in m.metric.time
    ]
    return all(first is None or first <= min(begins) for first in (coverage.starts.get(s) for s in sources))


def _names_people(bound: BoundQuery, scope: Condition) -> bool:
    people = people_fields(bound.model)
    who = (people.id, people.name, people.team, people.region)
    return any(c.field in who for c in bound.conditions if c != scope)


def _owners_are_people(bound: BoundQuery, prepared: Prepared) -> bool:
    """Whether whose rows they are and whom they may be seen by is the same column: then one's own cut is all one may
    see of it."""
    access = prepared.model.access
    if access.visibility == "everyone":
        return True
    people = people_fields(prepared.model)
    datasets = {d for m in bound.metrics for d in prepared.metric(m.metric.name).datasets}
    datasets |= {prepared.model.fields[k.field].dataset for k in bound.keys}
    if bound.target is not None and bound.target.span is not None and prepared.model.targets is not None:
        datasets.add(prepared.model.targets.dataset)
    for dataset in datasets:
        owner = prepared.owners.get(dataset)
        if owner == "":
            continue
        held = prepared.foreign_key(dataset, people.id)
        if owner is None or held is None or prepared.field_of(owner).dataset != held[0]:
            return False
        if prepared.field(owner, bound.as_of) != prepared.join_column(*held, bound.as_of):
            return False
    return True


def dealt(cut: Cut, result: Result, limit: int | None) -> dict[str, Result]:
    """The rows of each person, in order, cut to the query's limit; the last column says whose they are."""
    rows: dict[str, list[tuple[object, ...]]] = {p.id: [] for p in cut.people}
    for row in result.rows:
        mine = rows.get(str(row[-1]))
        if mine is not None and (limit is None or len(mine) < limit):
            mine.append(row[:-1])
    return {who: Result(result.columns[:-1], tuple(mine), result.data_version) for who, mine in rows.items()}
