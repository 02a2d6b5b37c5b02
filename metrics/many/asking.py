"""The same questions asked of many people: of all at once where that gives what each would be told, else one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from metrics.calendar.span import Span
from metrics.engines.protocol import Columns, Rendered
from metrics.errors import TooLarge, UnknownName, UserError
from metrics.loaded import Loaded
from metrics.many.alike import Group, Sights, lonely
from metrics.many.crowds import Crowd, Crowds
from metrics.many.many import Many, Part, Rows
from metrics.many.merging import Merged, compared_over, merged
from metrics.many.turning import Turned, names_people, prepared_for_many, speaks_of_viewer
from metrics.many.windows import Needs, Starts
from metrics.people import Audience, Person, Viewer
from metrics.plan.compile.prepared import Prepared
from metrics.policy.named_people import Named
from metrics.query.answer import Note
from metrics.query.asked import Asked
from metrics.query.table import Table
from metrics.telling import Teller, Told

__all__ = ["ManyTeller"]

_MOST_COLUMNS = 60  # of one statement

Run = Callable[[Rendered], Columns]
Tell = Callable[[Asked, Person], Table]


class ManyTeller:
    """For one model. Thread-safe."""

    def __init__(self, prepared: Prepared, teller: Teller) -> None:
        self._prepared, self._teller = prepared, teller
        self._for_many = prepared_for_many(prepared)

    def tell(
        self,
        questions: Sequence[Asked],
        people: Sequence[Person],
        loaded: Loaded,
        as_of: dt.datetime,
        day: dt.date,
        *,
        run: Run,
        tell: Tell,
        notes: Sequence[Note],
        max_rows: int,
    ) -> Many:
        """`day`: of `as_of`; `run`: a statement; `tell`: a question to one person; `notes`: of the data as a whole."""
        one = list({p.id: p for p in people}.values())
        sights = Sights.of(one, self._prepared.model, loaded.org)
        asking = _Asking(self._prepared, self._for_many, self._teller, loaded, day, run, tell, sights)
        asking.ask(questions, Group(one, sights))
        return Many(
            questions,
            asking.parts,
            asking.tables,
            asking.refused,
            notes=notes,
            as_of=as_of,
            max_rows=max_rows,
            alone=asking.alone,
            statements=asking.statements,
        )

    def tell_members(
        self,
        questions: Sequence[Asked],
        field_id: str,
        viewer: Viewer,
        loaded: Loaded,
        as_of: dt.datetime,
        day: dt.date,
        *,
        run: Run,
        notes: Sequence[Note],
        max_rows: int,
    ) -> Many:
        """Numbers of every member of a field, for who sees everything: `Many` with members in place of people."""
        asking = _Asking(self._prepared, self._for_many, self._teller, loaded, day, run, _nobody, Sights({}, {}))
        asking.ask_members(questions, field_id, viewer)
        return Many(
            questions,
            asking.parts,
            {},
            asking.refused,
            notes=notes,
            as_of=as_of,
            max_rows=max_rows,
            alone=asking.alone,
            statements=asking.statements,
        )


def _nobody(asked: Asked, person: Person) -> Table:
    raise AssertionError("members of a field are nobody to be asked alone")


@dataclass
class _Asking:
    prepared: Prepared
    for_many: Prepared
    teller: Teller
    loaded: Loaded
    day: dt.date
    run_one: Run
    tell: Tell
    sights: Sights
    gathered: list[Crowds] = field(default_factory=list)
    parts: list[list[Part]] = field(default_factory=list)
    tables: dict[tuple[int, str], Table] = field(default_factory=dict)
    refused: dict[tuple[int, str], UserError] = field(default_factory=dict)
    known_lonely: dict[tuple[frozenset[str], frozenset[Span]], frozenset[str]] = field(default_factory=dict)
    alone: int = 0
    statements: int = 0

    def ask(self, questions: Sequence[Asked], people: Group) -> None:
        self.parts = [[] for _ in questions]
        self.gathered = [self._gathered(asked, people) for asked in questions]
        crowds = [(number, crowd) for number, made in enumerate(self.gathered) for crowd in made.found]
        starts = Starts(self.loaded.coverage, self.sights)
        for together in _together(crowds):
            for number, left in self._answered(together, starts):
                org = self.loaded.org.people
                self.gathered[number].left += [org[who] for who in left]
        for number, made in enumerate(self.gathered):
            self.refused |= {(number, who): error for who, error in made.refused.items()}
            self._one_by_one(number, made)

    def ask_members(self, questions: Sequence[Asked], field_id: str, viewer: Viewer) -> None:
        self.parts = [[] for _ in questions]
        together: list[tuple[int, Crowd]] = []
        for number, question in enumerate(questions):
            asked = question.model_copy(update={"by": (field_id,), "scope": "all", "population": "all"})
            try:
                told = self.teller.tell(asked, self.loaded, viewer, Audience.only_viewer(), self.day)
            except UserError as error:
                self.refused[number, ""] = error
                continue
            together.append((number, Crowd(Turned(asked, field_id, (), True), {}, told)))
        starts = Starts(self.loaded.coverage, self.sights)
        for group in _together(together):
            made = merged([c.turned for _, c in group], self.loaded, self.for_many, self.day, least=0)
            rows = self._rows(made)
            for (number, crowd), needs, places in zip(group, made.needs, made.places, strict=True):
                if starts.known_of_all(needs):
                    members = {who: who for who in rows.members}
                    self.parts[number].append(Part(rows, (made.key, *places), members, crowd.told, made.said))
                else:
                    self.parts[number].append(self._members_alone(crowd))

    def _members_alone(self, crowd: Crowd) -> Part:
        """Something of it is n/a, because there are no rows yet: as it is told by itself."""
        self.alone += 1
        result = self.run(crowd.told.rendered)
        rows = Rows(crowd.told.rendered, self.loaded.version, result.columns[0], result.columns)
        return Part(rows, range(len(result.columns)), {who: who for who in rows.members}, crowd.told)

    def run(self, rendered: Rendered) -> Columns:
        self.statements += 1
        result = self.run_one(rendered)
        if result.truncated:
            raise TooLarge("too_many_rows")
        return result

    # --- inside ------------------------------------------------------------------------------------------------------

    def _gathered(self, asked: Asked, people: Group) -> Crowds:
        spans = partial(compared_over, loaded=self.loaded, prepared=self.for_many, day=self.day)
        made = Crowds(asked, self.loaded, self.prepared, self.teller, self.day, self.run, spans, self._lonely)
        made.gather(people)
        return made

    def _lonely(self, within: frozenset[str], spans: frozenset[Span]) -> frozenset[str]:
        if (within, spans) not in self.known_lonely:
            self.known_lonely[within, spans] = lonely(within, spans, self.prepared.model, self.loaded.org)
        return self.known_lonely[within, spans]

    def _answered(self, together: Sequence[tuple[int, Crowd]], starts: Starts) -> Iterator[tuple[int, list[str]]]:
        """Run the statement of several questions; gives of each who is not in it after all."""
        turned, least = [crowd.turned for _, crowd in together], together[0][1].least
        try:
            made = merged(turned, self.loaded, self.for_many, self.day, least=least)
        except UserError:  # rare: one of them means nothing when turned
            for number, crowd in together:
                if len(together) > 1:
                    yield from self._answered([(number, crowd)], starts)
                else:
                    yield number, list(crowd.members)
            return
        fit = [
            starts.fitting(self._there(crowd, needs), needs)
            for (_, crowd), needs in zip(together, made.needs, strict=True)
        ]
        rows = self._rows(made) if any(fit) else None
        for (number, crowd), members, places in zip(together, fit, made.places, strict=True):
            if rows is None:
                yield number, list(crowd.members)
                continue
            if crowd.turned.plain and not rows.members.issuperset(members.values()):  # each must have a row
                members = {who: whose for who, whose in members.items() if whose in rows.members}
            told = self._told(number, crowd, members)
            if isinstance(told, UserError):
                yield number, list(crowd.members)
                continue
            self.parts[number].append(Part(rows, places, members, told, made.said))
            yield number, [who for who in crowd.members if who not in members] if members is not crowd.members else []

    def _told(self, number: int, crowd: Crowd, members: Mapping[str, str]) -> Told | UserError:
        """What one of them is told: whoever was asked of the crowd may be told something else, and not be of them."""
        who = crowd.told.world.viewer.person
        if not members or (who is not None and who.id in members):
            return crowd.told
        return self.gathered[number].told(self.loaded.org.people[next(iter(members))])

    def _there(self, crowd: Crowd, needs: Needs) -> Mapping[str, str]:
        if not crowd.turned.in_buckets:
            return crowd.members
        model, org = self.prepared.model, self.loaded.org
        active = [Named(model, org, (), span).active(org.sellers) for span in needs.active]
        return {who: whose for who, whose in crowd.members.items() if all(whose in there for there in active)}

    def _rows(self, made: Merged) -> Rows:
        result = self.run(made.rendered)
        return Rows(made.rendered, self.loaded.version, result.columns[made.key], result.columns)

    def _one_by_one(self, number: int, made: Crowds) -> None:
        asked, left = made.asked, made.left
        if not speaks_of_viewer(asked):
            groups: dict[frozenset[str] | None, list[Person]] = {}
            for person in left:
                groups.setdefault(self.sights.rows_of(person.id), []).append(person)
            for group in groups.values():
                self._tell(number, asked, group)
            return
        left = self._not_refused(number, made)
        for person in left:
            self._tell(number, asked, [person])

    def _not_refused(self, number: int, made: Crowds) -> list[Person]:
        """Without those who are refused as somebody is between whom and them it makes no difference."""
        if names_people(made.asked, self.prepared):
            return made.left
        gone: set[str] = set()
        for group in Group(made.left, self.sights).of_kind("own").by_marks():
            first = group.people[0]
            told = made.told(first) if len(group) > 1 else None
            if isinstance(told, UserError) and not isinstance(told, UnknownName) and told.subject != first.name:
                self.refused |= {(number, who): told for who in group.ids}
                gone.update(group.ids)
        return [p for p in made.left if p.id not in gone]

    def _tell(self, number: int, asked: Asked, people: Sequence[Person]) -> None:
        """What the first is told, all are."""
        self.alone += len(people) == 1
        self.statements += len(people) > 1
        try:
            table = self.tell(asked, people[0])
        except UserError as error:
            self.refused |= {(number, p.id): error for p in people}
        else:
            self.tables |= {(number, p.id): table for p in people}


def _together(crowds: Sequence[tuple[int, Crowd]]) -> Iterator[list[tuple[int, Crowd]]]:
    """Those that can share a statement: plain ones of the same key and reserve."""
    open_ones: dict[tuple[str, int], list[tuple[int, Crowd]]] = {}
    for one in crowds:
        crowd = one[1]
        if not crowd.turned.plain:
            yield [one]
            continue
        group = open_ones.setdefault((crowd.turned.key, crowd.least), [])
        if group and sum(len(c.turned.asked.show) for _, c in (*group, one)) > _MOST_COLUMNS:
            yield open_ones.pop((crowd.turned.key, crowd.least))
            group = open_ones.setdefault((crowd.turned.key, crowd.least), [])
        group.append(one)
    yield from open_ones.values()
