"""Who may see what. `decide` says it for a bound query, `restrict` enforces it on the tree: every real table is
wrapped.

Rows belong to people (`access.owners`). Under "org_tree" a person sees their own rows and those of everybody below; in
a channel an answer holds only what every member may see. A rank or a peer average is computed over all peers, but only
the numbers of people the reader may see leave the statement; metrics on public leaderboards are ranked by name for
everybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from metrics.errors import NotPermitted
from metrics.model.schema import Model
from metrics.people import Audience, Org, Viewer
from metrics.plan.bound import BoundQuery, Condition
from metrics.plan.compile.prepared import Prepared
from metrics.policy.leaderboard import public_leaderboard
from metrics.policy.named_people import Named, group_field, is_personal
from metrics.policy.sight import Visible, visible

__all__ = ["MIN_PEERS", "Decision", "chooses_people", "decide"]

MIN_PEERS = 3  # a peer average over fewer people would tell what one of them did


@dataclass(frozen=True, slots=True)
class Decision:
    """`rows`: whose rows the statement may read (None: all). `reveal`: whose numbers may leave it when it reads all.
    `restricted`: "" | "org_tree" | "channel", when something may have been left out. `bare`: only name and value may be
    shown. `min_peers`: an average over fewer peers, or the gap to the next of fewer, is withheld."""

    rows: Visible | None = None
    reveal: frozenset[str] | None = None
    restricted: str = ""
    min_peers: int = 0


def decide(bound: BoundQuery, *, prepared: Prepared, org: Org, viewer: Viewer, audience: Audience) -> Decision:
    """Raises NotPermitted when the very thing asked about may not be seen (it is never answered with a smaller
    number)."""
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
    if (
        bound.benchmark is not None and not bound.query.by and _all_seen(bound, rows, named)
    ):  # one's own team beside the other teams
        return Decision(None, None, "", MIN_PEERS)
    if bound.benchmark is not None and bound.benchmark.subject in (people.team, people.region):
        _check_groups(bound.benchmark.subject, rows, named, why)
    whole = _all_seen(bound, rows, named)
    if not whole and any(
        k.field in (people.team, people.region) and named.groups_seen(k.field, rows.people)[1] for k in bound.keys
    ):
        raise NotPermitted(
            "groups_part", fields={"why": why}
        )  # one's own number under the team's name would pass for the team's
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
    """People asked for by name or by another mark of theirs must be visible; a team or region as a whole, unless the
    answer is by person, or by team or region, where what is left out can be told."""
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


def _check_peers(
    conditions: tuple[Condition, ...], bound: BoundQuery, rows: Visible, named: Named, code: str, why: str
) -> None:
    """Peers are all people, those of a team or those of a region: among a few chosen ones, a place, a gap or an average
    tells the number of somebody who may not be seen."""
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
    """Teams or regions side by side: those in view must be seen whole, and there must be two; one alone would be the
    first."""
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
