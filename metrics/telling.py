"""From a question of the algebra to a statement for one viewer and audience: who may see what, compiled, restricted.
What was asked before is not worked out again."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock

from metrics.calendar.workdays import is_working_day
from metrics.engines.protocol import Rendered
from metrics.errors import StaleData
from metrics.loaded import Loaded
from metrics.model.schema import Model
from metrics.people import Audience, Viewer
from metrics.plan.compile import nodes
from metrics.plan.compile.prepared import Prepared
from metrics.plan.cost import Cost, cost_of
from metrics.plan.grid.asking import compile_asked
from metrics.plan.grid.sight import Everything, Sight
from metrics.plan.grid.windows import Windows
from metrics.plan.grid.world import World
from metrics.plan.lateness import late_sources
from metrics.plan.size import size_query
from metrics.policy import OTHERS, restrict, visible
from metrics.policy.asking import Seen, is_public_board
from metrics.policy.sight import Visible
from metrics.query.answer import Column, Note
from metrics.query.asked import Asked
from metrics.query.measure import Measure

__all__ = ["Teller", "Told", "known_to", "tell"]

_KEPT = 2048  # keys of statements: most have two
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Told:
    """`restricted`: "" | "org_tree" | "channel", when something may have been left out; `others`: it tells something of
    rows that may not be seen, where there are so many of them. `size`: counts the members of the largest grid over
    time, where there is one."""

    columns: tuple[Column, ...]
    rendered: Rendered
    world: World
    cost: Cost
    restricted: str = ""
    others: int = 0
    notes: tuple[Note, ...] = ()
    size: Rendered | None = None


class Teller:
    """Remembers statements over the newest data by the newest `kept` keys. Thread-safe. `most`: rows that a statement
    gives; a grid over time of more than `cells` is to be counted before it is worked out."""

    def __init__(self, prepared: Prepared, *, most: int, cells: int, kept: int = _KEPT) -> None:
        self._prepared = prepared
        self._most, self._cells, self._room = most, cells, kept
        self._kept: OrderedDict[Hashable, Told] = OrderedDict()
        self._version = ""
        self._lock = Lock()

    def tell(self, asked: Asked, loaded: Loaded, viewer: Viewer, audience: Audience, day: dt.date) -> Told:
        """As `tell`."""
        # Whole people, not their ids: what somebody may see can change while the data does not.
        own = (asked, viewer.person, viewer.system, audience.members, audience.unknown, day, loaded.version)
        found = self._known(own, loaded.version)
        if found is not None:
            return found
        # Who may see the same rows is told the same, unless the question speaks of who asks.
        rows = visible(viewer, audience, model=self._prepared.model, org=loaded.org)
        alike = (asked, rows, audience.members is not None, day, loaded.version)
        found = self._known(alike, loaded.version)
        if found is None:
            found = tell(asked, loaded, self._prepared, viewer, audience, day, most=self._most, cells=self._cells)
            found.world.forget()
            if not found.world.personal:
                self._keep(alike, found)
        self._keep(own, found)
        return found

    def _known(self, key: Hashable, version: str) -> Told | None:
        with self._lock:
            if self._version != version:
                self._kept.clear()
                self._version = version
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def _keep(self, key: Hashable, made: Told) -> None:
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)

    def count(self, asked: Asked, loaded: Loaded, viewer: Viewer, audience: Audience, day: dt.date) -> Rendered:
        """One row, one number: how many rows the table has in all."""
        return tell(asked, loaded, self._prepared, viewer, audience, day, counted=True).rendered


def tell(
    asked: Asked,
    loaded: Loaded,
    prepared: Prepared,
    viewer: Viewer,
    audience: Audience,
    day: dt.date,
    *,
    most: int | None = None,
    cells: int | None = None,
    counted: bool = False,
) -> Told:
    """`counted`: only how many rows there are. Raises UserErrors: UnknownName, UnsupportedCombination, StaleData,
    NotPermitted."""
    model = prepared.model
    rows = visible(viewer, audience, model=model, org=loaded.org)
    if rows is not None and is_public_board(asked, model, day):
        rows = None
    windows = Windows(
        prepared,
        loaded.coverage if rows is None else loaded.coverage.seen(rows.people),
        as_of=day,
        is_workday=partial(is_working_day, calendar=model.calendar),
    )
    sight = _sight(rows, loaded, prepared, audience)
    known = _known(rows, loaded)
    world = World(
        prepared,
        loaded.org,
        viewer,
        day,
        windows,
        known,
        sight=sight,
        most=most,
        whole=_whole(loaded, prepared, rows),
        open_whole=loaded.coverage.whole,
        target_periods=loaded.target_periods,
    )
    made = compile_asked(asked, world)
    notes = _late(asked, world, loaded, day)
    cost = cost_of(world, loaded.volume)
    size = None
    grid = cost.grid
    if cells is not None and cost.cells > cells and grid is not None and grid.keys and grid.grain is not None:
        size = loaded.engine.render(restrict(size_query(grid), rows, prepared=prepared))
    tree = nodes.counted(made.tree) if counted else made.tree
    restrict(tree, rows, prepared=prepared, open_tables=world.open)
    if size is None:
        cost = replace(cost, grid=None)  # nothing is left to ask it
    told = Told(made.columns, loaded.engine.render(tree), world, cost, notes=notes, size=size)
    if not isinstance(sight, Seen):
        return told
    why = sight.why if sight.restricted else ""
    return replace(told, restricted=why, others=OTHERS if sight.disclosed else 0)


def known_to(viewer: Viewer, audience: Audience, loaded: Loaded, model: Model) -> Mapping[str, Collection[str]]:
    """Field id -> the members that exist for viewer and audience."""
    return _known(visible(viewer, audience, model=model, org=loaded.org), loaded)


def _known(rows: Visible | None, loaded: Loaded) -> Mapping[str, Collection[str]]:
    return loaded.known if rows is None else loaded.lenses.of(rows)


def _sight(rows: Visible | None, loaded: Loaded, prepared: Prepared, audience: Audience) -> Sight:
    return (
        Everything()
        if rows is None
        else Seen(prepared.model, loaded.org, prepared, rows, audience, loaded.coverage.outside)
    )


def _whole(loaded: Loaded, prepared: Prepared, rows: Visible | None) -> frozenset[str]:
    """Datasets of which every row that is seen leads to a person: where nothing on the way is cut to the viewer."""
    whole, people = loaded.coverage.whole, prepared.model.people
    if rows is None or people is None:
        return whole
    return frozenset(
        d for d in whole if not any(prepared.owners.get(link.target) for link in prepared.path(d, people.dataset) or ())
    )


def _late(asked: Asked, world: World, loaded: Loaded, day: dt.date) -> tuple[Note, ...]:
    """Of each late source whose missing days were asked about; the state now is always of today. Raises StaleData for a
    ranking: places change with every row that is missing."""
    working = partial(is_working_day, calendar=world.model.calendar)
    late = late_sources(loaded.coverage, day, is_workday=working)
    if not late:
        return ()
    read = {d for m in world.metrics for d in world.prepared.sources(m.name)}
    now = any(m.snapshot for m in world.metrics)
    notes = []
    for dataset, through in sorted(late.items()):
        if dataset not in read or not (now or world.windows.asked_after(through)):
            continue
        since = {"since": (through + _ONE_DAY).isoformat(), "through": through.isoformat()}
        if _ranks(asked):
            raise StaleData("stale_data", subject=dataset, fields=since)
        notes.append(Note(code="late_source", fields={"source": dataset, **since}))
    return tuple(notes)


def _ranks(asked: Asked) -> bool:
    """Places, or the first or last few of something."""
    parts = (p for whole in asked.families() for p in whole.walk())
    return (asked.limit is not None and bool(asked.fields)) or any(isinstance(p, Measure) and p.ranks for p in parts)
