"""Numbers of groups of people out of those of each person: where people, teams and regions are asked about at once, the
rows are read once, by person, and what is additive is added up from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.model.schema import PeopleFields
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure as Aggregate
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import ANCESTOR, Rows
from metrics.plan.grid.floor import Floor
from metrics.plan.grid.group import Cell, Group

if TYPE_CHECKING:
    from metrics.plan.grid.grid import Grid
    from metrics.plan.grid.world import World

__all__ = ["Pool", "Rolled", "share"]

_Place = tuple[str, str | None, Cell]  # dataset, time, what is aggregated by person
_ADDED: dict[type[Node], type[exp.AggFunc]] = {exp.Sum: exp.Sum, exp.Count: exp.Sum, exp.Min: exp.Min, exp.Max: exp.Max}
_NAMES: dict[type[Node], str] = {exp.Sum: "SUM", exp.Count: "COUNT"}  # what an average is made of


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
        outputs += [nodes.aliased(_added(self.base, a, self._column), name) for name, a in group.aggregates.values()]
        return nodes.select(outputs, source=source, joins=joins, group=[key.copy() for key in keys])

    def _column(self, name: str) -> Node:
        return nodes.col(name, self.base.name)


@dataclass(slots=True)
class Pool:
    """Everybody with their numbers of all `bases` (and what grids are broken down by, `keys`) in one table, from which
    each grid takes its own. Only for what is always somebody's: no row of `bases` is lost beside people."""

    name: str
    people: PeopleFields
    keys: tuple[str, ...]
    bases: tuple[Group, ...]
    made: bool = False

    def floor(self, grid: Grid, world: World) -> Floor:
        """All rows of a grid with its groups that are in the pool."""
        if not self.made:
            self.made = True
            world.ctes.append((self.name, self._everybody(world)))
        (key,) = grid.keys
        column, names = f"k{self.keys.index(key)}", {base.name for base in self.bases}
        if key == self.people.id:
            inside = frozenset(g.name for g in grid.groups if g.name in names)
            return Floor(nodes.table(self.name), {"k0": _of(self.name, column)}, inside=inside, wide=self.name)
        table = world.name("r")
        groups = [(g, r.base) for g in grid.groups if (r := world.rolled.get(g.name)) and r.base.name in names]
        outputs = [nodes.aliased(nodes.col(column, self.name), "k0")]
        for group, base in groups:
            read = partial(_pooled, self.name, base)
            outputs += [nodes.aliased(_added(base, a, read), group.name + v) for v, a in group.aggregates.values()]
        made = nodes.select(outputs, source=nodes.table(self.name), group=[nodes.col(column, self.name)])
        world.ctes.append((table, made))
        inside = frozenset(group.name for group, _ in groups)
        return Floor(nodes.table(table), {"k0": _of(table, "k0")}, inside=inside, wide=table)

    def _everybody(self, world: World) -> exp.Select:
        rows = Rows(world.prepared, self.people.dataset, world.as_of)
        outputs = [nodes.aliased(rows.field(key), f"k{i}") for i, key in enumerate(self.keys)]
        joins = list(rows.joins)
        for base in self.bases:
            world.emit(base)
            on = exp.EQ(this=rows.field(self.people.id), expression=nodes.col("k0", base.name))
            joins.append(exp.Join(this=world.table(base.name), side="LEFT", on=on))
            names = [name for name, _ in base.aggregates.values()]
            outputs += [nodes.aliased(nodes.col(name, base.name), base.name + name) for name in names]
        return nodes.select(outputs, source=rows.source, joins=joins)


def share(grids: Sequence[Grid], world: World) -> None:
    """Before any of the grids is built, all of which are of every member of a key: what several of them aggregate of
    the same rows is read by person."""
    people = world.model.people
    if people is None or len(grids) < 2:
        return
    found: dict[_Place, list[Group]] = {}
    for group in (g for grid in grids for g in grid.groups):
        if _rolls(group, people, world.prepared):
            place = group.dataset, group.time, replace(group.cell, keys=(people.id,))
            found.setdefault(place, []).append(group)
    bases: list[Group] = []
    for (dataset, time, cell), groups in found.items():
        if len(groups) < 2:
            continue
        base = next((g for g in groups if g.cell == cell), None)
        if base is None:
            held = people.id if dataset in world.whole and not cell.open else ""
            base = Group(world.name("m"), dataset, time, cell, held)
        bases.append(base)
        for group in groups:
            if group is not base:
                _put(base, (a for _, a in group.aggregates.values()))
                world.rolled[group.name] = Rolled(base)
    _pool(grids, world, people, tuple(base for base in bases if base.held))


def _pool(grids: Sequence[Grid], world: World, people: PeopleFields, bases: tuple[Group, ...]) -> None:
    fields = world.model.fields
    fit = [g for g in grids if g.keys[0] != ANCESTOR and fields[g.keys[0]].dataset == people.dataset and not g.marked]
    if len(fit) > 1 and bases:
        pool = Pool(world.name("p"), people, tuple(dict.fromkeys((people.id, *(g.keys[0] for g in fit)))), bases)
        for grid in fit:
            grid.pool = pool


def _added(base: Group, aggregate: Aggregate, read: Callable[[str], Node]) -> Node:
    """An aggregate out of those by person, of which `read` gives the column of a name."""
    parts = [exp.Sum(this=read(base.column(part))) for part in _parts(aggregate)]
    if parts:
        return nodes.ratio(*parts)
    return _ADDED[type(aggregate.call)](this=read(base.column(aggregate)))


def _pooled(pool: str, base: Group, name: str) -> Node:
    return nodes.col(base.name + name, pool)


def _of(table: str, column: str) -> Callable[[], Node]:
    return lambda: nodes.col(column, table)


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
    return tuple(_instead(aggregate, call) for call in _NAMES)


def _instead(aggregate: Aggregate, call: type[Node]) -> Aggregate:
    made, plain = call(this=aggregate.call.this.copy()), aggregate.plain
    return replace(
        aggregate,
        text=_NAMES[call] + aggregate.text[len("AVG") :],  # as a metric that says so itself has it
        call=made,
        filled=False,
        plain=call(this=plain.this.copy()) if plain is not None else None,
    )
