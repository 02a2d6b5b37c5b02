"""Among whom: the members that one of them is compared with, each on a row of its own."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlglot import exp

from metrics.calendar.span import Span
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Model, PeopleFields
from metrics.people import Person
from metrics.plan.bound import Condition
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.rows import among
from metrics.plan.grid.at import At
from metrics.plan.grid.grid import Conditions
from metrics.plan.grid.num import Num
from metrics.plan.grid.sight import Cohort, Comparison
from metrics.plan.names import condition_of, field_named
from metrics.plan.scope import asking_person, group_of, people_fields, person_named
from metrics.query import Filter, Scope, Value
from metrics.query.measure import Measure, of_each

__all__ = ["Peers", "each_own", "peers_around"]


@dataclass(frozen=True)
class Peers:
    """`at`: the grid of the peers. `key`: the field that tells them apart; `member`: the one asked about (None: every
    row has its own); `keys_apart`: keys within which they are compared; `group`: a further field, each member of which
    is a group of peers of its own."""

    at: At
    key: str
    member: Value
    keys_apart: tuple[str, ...]
    cohort: Cohort

    def enough(self, layer: int, told: Node, number: Node) -> Node:
        """`told`, where enough of those who may not be seen have a number of their own (neither n/a nor nothing), or
        all may be seen."""
        if not self.cohort.least:
            return told

        def counted(which: Node) -> Node:
            counts = nodes.all_of([*self._unseen(layer), which])
            assert counts is not None
            one = exp.Case(ifs=[exp.If(this=counts, true=nodes.number(1))])
            made = nodes.window(exp.Count(this=one), by=self.apart(layer))
            if not self.cohort.apart:
                return made
            oneself = exp.Case(ifs=[exp.If(this=counts.copy(), true=nodes.number(1))], default=nodes.number(0))
            return nodes.sub(made, oneself)

        some = counted(exp.NEQ(this=number, expression=nodes.number(0)))
        many = exp.GTE(this=some, expression=nodes.number(self.cohort.least))
        none_hidden = exp.EQ(this=counted(exp.Boolean(this=True)), expression=nodes.number(0))
        return exp.Case(ifs=[exp.If(this=exp.Or(this=many, expression=none_hidden), true=told)])

    def _unseen(self, layer: int) -> list[Node]:
        seen = self.cohort.seen
        if seen is None:
            return []
        return [exp.Not(this=exp.Paren(this=among(self.at.grid.key(self.key, layer), seen)))]

    def apart(self, layer: int) -> list[Node]:
        made = [self.at.grid.key(k, layer) for k in self.keys_apart]
        made += [self.at.grid.bucket(layer)] if self.at.grain is not None else []
        # "(none)" is nobody's competitor
        return made if self._known else [*made, self.at.grid.member(self.key, layer)]

    @property
    def _known(self) -> bool:
        """Whether every row is that of a member."""
        return self.at.grid.only_peers

    def members(self) -> At:
        """The place of the peers without the rows that are nobody's."""
        if self._known:
            return self.at
        return replace(self.at, where=(*self.at.where, Condition(self.key, "not_in", (None,))))

    def of_members(self, layer: int, told: Node) -> Node:
        """`told`, but not to "(none)"."""
        if self._known:
            return told
        return exp.Case(ifs=[exp.If(this=self.at.grid.member(self.key, layer), true=told)])

    def has_place(self, number: Node, layer: int) -> Node | None:
        """Whether the row has one; None: every row does."""
        there = [] if nodes.never_null(number) else [nodes.is_null(number.copy(), negated=True)]
        return nodes.all_of(there if self._known else [*there, self.at.grid.member(self.key, layer)])

    def look(self, at: At, num: Num) -> Num:
        """The number of the member asked about, or of each row's own."""
        if self.member is None:
            return at.look(self.at, num)
        place = self.at.keys.index(self.key)

        def on(table: str) -> Node:
            own: list[Node] = [
                exp.EQ(this=nodes.col(f"k{place}", table), expression=nodes.literal(self.member)),
                *(nodes.same(at.grid.key(k), nodes.col(f"k{self.at.keys.index(k)}", table)) for k in at.keys),
            ]
            if at.grain is not None:
                own.append(exp.EQ(this=at.grid.bucket(), expression=nodes.col("t", table)))
            made = nodes.all_of(own)
            assert made is not None
            return made

        return at.look(self.at, num, on, row=self.member)


