"""Who may see what. `decide` says it for a bound query, `restrict` enforces it on the tree: every real table is wrapped.

Rows belong to people (`access.owners`). Under "org_tree" a person sees their own rows and those of everybody below; in a channel
an answer holds only what every member may see. A rank or a peer average is computed over all peers, but only the numbers of
people the reader may see leave the statement; metrics on public leaderboards are ranked by name for everybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from metrics.plan.bound import BoundQuery, Condition
from metrics.plan.compile import nodes
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import CLOSURE, DATE_DIM
from metrics.errors import NotPermitted, PolicyError
from metrics.model.schema import Model
from metrics.policy.named_people import Named, group_field, is_personal
from metrics.people import Audience, Org, Person, Viewer

__all__ = ["LISTED", "Decision", "Visible", "chooses_people", "decide", "public_leaderboard", "public_part", "restrict", "visible"]

LISTED = 200  # more people than this are looked up in the closure table when they are one subtree
MIN_PEERS = 3  # a peer average over fewer people would tell what one of them did
_OPEN_TABLES = frozenset({DATE_DIM, CLOSURE})


@dataclass(frozen=True, slots=True)
class Visible:
    """People whose rows may be seen. `root`: they are exactly the subtree of this person."""

    people: frozenset[str]
    root: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """`rows`: whose rows the statement may read (None: all). `reveal`: whose numbers may leave it when it reads all.
    `restricted`: "" | "org_tree" | "channel", when something may have been left out. `bare`: only name and value may be shown.
    `min_peers`: an average over fewer peers, or the gap to the next of fewer, is withheld."""

    rows: Visible | None = None
    reveal: frozenset[str] | None = None
    restricted: str = ""
    min_peers: int = 0


def visible(viewer: Viewer, audience: Audience, *, model: Model, org: Org) -> Visible | None:
    """Whose rows viewer and audience may all see; None: everybody's. A member of the channel whom nobody knows may see
    nothing, also where everybody of the organisation may see everything; nor may a viewer who is neither a person nor says why."""
    if audience.members is not None and audience.unknown:
        return Visible(frozenset())
    if model.access.visibility == "everyone":
        return None
    if viewer.person is None and not viewer.system:
        return Visible(frozenset())
    seen = [] if viewer.person is None else [_seen(viewer.person, model, org)]
    if audience.members is not None:
        seen += [_seen(p, model, org) for p in audience.members]
    parts = [s for s in seen if s is not None]
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    return Visible(frozenset.intersection(*(p.people for p in parts)))


def _seen(person: Person, model: Model, org: Org) -> Visible | None:
    if person.sees == "all":
        return None
    below = org.subtree(person.id)
    if person.sees == "own" or isinstance(person.sees, str):
        return Visible(below, person.id)
    led = {p.id for p in org.people.values() if _led(p, person.sees, model)}
    return Visible(below | led)


def _led(person: Person, sees: tuple[tuple[str, tuple[str, ...]], ...], model: Model) -> bool:
    """Whether one of the fields a lead sees (reps.region: East) holds for a person."""
    fields = model.people
    if fields is None:
        return False
    own: Mapping[str | None, str | None] = {fields.team: person.team, fields.region: person.region, fields.id: person.id, fields.name: person.name}
    return any(own.get(field) in members for field, members in sees if own.get(field) is not None)


def decide(bound: BoundQuery, *, prepared: Prepared, org: Org, viewer: Viewer, audience: Audience) -> Decision:
    """Raises NotPermitted when the very thing asked about may not be seen (it is never answered with a smaller number)."""
    model = prepared.model
    rows = visible(viewer, audience, model=model, org=org)
    if rows is None or not _owned(bound, prepared) or public_leaderboard(bound):
        return Decision()
    why = "channel" if audience.members is not None else "org_tree"
    if not rows.people:
        raise NotPermitted("nothing_visible", fields={"why": why})
    people = model.people
    assert people is not None
    named = Named(bound, org)
    if bound.rank is not None and bound.rank.key in (people.id, people.team, people.region):
        return _rank(bound, rows, why, org, named)
    _check_named(bound, rows, named, why)
    if bound.query.tally and bound.person_key is not None and len(named.among(bound.conditions) & rows.people) < 2:
        raise NotPermitted("nothing_visible", fields={"why": why})  # "how many reps": oneself is no answer
    if bound.share is not None and _wider(bound, named) and not named.among(bound.share.total or ()) <= rows.people:
        raise NotPermitted("share_total", fields={"why": why})
    if bound.benchmark is not None and bound.benchmark.subject == people.id:
        _check_peers(bound.benchmark.conditions, bound, rows, named, "benchmark_among", why)
        return Decision(None, rows.people, why if bound.keys else "", MIN_PEERS)
    if bound.benchmark is not None and not bound.query.by and _all_seen(bound, rows, named):  # one's own team beside the other teams
        return Decision(None, None, "", MIN_PEERS)
    if bound.benchmark is not None and bound.benchmark.subject in (people.team, people.region):
        _check_groups(bound.benchmark.subject, rows, named, why)
    whole = _all_seen(bound, rows, named)
    if not whole and any(k.field in (people.team, people.region) and named.groups_seen(k.field, rows.people)[1] for k in bound.keys):
        raise NotPermitted("groups_part", fields={"why": why})  # one's own number under the team's name would pass for the team's
    return Decision(rows, None, "" if whole else why)


def _rank(bound: BoundQuery, rows: Visible, why: str, org: Org, named: Named) -> Decision:
    people, rank = bound.model.people, bound.rank
    assert people is not None and rank is not None
    if rank.key == people.id:
        if rank.one and str(rank.member) not in rows.people:
            raise NotPermitted("rank_of_other", subject=_name(org, str(rank.member)), fields={"why": why})
        if bound.share is not None:  # the total would be that of people who may not be seen
            raise NotPermitted("share_total", fields={"why": why})
        _check_peers(bound.conditions, bound, rows, named, "rank_among", why)
        if not rank.one:
            return Decision(None, rows.people, why)
        few = 0 if named.among(bound.conditions) <= rows.people else MIN_PEERS
        return Decision(None, frozenset({str(rank.member)}), "", few)
    if rank.one:
        group = named.group(rank.key, rank.member)
        if not group or not group <= rows.people:
            raise NotPermitted("rank_of_other", subject=str(rank.member), fields={"why": why})
        return Decision(None, None)
    _check_groups(rank.key, rows, named, why)
    return Decision(rows, None, why)


def _name(org: Org, person_id: str) -> str:
    found = org.people.get(person_id)
    return found.name if found is not None else person_id


def _check_named(bound: BoundQuery, rows: Visible, named: Named, why: str) -> None:
    """People asked for by name or by another mark of theirs must be visible; a team or region as a whole, unless the answer is
    by person, or by team or region, where what is left out can be told."""
    listed = {k.field for k in bound.keys}
    people = bound.model.people
    assert people is not None
    by_person = bool(listed & {people.id, people.name})
    for condition in bound.conditions:
        if condition.op != "in" or not named.knows(condition.field):
            continue
        asked = named.among((condition,))
        hidden = asked - rows.people
        if not hidden:
            continue
        if is_personal(bound.model, condition.field):
            if hidden == asked or not by_person:
                raise NotPermitted("person", subject=named.first_name(hidden), fields={"why": why})
        elif hidden == asked or not (by_person or condition.field in listed or not named.active(hidden)):
            raise NotPermitted("group", subject=named.label(condition), fields={"why": why})
    asked = named.among(bound.conditions)
    if asked and not asked & rows.people:
        raise NotPermitted("nothing_visible", fields={"why": why})


def _check_peers(conditions: tuple[Condition, ...], bound: BoundQuery, rows: Visible, named: Named, code: str, why: str) -> None:
    """Peers are all people, those of a team or those of a region: among a few chosen ones, a place, a gap or an average tells the
    number of somebody who may not be seen."""
    chosen = [c for c in conditions if bound.model.people is not None and chooses_people(bound.model, c)]
    if chosen and not (all(named.knows(c.field) for c in chosen) and named.among(tuple(chosen)) <= rows.people):
        raise NotPermitted(code, fields={"why": why})


def chooses_people(model: Model, condition: Condition) -> bool:
    """Whether the condition picks single people, by whatever is known of them, and not teams or regions."""
    people = model.people
    assert people is not None
    if group_field(model, condition.field) and condition.op in ("in", "not_in"):
        return False
    return condition.field in model.fields and model.fields[condition.field].dataset == people.dataset


def _check_groups(field: str, rows: Visible, named: Named, why: str) -> None:
    """Teams or regions side by side: those in view must be seen whole, and there must be two; one alone would be the first."""
    whole, part = named.groups_seen(field, rows.people)
    if part or len(whole) < 2:
        raise NotPermitted("groups_unseen", fields={"why": why})


def _wider(bound: BoundQuery, named: Named) -> bool:
    """Whether the total of the share was asked to be over more people than the part."""
    share = bound.share
    return share is not None and share.total is not None and named.among(share.total) != named.among(bound.conditions)


def _all_seen(bound: BoundQuery, rows: Visible, named: Named) -> bool:
    """Whether the conditions alone leave only people who may be seen, so that nothing is missing."""
    totals = (bound.share.total,) if bound.share is not None and bound.share.total is not None else ()
    return all(
        any(c.op == "below" or (c.op == "in" and None not in c.values and named.knows(c.field)) for c in conditions)
        and named.among(conditions) <= rows.people
        for conditions in (bound.conditions, *totals)
    )


def _owned(bound: BoundQuery, prepared: Prepared) -> bool:
    """Whether any dataset the query reads has owners."""
    owners = prepared.model.access.owners
    facts = {d for m in bound.metrics for d in prepared.metric(m.metric.name).datasets}
    used = [k.field for k in bound.keys] + [c.field for c in bound.conditions]
    used += [c.field for m in bound.metrics for c in m.conditions]
    facts |= {prepared.model.fields[f].dataset for f in used}
    if bound.target is not None and prepared.model.targets is not None:
        facts.add(prepared.model.targets.dataset)
    return any(owners.get(d) != "" for d in facts)


def public_leaderboard(bound: BoundQuery) -> bool:
    """A ranking or breakdown by person of metrics that are public, of whole teams and regions: name and value, no more. "Who is
    below 100,000" is no board: it is asked about those one may see."""
    people, query = bound.model.people, bound.query
    if people is None or any(m.metric.name not in bound.model.access.public_leaderboards for m in bound.metrics):
        return False
    about = (people.id, people.name, people.team, people.region)
    parts = (query.grain, query.compare, query.share, query.target, query.benchmark)
    named = len(query.by) == 1 and query.by[0] in (people.id, people.name)
    return named and not query.tally and not query.having and all(p is None for p in parts) and all(c.field in about for c in bound.conditions)


