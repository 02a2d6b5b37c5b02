"""What many people are told: columns of numbers for all of them, and each one's table when it is wanted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import eq
from typing import Any

from metrics.engines.protocol import Rendered, Result
from metrics.errors import UserError
from metrics.plan.grid.remarks import Aimed
from metrics.query.answer import Cell, Note
from metrics.query.asked import Asked
from metrics.query.table import Table
from metrics.tabling import tabled
from metrics.telling import Told

__all__ = ["Many", "Part", "Rows", "Values"]


@dataclass(frozen=True, slots=True)
class Values:
    """A column: person ids and, in the same order, their values; None is n/a. Who is told nothing is not in it."""

    people: Sequence[str]
    values: Sequence[Cell]

    def by_person(self) -> dict[str, Cell]:
        return dict(zip(self.people, self.values, strict=True))


class Rows:
    """Rows of a statement: `whose` they are, and `columns` of values."""

    def __init__(
        self, rendered: Rendered, version: str, whose: Sequence[str], columns: Sequence[Sequence[Any]]
    ) -> None:
        self.rendered, self.version, self.whose, self.columns = rendered, version, whose, columns
        self._picked: dict[int, tuple[Mapping[str, str], tuple[Sequence[str], Sequence[int] | None]]] = {}

    @cached_property
    def numbers(self) -> Mapping[str, list[int]]:
        """Member -> the numbers of its rows."""
        found: dict[str, list[int]] = {}
        for number, who in enumerate(self.whose):
            found.setdefault(who, []).append(number)
        return found

    @cached_property
    def members(self) -> frozenset[str]:
        return frozenset(self.whose)

    @cached_property
    def everybody(self) -> Mapping[str, str]:
        """Each member -> itself: told its own rows."""
        return {who: who for who in self.members}

    def picked(self, members: Mapping[str, str]) -> tuple[Sequence[str], Sequence[int] | None]:
        """Of people, each with a member whose rows they are told, those with one row, and its number; no numbers where
        these are all rows in their order. Found once for all columns of the same people."""
        known = self._picked.get(id(members))
        if known is None or known[0] is not members:
            known = self._picked[id(members)] = (members, self._pick(members))
        return known[1]

    def _pick(self, members: Mapping[str, str]) -> tuple[Sequence[str], Sequence[int] | None]:
        one = {who: number for number, who in enumerate(self.whose)}
        if len(one) < len(self.whose):  # some have several rows
            one = {who: numbers[0] for who, numbers in self.numbers.items() if len(numbers) == 1}
        elif members.keys() == one.keys() and all(map(eq, members, members.values())):
            return self.whose, None
        found = {who: one[whose] for who, whose in members.items() if whose in one}
        return list(found), list(found.values())


@dataclass(frozen=True)
class Part:
    """The rows of a question: `places` of its columns in them. `members`: person -> whose rows they are told. `told`:
    what one of them was told the table is. `said`: where the rows say which targets were taken."""

    rows: Rows
    places: Sequence[int]
    members: Mapping[str, str]
    told: Told
    said: Mapping[Aimed, int] = field(default_factory=dict)

    def values(self, name: str) -> Values:
        """The column of this name, for those with one row. Raises KeyError."""
        names = [c.name for c in self.told.columns]
        if name not in names:
            raise KeyError(name)
        column = self.rows.columns[self.places[names.index(name)]]
        people, numbers = self.rows.picked(self.members)
        return Values(people, column if numbers is None else [column[number] for number in numbers])

    def row_of(self, person: str) -> Iterator[tuple[Cell, ...]]:
        """Each row, and behind it what it says of targets."""
        behind = [self.said.get(aimed) for aimed in self.told.world.remarks.aimed]
        places = [*self.places, *behind]
        for number in self.rows.numbers.get(self.members[person], ()):
            yield tuple(None if place is None else self.rows.columns[place][number] for place in places)


class Many:
    """What `Metrics.tell_many` gives. `alone`: how many (question, person) were asked one by one, because no statement
    for several gives what they would be told. `statements`: how many were run for all others. `notes`: of the data."""

    def __init__(
        self,
        questions: Sequence[Asked],
        parts: Sequence[Sequence[Part]],
        tables: Mapping[tuple[int, str], Table],
        refused: Mapping[tuple[int, str], UserError],
        *,
        notes: Sequence[Note],
        as_of: dt.datetime,
        max_rows: int,
        alone: int,
        statements: int,
    ) -> None:
        self.questions = tuple(questions)
        self.alone, self.statements = alone, statements
        self._parts, self._tables, self._refused = parts, tables, refused
        self._as_of, self._max_rows, self._notes = as_of, max_rows, notes

    def column(self, question: Asked, name: str) -> Values:
        """The column of this name, of everybody who is told something and has one row. Raises KeyError for a column
        that is not there."""
        number = self._number(question)
        found = [part.values(name) for part in self._parts[number]]
        for (asked, who), table in self._tables.items():
            if asked == number and len(table.rows) == 1:
                place = [c.name for c in table.columns].index(name)
                found.append(Values((who,), (table.rows[0][place],)))
        if len(found) == 1:
            return found[0]
        return Values([p for one in found for p in one.people], [v for one in found for v in one.values])

    def columns(self, question: Asked) -> tuple[str, ...]:
        """The names of its columns; none where nobody is told anything."""
        number = self._number(question)
        told = [part.told.columns for part in self._parts[number]]
        told += [table.columns for (asked, _), table in self._tables.items() if asked == number]
        return tuple(column.name for column in told[0]) if told else ()

    def table(self, question: Asked, person: str) -> Table | None:
        """What `tell` gives the person, id; None where it refuses: see `refusal`. The proof holds the statement that
        was run for all."""
        number = self._number(question)
        known = self._tables.get((number, person))
        if known is not None:
            return known
        for part in self._parts[number]:
            if person in part.members:
                return self._table(question, part, person)
        return None

    def refusal(self, question: Asked, person: str) -> UserError | None:
        """Why `tell` tells the person nothing."""
        return self._refused.get((self._number(question), person))

    def _number(self, question: Asked) -> int:
        """Its place among the questions; the same value is found without being compared."""
        same = (n for n, asked in enumerate(self.questions) if asked is question)
        found = next(same, None)
        return self.questions.index(question) if found is None else found

    def _table(self, question: Asked, part: Part, person: str) -> Table:
        told = part.told
        names = tuple(c.name for c in told.columns)
        result = Result(names, tuple(part.row_of(person)), part.rows.version)
        whole = replace(told, rendered=part.rows.rendered)
        return tabled(question, whole, result, self._notes, as_of=self._as_of, max_rows=self._max_rows)
