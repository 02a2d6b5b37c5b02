"""Who is told alike: people of whom one can be asked for all what they are told of others, and whether.

Nothing here decides what may be told: that is asked of `metrics.policy`, once for people between whom it makes no
difference. Groups are taken apart once, however many questions are asked of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from metrics.calendar.span import Span
from metrics.model.schema import Model
from metrics.people import Audience, Org, Person, Viewer
from metrics.policy import visible
from metrics.policy.named_people import Named

__all__ = ["Group", "Sights", "lonely"]

Kind = Literal["all", "own", "some"]


@dataclass(frozen=True)
class Sights:
    """Of each person whose rows they see: everybody's ("all"), their own alone ("own"), or those of `seen` ("some")."""

    kinds: Mapping[str, Kind]
    seen: Mapping[str, frozenset[str]]

    @staticmethod
    def of(people: Collection[Person], model: Model, org: Org) -> Sights:
        kinds: dict[str, Kind] = {}
        seen: dict[str, frozenset[str]] = {}
        audience, everyone = Audience.only_viewer(), model.access.visibility == "everyone"
        for person in people:
            if everyone or person.sees == "all":
                kinds[person.id] = "all"
            elif person.sees == "own" and person.id not in org.reports:
                kinds[person.id] = "own"
            else:
                rows = visible(Viewer.of(person), audience, model=model, org=org)
                kinds[person.id] = "all" if rows is None else "some"
                if rows is not None:
                    seen[person.id] = rows.people
        return Sights(kinds, seen)

    def rows_of(self, person: str) -> frozenset[str] | None:
        """Whose rows somebody sees; None: everybody's."""
        return None if self.kinds[person] == "all" else self.seen.get(person, frozenset({person}))


class Group:
    """Some people, each once."""

    def __init__(self, people: Collection[Person], sights: Sights) -> None:
        self.people, self.sights = tuple(people), sights
        self._without: dict[frozenset[str], Group] = {}

    def __len__(self) -> int:
        return len(self.people)

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """Id -> id: who is told their own row."""
        return {p.id: p.id for p in self.people}

    @cached_property
    def sellers(self) -> Group:
        return self._those([p for p in self.people if p.sells])

    @cached_property
    def _by_kind(self) -> Mapping[Kind, Group]:
        kinds = self.sights.kinds
        found: dict[Kind, list[Person]] = {"all": [], "own": [], "some": []}
        for person in self.people:
            found[kinds[person.id]].append(person)
        return {kind: self._those(people) for kind, people in found.items()}

    def of_kind(self, kind: Kind) -> Group:
        return self._by_kind[kind]

    def without(self, others: frozenset[str]) -> Group:
        if others.isdisjoint(self.ids):
            return self
        if others not in self._without:
            self._without[others] = self._those([p for p in self.people if p.id not in others])
        return self._without[others]

    def by_marks(self) -> list[Group]:
        """Of people who see their own rows alone, those between whom it can make no difference to what they are told of
        others."""
        found: dict[object, list[Person]] = {}
        for p in self.people:
            marks = (p.team, p.region, p.role, p.manager_id, p.sells, p.active_from, p.active_to)
            found.setdefault(marks, []).append(p)
        return [self._those(people) for people in found.values()]

    def _those(self, people: Collection[Person]) -> Group:
        return self if len(people) == len(self.people) else Group(people, self.sights)


def lonely(within: Collection[str], spans: Collection[Span], model: Model, org: Org) -> frozenset[str]:
    """Who has nobody beside them in one of the groups ("all" | "team" | "region") in one of the windows: then nobody is
    hidden from who sees their own rows alone, and all of the group may be told."""
    found: set[str] = set()
    for span in spans:
        active = Named(model, org, (), span).active(org.sellers)
        for group in within:
            for ids in [org.sellers] if group == "all" else org.marked(group).values():
                there = ids & active
                if len(there) < 2:
                    found.update(there or ids)
    return frozenset(found)