def public_part(bound: BoundQuery, asked: int) -> BoundQuery:
    """A leaderboard without the companions nobody asked for, where they alone keep it from being public. `asked`: how many
    metrics the question named."""
    shown = [m for m in bound.metrics[:asked] if m.shown]
    extra = bound.metrics[asked : len(bound.query.metrics)]
    people = bound.model.people
    if people is None or any(c.field == people.id for c in bound.conditions):  # one's own rows and those below: no board
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


def restrict(tree: exp.Select, rows: Visible | None, *, prepared: Prepared) -> exp.Select:
    """Wrap every real table of the tree into (SELECT * FROM table WHERE owner may be seen). Changes and returns `tree`.

    `rows` None: everything may be seen, and nothing needs wrapping; a table without a rule is refused all the same.
    Raises PolicyError for a table of no dataset, or of a dataset without a rule."""
    for source in list(_real_tables(tree, prepared.datasets_by_table) if rows is None else _sources(tree)):
        dataset = prepared.datasets_by_table.get(source.name)
        if dataset is None:
            raise PolicyError(f"the table {source.name!r} belongs to no dataset")
        owner = prepared.model.access.owners.get(dataset)
        if owner is None:
            raise PolicyError(f"the dataset {dataset!r} has no access rule")
        if owner and rows is not None:
            _wrap(source, dataset, owner, rows, prepared)
    return tree


