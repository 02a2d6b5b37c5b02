"""The same questions asked of many people: of all at once where that gives what each would be told, else one by one."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from metrics.calendar.span import Span
from metrics.engines.protocol import Columns, Rendered
from metrics.errors import TooLarge, UnknownName, UserError
from metrics.loaded import Loaded
from metrics.many.alike import Group, Sights, lonely
from metrics.many.crowds import Crowd, Crowds
from metrics.many.many import Many, Part, Rows
from metrics.many.merging import Merged, Statement, compared_over, merged
from metrics.many.together import Level, apart, levelled
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
        members: Mapping[str, Sequence[Asked]],
        viewer: Viewer,
        loaded: Loaded,
        as_of: dt.datetime,
        day: dt.date,
        *,
        run: Run,
        tell: Tell,
        notes: Sequence[Note],
        max_rows: int,
    ) -> tuple[Many, dict[str, Many]]:
        """Of the people, and of each field of `members` the numbers of all of its members for a `viewer` who sees
        everything: `Many` with members in place of people. Each says how many statements there were in all.

        `day`: of `as_of`; `run`: a statement; `tell`: a question to one person; `notes`: of the data as a whole."""
        one = list({p.id: p for p in people}.values())
        sights = Sights.of(one, self._prepared.model, loaded.org)
        asking = _Asking(self._prepared, self._for_many, self._teller, loaded, day, run, tell, sights)
        asking.gather(questions, Group(one, sights))
        starts = {field_id: asking.gather_members(asked, field_id, viewer) for field_id, asked in members.items()}
        asking.ask()

        def many(own: Sequence[Asked], start: int) -> Many:
            end = start + len(own)
            return Many(
                own,
                asking.parts[start:end],
                {(n - start, who): table for (n, who), table in asking.tables.items() if start <= n < end},
                {(n - start, who): error for (n, who), error in asking.refused.items() if start <= n < end},
                notes=notes,
                as_of=as_of,
                max_rows=max_rows,
                alone=asking.alone,
                statements=asking.statements,
            )

        return many(questions, 0), {field_id: many(asked, starts[field_id]) for field_id, asked in members.items()}


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
    crowds: list[tuple[int, Crowd]] = field(default_factory=list)  # with the numbers of their questions
    parts: list[list[Part]] = field(default_factory=list)
    tables: dict[tuple[int, str], Table] = field(default_factory=dict)
    refused: dict[tuple[int, str], UserError] = field(default_factory=dict)
    known_lonely: dict[tuple[frozenset[str], frozenset[Span]], frozenset[str]] = field(default_factory=dict)
    alone: int = 0
    statements: int = 0

    def gather(self, questions: Sequence[Asked], people: Group) -> None:
        """Of people, before members: theirs are the first questions."""
        self.parts = [[] for _ in questions]
        self.gathered = [self._gathered(asked, people) for asked in questions]
        self.crowds = [(number, crowd) for number, made in enumerate(self.gathered) for crowd in made.found]

    def gather_members(self, questions: Sequence[Asked], field_id: str, viewer: Viewer) -> int:
        """Of every member of a field; gives the number of the first question."""
        start = len(self.parts)
        self.parts += [[] for _ in questions]
        for number, question in enumerate(questions, start):
            asked = question.model_copy(update={"by": (field_id,), "scope": "all", "population": "all"})
            try:
                told = self.teller.tell(asked, self.loaded, viewer, Audience.only_viewer(), self.day)
            except UserError as error:
                self.refused[number, ""] = error
            else:
                self.crowds.append((number, Crowd(Turned(asked, field_id, (), True), {"": ""}, told, whole=True)))
        return start

    def ask(self) -> None:
        starts = Starts(self.loaded.coverage, self.sights)
        for levels in levelled(self.crowds):
            self._answer(levels, starts)
        for number, made in enumerate(self.gathered):
            self.refused |= {(number, who): error for who, error in made.refused.items()}
            self._one_by_one(number, made)

    def run(self, rendered: Rendered) -> Columns:
        self.statements += 1
        result = self.run_one(rendered)
        if result.truncated:
            raise TooLarge("too_many_rows")
        return result

    # --- inside ------------------------------------------------------------------------------------------------------

    def _answer(self, levels: Sequence[Level], starts: Starts) -> None:
        """By one statement. Who is not in it after all is left."""
        turned, least = [[crowd.turned for _, crowd in level] for level in levels], levels[0][0][1].least
        try:
            made = merged(turned, self.loaded, self.for_many, self.day, least=least)
        except UserError:  # rare: one of them means nothing when turned
            fewer = apart(levels)
            for some in fewer:
                self._answer(some, starts)
            if not fewer:
                self._leave(*levels[0][0])
            return
        fit = [
            [self._fitting(crowd, needs, starts) for (_, crowd), needs in zip(level, one.needs, strict=True)]
            for level, one in zip(levels, made.levels, strict=True)
        ]
        rows = self._rows(made) if any(map(any, fit)) else None
        for place, level in enumerate(levels):
            for one, members, places in zip(level, fit[place], made.levels[place].places, strict=True):
                if rows is None or not members:
                    self._leave(*one)
                else:
                    self._put(*one, members, rows[place], made.levels[place], places)

    def _put(
        self, number: int, crowd: Crowd, members: Mapping[str, str], rows: Rows, made: Merged, places: tuple[int, ...]
    ) -> None:
        if crowd.whole:  # its table says of whom each row is
            members, places = rows.everybody, (made.key, *places)
        elif crowd.turned.plain and not rows.members.issuperset(members.values()):  # each must have a row
            members = {who: whose for who, whose in members.items() if whose in rows.members}
        told = crowd.told if crowd.whole else self._told(number, crowd, members)
        if isinstance(told, UserError):
            self._leave(number, crowd)
            return
        self.parts[number].append(Part(rows, places, members, told, made.said))
        if not crowd.whole and members is not crowd.members:
            self._left(number, [who for who in crowd.members if who not in members])

    def _leave(self, number: int, crowd: Crowd) -> None:
        """To be asked without the others: of members, because something of them is n/a as there are no rows yet."""
        if not crowd.whole:
            self._left(number, crowd.members)
            return
        self.alone += 1
        result = self.run(crowd.told.rendered)
        rows = Rows(crowd.told.rendered, self.loaded.version, result.columns[0], result.columns)
        self.parts[number].append(Part(rows, range(len(result.columns)), rows.everybody, crowd.told))

    def _left(self, number: int, people: Iterable[str]) -> None:
        self.gathered[number].left += [self.loaded.org.people[who] for who in people]

    def _fitting(self, crowd: Crowd, needs: Needs, starts: Starts) -> Mapping[str, str]:
        if crowd.whole:
            return crowd.members if starts.known_of_all(needs) else {}
        return starts.fitting(self._there(crowd, needs), needs)

    def _rows(self, made: Statement) -> list[Rows]:
        """Of each level."""
        columns, levels = self.run(made.rendered).columns, made.levels
        if len(levels) == 1:
            return [Rows(made.rendered, self.loaded.version, columns[levels[0].key], columns)]
        ends = [bisect_left(columns[0], number) for number in range(len(levels) + 1)]
        parts = [[column[a:b] for column in columns] for a, b in pairwise(ends)]
        return [
            Rows(made.rendered, self.loaded.version, part[level.key], part)
            for part, level in zip(parts, levels, strict=True)
        ]

    def _gathered(self, asked: Asked, people: Group) -> Crowds:
        spans = partial(compared_over, loaded=self.loaded, prepared=self.for_many, day=self.day)
        made = Crowds(asked, self.loaded, self.prepared, self.teller, self.day, self.run, spans, self._lonely)
        made.gather(people)
        return made

    def _lonely(self, within: frozenset[str], spans: frozenset[Span]) -> frozenset[str]:
        if (within, spans) not in self.known_lonely:
            self.known_lonely[within, spans] = lonely(within, spans, self.prepared.model, self.loaded.org)
        return self.known_lonely[within, spans]

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
