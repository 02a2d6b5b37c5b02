"""Who and what appears without rows: people who may not be seen do not, nor what belongs to them.

What there is in a catalogue (products) everybody may know, so "what have I never sold" is asked of all of it. Of any
other public dataset a member can be somebody's secret, a customer: unless it says whose its members are, those appear
that have rows which may be seen.
"""

from __future__ import annotations

from dataclasses import replace

from metrics.plan.bound import Condition, Peers
from metrics.plan.compile.prepared import Prepared
from metrics.policy.sight import LISTED, Visible

__all__ = ["members_seen", "people_seen"]


def members_seen(peers: Peers, rows: Visible, prepared: Prepared) -> Peers:
    people = prepared.model.people
    if people is None:
        return peers
    if peers.dataset in (people.dataset, people.dated):
        return _only(peers, people.id, rows)
    if prepared.owners.get(peers.dataset):
        return peers  # its rows are cut like all others
    if peers.dataset in prepared.model.access.catalogues:
        return peers
    belongs = prepared.model.access.belongs.get(peers.dataset)
    if belongs is not None:
        return _only(peers, belongs, rows)
    facts = (d for d, owner in prepared.owners.items() if owner and prepared.path(d, peers.dataset))
    return replace(peers, facts=tuple(sorted(facts)))


def _only(peers: Peers, field: str, rows: Visible) -> Peers:
    return replace(peers, conditions=(*peers.conditions, people_seen(field, rows)))


def people_seen(field: str, rows: Visible) -> Condition:
    """The field holds the id of somebody whose rows may be seen."""
    if rows.root is not None and len(rows.people) > LISTED:
        return Condition(field, "below", (rows.root,))
    return Condition(field, "in", tuple(sorted(rows.people)))
