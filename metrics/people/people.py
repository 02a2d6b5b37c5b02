"""Who asks and who will see: people, the org tree, viewers and audiences. Pure values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

__all__ = ["Audience", "Org", "Person", "Stint", "Viewer", "email_key"]

_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def email_key(address: str) -> str:
    """What two spellings of one e-mail address have in common. Only ASCII letters lose their case: `str.lower` makes a
    k of the Kelvin sign and `str.casefold` ss of ß, which are addresses of somebody else.

    >>> email_key(" Anna@Example.com"), email_key("\u212aate@example.com") == email_key("kate@example.com")
    ('anna@example.com', False)
    """
    return address.strip().translate(_LOWER)


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the organisation. `sells`: has a row in the people dataset (can own rows, can be ranked).

    `sees`: "own" (own rows and those of everyone below in the tree), "all", or a mapping field -> members
    (a regional lead: {"reps.region": ("East",)}) that is added to what the tree gives.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    email: str | None = None
    role: str = "rep"  # rep | manager | lead | ops | admin
    manager_id: str | None = None
    team: str | None = None
    region: str | None = None
    active_from: dt.date | None = None
    active_to: dt.date | None = None  # last day, inclusive
    timezone: str | None = None
    language: str | None = None
    sells: bool = True
    sees: str | tuple[tuple[str, tuple[str, ...]], ...] = "own"

    def active(self, start: dt.date, end: dt.date) -> bool:
        """Employed on at least one day of [start, end)."""
        return (self.active_from is None or self.active_from < end) and (
            self.active_to is None or self.active_to >= start
        )


@dataclass(frozen=True, slots=True)
class Stint:
    """Of one person the days (`last` inclusive) in one team and region."""

    person: str
    first: dt.date | None = None
    last: dt.date | None = None
    team: str | None = None
    region: str | None = None

    def touches(self, start: dt.date | None, end: dt.date) -> bool:
        """On at least one day of [start, end)."""
        return (self.first is None or self.first < end) and (self.last is None or start is None or self.last >= start)


@dataclass(frozen=True)
class Org:
    """All people and the tree made by `manager_id`. `stints`: where they were when, where that is known; those of one
    person follow each other, and `team` and `region` of a person are those of the last."""

    people: Mapping[str, Person]
    stints: tuple[Stint, ...] = ()

    @cached_property
    def reports(self) -> Mapping[str, tuple[str, ...]]:
        """Manager id -> ids of direct reports."""
        below: dict[str, list[str]] = {}
        for person in self.people.values():
            if person.manager_id is not None:
                below.setdefault(person.manager_id, []).append(person.id)
        return {k: tuple(v) for k, v in below.items()}

    @cached_property
    def sellers(self) -> frozenset[str]:
        """Ids of those who can own rows."""
        return frozenset(p.id for p in self.people.values() if p.sells)

    @cached_property
    def dated(self) -> frozenset[str]:
        """Ids of those of whom it is known when they came or left."""
        return frozenset(p.id for p in self.people.values() if p.active_from is not None or p.active_to is not None)

    def was_in(self, mark: str, start: dt.date | None, end: dt.date) -> Mapping[object, frozenset[str]]:
        """As `marked` for "team" and "region", of those who were there on a day of [start, end)."""
        found: dict[object, set[str]] = {}
        for stint in self.stints:
            if stint.touches(start, end) and stint.person in self.sellers:
                found.setdefault(getattr(stint, mark), set()).add(stint.person)
        return {value: frozenset(ids) for value, ids in found.items()}

    @cached_property
    def moves(self) -> Mapping[str, tuple[dt.date, ...]]:
        """Who changed team or region, and the days on which they did."""
        found: dict[str, list[dt.date]] = {}
        before: dict[str, Stint] = {}
        for stint in self.stints:
            known = before.get(stint.person)
            if known is not None and stint.first is not None:
                found.setdefault(stint.person, []).append(stint.first)
            before[stint.person] = stint
        return {person: tuple(days) for person, days in found.items()}

    def moved(self, person: str, start: dt.date | None, end: dt.date) -> bool:
        """Whether somebody changed team or region within [start, end)."""
        return any((start is None or start < day) and day < end for day in self.moves.get(person, ()))

    def marked(self, mark: str) -> Mapping[object, frozenset[str]]:
        """Of an attribute of Person ("team", "aliases"): each of its values, and the ids of those who sell and have
        it."""
        known = self._marked.get(mark)
        if known is None:
            found: dict[object, set[str]] = {}
            for person in (self.people[i] for i in self.sellers):
                value = getattr(person, mark)
                for one in value if isinstance(value, tuple) else (value,):
                    found.setdefault(one, set()).add(person.id)
            known = self._marked[mark] = {value: frozenset(ids) for value, ids in found.items()}
        return known

    @cached_property
    def _marked(self) -> dict[str, Mapping[object, frozenset[str]]]:
        return {}

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Person, ...]]:
        found: dict[str, dict[str, Person]] = {}
        for person in self.people.values():
            for word in (person.id, person.name, person.email, *person.aliases):
                if word:
                    found.setdefault(word.casefold(), {})[person.id] = person
        return {k: tuple(v.values()) for k, v in found.items()}

    @cached_property
    def by_email(self) -> Mapping[str, tuple[Person, ...]]:
        """`email_key` -> everybody with that address."""
        found: dict[str, tuple[Person, ...]] = {}
        for person in self.people.values():
            if person.email and person.email.strip():
                key = email_key(person.email)
                found[key] = (*found.get(key, ()), person)
        return found

    def find(self, text: str) -> Person | None:
        """By id, full name, alias or e-mail, case-insensitive; None when unknown or when two people share the name."""
        hits = self._by_name.get(text.strip().casefold(), ())
        exact = [p for p in hits if p.id == text]
        if exact:
            return exact[0]
        return hits[0] if len(hits) == 1 else None

    def subtree(self, person_id: str) -> frozenset[str]:
        """Ids of the person and everyone below."""
        known = self._subtrees.get(person_id)
        if known is None:
            known = self._subtrees[person_id] = self._below(person_id)
        return known

    @cached_property
    def _subtrees(self) -> dict[str, frozenset[str]]:
        return {}

    def _below(self, person_id: str) -> frozenset[str]:
        seen: set[str] = set()
        todo = [person_id]
        while todo:
            current = todo.pop()
            if current not in seen:
                seen.add(current)
                todo.extend(self.reports.get(current, ()))
        return frozenset(seen)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. `system` viewers (the scheduler computing for everybody at once) see all rows and must say why; what
    they compute is cut per recipient inside `metrics` before it leaves."""

    person: Person | None
    system: str = ""  # the reason, when this is no person

    @staticmethod
    def of(person: Person) -> Viewer:
        return Viewer(person)

    @staticmethod
    def for_system(reason: str) -> Viewer:
        return Viewer(None, reason)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who will see the answer. `members` None: only the viewer (a DM). In a channel: every member who may read it;
    `unknown` counts members that are no known person (they may see nothing but public figures)."""

    members: tuple[Person, ...] | None = None
    unknown: int = 0
    name: str = field(default="", compare=False)

    @staticmethod
    def only_viewer() -> Audience:
        return Audience(None)

    @staticmethod
    def channel(members: Iterable[Person], *, unknown: int = 0, name: str = "") -> Audience:
        return Audience(tuple(members), unknown, name)
