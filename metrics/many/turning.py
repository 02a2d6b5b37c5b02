"""A question of one person as the same of everybody: broken down by a further key, whose members its rows are of.

"My sales" is, of all people, sales by person; "my team's sales" of a manager is sales by everybody above a row's owner;
"my place" is a column over all peers, of which each gets their own row. What cannot be turned is asked of each alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from metrics.model.schema import Field, PeopleFields
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import ANCESTOR
from metrics.query.asked import GRAINS, Asked, Order
from metrics.query.family import Family
from metrics.query.measure import Measure, of_each
from metrics.query.predicate import Compare, In, Predicate, Whose, Within

__all__ = ["Turned", "conditioned", "names_people", "prepared_for_many", "speaks_of_viewer", "turned_to", "within_of"]


@dataclass(frozen=True)
class Turned:
    """`asked`: broken down by `key` as well. `names`: (field, member) that a condition names and that not everybody
    need know of. `owned`: its rows are those of their owners and of nobody else."""

    asked: Asked
    key: str
    names: tuple[tuple[str, str], ...]
    owned: bool

    @property
    def plain(self) -> bool:
        """One row of numbers for each member of the key: such questions can share a statement."""
        asked = self.asked
        return asked.by == (self.key,) and asked.having is None and asked.limit is None and not self.in_buckets

    @property
    def in_buckets(self) -> bool:
        """Whether it folds the months (weeks, …) of each person: then only who was there has any."""
        return _folds_time(self.asked)


def prepared_for_many(prepared: Prepared) -> Prepared:
    """The model with everybody above a person as a field of people, so that a question can be broken down by it."""
    model = prepared.model
    people = model.people
    if people is None:
        return prepared
    home = model.datasets[people.dataset]
    above = Field(id=ANCESTOR, dataset=home.name, name=ANCESTOR, expression="", datatype="String")
    return Prepared(
        replace(model, datasets={**model.datasets, home.name: replace(home, fields={**home.fields, ANCESTOR: above})})
    )


def turned_to(key: str, asked: Asked, prepared: Prepared) -> Turned | None:
    """The question of everybody, by the key: people's ids, ANCESTOR, or the field of teams or regions."""
    people = prepared.model.people
    if people is None or not _turns(asked, people, prepared) or (key != people.id and _folds_time(asked)):
        return None
    measures = tuple(_each(m, key, people) for m in asked.show)
    having = of_each(asked.having, people) if asked.having is not None else None
    order = tuple(_ordered(o, key, people) for o in asked.order or _natural(asked))
    if None in measures or None in order or (having is None) != (asked.having is None):
        return None
    update = {
        "show": measures,
        "by": (*asked.by, key),
        "scope": "all",
        "having": having,
        "order": order,
        "limit_per": (*asked.limit_per, key) if asked.limit is not None else (),
        "population": asked.population if asked.fields else "all",
    }
    return Turned(asked.model_copy(update=update), key, tuple(_names(asked, prepared)), _is_owned(asked, prepared))


def speaks_of_viewer(asked: Asked) -> bool:
    """Whether its numbers are of somebody in particular: who asks, or their team or region."""
    parts = (part for whole in asked.families() for part in whole.walk())
    return asked.scope != "all" or any(
        getattr(part, "member", None) == "@me" or getattr(part, "scope", None) is not None for part in parts
    )


def names_people(asked: Asked, prepared: Prepared) -> bool:
    """Whether a condition picks people, rows by their owner, or members that exist for some people alone; or a place is
    that of somebody by name."""
    people, owners = prepared.model.people, set(prepared.owners.values())
    members = (getattr(part, "member", None) for whole in asked.families() for part in whole.walk())
    if any(member not in (None, "@me") for member in members):
        return True
    return bool(list(_names(asked, prepared))) or any(
        field in owners or (people is not None and field.partition(".")[0] == people.dataset)
        for field, _ in conditioned(asked)
    )


def within_of(asked: Asked) -> frozenset[tuple[str, bool]]:
    """Among whom its measures compare "@me", and whether that is an average of others."""
    parts = (part for whole in asked.families() for part in whole.walk())
    return frozenset(
        (str(getattr(part, "within", "all")), part.kind == "peer_average")
        for part in parts
        if getattr(part, "member", None) == "@me"
    )


