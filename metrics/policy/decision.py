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
from metrics.plan.bound import BoundBenchmark, BoundQuery, Condition
from metrics.plan.compile.prepared import Prepared
from metrics.policy.cohort import OTHERS, check_cohort, check_others
from metrics.policy.leaderboard import board, public_leaderboard
from metrics.policy.named_people import Named, group_field, is_personal
from metrics.policy.sight import Visible, visible
from metrics.policy.touched import owned

__all__ = ["Decision", "chooses_people", "decide"]


@dataclass(frozen=True, slots=True)
class Decision:
    """`rows`: whose rows the statement may read (None: all). `reveal`: whose numbers may leave it when it reads all.
    `restricted`: "" | "org_tree" | "channel", when something may have been left out. `min_peers`: an average over fewer
    peers with a number, or the gap to the next of fewer, is withheld. `disclosed`: it tells something of rows that may
    not be seen, so how many were read, and since when there are any, is not said. `unowned`: no row is anybody's."""

    rows: Visible | None = None
    reveal: frozenset[str] | None = None
    restricted: str = ""
    min_peers: int = 0
    disclosed: bool = False
    unowned: bool = False


def decide(bound: BoundQuery, *, prepared: Prepared, org: Org, viewer: Viewer, audience: Audience) -> Decision:
    """Raises NotPermitted when the very thing asked about may not be seen (it is never answered with a smaller
    number)."""
    model = prepared.model
    rows = visible(viewer, audience, model=model, org=org)
    if rows is None or public_leaderboard(bound):
        return Decision()
    if not owned(bound, prepared):
        return Decision(unowned=True)
    why = "channel" if audience.members is not None else "org_tree"
    if not rows.people:
        raise NotPermitted("nothing_visible", fields={"why": why})
    people = model.people
    assert people is not None
    named = Named.of(bound, org)
    if bound.rank is not None and bound.rank.key == people.id:
        return _rank_of_people(bound, rows, why, org, named)
    if bound.rank is not None and bound.rank.key in (people.team, people.region):
        return _rank_of_groups(bound, rows, why, named)
    if board(bound) and len(named.among(bound.conditions) & rows.people) < 2 < len(named.among(bound.conditions)):
        fields = {"why": why, "grain": model.access.published_period}  # oneself alone would be the first of one
        raise NotPermitted("board_period", subject=bound.metrics[0].metric.name, fields=fields)
    _check_named(bound, rows, named, why)
    if bound.query.tally and bound.person_key is not None and len(named.among(bound.conditions) & rows.people) < 2:
        raise NotPermitted("nothing_visible", fields={"why": why})  # "how many reps": oneself is no answer
    if bound.share is not None and _wider(bound, named) and not named.among(bound.share.total or ()) <= rows.people:
        raise NotPermitted("share_total", fields={"why": why})
    if bound.benchmark is not None and bound.benchmark.subject in (people.id, people.team, people.region):
        return _benchmark(bound, bound.benchmark, rows, why, named)
    return _own_rows(bound, rows, why, named)


def _own_rows(bound: BoundQuery, rows: Visible, why: str, named: Named) -> Decision:
    """Nothing but what is there to be seen."""
    people = bound.model.people
    assert people is not None
    whole = _all_seen(bound, rows, named)
    groups = [k.field for k in bound.keys if k.field in (people.team, people.region)]
    if not whole and any(named.groups_seen(field, rows.people)[1] for field in groups):
        # one's own number under the team's name would pass for the team's
        raise NotPermitted("groups_part", fields={"why": why})
    return Decision(rows, None, "" if whole else why)


def _rank_of_people(bound: BoundQuery, rows: Visible, why: str, org: Org, named: Named) -> Decision:
    rank = bound.rank
    assert rank is not None
    if rank.one and str(rank.member) not in rows.people:
        raise NotPermitted("rank_of_other", subject=_name(org, str(rank.member)), fields={"why": why})
    if bound.share is not None:  # the total would be that of people who may not be seen
        raise NotPermitted("share_total", fields={"why": why})
    peers = named.among(bound.conditions)
    if not named.active(peers - rows.people):
        return Decision(rows)
    try:
        check_cohort(bound, bound.conditions, why)
    except NotPermitted:
        if rank.one or len(peers & rows.people) < 2:
            raise
        return Decision(rows, None, why)  # a ranking of those one may see, and called that
    few = OTHERS + len(peers & rows.people)
    if rank.one:
        return Decision(None, frozenset({str(rank.member)}), "", few, disclosed=True)
    return Decision(None, rows.people, why, few, disclosed=True)


def _rank_of_groups(bound: BoundQuery, rows: Visible, why: str, named: Named) -> Decision:
    """The place of a team or region that is seen whole, among all of them; or those in view side by side."""
    rank = bound.rank
    assert rank is not None
    if not rank.one:
        _check_groups(rank.key, rows, named, why)
        return Decision(rows, None, why)
    group = named.group(rank.key, rank.member)
    if not group or not group <= rows.people:
        raise NotPermitted("rank_of_other", subject=str(rank.member), fields={"why": why})
    if not named.active(named.among(bound.conditions) - rows.people):
        return Decision(rows)
    check_cohort(bound, bound.conditions, why)
    whole, part = named.groups_seen(rank.key, rows.people)
    return Decision(None, None, "", OTHERS + len(whole | part), disclosed=True)


def _benchmark(bound: BoundQuery, spec: BoundBenchmark, rows: Visible, why: str, named: Named) -> Decision:
    """The average of people, teams or regions, beside what may be seen."""
    people = bound.model.people
    assert people is not None
    group = (Condition(spec.group, "in", (spec.value,)),) if spec.group is not None and spec.value is not None else ()
    peers = named.among((*spec.conditions, *group))
    of_people = spec.subject == people.id
    if not of_people and bound.query.by:
        _check_groups(spec.subject, rows, named, why)
        return _own_rows(bound, rows, why, named)
    if not of_people and not _all_seen(bound, rows, named):
        raise NotPermitted("groups_part", fields={"why": why})
    if not named.active(peers - rows.people):
        return Decision(rows)
    check_cohort(bound, (*spec.conditions, *group), why)
    if of_people:
        seen = len(peers & rows.people)
        check_others(named, group or _scopes(spec.conditions), rows.people, why)
    else:
        whole, part = named.groups_seen(spec.subject, rows.people)
        seen = len(whole | part)
        check_others(named, _scopes((*spec.conditions, *group)), rows.people, why)
    restricted = why if bound.keys else ""
    return Decision(None, rows.people if of_people else None, restricted, OTHERS + seen, disclosed=True)


def _scopes(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return conditions[:1]


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
