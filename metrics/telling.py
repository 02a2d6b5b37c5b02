"""From a question of the algebra to a statement for one viewer and audience: who may see what, compiled, restricted.
What was asked before is not worked out again."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial
from threading import Lock

from metrics.calendar.workdays import is_working_day
from metrics.engines.protocol import Rendered
from metrics.errors import StaleData
from metrics.loaded import Loaded
from metrics.people import Audience, Viewer
from metrics.plan.compile.prepared import Prepared
from metrics.plan.grid.asking import compile_asked
from metrics.plan.grid.sight import Everything, Sight
from metrics.plan.grid.windows import Windows
from metrics.plan.grid.world import World
from metrics.plan.lateness import late_sources
from metrics.policy import restrict, visible
from metrics.policy.asking import Seen, is_public_board
from metrics.policy.sight import Visible
from metrics.query.answer import Column, Note
from metrics.query.asked import Asked
from metrics.query.measure import Measure

__all__ = ["Teller", "Told", "tell"]

_KEPT = 2048  # keys of statements: most have two
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Told:
    """`restricted`: "" | "org_tree" | "channel", when something may have been left out; `disclosed`: it tells something
    of rows that may not be seen."""

    columns: tuple[Column, ...]
    rendered: Rendered
    world: World
    restricted: str = ""
    disclosed: bool = False
    notes: tuple[Note, ...] = ()


class Teller:
    """Remembers statements over the newest data by the newest `kept` keys. Thread-safe."""

    def __init__(self, prepared: Prepared, *, kept: int = _KEPT) -> None:
        self._prepared = prepared
        self._most = kept
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
            found = tell(asked, loaded, self._prepared, viewer, audience, day)
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
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def tell(asked: Asked, loaded: Loaded, prepared: Prepared, viewer: Viewer, audience: Audience, day: dt.date) -> Told:
    """Raises UserErrors: UnknownName, UnsupportedCombination, StaleData, NotPermitted."""
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
    known = loaded.known if rows is None else loaded.lenses.of(rows)
    world = World(prepared, loaded.org, viewer, day, windows, known, sight=sight, whole=_whole(loaded, prepared, rows))
    made = compile_asked(asked, world)
    notes = _late(asked, world, loaded, day)
    restrict(made.tree, rows, prepared=prepared, open_tables=world.open)
    rendered = loaded.engine.render(made.tree)
    if not isinstance(sight, Seen):
        return Told(made.columns, rendered, world, notes=notes)
    return Told(made.columns, rendered, world, sight.why if sight.restricted else "", sight.disclosed, notes)


def _sight(rows: Visible | None, loaded: Loaded, prepared: Prepared, audience: Audience) -> Sight:
    return Everything() if rows is None else Seen(prepared.model, loaded.org, prepared, rows, audience)


def _whole(loaded: Loaded, prepared: Prepared, rows: Visible | None) -> frozenset[str]:
    """Datasets of which every row that is seen leads to a person: where nothing on the way is cut to the viewer."""
    whole, people = loaded.coverage.whole, prepared.model.people
    if rows is None or people is None:
        return whole
    return frozenset(
        d for d in whole if not any(prepared.owners.get(link.target) for link in prepared.path(d, people.dataset) or ())
    )


def _late(asked: Asked, world: World, loaded: Loaded, day: dt.date) -> tuple[Note, ...]:
    """Of each late source whose missing days were asked about. Raises StaleData for a ranking: places change with every
    row that is missing."""
    working = partial(is_working_day, calendar=world.model.calendar)
    late = late_sources(loaded.coverage, day, is_workday=working)
    if not late:
        return ()
    read = {d for m in world.metrics for d in world.prepared.sources(m.name)}
    wanted = [w.full_end for _, w in world.windows.used]
    notes = []
    for dataset, through in sorted(late.items()):
        after = any(end is None or end > through + _ONE_DAY for end in wanted) or not wanted
        if dataset not in read or not after:
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
