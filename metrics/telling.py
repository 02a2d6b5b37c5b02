"""From a question of the algebra to a statement for one viewer and audience: who may see what, compiled, restricted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial

from metrics.calendar.workdays import is_working_day
from metrics.engines.protocol import Rendered
from metrics.loaded import Loaded
from metrics.people import Audience, Viewer
from metrics.plan.compile.prepared import Prepared
from metrics.plan.grid.asking import compile_asked
from metrics.plan.grid.final import Statement
from metrics.plan.grid.sight import Everything, Sight
from metrics.plan.grid.windows import Windows
from metrics.plan.grid.world import World
from metrics.policy import restrict, visible
from metrics.policy.asking import Seen, is_public_board
from metrics.policy.sight import Visible
from metrics.query.asked import Asked

__all__ = ["Told", "tell"]


@dataclass(frozen=True)
class Told:
    """`restricted`: "" | "org_tree" | "channel", when something may have been left out; `disclosed`: it tells something
    of rows that may not be seen."""

    statement: Statement
    rendered: Rendered
    world: World
    restricted: str = ""
    disclosed: bool = False


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
    world = World(prepared, loaded.org, viewer, day, windows, known, sight=sight)
    made = compile_asked(asked, world)
    restrict(made.tree, rows, prepared=prepared, open_tables=world.open)
    rendered = loaded.engine.render(made.tree)
    if not isinstance(sight, Seen):
        return Told(made, rendered, world)
    return Told(made, rendered, world, sight.why if sight.restricted else "", sight.disclosed)


def _sight(rows: Visible | None, loaded: Loaded, prepared: Prepared, audience: Audience) -> Sight:
    if rows is None:
        return Everything()
    return Seen(prepared.model, loaded.org, prepared, rows, audience)
