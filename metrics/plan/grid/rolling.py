"""Numbers of groups of people out of those of each person: where people, teams and regions are asked about at once, the
rows are read once, by person, and what is additive is added up from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.model.schema import PeopleFields
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure as Aggregate
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import Rows
from metrics.plan.grid.group import Cell, Group

if TYPE_CHECKING:
    from metrics.plan.grid.grid import Grid
    from metrics.plan.grid.world import World

__all__ = ["Rolled", "share"]

_Place = tuple[str, str | None, Cell]  # dataset, time, what is aggregated by person
_ADDED: dict[type[Node], type[exp.AggFunc]] = {exp.Sum: exp.Sum, exp.Count: exp.Sum, exp.Min: exp.Min, exp.Max: exp.Max}


@dataclass(frozen=True, slots=True)
class Rolled:
    """`base`: the same by person."""

    base: Group

    def select(self, group: Group, source: exp.Table, people: PeopleFields, rows: Rows) -> exp.Select:
        """The columns of `group` over the table of `base`; `rows`: of people, unread. What meets nobody stays, as it
        does beside the rows themselves."""
        keys = [rows.field(key) for key in group.cell.keys]
        on = exp.EQ(this=rows.field(people.id), expression=self._column("k0"))
        joins = [exp.Join(this=rows.source, side="LEFT", on=on), *rows.joins]
        outputs = [nodes.aliased(key, f"k{i}") for i, key in enumerate(keys)]
        outputs += [nodes.aliased(self._added(a), name) for name, a in group.aggregates.values()]
        return nodes.select(outputs, source=source, joins=joins, group=[key.copy() for key in keys])

    def _added(self, aggregate: Aggregate) -> Node:
        parts = [exp.Sum(this=self._column(self.base.column(part))) for part in _parts(aggregate)]
        if parts:
            return nodes.ratio(*parts)
        return _ADDED[type(aggregate.call)](this=self._column(self.base.column(aggregate)))

    def _column(self, name: str) -> Node:
        return nodes.col(name, self.base.name)


def share(grids: Sequence[Grid], world: World) -> None:
    """Before any of the grids is built: what several of them aggregate of the same rows is read by person."""
    people = world.model.people
    if people is None or len(grids) < 2:
        return
    found: dict[_Place, list[Group]] = {}
    for group in (g for grid in grids for g in grid.groups):
        if _rolls(group, people, world.prepared):
            place = group.dataset, group.time, replace(group.cell, keys=(people.id,))
            found.setdefault(place, []).append(group)
    for (dataset, time, cell), groups in found.items():
        if len(groups) < 2:
            continue
        base = next((g for g in groups if g.cell == cell), None)
        if base is None:
            held = people.id if dataset in world.whole and not cell.open else ""
            base = Group(world.name("m"), dataset, time, cell, held)
        for group in groups:
            if group is not base:
                _put(base, (a for _, a in group.aggregates.values()))
                world.rolled[group.name] = Rolled(base)


def _put(base: Group, aggregates: Iterable[Aggregate]) -> None:
    for aggregate in aggregates:
        for part in _parts(aggregate) or (aggregate,):
            base.column(part)


def _rolls(group: Group, people: PeopleFields, prepared: Prepared) -> bool:
    """Whether it can be added up from people: it is broken down by what they lead to, on no other way than by them."""
    cell = group.cell
    if cell.grain is not None or cell.picked is not None or not cell.keys:
        return False
    if cell.keys != (people.id,) and not all(_adds(a) for _, a in group.aggregates.values()):
        return False
    try:
        there = prepared.path(group.dataset, people.dataset)
        homes = [prepared.field_of(key).dataset for key in cell.keys]
        beyond = [prepared.path(people.dataset, home) for home in homes]
        return there is not None and all(
            way is not None and prepared.path(group.dataset, home) == (*there, *way)
            for home, way in zip(homes, beyond, strict=True)
        )
    except UnsupportedCombination:  # several ways lead to the person
        return False


def _adds(aggregate: Aggregate) -> bool:
    call = aggregate.call
    return (type(call) in _ADDED or type(call) is exp.Avg) and not isinstance(call.this, exp.Distinct)


def _parts(aggregate: Aggregate) -> tuple[Aggregate, ...]:
    """Of an average the sum and the number that it is made of; nothing of what is added up as it is."""
    if type(aggregate.call) is not exp.Avg:
        return ()
    return tuple(_instead(aggregate, call) for call in (exp.Sum, exp.Count))


def _instead(aggregate: Aggregate, call: Callable[..., Node]) -> Aggregate:
    made, plain = call(this=aggregate.call.this.copy()), aggregate.plain
    return replace(
        aggregate,
        text=made.sql(),
        call=made,
        filled=False,
        plain=call(this=plain.this.copy()) if plain is not None else None,
    )