def _sources(tree: exp.Select) -> Iterator[exp.Table]:
    """Every source of every scope that is a table, and no name of a common table expression."""
    for scope in traverse_scope(tree):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and source.name not in _OPEN_TABLES:
                yield source


def _real_tables(tree: exp.Select, known: Mapping[str, str]) -> Iterator[exp.Table]:
    """The same tables, found without scopes, which is quicker; for trees of which none will be wrapped. A name that is both
    that of a known table and of a common table expression counts as the table."""
    found = list(tree.find_all(exp.Table, exp.CTE))
    made = {node.alias for node in found if isinstance(node, exp.CTE)} - known.keys()
    return (n for n in found if isinstance(n, exp.Table) and n.name not in _OPEN_TABLES and n.name not in made)


def _wrap(source: exp.Table, dataset: str, owner: str, rows: Visible, prepared: Prepared) -> None:
    inner = nodes.select(
        [exp.Star()],
        source=nodes.table(source.name, dataset),
        where=_owner_condition(dataset, owner, rows, prepared),
    )
    source.replace(exp.Subquery(this=inner, alias=exp.TableAlias(this=nodes.ident(source.alias_or_name))))


def _owner_condition(dataset: str, owner: str, rows: Visible, prepared: Prepared) -> nodes.Node:
    """The owner is one of the visible people; an owner held by another table is looked up there, one link at a time."""
    home = prepared.field_of(owner).dataset
    path = prepared.path(dataset, home)
    if path is None:
        raise PolicyError(f"{dataset!r} does not lead to its owner {owner!r}")
    as_of = dt.date.min
    if not path:
        return _is_visible(prepared.field(owner, as_of), rows)
    link = path[0]
    if len(link.source_columns) != 1:
        raise PolicyError(f"{dataset!r} leads to its owner over a key of several columns")
    target = prepared.model.datasets[link.target]
    keys = nodes.select(
        [prepared.join_column(link.target, link.target_columns[0], as_of)],
        source=nodes.table(target.table, target.name),
        where=_owner_condition(link.target, owner, rows, prepared),
    )
    return exp.In(this=prepared.join_column(dataset, link.source_columns[0], as_of), query=exp.Subquery(this=keys))


def _is_visible(owner: nodes.Node, rows: Visible) -> nodes.Node:
    if rows.root is not None and len(rows.people) > LISTED:
        below = nodes.select(
            [nodes.col("person_id", CLOSURE)],
            source=nodes.table(CLOSURE),
            where=exp.EQ(this=nodes.col("ancestor_id", CLOSURE), expression=nodes.text(rows.root)),
        )
        return exp.In(this=owner, query=exp.Subquery(this=below))
    return nodes.in_list(owner, sorted(rows.people))
