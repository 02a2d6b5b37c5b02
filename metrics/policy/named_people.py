"""Which people the conditions of a question speak of, by what is known of each: id, name, e-mail, manager, team,
region."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property

from metrics.calendar.span import Span
from metrics.model.schema import Model
from metrics.people import Org
from metrics.plan.bound import Condition, Tree

__all__ = ["Named", "group_field", "is_personal"]

Conditions = tuple[Condition | Tree, ...]
_COMPARED: dict[str, Callable[[str, list[str]], bool]] = {
    "lt": lambda mark, ends: mark < ends[0],
    "le": lambda mark, ends: mark <= ends[0],
    "gt": lambda mark, ends: mark > ends[0],
    "ge": lambda mark, ends: mark >= ends[0],
    "between": lambda mark, ends: ends[0] <= mark <= ends[1],
}


def group_field(model: Model, field: str) -> bool:
    """Whether the field is the team or the region of people."""
    return model.people is not None and field in (model.people.team, model.people.region)


def is_personal(model: Model, field: str) -> bool:
    """Whether a member of the field is one person: id, name, another name or e-mail."""
    people = model.people
    return people is not None and field in (people.id, people.name, people.email, *people.aliases)


class Named:
    """The people who sell, seen through the conditions of one question over one window."""

    def __init__(self, model: Model, org: Org, conditions: Conditions, window: Span) -> None:
        self._model = model
        self._org = org
        self._conditions = conditions
        self._window = window

    def knows(self, field: str) -> bool:
        """Whether people are told apart by this field here."""
        model = self._model
        people = model.people
        return (
            is_personal(model, field)
            or group_field(model, field)
            or (people is not None and field in (people.manager, people.role))
        )

    def dated(self, field: str) -> bool:
        """Whether somebody can have several members of the field, at different times."""
        return self._of_stints(self._marks.get(field, ""))

    def among(self, conditions: Iterable[Condition | Tree]) -> frozenset[str]:
        """Ids of the people who meet all conditions on people; other conditions say nothing about who."""
        found = self._org.sellers
        for condition in conditions:
            met = self._who(condition)
            found = found & met if met is not self._org.sellers else found
        return found

    def _who(self, condition: Condition | Tree) -> frozenset[str]:
        """Ids of the people, some of whom may not sell, who meet one condition; all who sell where it says nothing."""
        org = self._org
        if isinstance(condition, Tree):
            parts = [self._who(part) for part in condition.of]
            return org.sellers.intersection(*parts) if condition.op == "and" else frozenset[str]().union(*parts)
        if condition.op == "below":
            return org.subtree(str(condition.values[0]))
        if condition.op in ("in", "not_in") and self.knows(condition.field):
            marked = self._marked(self._marks.get(condition.field, "aliases"))
            met = frozenset[str]().union(*(marked.get(value, ()) for value in condition.values))
            return met if condition.op == "in" else org.sellers - met
        if condition.op in _COMPARED and condition.field in self._marks:
            meets, ends = _COMPARED[condition.op], [str(v) for v in condition.values]
            marked = self._marked(self._marks[condition.field])
            return frozenset[str]().union(
                *(ids for mark, ids in marked.items() if mark is not None and meets(str(mark), ends))
            )
        return org.sellers

    def _marked(self, mark: str) -> Mapping[object, frozenset[str]]:
        """Who has which mark; of teams and regions that have a history, who was there in the window."""
        if not self._of_stints(mark):
            return self._org.marked(mark)
        window = self._window
        return self._org.was_in(mark, window.start, self._last)

    def _of_stints(self, mark: str) -> bool:
        people = self._model.people
        field = getattr(people, mark) if people is not None and mark in ("team", "region") else None
        return field is not None and people is not None and bool(people.dated) and field.startswith(f"{people.dated}.")

    @property
    def _last(self) -> dt.date:
        window = self._window
        return max(window.end, window.full_end if window.empty else window.end)

    @cached_property
    def _marks(self) -> dict[str | None, str]:
        """Field -> what a Person calls it; under None nothing that is asked about."""
        people = self._model.people
        if people is None:
            return {}
        return {
            people.id: "id",
            people.name: "name",
            people.email: "email",
            people.manager: "manager_id",
            people.role: "role",
            people.team: "team",
            people.region: "region",
            people.active_from: "active_from",
            people.active_to: "active_to",
        }

    def scopes_around(self, group: tuple[Condition, ...]) -> Iterator[tuple[Condition, ...]]:
        """The published scopes that hold a team, a region or everybody, widest first, the group itself last."""
        people = self._model.people
        if people is None or not group:
            yield ()
            return
        yield ()
        (own,) = group
        if own.field == people.team and people.region is not None:
            regions = {p.region for p in map(self._org.people.__getitem__, self.among(group))}
            if len(regions) == 1 and None not in regions:
                yield (Condition(people.region, "in", tuple(regions)),)
        yield group

    def of_one_group(self, ids: Collection[str], own: Collection[str]) -> bool:
        """Whether all of these people are of one team, or one region, to which none of `own` belongs."""
        known = self._org.people

        def marks(chosen: Collection[str], mark: str) -> Iterator[str | None]:
            return (getattr(known[i], mark) for i in chosen if i in known)

        def foreign(mark: str) -> bool:
            group = next(marks(ids, mark), None)
            # mostly the second is of another one already, however many there are
            return group is not None and all(m == group for m in marks(ids, mark)) and group not in marks(own, mark)

        return foreign("team") or foreign("region")

    def group(self, field: str, member: object) -> frozenset[str]:
        """Ids of the people of a team or region."""
        return self.among((Condition(field, "in", (str(member),)),))

    def members_of(self, field: str, ids: Collection[str]) -> frozenset[str]:
        """The teams or regions that people are of."""
        mark = self._marks[field]
        if self._of_stints(mark):
            return frozenset(str(m) for m, there in self._marked(mark).items() if m is not None and there & set(ids))
        found = (getattr(self._org.people[i], mark) for i in ids)
        return frozenset(m for m in found if m is not None)

    def moved(self, group: tuple[Condition, ...], start: dt.date | None, end: dt.date) -> bool:
        """Whether somebody who was of the group in [start, end) came from another or went to another meanwhile."""
        for condition in group:
            if self.dated(condition.field):
                there = self._org.was_in(self._marks[condition.field], start, end)
                who = frozenset[str]().union(*(there.get(value, ()) for value in condition.values))
                if any(self._org.moved(person, start, end) for person in who):
                    return True
        return False

    def groups_seen(self, field: str, visible: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
        """(teams or regions of which everybody is visible, those of which somebody is) among the people asked about who
        were active in the window; groups of which nobody is visible are in neither."""
        asked = self.among(self._conditions)
        whole: set[str] = set()
        part: set[str] = set()
        for member in map(str, self._marked(self._marks[field]).keys() - {None}):
            group = self.active(self.group(field, member) & asked)
            if group and group <= set(visible):
                whole.add(member)
            elif any(p in visible for p in group):
                part.add(member)
        return frozenset(whole), frozenset(part)

    def active(self, ids: Collection[str]) -> frozenset[str]:
        """Those employed on at least one day of the window asked about."""
        window = self._window
        if window.start is None:
            return frozenset(ids)
        start, end = window.start, self._last
        people, dated = self._org.people, self._org.dated
        gone = {i for i in dated.intersection(ids) if not people[i].active(start, end)}
        return frozenset(ids).difference(gone) if gone else frozenset(ids)

    def any_active(self, ids: Collection[str], *, but: frozenset[str]) -> bool:
        """Whether somebody else than these is among them: mostly the first settles it, however many there are."""
        if not ids or but.issuperset(ids):
            return False
        window, dated = self._window, self._org.dated
        if window.start is None:
            return True
        return any(i not in but and (i not in dated or self.active((i,))) for i in ids)

    def first_name(self, ids: Collection[str]) -> str:
        return min((self._org.people[i].name for i in ids), default="")

    def label(self, condition: Condition) -> str:
        """The members of a condition as they were named; a manager by name."""
        people = self._model.people
        if people is not None and condition.field == people.manager:
            return ", ".join(
                self._org.people[str(v)].name if str(v) in self._org.people else str(v) for v in condition.values
            )
        return ", ".join(map(str, condition.values))
