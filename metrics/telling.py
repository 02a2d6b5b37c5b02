"""From a question of the algebra to a statement for one viewer and audience: who may see what, compiled, restricted.
What was asked before is not worked out again."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from metrics.calendar.binding import Days
from metrics.calendar.workdays import is_working_day
from metrics.engines.protocol import ASKER, Rendered
from metrics.errors import StaleData
from metrics.loaded import Loaded
from metrics.model.schema import Metric, Model
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

if TYPE_CHECKING:
    from metrics.policy.of_oneself import About, Watched

__all__ = ["Teller", "Told", "known_to", "tell"]

_KEPT = 2048  # keys of statements: most have two
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Told:
    """`restricted`: "" | "org_tree" | "channel", when something may have been left out; `others`: it tells something of
    rows that may not be seen, where there are so many of them. `size`: counts the members of the largest grid over
    time, where there is one. `watched`: what was decided of who asks, where another may be told the same text."""

    columns: tuple[Column, ...]
    rendered: Rendered
    world: World
    cost: Cost
    restricted: str = ""
    others: int = 0
    notes: tuple[Note, ...] = ()
    size: Rendered | None = None
    watched: Watched | None = field(default=None, compare=False)


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
            found = self._told(asked, loaded, viewer, audience, day, rows)
            if not found.world.personal:
                self._keep(alike, found)
        self._keep(own, found)
        return found

    def _told(
        self, asked: Asked, loaded: Loaded, viewer: Viewer, audience: Audience, day: dt.date, rows: Visible | None
    ) -> Told:
        """As another was told who asked the same of themselves, or anew."""
        about = _asks_alone(asked, viewer, audience, rows, self._prepared)
        same = (asked, day, loaded.version)
        known = self._known(same, loaded.version) if about is not None else None
        if known is not None and about is not None and self._holds_for(known, about, loaded, audience, day):
            world = copy(known.world)
            world.asker = about.viewer
            return replace(known, world=world, rendered=Rendered(known.rendered.sql, {ASKER: str(about.asker)}))
        made = tell(asked, loaded, self._prepared, viewer, audience, day, most=self._most, cells=self._cells)
        made.world.forget()
        if made.watched is not None:
            self._keep(same, made)
        return made

    def _holds_for(self, told: Told, about: About, loaded: Loaded, audience: Audience, day: dt.date) -> bool:
        """Whether somebody else may be told what was told of who asked before, in the same words."""
        windows = _windows(about.rows, loaded, self._prepared, day)
        sight = _sight(about.rows, loaded, self._prepared, audience)
        if told.watched is None or not isinstance(sight, Seen) or not windows.begun_before(_used(told.world)):
            return False
        return told.watched.holds_for(sight, about.asker)

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
    about = _asks_alone(asked, viewer, audience, rows, prepared)
    if about is not None:
        viewer, rows = about.viewer, about.rows
    if rows is not None and is_public_board(asked, model, day):
        rows = None
    windows = _windows(rows, loaded, prepared, day)
    sight = _sight(rows, loaded, prepared, audience)
    watched = _watched(sight, about)
    known = _known(rows, loaded)
    world = World(
        prepared,
        loaded.org,
        viewer,
        day,
        windows,
        known,
        sight=watched or sight,
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
    if most is not None and cost.shown is not None and cost.shown <= most:
        made.tree.set("limit", None)  # finding the first so many of fewer costs more; the engine fetches no more anyway
    tree = nodes.counted(made.tree) if counted else made.tree
    restrict(tree, rows, prepared=prepared, open_tables=world.open)
    if size is None:
        cost = replace(cost, grid=None)  # nothing is left to ask it
    told = Told(made.columns, loaded.engine.render(tree), world, cost, notes=notes, size=size)
    if not isinstance(sight, Seen):
        return told
    why = sight.why if sight.restricted else ""
    if watched is not None and not (watched.shares(told.rendered) and windows.begun_before(_used(world))):
        watched = None
    return replace(told, restricted=why, others=OTHERS if sight.disclosed else 0, watched=watched)


def known_to(viewer: Viewer, audience: Audience, loaded: Loaded, model: Model) -> Mapping[str, Collection[str]]:
    """Field id -> the members that exist for viewer and audience."""
    return _known(visible(viewer, audience, model=model, org=loaded.org), loaded)


def _known(rows: Visible | None, loaded: Loaded) -> Mapping[str, Collection[str]]:
    return loaded.known if rows is None else loaded.lenses.of(rows)


def _asks_alone(
    asked: Asked, viewer: Viewer, audience: Audience, rows: Visible | None, prepared: Prepared
) -> About | None:
    if rows is None:
        return None
    from metrics.policy.of_oneself import asks_alone  # here: who sees everything is told what others are who see it

    return asks_alone(asked, viewer, audience, rows, prepared)


def _watched(sight: Sight, about: About | None) -> Watched | None:
    if about is None or not isinstance(sight, Seen):
        return None
    from metrics.policy.of_oneself import Watched  # here, as above

    return Watched(sight, about.asker)


def _windows(rows: Visible | None, loaded: Loaded, prepared: Prepared, day: dt.date) -> Windows:
    coverage = loaded.coverage if rows is None else loaded.coverage.seen(rows.people)
    return Windows(prepared, coverage, as_of=day, is_workday=partial(is_working_day, calendar=prepared.model.calendar))


def _used(world: World) -> Iterator[tuple[Days, Metric]]:
    """The windows of a question that has been planned, each with what is taken over it."""
    return ((days, metric) for (_, days), metrics in world.windows.used.items() for metric in metrics.values())


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
