"""Predicates on rows, with names looked up and values typed: as trees of conditions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from metrics.errors import UnsupportedCombination
from metrics.plan.bound import Condition, Tree
from metrics.plan.names import condition_of
from metrics.query import Filter
from metrics.query.predicate import And, Compare, In, Not, Or, Predicate, Whose

if TYPE_CHECKING:
    from metrics.plan.grid.world import World

__all__ = ["fields_of", "rows_condition"]

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


def _opposite(made: Condition) -> Condition:
    """Every row is either in or not in: "(none)" is a member like others."""
    return Condition(made.field, NEGATED[made.op], made.values)


def fields_of(conditions: Collection[Tree | Condition]) -> Iterator[str]:
    for made in conditions:
        if isinstance(made, Tree):
            yield from fields_of(made.of)
        else:
            yield made.field
