"""What a person asks of nobody but themselves, or of their place among all: the first such question is planned; those
of others have the same text with another person bound.

Nothing is decided here. Every decision that a plan was made by is taken anew for the other person, by the same policy
over the same organisation; only where all of them come out the same, each with the other person in the place of the
first, does the plan hold for them too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from metrics.calendar.span import Span
from metrics.engines.protocol import ASKER, Asker, Rendered
from metrics.errors import UserError
from metrics.people import Audience, Viewer
from metrics.plan.bound import Condition, Peers, Tree
from metrics.plan.compile.prepared import Prepared
from metrics.plan.grid.sight import Cohort, Comparison, Conditions
from metrics.policy.asking import Seen
from metrics.policy.sight import Visible
from metrics.query.asked import Asked
from metrics.query.measure import Measure

__all__ = ["About", "Watched", "asks_alone"]

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


class Watched:
    """The `Sight` of `seen`, which remembers what it was asked and what it said."""

    def __init__(self, seen: Seen, asker: Asker) -> None:
        self._seen, self._asker = seen, asker
        self._said: list[tuple[str, tuple[Any, ...], Any]] = []
        self._refused = False

    @property
    def restricts(self) -> bool:
        return self._seen.restricts

    def check(self, conditions: Conditions, keys: tuple[str, ...], window: Span) -> None:
        self._ask("check", conditions, keys, window)

    def present(self, peers: Peers | None) -> Peers | None:
        made: Peers | None = self._ask("present", peers)
        return made

    def cohort(self, asked: Comparison, window: Span) -> Cohort:
        made: Cohort = self._ask("cohort", asked, window)
        return made

    def heads(self, conditions: Conditions, window: Span) -> bool:
        return bool(self._ask("heads", conditions, window))

    def folded(self, conditions: Conditions, window: Span) -> None:
        self._ask("folded", conditions, window)

    def total(self, conditions: Conditions, part: Conditions, window: Span) -> None:
        self._ask("total", conditions, part, window)

    def named(self, people: frozenset[str]) -> frozenset[str] | None:
        made: frozenset[str] | None = self._ask("named", people)
        return made

    def _ask(self, name: str, *args: Any) -> Any:
        try:
            made = getattr(self._seen, name)(*args)
        except UserError:
            self._refused = True  # and the plan went another way, if it went on
            raise
        self._said.append((name, args, made))
        return made

    def shares(self, rendered: Rendered) -> bool:
        """Whether the text holds for anybody in the place of who asked: they stand in it as a parameter alone."""
        written = "'" + self._asker.replace("'", "''") + "'"
        bound = rendered.params.keys() == {ASKER}
        return bound and not self._refused and written not in rendered.sql

    def holds_for(self, other: Seen, asker: Asker) -> bool:
        """Whether all that was said of who asked is said of another."""

        def instead(value: Any) -> Any:
            return _instead(value, asker)

        try:
            for name, args, made in self._said:
                if getattr(other, name)(*map(instead, args)) != instead(made):
                    return False
        except UserError:
            return False
        return (other.restricted, other.disclosed) == (self._seen.restricted, self._seen.disclosed)


def _instead(value: Any, asker: Asker) -> Any:
    """With another in the place of who asked."""
    kind = type(value)
    if kind is Asker:
        return asker
    if kind is tuple:
        return tuple(_instead(one, asker) for one in value)
    if kind is frozenset:
        return frozenset(_instead(one, asker) for one in value)
    if kind is Condition:
        return replace(value, values=_instead(value.values, asker))
    if kind is Tree:
        return replace(value, of=_instead(value.of, asker))
    if kind is Comparison or kind is Peers:
        return replace(value, conditions=_instead(value.conditions, asker))
    if kind is Cohort and value.seen is not None:
        return replace(value, seen=_instead(value.seen, asker))
    return value