def _turns(asked: Asked, people: PeopleFields, prepared: Prepared) -> bool:
    """Whether nothing but the scope says whose rows they are, and each member of `by` is of rows, not of people."""
    if asked.scope == "all" and (asked.fields or not all(_is_of_me(p) for p in asked.families() if p != asked.where)):
        return False
    if asked.population == "all" and asked.fields:
        return False
    if any(isinstance(part, Whose) for whole in asked.families() for part in whole.walk()):
        return False  # of whom it holds is told by the rows that each may see
    fields = prepared.model.fields
    owners = set(prepared.owners.values())
    for field_id in (*asked.fields, *(f for f, _ in conditioned(asked)), *_folded(asked)):
        field = fields.get(field_id)
        if field is None or field_id in owners or prepared.path(people.dataset, field.dataset) is not None:
            return False
    return True


def _is_of_me(part: Family) -> bool:
    """Whether it is of "@me" among others, whoever's rows are asked about."""
    inner = [i for i in part.inner() if isinstance(i, Measure | Predicate)]
    return getattr(part, "member", None) == "@me" or (bool(inner) and all(map(_is_of_me, inner)))


def _each(measure: Measure, key: str, people: PeopleFields) -> Measure | None:
    """Places are those of people: a table of teams has none of their own."""
    if key != people.id and any(getattr(part, "member", None) == "@me" for part in measure.walk()):
        return None
    return measure.of_each(people)


def _ordered(order: Order, key: str, people: PeopleFields) -> Order | None:
    if isinstance(order.by, str):
        return order
    by = _each(order.by, key, people)
    return None if by is None else order.model_copy(update={"by": by})


def _folds_time(asked: Asked) -> bool:
    return any(getattr(part, "over", None) in GRAINS for whole in asked.families() for part in whole.walk())


def _natural(asked: Asked) -> tuple[Order, ...]:
    """The order of a question that says none: buckets in theirs, else the first measure, largest first."""
    if asked.grain is not None:
        return (Order(by=asked.grain, descending=False),)
    return (Order(by=asked.show[0]),) if asked.fields else ()


def conditioned(asked: Asked) -> Iterator[tuple[str, tuple[object, ...]]]:
    """(field, values) of every condition on rows."""
    for whole in asked.families():
        for part in whole.walk():
            if isinstance(part, In):
                yield part.field, part.values
            elif isinstance(part, Compare):
                yield part.field, (part.value, part.upper)
            elif isinstance(part, Within):
                yield part.field, ()


def _folded(asked: Asked) -> Iterator[str]:
    """The fields whose members are folded into one number."""
    for whole in asked.families():
        for part in whole.walk():
            over = getattr(part, "over", None)
            if isinstance(over, str) and over not in GRAINS and getattr(part, "member", None) is None:
                yield over


def _names(asked: Asked, prepared: Prepared) -> Iterator[tuple[str, str]]:
    """Members of tables whose rows belong to people: a member in nobody's visible rows is one that never was."""
    fields = prepared.model.fields
    for field_id, values in conditioned(asked):
        if field_id in fields and prepared.owners.get(fields[field_id].dataset):
            yield from ((field_id, value) for value in values if isinstance(value, str))


def _is_owned(asked: Asked, prepared: Prepared) -> bool:
    """Whether whose rows they are and by whom they may be seen is one column, through every table that is read: then
    one's own rows are all that one may see of it."""
    model = prepared.model
    beside = {model.fields[f].dataset for f in (*asked.fields, *(f for f, _ in conditioned(asked)), *_folded(asked))}
    names = {m.subject() for whole in asked.families() for m in whole.walk() if isinstance(m, Measure)}
    for name in names & model.metrics.keys():
        made = prepared.metric(name)
        times = {model.fields[t].dataset for t in made.metric.time.values() if t in model.fields}
        uses = {used for measure in made.measures for used in measure.uses}
        uses |= {model.fields[f.field].dataset for f in made.metric.where if f.field in model.fields}
        if not all(_one_owner(fact, beside | times | uses, prepared) for fact in made.datasets):
            return False
    return model.targets is None or _one_owner(model.targets.dataset, beside, prepared)


def _one_owner(fact: str, beside: set[str], prepared: Prepared) -> bool:
    people = prepared.model.people
    assert people is not None
    owner = prepared.owners.get(fact)
    if owner is None:
        return False
    reached = {d for d in beside | {people.dataset} if prepared.path(fact, d) is not None}
    if not {prepared.owners.get(d) for d in reached - {fact}} <= {"", owner, people.id}:
        return False
    if owner == "":
        return True
    held = prepared.foreign_key(fact, people.id)
    if held is None or prepared.field_of(owner).dataset != held[0]:
        return False
    return prepared.field(owner, dt.date.min) == prepared.join_column(*held, dt.date.min)
