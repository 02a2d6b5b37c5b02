"""A grid: one row per combination of keys and bucket, and the numbers that stand on it.

Numbers are put on in *layers*. Layer 0 reads the aggregated groups; a window function may be selected beside them, but
what looks at its result from another row, or filters on it, reads it as a column of the next layer. A grid is built
once, when everything has been put on it; a grid that another one looks into becomes a table of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sqlglot import exp

from metrics.errors import CompileError
from metrics.plan.bound import Condition, Peers, Tree
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure as Aggregate
from metrics.plan.grid.floor import Floor, beside, floor_of
from metrics.plan.grid.group import Cell, Group, later
from metrics.plan.grid.num import Num
from metrics.plan.grid.rolling import Pool
from metrics.plan.grid.spine import Outline, Shown
from metrics.plan.grid.windows import Buckets
from metrics.plan.grid.world import World

__all__ = ["Built", "Grid"]

Conditions = tuple[Tree | Condition, ...]


@dataclass(frozen=True, slots=True)
class _Joined:
    """A table beside the spine: on these of its columns, or on a constant."""

    table: str
    alias: str
    on: Callable[[str], Node | None]


@dataclass(slots=True)
class Built:
    """The last layer of a grid: what to select from, and its columns by name. `whole`: one row of all that is read."""

    source: Node
    joins: list[exp.Join]
    where: list[Node]
    group: list[Node]
    columns: dict[str, Callable[[], Node]]
    layer: int
    whole: bool = False

    def select(
        self,
        outputs: Sequence[Node],
        *,
        where: Sequence[Node] = (),
        group: Sequence[Node] = (),
        order: Sequence[exp.Ordered] = (),
        limit: int | None = None,
    ) -> exp.Select:
        """`where` and `group`: of a grid that was built flat."""
        if self.whole and not any(map(nodes.aggregates, outputs)):
            return nodes.select(outputs, order=order, limit=limit)  # not a row for each of those read
        return nodes.select(
            outputs,
            source=self.source,
            joins=self.joins,
            where=nodes.all_of([*self.where, *where]),
            group=[*self.group, *group],
            order=order,
            limit=limit,
        )


@dataclass
class Grid:
    """`keys`: field ids; `grain`: of the `buckets`. `peers`: members that are there without rows."""

    world: World
    keys: tuple[str, ...]
    grain: str | None = None
    buckets: Buckets | None = None
    peers: Peers | None = None
    records: Callable[[], Peers] | None = None  # who is there where nothing else says so
    kept: bool = False  # only what a member of `peers` is, whatever else has rows
    reach: int = 0  # numbers of so many buckets before are looked at
    nums: dict[Hashable, Num] = field(default_factory=dict)  # what stands on it, by measure and place
    aims: dict[Hashable, tuple[Num, Callable[[], None]]] = field(default_factory=dict)  # targets, and what is said then
    shown: Shown | None = None  # order and number of its rows, where no others need to be worked out
    _shifted: dict[tuple[str, int], str] = field(default_factory=dict)  # a group as earlier buckets see it
    _shifts: dict[str, set[int]] = field(default_factory=dict)  # from how many buckets later a group is looked at
    spec: Hashable = None  # of a grid that is shared
    depth: int = 0  # grids look into deeper ones
    _groups: dict[tuple[str, str | None, Cell], Group] = field(default_factory=dict)
    _joined: dict[tuple[str, Hashable], _Joined] = field(default_factory=dict)
    _layers: list[dict[str, Callable[[], Node]]] = field(default_factory=lambda: [{}])
    pool: Pool | None = None  # what it is built on, together with others
    _names: dict[tuple[int, Node], str] = field(default_factory=dict)
    marked: bool = False  # it is asked of its rows whether they are a peer's
    _layer_names: list[str] = field(default_factory=list)
    _floor: Floor | None = None
    _built: bool = False

    def __post_init__(self) -> None:
        self._layer_names = [self.world.name("s")]

    # --- putting numbers on ------------------------------------------------------------------------------------------

    def aggregate(
        self, dataset: str, time: str | None, cell: Cell, measure: Aggregate, shift: int = 0
    ) -> Callable[[], Node]:
        """An aggregate over rows, grouped by some or all keys of the grid, as a column of layer 0. `shift`: that of so
        many buckets before."""
        assert not self._built
        key = (dataset, time, cell)
        if key not in self._groups:
            self._groups[key] = self._group(*key)
        group = self._groups[key]
        column, name = group.column(measure), group.name
        self._shifts.setdefault(name, set()).add(shift)
        if not shift:
            return lambda: self._aggregated(name, column)
        earlier = self._shifted.setdefault((name, shift), self.world.name("b"))
        return lambda: self._earlier(name, earlier, column)

    def _group(self, dataset: str, time: str | None, cell: Cell) -> Group:
        whole = self.world.open_whole if cell.open else self.world.whole
        held = self.lean if dataset in whole else ""
        return Group(self.world.name("m"), dataset, time, cell, held)

    def _aggregated(self, group: str, column: str) -> Node:
        if self._floor is not None and group in self._floor.inside:
            if self._floor.wide:
                return nodes.col(group + column, self._floor.wide)
            if self._floor.calls:
                return self._floor.calls[column]()
        return nodes.col(column, group)

    def _earlier(self, group: str, earlier: str, column: str) -> Node:
        beside = self._floor is not None and self._floor.earlier
        return nodes.col(earlier + column, group) if beside else nodes.col(column, earlier)

    @property
    def lean(self) -> str:
        """The id of people where the other keys follow from it: then rows are grouped by it alone."""
        people = self.world.model.people
        there = people is not None and self.peers is not None and people.dataset == self.peers.dataset
        return people.id if there and people is not None and people.id in self.keys else ""

    def leaned(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Of some keys of the grid those that rows need to be grouped by."""
        return (self.lean,) if self.lean and self.lean in keys else keys

    def key(self, field_id: str, layer: int = 0) -> Node:
        """A key column as layer 0 or a later one reads it."""
        return self._key(f"k{self.keys.index(field_id)}", layer)

    def bucket(self, layer: int = 0) -> Node:
        return self._key("t", layer)

    def _key(self, name: str, layer: int) -> Node:
        if layer == 0 and self._floor is not None:
            return self._floor.keys[name]()
        return nodes.col(name, self._layer_names[layer])

    @property
    def only_peers(self) -> bool:
        """Whether every row is that of one of `peers`."""
        peers = self.peers
        if peers is None or self.kept:
            return peers is not None
        people = self.world.model.people
        anybody = not peers.conditions and not peers.facts and people is not None
        settled = people is not None and people.active_from is None and people.active_to is None
        return bool(self.lean) and anybody and (settled or peers.active is None) and self.world.all_whole

    def member(self, key: str, layer: int = 0) -> Node:
        """Whether a row is that of one of the peers, whom `key` tells apart."""
        if not self.marked:
            return nodes.is_null(self.key(key, layer), negated=True)
        if layer == 0 and self._floor is not None and self._floor.member is not None:
            return self._floor.member()
        return nodes.col("p", self._layer_names[layer])

    def join(self, table: str, on: Callable[[str], Node | None], row: Hashable = None) -> str:
        """Put a table of its own beside the spine, `on(its name here)`; at most one of its rows may fit each row here.
        `row`: which of them, where it is not the one of the same keys. Gives its name here."""
        if (table, row) not in self._joined:
            taken = any(t == table for t, _ in self._joined)
            self._joined[table, row] = _Joined(table, self.world.name("j") if taken else table, on)
        return self._joined[table, row].alias

    def rowwise(self, make: Callable[..., Node], *nums: Num) -> Num:
        """A number from others of the same row."""
        layer = max((n.layer for n in nums), default=0)
        lifted = [self.lift(n, layer) for n in nums]
        return Num(lambda: make(*(n.make() for n in lifted)), layer, any(n.windowed for n in lifted))

    def over_rows(self, make: Callable[..., Node], *nums: Num) -> Num:
        """A number from those of other rows: `make(layer, *nodes)` gives a window function, whose parts it reads in
        that layer (`key`, `bucket`)."""
        layer = max((n.layer + n.windowed for n in nums), default=0)
        lifted = [self.lift(n, layer) for n in nums]
        return Num(lambda: make(layer, *(n.make() for n in lifted)), layer, True)

    def lift(self, num: Num, layer: int) -> Num:
        """The same number as a column of a later layer."""
        while num.layer < layer:
            name = self._put(num)
            at = num.layer + 1
            table = self._layer_names[at]
            num = Num(_column(name, table), at)
        return num

    def _put(self, num: Num) -> str:
        key = (num.layer, num.make())
        if key not in self._names:
            self._names[key] = f"x{len(self._names)}"
            while len(self._layers) <= num.layer + 1:
                self._layers.append({})
                self._layer_names.append(self.world.name("l"))
            self._layers[num.layer][self._names[key]] = num.make
        return self._names[key]

    @property
    def groups(self) -> Collection[Group]:
        """All that are aggregated for its rows."""
        return self._groups.values()

    def members(self) -> list[Group]:
        """The groups that say who has rows here."""
        own = self.leaned(self.keys)
        return [g for g in self._groups.values() if g.cell.keys == own]

    # --- building ----------------------------------------------------------------------------------------------------

    def build(self, wanted: dict[str, Num], *, flat: bool = False) -> Built:
        """Everything in one SELECT's reach. `wanted` come by name beside the keys (k0, …) and the bucket (t); `flat`:
        as plain columns, so that they can be filtered on."""
        layer = max((n.layer + (flat and n.windowed) for n in wanted.values()), default=0)
        lifted = {name: self.lift(n, layer) for name, n in wanted.items()}
        self._built = True
        self.world.grids.append(self)
        for table, _ in self._joined:
            self.world.settle(table)
        made = self._base(bare=layer > 0 or not flat)
        for number, name in enumerate(self._layer_names[1 : layer + 1]):
            columns = self._keys(number) | self._layers[number]
            outputs = [nodes.aliased(make(), column) for column, make in columns.items()]
            self.world.ctes.append((name, made.select(outputs)))
            made = Built(nodes.table(name), [], [], [], {}, number + 1)
        made.columns = self._keys(layer) | {name: n.make for name, n in lifted.items()}
        return made

    def table(self, name: str, wanted: dict[str, Num]) -> None:
        """The grid as a table of its own, with the keys and `wanted` as columns."""
        built = self.build(wanted)
        outputs = [nodes.aliased(make(), column) for column, make in built.columns.items()]
        self.world.ctes.append((name, built.select(outputs)))

    def _keys(self, layer: int) -> dict[str, Callable[[], Node]]:
        names = [f"k{i}" for i in range(len(self.keys))] + (["t"] if self.grain is not None else [])
        made: dict[str, Callable[[], Node]] = {name: partial(self._key, name, layer) for name in names}
        return made | ({"p": partial(self.member, self.lean, layer)} if self.marked else {})

    def _base(self, *, bare: bool) -> Built:
        """The floor with everything beside it."""
        world = self.world
        self._present()
        groups = list(self._groups.values())
        own = self.members()
        unsaid = self.peers is None and not own and self.records is not None
        outline = Outline(
            self._layer_names[0],
            self.keys,
            self.buckets,
            self.records() if unsaid and self.records is not None else self.peers,
            self.kept,
            self.lean,
            self.shown,
        )
        bare = bare and not self._joined and not self._shifted
        if self.pool is not None:
            floor = self.pool.floor(self, world)
        else:
            along = None
            if self._shifted and not self._joined:
                from metrics.plan.grid.along import floor_along  # here: most look at no earlier buckets

                along = floor_along(outline, world, groups, self._shifted)
            floor = along or floor_of(outline, world, groups, own, self._shifts, bare=bare)
        self._floor = floor
        joins = list(floor.joins)
        for group in groups:
            if group.name not in floor.inside:
                world.emit(group)
                joins.append(
                    beside(world.table(group.name), self._match(group.cell.keys, group.cell.grain, group.name))
                )
        for group in groups:
            for (name, shift), alias in self._shifted.items():
                if name == group.name and not floor.earlier:
                    on = self._match(group.cell.keys, None, alias)
                    assert self.grain is not None
                    earlier = later(nodes.col("t", alias), self.grain, shift)
                    same = exp.EQ(this=self.bucket(), expression=earlier)
                    both = nodes.all_of([*([on] if on is not None else []), same])
                    joins.append(beside(world.table(name, alias), both))
        for other in self._joined.values():
            joins.append(beside(nodes.table(other.table, other.alias), other.on(other.alias)))
        return Built(floor.source, joins, floor.where, floor.group, {}, 0, bool(floor.calls) and not floor.group)

    def _present(self) -> None:
        """What only coarser numbers know of is there as well: "the total beside each customer" has a row for each."""
        if not self.keys or (self.kept and self.peers is not None):
            return
        for (dataset, time, cell), group in list(self._groups.items()):
            own = self.leaned(self.keys)
            if cell.keys == own or cell.aside:
                continue
            place = (dataset, time, replace(cell, keys=own, grain=self.grain if cell.grain is not None else None))
            if place not in self._groups:
                self._groups[place] = self._group(*place)
            for _, aggregate in group.aggregates.values():
                self._groups[place].column(aggregate)

    def _match(self, keys: Sequence[str], grain: str | None, table: str) -> Node | None:
        """NULL keys meet: the "(none)" member is a member."""
        telling = [(i, k) for i, k in enumerate(keys) if k == self.lean or not (self.lean and self.lean in keys)]
        pairs: list[Node] = [nodes.same(self.key(k), nodes.col(f"k{i}", table)) for i, k in telling]
        if grain is not None:
            if grain != self.grain:
                raise CompileError(f"buckets of a {grain} beside those of a {self.grain}")
            pairs.append(exp.EQ(this=self.bucket(), expression=nodes.col("t", table)))
        return nodes.all_of(pairs)

    def match(self, keys: Sequence[str], grain: str | None) -> Callable[[str], Node | None]:
        """How a table with these keys is joined; without any, every row meets its only one."""
        return lambda table: self._match(keys, grain, table)


def _column(name: str, table: str) -> Callable[[], Node]:
    return lambda: nodes.col(name, table)
