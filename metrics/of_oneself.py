"""Questions that a person asks of nobody but themselves, or of their place among all: the first of them is planned,
those of others have the same text with another person bound."""

from __future__ import annotations

from dataclasses import dataclass, replace

from metrics.engines.protocol import Asker
from metrics.people import Audience, Viewer
from metrics.plan.compile.prepared import Prepared
from metrics.policy.sight import Visible
from metrics.query.asked import Asked
from metrics.query.measure import Measure

__all__ = ["About", "asks_alone"]

# What these tell of a person depends on who they are and on what `Sight` says of them, on nothing else about them.
_OF_ONESELF = frozenset({"metric"})
_AMONG_ALL = frozenset({"place", "place_of", "place_ties", "place_gap"})


@dataclass(frozen=True, slots=True)
class About:
    """Who asks, marked wherever their id comes to stand."""

    asker: Asker
    viewer: Viewer
    rows: Visible


def asks_alone(
    asked: Asked, viewer: Viewer, audience: Audience, rows: Visible | None, prepared: Prepared
) -> About | None:
    """Who asks, where they see their own rows and nobody else's, and ask for nothing that could be another thing for
    another person but for who they are; None elsewhere."""
    person, people = viewer.person, prepared.model.people
    if person is None or people is None or rows is None or audience.members is not None or prepared.dated:
        return None
    if rows.root != person.id or rows.people != {person.id} or not person.sells or person.sees != "own":
        return None
    if prepared.model.fields[people.id].datatype != "String" or not _plain(asked):
        return None
    asker = Asker(person.id)
    return About(asker, replace(viewer, person=replace(person, id=asker)), Visible(frozenset({asker}), asker))


def _plain(asked: Asked) -> bool:
    if asked.scope not in ("me", "all") or asked.where is not None or asked.having is not None or asked.fields:
        return False
    return all(_is_plain(part) for whole in asked.families() for part in whole.walk())


def _is_plain(part: object) -> bool:
    if not isinstance(part, Measure):
        return False
    if part.kind in _AMONG_ALL:
        own: tuple[object, ...] = (getattr(part, "member", None), getattr(part, "within", None))
        return own == ("@me", "all")
    return part.kind in _OF_ONESELF
