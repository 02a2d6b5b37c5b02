"""What is known while one question is worked out: the model, who asks, the calendar, and the tables made so far."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from sqlglot import exp

from metrics.errors import CompileError
from metrics.model.schema import Metric, Model
from metrics.people import Org, Viewer
from metrics.plan.bound import Condition
from metrics.plan.compile import nodes
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import Rows
from metrics.plan.grid.remarks import Remarks
from metrics.plan.grid.sight import Cohort, Everything, Sight
from metrics.plan.grid.taken import taken
from metrics.plan.grid.windows import Windows
from metrics.plan.scope import scope_conditions
from metrics.plan.target_periods import TargetPeriods
from metrics.query import Scope
from metrics.query.asked import Population

if TYPE_CHECKING:
    from metrics.plan.grid.grid import Grid
    from metrics.plan.grid.group import Group, Read
    from metrics.plan.grid.num import Num
    from metrics.plan.grid.rolling import Rolled
    from metrics.query.predicate import Whose

__all__ = ["Shared", "World"]


def unheard_of(part: Whose) -> Condition:
    raise CompileError(f"nobody knows yet whose {part.field} is meant")


@dataclass
class Shared:
    """A grid that others look into, made when the first of them is built: so that all they want of it is worked out
    over the same rows at once."""

    name: str
    grid: Grid
    wanted: dict[str, Num] = field(default_factory=dict)
    made: bool = False

    def column(self, num: Num) -> str:
        """The name under which others read the number."""
        key = (num.layer, num.make())
        if key not in self._names:
            self._names[key] = f"c{len(self._names)}"
            self.wanted[self._names[key]] = num
        return self._names[key]

    _names: dict[tuple[int, nodes.Node], str] = field(default_factory=dict)


@dataclass
class World:
    """`ctes`: tables in the order in which they are made. `open`: names of those that read everybody's rows whatever
    the viewer may see. `most`: rows that are fetched (None: all). `personal`: who asks has been looked at. `whole`:
    datasets of which every row that is seen leads to a person who is seen; `open_whole`: of which every row does,
    whoever sees it."""

    prepared: Prepared
    org: Org
    asker: Viewer
    as_of: dt.date
    windows: Windows
    members: Mapping[str, Collection[str]]
    metrics: tuple[Metric, ...] = ()  # those that the question speaks of
    population: Population = "people"  # of which members there is a row: see `Asked.population`
    subjects: tuple[Metric, ...] = ()  # the dated ones that are shown or ordered by, not only in conditions on members
    whose: Callable[[Whose], Condition] = unheard_of
    sight: Sight = field(default_factory=Everything)
    most: int | None = None
    whole: frozenset[str] = frozenset()
    open_whole: frozenset[str] = frozenset()
    target_periods: TargetPeriods = field(default_factory=dict)  # of each metric
    home: Grid | None = None  # the grid of the rows that are shown
    remarks: Remarks = field(default_factory=Remarks)
    open: set[str] = field(default_factory=set)
    ctes: list[tuple[str, exp.Query]] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)  # all that are worked out, by name
    rolled: dict[str, Rolled] = field(default_factory=dict)  # groups that are added up from others, by name
    grids: list[Grid] = field(default_factory=list)  # all that are built
    shared: dict[Hashable, Shared] = field(default_factory=dict)
    cohorts: dict[Hashable, Cohort] = field(default_factory=dict)  # what comparisons may look at
    tables: list[Shared] = field(default_factory=list)
    personal: bool = False
    _emitted: dict[Hashable, str] = field(default_factory=dict)  # work -> the table that has it
    _made: dict[str, str] = field(default_factory=dict)  # group -> the table that has its rows
    _numbers: count[int] = field(default_factory=count)

    @property
    def all_whole(self) -> bool:
        """Whether no row that the question may read is nobody's."""
        targets = self.model.targets
        read = {d for m in self.metrics for d in self.prepared.metric(m.name).datasets}
        return read | ({targets.dataset} if targets is not None else set()) <= self.whole

    @property
    def model(self) -> Model:
        return self.prepared.model

    @property
    def viewer(self) -> Viewer:
        """Who asks. Looked at only where the statement is another one for another person: `personal` becomes true."""
        self.personal = True
        return self.asker

    def rows_of(self, scope: Scope) -> tuple[Condition, ...]:
        """The rows meant by a scope. Raises UnsupportedCombination."""
        if scope == "all":
            return ()
        return scope_conditions(scope, model=self.model, org=self.org, viewer=self.viewer)

    def emit(self, group: Group) -> None:
        """Make the table of a group, unless another one has worked out the same."""
        done = self._emitted.setdefault(group.work, group.name)
        if group.name in self._made:
            return
        self._made[group.name] = done
        if done == group.name:
            rolled = self.rolled.get(group.name)
            self.ctes.append((done, self._selected(group) if rolled is None else self._added_up(group, rolled)))
            if group.cell.open:
                self.open.add(done)

    def _selected(self, group: Group) -> exp.Select:
        made = [g for g in self.groups.values() if self._made.get(g.name) == g.name]
        return taken(group, made, self._sees) or self.read(group).select()

    def _sees(self, group: Group, one: Condition) -> bool:
        """Whether a condition is on whose rows they are, one who may be seen, and nobody else's are read beside."""
        prepared, people = self.prepared, frozenset(v if isinstance(v, str) else str(v) for v in one.values)
        owner = prepared.owners.get(group.dataset)
        if not owner or group.cell.picked is not None or self.sight.named(people) != people:
            return False
        if Rows(prepared, group.dataset, self.as_of).key(one.field) != prepared.field(owner, self.as_of):
            return False
        tables = {table.name for table in dict(self.ctes)[group.name].find_all(exp.Table)}
        read = {prepared.datasets_by_table.get(table) for table in tables} - {group.dataset}
        return all(dataset is not None and prepared.owners.get(dataset) == "" for dataset in read)

    def _added_up(self, group: Group, rolled: Rolled) -> exp.Select:
        people = self.model.people
        assert people is not None, "only what people do is added up by them"
        self.emit(rolled.base)
        rows = Rows(self.prepared, people.dataset, self.as_of)
        return rolled.select(group, self.table(rolled.base.name), people, rows)

    def read(self, group: Group) -> Read:
        """The rows of a group that is worked out here."""
        self.groups[group.name] = group
        return group.read(self.prepared, self.as_of)

    def table(self, group: str, alias: str | None = None) -> exp.Table:
        """The table of a group that has been made."""
        return nodes.table(self._made.get(group, group), alias or group)

    def settle(self, table: str) -> None:
        """Make a shared table that is about to be read."""
        for one in self.tables:
            if one.name == table and not one.made:
                one.made = True
                one.grid.table(one.name, one.wanted)

    def forget(self) -> None:
        """Let go of the tables, once the statement is text."""
        self.ctes.clear()
        self.groups.clear()
        self.rolled.clear()
        self.grids.clear()
        self.shared.clear()
        self.cohorts.clear()
        self.tables.clear()
        self.remarks.columns.clear()
        self.home = None

    def name(self, letter: str) -> str:
        """A table name nobody has yet."""
        return f"_{letter}{next(self._numbers)}"
