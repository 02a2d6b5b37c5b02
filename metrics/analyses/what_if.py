"""What if I win one more deal, if my team does, if all that is in negotiation closes: attainment, gap and place as they
are and as they would be.

Whoever is named, or whose team it is, is asked about as in any other question: who may not see their numbers is told
none, and who may see a part of them is not told that part for the whole. One's own numbers and targets are one's own to
see. A place among people whose numbers are hidden is another matter: an amount that may be chosen freely would find
each of their numbers by halving. So the place that would be is counted in a list that the viewer sees whole
(everybody's numbers are theirs to see, or the board is public); else it is only what follows from the gaps to the next
place and to the first, which are told anyway, and otherwise it stays open."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field, FiniteFloat, model_validator

from metrics.analyses.analysis import Analysis, Fact, Findings, Ground, Part, Steps, number
from metrics.errors import NotPermitted, StaleData, UnsupportedCombination
from metrics.kinds.metric import Metric
from metrics.kinds.place import Place, PlaceGap, PlaceOf
from metrics.kinds.target import Target
from metrics.model.schema import Metric as Definition
from metrics.plan.names import metric_named
from metrics.plan.scope import asking_person, group_of, people_fields
from metrics.query import Scope, Value
from metrics.query.answer import Note
from metrics.query.asked import Asked
from metrics.query.family import Frozen
from metrics.query.predicate import And, In, Predicate
from metrics.query.table import Table
from metrics.query.when import All, Units, When

__all__ = ["Closing", "More", "WhatIf"]


class Closing(Frozen):
    """What is open now and would close: all that `metric`, an amount as of now, is the sum of, under `where`; `count`:
    the metric that counts it."""

    metric: str
    where: Predicate | None = None
    count: str | None = None


class More(Frozen):
    """`amount` of a metric on top of what there is, in its unit, less where it is below zero; or what is open and would
    be closed."""

    metric: str
    amount: FiniteFloat | None = None
    closing: Closing | None = None

    @model_validator(mode="after")
    def _said(self) -> More:
        if (self.amount is None) == (self.closing is None):
            raise ValueError("an amount, or what would close")
        return self


class WhatIf(Analysis):
    """What numbers would be with so much more of them, all else as it is: "one more deal of 50k" is 50,000 of sales and
    one deal won; what closes counts with the whole of its amount. For metrics whose parts add up.

    Of one's own, or of `scope`, or, where `where` names one, of that person, team or region. Facts, of each metric:
    closing, closing_count where something would close; actual, actual_after; target, attainment, attainment_after, gap,
    gap_after where there is a target; place, place_after, place_of, next_gap, next_gap_after. `within`: among whom
    somebody's place is ("me": nobody, no places); teams and regions have theirs among all of them."""

    kind: ClassVar[str] = "what_if"
    more: tuple[More, ...] = Field(min_length=1, max_length=4)
    period: When = Units(unit="month")
    within: Scope = "all"
    scope: Scope = "me"
    where: Predicate | None = None

    def steps(self, ground: Ground) -> Steps:
        parts: list[Part] = []
        facts: list[Fact] = []
        notes: list[Note] = []
        of = self._subject(ground)
        for more in self.more:
            metric = metric_named(ground.model, more.metric)
            if not metric.additive or metric.snapshot:
                raise UnsupportedCombination("what_if_not_additive", subject=metric.name)
            amount = more.amount or 0.0
            if more.closing is not None:
                amount, closes = yield from self._closing(metric, more.closing, of, ground, parts, notes)
                facts += closes
            facts += yield from self._own(metric, amount, of, parts, notes)
            if self.within != "me" and of.member is not None:
                facts += yield from self._place(metric, amount, of, ground, parts, notes)
        return Findings(analysis=self, parts=tuple(parts), facts=tuple(facts), notes=tuple(notes))

    def _subject(self, ground: Ground) -> _Subject:
        """Raises UnsupportedCombination."""
        people = people_fields(ground.model)
        if self.where is None:
            if self.scope == "me":
                return _Subject("me", None, people.id, "@me")
            field = {"team": people.team, "region": people.region}.get(self.scope)
            person = ground.viewer.person
            member = None if person is None else {"team": person.team, "region": person.region}.get(self.scope)
            return _Subject(self.scope, None, field or people.id, None if field is None else member)
        where, of_people = self.where, (people.id, people.name, people.team, people.region)
        if not isinstance(where, In) or where.out or len(where.values) != 1 or where.field not in of_people:
            raise UnsupportedCombination("what_if_of_whom")
        return _Subject("all", where, where.field, where.values[0])

    def _closing(
        self,
        metric: Definition,
        closing: Closing,
        of: _Subject,
        ground: Ground,
        parts: list[Part],
        notes: list[Note],
    ) -> Generator[Asked, Table, tuple[float, list[Fact]]]:
        worth = metric_named(ground.model, closing.metric)
        if not worth.additive or not worth.snapshot or worth.unit != metric.unit:
            raise UnsupportedCombination("what_if_closing", subject=worth.name)
        show = tuple(Metric(name=name) for name in (worth.name, closing.count) if name is not None)
        conditions = [part for part in (of.where, closing.where) if part is not None]
        where = And(of=tuple(conditions)) if len(conditions) > 1 else next(iter(conditions), None)
        table = yield Asked(show=show, period=All(), scope=of.scope, where=where)
        of.check_whole(table)
        parts.append(Part(name=f"{metric.name}.closing", table=table))
        amount = number(table.rows[0][0]) or 0.0
        facts = [_fact("closing", amount, metric)]
        if closing.count is not None:
            counted = number(table.rows[0][1]) or 0.0
            facts.append(Fact(name="closing_count", value=int(counted), unit="count", of=metric.name))
        if not amount:
            notes.append(Note(code="nothing_to_close"))
        return amount, facts

    def _own(
        self, metric: Definition, amount: float, of: _Subject, parts: list[Part], notes: list[Note]
    ) -> Generator[Asked, Table, list[Fact]]:
        name = metric.name
        table = yield Asked(show=(Metric(name=name),), period=self.period, scope=of.scope, where=of.where)
        of.check_whole(table)
        parts.append(Part(name=f"{name}.own", table=table))
        actual = number(table.rows[0][0])
        after = None if actual is None else actual + amount
        facts = [_fact("actual", actual, metric), _fact("actual_after", after, metric)]
        if not metric.has_target:
            return facts
        try:
            aimed = yield Asked(show=(Target(metric=name),), period=self.period, scope=of.scope, where=of.where)
        except UnsupportedCombination as error:  # of half a month, of one day
            notes.append(Note(code="no_target_here", fields={"metric": name, "reason": error.code}))
            return facts
        parts.append(Part(name=f"{name}.target", table=aimed))
        target = number(aimed.rows[0][0])
        facts.append(_fact("target", target, metric))
        for end, value in (("", actual), ("_after", after)):
            reached = value / target if value is not None and target else None
            missing = target - value if value is not None and target is not None else None
            facts += [Fact(name=f"attainment{end}", value=reached, unit="percent", of=name)]
            facts += [_fact(f"gap{end}", missing, metric)]
        return facts

    def _place(
        self,
        metric: Definition,
        amount: float,
        of: _Subject,
        ground: Ground,
        parts: list[Part],
        notes: list[Note],
    ) -> Generator[Asked, Table, list[Fact]]:
        within = self.within if of.scope == "me" else "all"
        own = {"of": Metric(name=metric.name), "over": of.over, "member": of.member, "within": within}
        shown = (Place(**own), PlaceOf(**own), PlaceGap(**own), PlaceGap(**own, to=1))
        try:
            told = yield Asked(show=shown, period=self.period)
        except (NotPermitted, StaleData, UnsupportedCombination) as error:
            notes.append(Note(code="no_place_here", fields={"metric": metric.name, "reason": error.code}))
            return []
        parts.append(Part(name=f"{metric.name}.place", table=told))
        place, among, *gaps = (number(cell) for cell in told.rows[0])
        known: _Board | _Told = _Told(place, gaps[0], gaps[1], metric.higher_is_better)
        board = yield from self._board(metric, of, ground, parts)
        if board is not None:
            known = board
        after = known.after(amount)
        if after.place is None and place is not None:
            notes.append(Note(code="place_after_hidden", fields={"metric": metric.name}))
        return [
            _placed("place", place, metric),
            _placed("place_after", after.place, metric),
            Fact(name="place_of", value=None if among is None else int(among), unit="count", of=metric.name),
            _fact("next_gap", known.after(0).gap, metric),
            _fact("next_gap_after", after.gap, metric),
        ]

    def _board(
        self, metric: Definition, of: _Subject, ground: Ground, parts: list[Part]
    ) -> Generator[Asked, Table, _Board | None]:
        """The list of all peers; None where that cannot be seen whole."""
        among, member = None, of.member
        if of.scope == "me":
            people, person = people_fields(ground.model), asking_person(ground.viewer)
            member = person.id
            if self.within in ("team", "region"):
                field, value = group_of(person, self.within, people)
                among = In(field=field, values=(value,))
        value_of = Metric(name=metric.name)
        show = (value_of, Place(of=value_of, over=of.over))
        try:
            table = yield Asked(show=show, by=(of.over,), period=self.period, where=among)
        except NotPermitted:
            return None
        if table.proof.restricted or table.proof.truncated:
            return None
        parts.append(Part(name=f"{metric.name}.peers", table=table))
        numbers = {row[0]: number(row[1]) for row in table.rows if row[2] is not None}
        mine = numbers.pop(member, None)
        if mine is None:
            return None
        sign = 1 if metric.higher_is_better else -1
        return _Board(mine, tuple(n for n in numbers.values() if n is not None), sign)


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whose numbers they are: of a scope, or under a condition; `over`, `member`: who it is among whom (None: nobody's
    place is told)."""

    scope: Scope
    where: In | None
    over: str
    member: Value

    def check_whole(self, table: Table) -> None:
        """Raises NotPermitted where a team or region would be told as the part of it that may be seen."""
        if table.proof.restricted and (self.where is not None or self.scope in ("team", "region")):
            raise NotPermitted("what_if_part", fields={"why": table.proof.restricted})


@dataclass(frozen=True, slots=True)
class _Standing:
    """A place, and how far it is to the number of the next better one; None: not known, or there is none."""

    place: float | None
    gap: float | None = None


@dataclass(frozen=True, slots=True)
class _Board:
    """Everybody's numbers, seen whole. `sign` 1: a higher number is the better one."""

    mine: float
    others: tuple[float, ...]
    sign: int

    def after(self, amount: float) -> _Standing:
        would = self.sign * (self.mine + amount)
        ahead = [self.sign * other - would for other in self.others if self.sign * other > would]
        return _Standing(1.0 + len(ahead), min(ahead, default=None))


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of one's place anyway: the place, how far it is to the next better one and to the first (n/a for who
    is first, and where too few have numbers)."""

    place: float | None
    next_gap: float | None
    first_gap: float | None
    higher_is_better: bool

    def after(self, amount: float) -> _Standing:
        """What follows from these three alone, and from no number that is not told."""
        gained = amount if self.higher_is_better else -amount
        if self.place is None or gained < 0:
            return _Standing(None)
        if self.place == 1:
            return _Standing(1.0)
        if gained == 0:
            return _Standing(self.place, self.next_gap)
        if self.next_gap is not None and gained < self.next_gap:
            return _Standing(self.place, self.next_gap - gained)
        if self.first_gap is not None and gained >= self.first_gap:
            return _Standing(1.0)
        return _Standing(None)


def _fact(name: str, value: float | None, metric: Definition) -> Fact:
    return Fact(name=name, value=value, unit=metric.unit, of=metric.name)


def _placed(name: str, value: float | None, metric: Definition) -> Fact:
    return Fact(name=name, value=None if value is None else int(value), unit="rank", of=metric.name)
