"""The people of whom one statement gives what each of them would be told, and what one of them is told of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from metrics.calendar.span import Span
from metrics.engines.protocol import Columns, Rendered
from metrics.errors import UserError
from metrics.loaded import Loaded
from metrics.many.alike import Group
from metrics.many.knowing import owners_of_members
from metrics.many.turning import Turned, conditioned, turned_to, within_of
from metrics.people import Audience, Person, Viewer
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import ANCESTOR
from metrics.policy import OTHERS
from metrics.query.asked import Asked
from metrics.telling import Teller, Told

__all__ = ["Crowd", "Crowds"]

FEW = 8  # for fewer people no statement is worth it


@dataclass(frozen=True)
class Crowd:
    """`members`: person -> the member of the key whose rows are theirs. `told`: what one of them was told the table is.
    `least`: of fewer with a number nothing is told of others, see `Sight.cohort`. `whole`: of every member of the key,
    for who sees everything; who they are is known when there are rows."""

    turned: Turned
    members: Mapping[str, str]
    told: Told
    least: int = 0
    whole: bool = False


@dataclass
class Crowds:
    """Of one question. `spans`: windows in which its people are compared, as far as they are known; `lonely`: see
    there. `left`: people who have to be asked one by one."""

    asked: Asked
    loaded: Loaded
    prepared: Prepared
    teller: Teller
    day: dt.date
    run: Callable[[Rendered], Columns]
    spans: Callable[[Turned], frozenset[Span] | None]
    lonely: Callable[[frozenset[str], frozenset[Span]], frozenset[str]]
    found: list[Crowd] = field(default_factory=list)
    refused: dict[str, UserError] = field(default_factory=dict)
    left: list[Person] = field(default_factory=list)

    def gather(self, people: Group) -> None:
        fields, reports = self.prepared.model.people, self.loaded.org.reports
        if fields is None or self._dated():
            self.left += people.people
        elif self.asked.scope == "team":
            managers = frozenset(who for who in people.ids if who in reports)
            self._turn(ANCESTOR, people.without(frozenset(people.ids.keys() - managers)))
            self._turn_group(fields.team, people.without(managers), lambda p: p.team)
        elif self.asked.scope == "region":
            self._turn_group(fields.region, people, lambda p: p.region)
        else:
            self.left += [p for p in people.people if not p.sells]
            self._turn(fields.id, people.sellers)

    def told(self, person: Person) -> Told | UserError:
        try:
            return self.teller.tell(self.asked, self.loaded, Viewer.of(person), Audience.only_viewer(), self.day)
        except UserError as error:
            return error

    # --- inside ------------------------------------------------------------------------------------------------------

    def _dated(self) -> bool:
        """Whether it is about teams or regions in which people were at different times: what one person may be told of
        them then tells nothing of the next."""
        dated = self.prepared.dated
        if not dated:
            return False
        groups = {"team", "region"}
        return bool(groups & {self.asked.scope, *(group for group, _ in within_of(self.asked))}) or any(
            f.partition(".")[0] == dated for f in (*self.asked.fields, *(f for f, _ in conditioned(self.asked)))
        )

    def _turn_group(self, key: str | None, people: Group, member: Callable[[Person], str | None]) -> None:
        """Of a team or region those who may see all of it for certain: who sees everything."""
        there = people.of_kind("all")
        self._leave(people, there)
        turned = turned_to(key, self.asked, self.prepared) if key is not None and len(there) >= FEW else None
        if turned is None:
            self.left += there.people
        else:
            members = {p.id: group for p in there.people if (group := member(p)) is not None}
            self.left += [p for p in there.people if p.id not in members]
            self._crowd(turned, there, members)

    def _turn(self, key: str, people: Group) -> None:
        """Of those who see at least the rows that they ask about."""
        turned = turned_to(key, self.asked, self.prepared) if len(people) >= FEW else None
        if turned is None:
            self.left += people.people
            return
        kept = self._who_know(turned, people)
        if not turned.owned:
            kept = kept.of_kind("all")
        compared = within_of(self.asked)
        if {"team", "region"} & {group for group, _ in compared}:
            kept = kept.without(frozenset(p.id for p in self.prepared.model.others))  # whose team is not their row's
        self._leave(people, kept)
        if not compared:
            self._crowd(turned, kept, kept.ids)
            return
        self.left += kept.of_kind("some").people
        self._crowd(turned, kept.of_kind("all"), kept.of_kind("all").ids)
        self._reserved(turned, kept.of_kind("own"))

    def _leave(self, people: Group, kept: Group) -> None:
        if kept is not people:
            self.left += [p for p in people.people if p.id not in kept.ids]

    def _who_know(self, turned: Turned, people: Group) -> Group:
        """Those for whom all members that are named exist."""
        listed = [m for m in turned.names if m[0] in self.loaded.known]
        if any(value not in self.loaded.known[field_id] for field_id, value in listed):
            return people.without(frozenset(people.ids))
        if not listed or len(people.of_kind("all")) == len(people):
            return people
        owners = owners_of_members(listed, self.loaded, self.prepared, self.run)

        def knows(who: str) -> bool:
            rows = people.sights.rows_of(who)
            return rows is None or not any(rows.isdisjoint(owners[m]) for m in listed)

        return people.without(frozenset(who for who in people.ids if not knows(who)))

    def _crowd(self, turned: Turned, people: Group, members: Mapping[str, str]) -> None:
        """People of whom nothing else makes a difference: what one is told of the table, all are."""
        if len(members) < FEW:
            self.left += [p for p in people.people if p.id in members]
            return
        told = self.told(next(p for p in people.people if p.id in members))
        if isinstance(told, UserError):
            self.refused |= dict.fromkeys(members, told)
        else:
            self.found.append(Crowd(turned, members, told))

    def _reserved(self, turned: Turned, people: Group) -> None:
        """People who see their own rows alone, of others only what is told of a cohort. Of an average it depends on
        their team and region whether it is, else only on whether there is anybody beside them."""
        spans = self.spans(turned) if len(people) >= FEW else None
        if spans is None:
            self.left += people.people
            return
        compared = within_of(self.asked)
        beside = people.without(self.lonely(frozenset(group for group, _ in compared), spans))
        self._leave(people, beside)
        groups = beside.by_marks() if any(average for _, average in compared) else [beside] if len(beside) else []
        members: list[Mapping[str, str]] = []
        first: Told | None = None
        for group in groups:
            told = self.told(group.people[0])
            if isinstance(told, UserError):
                self.refused |= dict.fromkeys(group.ids, told)
            else:
                first, members = first or told, [*members, group.ids]
        if first is not None:
            everybody = members[0] if len(members) == 1 else {who: who for ids in members for who in ids}
            self.found.append(Crowd(turned, everybody, first, OTHERS))
