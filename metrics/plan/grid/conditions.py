"""Predicates on rows, with names looked up and values typed: as trees of conditions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from metrics.calendar.binding import bind_when
from metrics.errors import UnsupportedCombination
from metrics.plan.bound import Condition, Tree
from metrics.plan.names import condition_of, field_named
from metrics.query import Filter
from metrics.query.predicate import And, Compare, In, Not, Or, Predicate, Whose, Within

if TYPE_CHECKING:
    from metrics.plan.grid.world import World

__all__ = ["check_date", "fields_of", "rows_condition"]

ONE_DAY = dt.timedelta(days=1)
NEGATED = {"in": "not_in", "not_in": "in", "lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}


def rows_condition(where: Predicate | None, world: World) -> tuple[Tree | Condition, ...]:
    """What all must hold of a row. Raises UnknownName, UnsupportedCombination."""
    if where is None:
        return ()
    return tuple(_parts(_tree(where, world, negated=False)))


def _parts(made: Tree | Condition) -> Iterator[Tree | Condition]:
    """What has to hold, each by itself: some of it can be told of more things than the rest."""
    if isinstance(made, Tree) and made.op == "and":
        for part in made.of:
            yield from _parts(part)
    else:
        yield made


def _tree(where: Predicate, world: World, *, negated: bool) -> Tree | Condition:
    if isinstance(where, Not):
        return _tree(where.of, world, negated=not negated)
    if isinstance(where, And | Or):
        op = "and" if isinstance(where, And) != negated else "or"
        return Tree(op, tuple(_tree(p, world, negated=negated) for p in where.of))
    if isinstance(where, In):
        listed = Filter(field=where.field, op="not_in" if where.out else "in", values=where.values)
        made = condition_of(world.model, listed, world.members)
        return _opposite(made) if negated else made
    if isinstance(where, Compare):
        return _compared(where, world, negated=negated)
    if isinstance(where, Within):
        return _within(where, world, negated=negated)
    if isinstance(where, Whose):
        return world.whose(where.model_copy(update={"having": Not(of=where.having)}) if negated else where)
    raise UnsupportedCombination("group_condition_on_rows", subject=where.kind)


def _compared(where: Compare, world: World, *, negated: bool) -> Tree | Condition:
    if where.op in ("eq", "ne"):
        same = (where.op == "eq") != negated
        listed = Filter(field=where.field, op="in" if same else "not_in", values=(where.value,))
        made = condition_of(world.model, listed, world.members)
        if same:
            return made
        return Tree("and", (made, Condition(made.field, "not_in", (None,))))  # n/a is not "other than"
    values = (where.value,) if where.upper is None else (where.value, where.upper)
    made = condition_of(world.model, Filter(field=where.field, op=where.op, values=values), world.members)
    if not negated:
        return made
    if where.op == "between":
        return Tree("or", (Condition(made.field, "lt", made.values[:1]), Condition(made.field, "gt", made.values[1:])))
    return Condition(made.field, NEGATED[where.op], made.values)


def _within(where: Within, world: World, *, negated: bool) -> Tree | Condition:
    check_date(world, where.field)
    days = bind_when(where.period, calendar=world.model.calendar, as_of=world.as_of, through=None)
    if days.only is not None:
        raise UnsupportedCombination("chosen_days_of_field", subject=where.field)
    made = tuple(_outside(where.field, a, b) if negated else _inside(where.field, a, b) for a, b in days.full)
    return made[0] if len(made) == 1 else Tree("and" if negated else "or", made)


def _inside(field: str, start: dt.date | None, end: dt.date | None) -> Condition:
    """start <= field < end."""
    if start is None and end is None:
        return Condition(field, "not_in", (None,))
    if start is None or end is None:
        return Condition(field, "ge", (start,)) if start is not None else Condition(field, "lt", (end,))
    return Condition(field, "between", (start, end - ONE_DAY))


def _outside(field: str, start: dt.date | None, end: dt.date | None) -> Tree | Condition:
    """Of what has a date: nothing that has none is outside."""
    before = Condition(field, "lt", (start or dt.date.min,))
    return before if end is None else Tree("or", (before, Condition(field, "ge", (end,))))


def check_date(world: World, field_id: str) -> None:
    """Raises UnknownName, UnsupportedCombination "not_a_date"."""
    if field_named(world.model, field_id).datatype not in ("Date", "DateTime", "DateTimeTz"):
        raise UnsupportedCombination("not_a_date", subject=field_id)


def _opposite(made: Condition) -> Condition:
    """Every row is either in or not in: "(none)" is a member like others."""
    return Condition(made.field, NEGATED[made.op], made.values)


def fields_of(conditions: Collection[Tree | Condition]) -> Iterator[str]:
    for made in conditions:
        if isinstance(made, Tree):
            yield from fields_of(made.of)
        else:
            yield made.field