def peers_around(
    at: At, measure: Measure, over: str | None, member: Value, within: Scope, *, average: bool = False
) -> tuple[Peers, Num]:
    """The peers, and the measure on their grid. Raises UnknownName, UnsupportedCombination, NotPermitted."""
    world = at.world
    model = world.model
    over = over if over is not None else _only_key(at, member)
    field_named(model, over)
    key, person, known = _member(at, over, member)
    scope = _scope(at, within, key, person)
    follows = _told_by(model, key)
    if key in at.keys or (over in at.keys and key != over):
        if member is not None:
            raise UnsupportedCombination("place_of_one_by", subject=over)
        keys = at.keys if key in at.keys else (*at.keys, key)
    elif member is None:
        raise UnsupportedCombination("not_broken_down_by", subject=over)
    else:
        keys = (*at.keys, key)
    if (
        world.prepared.dated
        and key == people_fields(model).id
        and any(model.fields[k].dataset == world.prepared.dated for k in at.keys)
    ):
        raise UnsupportedCombination("place_within_dated", subject=key)  # each has a row in every team they were in
    grouped = _group(model, within) if member is None and within in ("team", "region") else ()
    keys = (*keys, *(g for g in grouped if g not in keys))
    apart = tuple(k for k in keys if (k in grouped) or (k != key and k not in follows))
    # where its own rows are those of the peers, the question's grid serves
    wide = replace(at, keys=keys, scope=scope, compared=world.population != "people")
    sight, window = world.sight, world.windows.active(at.window)
    if not at.open:
        own: Conditions = (Condition(key, "in", (known,)),) if known is not None else ()
        sight.check(own or (*at.where, *at.scope), at.keys, window)
    cohort = _cohort(
        wide, measure, key, window, one=known is not None, average=average, apart=next(iter(grouped), None)
    )
    at.present(measure)
    inner = replace(wide, open=at.open or (cohort.open and sight.restricts)).shared(kept=True, about=measure)
    return Peers(inner, key, known, apart, cohort), inner.num(measure)


def _cohort(at: At, measure: Measure, key: str, window: Span, *, one: bool, average: bool, apart: str | None) -> Cohort:
    """What `Sight.cohort` says of the comparison: asked once, however much is told of it."""
    world = at.world
    if at.open:
        return Cohort()
    asked = at.spec(about=measure), key, one, average, apart
    if asked not in world.cohorts:
        with world.windows.heard() as heard:  # the days it looks at: worked out on a grid that is thrown away
            draft = replace(at, open=True)
            replace(draft, grid=draft.new_grid()).num(measure)
        days = (world.windows.said(at.window), *heard)
        compared = Comparison(measure, key, (*at.where, *at.scope), days, at.grain, one, average, apart)
        world.cohorts[asked] = world.sight.cohort(compared, window)
    return world.cohorts[asked]


def _only_key(at: At, member: Value) -> str:
    people = at.world.model.people
    if member is not None or not at.keys:
        return people_fields(at.world.model).id
    if people is not None and people.id in at.keys:
        return people.id
    if len(at.keys) > 1:
        raise UnsupportedCombination("place_over_what", subject=at.keys[0], fields={"other": at.keys[1]})
    return at.keys[0]


def _member(at: At, over: str, member: Value) -> tuple[str, Person | None, Value]:
    """(key field, the person whose scope counts, the member as the key has it)."""
    world, model = at.world, at.world.model
    people = model.people
    if people is not None and over in (people.id, people.name):
        if member is None:
            return people.id, None, None
        person = asking_person(world.viewer) if member == "@me" else person_named(world.org, str(member))
        if not person.sells:
            raise UnsupportedCombination("does_not_sell", subject=person.name)
        return people.id, person, person.id
    if member == "@me":
        person = asking_person(world.viewer)
        fields = people_fields(model)
        if over not in (fields.team, fields.region):
            raise UnsupportedCombination("rank_of_me_over", subject=over)
        return over, person, group_of(person, "team" if over == fields.team else "region", fields)[1]
    if member is None:
        return over, None, None
    value = condition_of(model, Filter(field=over, values=(member,)), world.members).values[0]
    return over, None, value.isoformat() if isinstance(value, dt.date) else value


def _scope(at: At, within: Scope, key: str, person: Person | None) -> Conditions:
    if within == "all":
        return ()
    if within == "me":
        raise UnsupportedCombination("rank_within_me")
    model = at.world.model
    fields = people_fields(model)
    if person is not None:
        if within == "team" and key != fields.id:
            raise UnsupportedCombination("rank_team_within_team")
        field, value = group_of(person, within, fields)
        return (Condition(field, "in", (value,)),)
    return ()


def _group(model: Model, within: Scope) -> tuple[str, ...]:
    """Each row among those of its own team or region."""
    fields = people_fields(model)
    field = fields.team if within == "team" else fields.region
    if field is None:
        raise UnsupportedCombination(f"no_{within}")
    if model.fields[field].dataset == fields.dated:  # whoever was transferred is of several
        raise UnsupportedCombination("place_within_dated", subject=field)
    return (field,)


def _told_by(model: Model, key: str) -> frozenset[str | None]:
    """Fields that follow from the key: they do not set peers apart."""
    people = model.people
    if people is None or key != people.id:
        return frozenset()
    return frozenset(f.id for f in model.datasets[people.dataset].fields.values())


def each_own(compared: Measure, people: PeopleFields) -> Measure | None:
    """A comparison of "@me" with peers (`over`, `member`) as that of every person with theirs; None for another one."""
    over, member = getattr(compared, "over", None), getattr(compared, "member", None)
    if member != "@me" or over not in (None, people.id, people.name):
        return None
    made = of_each(compared, people)
    assert made is None or isinstance(made, Measure)
    return None if made is None else made.model_copy(update={"over": people.id, "member": None})
