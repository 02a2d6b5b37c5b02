"""Whose rows viewer and audience may all see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metrics.model.schema import Model
from metrics.people import Audience, Org, Person, Viewer

__all__ = ["LISTED", "Visible", "visible"]

LISTED = 200  # more people than this are looked up in the closure table when they are one subtree


@dataclass(frozen=True, slots=True)
class Visible:
    """People whose rows may be seen. `root`: they are exactly the subtree of this person."""

    people: frozenset[str]
    root: str | None = None


def visible(viewer: Viewer, audience: Audience, *, model: Model, org: Org) -> Visible | None:
    """Whose rows viewer and audience may all see; None: everybody's. A member of the channel whom nobody knows may see
    nothing, also where everybody of the organisation may see everything; nor may a viewer who is neither a person nor
    says why.
    """
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
    own: Mapping[str | None, str | None] = {
        fields.team: person.team,
        fields.region: person.region,
        fields.id: person.id,
        fields.name: person.name,
    }
    return any(own.get(field) in members for field, members in sees if own.get(field) is not None)
