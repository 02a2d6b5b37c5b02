"""From a Query to a statement for one viewer and audience: bound, decided, compiled, restricted. Nothing runs here but
the small reads that tell which members exist for somebody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

from metrics.calendar.workdays import is_working_day
from metrics.engines.protocol import Damage, Rendered
from metrics.errors import NotPermitted
from metrics.loaded import Loaded
from metrics.people import Audience, Person, Viewer
from metrics.plan.bind import bind
from metrics.plan.bound import BoundQuery, Condition
from metrics.plan.compile import Compiled, compile_query
from metrics.plan.compile.prepared import Prepared
from metrics.plan.cost import Cost, cost_of
from metrics.plan.each import Fits, known_since
from metrics.plan.lateness import late_notes, late_sources
from metrics.policy import (
    Decision,
    Visible,
    decide,
    peers_seen,
    public_leaderboard,
    public_part,
    restrict,
    undated,
    visible,
)
from metrics.query import Query
from metrics.query.answer import Note

__all__ = ["ALONE", "Planned", "Planner"]

ALONE = Audience.only_viewer()


@dataclass(frozen=True)
class Planned:
    bound: BoundQuery
    compiled: Compiled
    rendered: Rendered
    decision: Decision
    cost: Cost


class Planner:
    """Plans over one model. `damage`: what is wrong with the newest data, where older data is answered from."""

    def __init__(self, prepared: Prepared, *, max_rows: int, damage: Callable[[], Damage | None]) -> None:
        self._model = prepared.model
        self._prepared = prepared
        self._max_rows = max_rows
        self._damage = damage
        self._is_workday = partial(is_working_day, calendar=prepared.model.calendar)

    def plan(
        self,
        query: Query,
        loaded: Loaded,
        viewer: Viewer,
        audience: Audience,
        day: dt.date,
        *,
        totals: bool = False,
    ) -> Planned:
        seen = visible(viewer, audience, model=self._model, org=loaded.org)
        bound = self.bind(query, loaded, viewer, day, seen, audience)
        if seen is not None:
            bound = public_part(bound, len(query.metrics))
        decision = decide(bound, prepared=self._prepared, org=loaded.org, viewer=viewer, audience=audience)
        if seen is not None and decision.rows is None:  # more is read than the asker's own rows: since when counts too
            bound = public_part(self.bind(query, loaded, viewer, day, None, audience), len(query.metrics))
            bound = undated(bound) if decision.disclosed else bound
        bound = peers_seen(bound, decision.rows, self._prepared)
        cost = cost_of(bound, self._prepared, loaded.volume)
        compiled = compile_query(
            bound,
            self._prepared,
            max_rows=self._max_rows,
            reveal=decision.reveal,
            min_peers=decision.min_peers,
            totals=totals or cost.cells > self._max_rows,
        )
        bound = self.noted(bound, compiled, loaded)
        restrict(compiled.tree, decision.rows, prepared=self._prepared, unowned=decision.unowned)
        return Planned(bound, compiled, loaded.engine.render(compiled.tree), decision, cost)

    def noted(self, bound: BoundQuery, compiled: Compiled, loaded: Loaded) -> BoundQuery:
        """With what must be said of the data itself. Raises StaleData for a ranking over late data."""
        notes = list(
            late_notes(
                bound,
                compiled.tree,
                late_sources(loaded.coverage, bound.as_of, is_workday=self._is_workday),
                self._prepared,
            )
        )
        late = {note.fields["source"] for note in notes}
        damage = self._damage()
        if damage is not None:
            notes.append(Note(code="older_data", fields={"file": damage.file}))
        kept = [n for n in bound.notes if n.code != "shorter_source" or n.fields["source"] not in late]
        return replace(bound, notes=(*kept, *notes)) if notes else bound

    def bind(
        self,
        query: Query,
        loaded: Loaded,
        viewer: Viewer,
        day: dt.date,
        seen: Visible | None,
        audience: Audience = ALONE,
    ) -> BoundQuery:
        """`seen`: whose rows tell since when there are any (None: everybody's). Members exist that viewer and audience
        may see: in a channel one's own order is as unknown as one that never was."""
        return bind(
            query,
            prepared=self._prepared,
            org=loaded.org,
            viewer=viewer,
            as_of=day,
            coverage=loaded.coverage if seen is None else loaded.coverage.seen(seen.people),
            members=self.known_to(viewer, audience, loaded),
            is_workday=self._is_workday,
        )

    def known_to(self, viewer: Viewer, audience: Audience, loaded: Loaded) -> Mapping[str, Collection[str]]:
        rows = visible(viewer, audience, model=self._model, org=loaded.org)
        return loaded.known if rows is None else loaded.lenses.of(rows)

    def fits_of(self, loaded: Loaded) -> Fits:
        """Of a place: who sees only themself is told what all such people of their group are told. Of one's own number:
        since when there are rows is the same for everybody unless a window begins before."""
        placed: dict[tuple[Condition, ...], bool] = {}

        def fits(bound: BoundQuery, person: Person, own: tuple[Condition, ...]) -> bool:
            seen = visible(Viewer.of(person), Audience.only_viewer(), model=self._model, org=loaded.org)
            if self._model.access.visibility == "everyone" or public_leaderboard(bound):
                return True
            if bound.rank is None:
                told = [loaded.coverage] if seen is None else [loaded.coverage, loaded.coverage.seen(seen.people)]
                return all(known_since(bound, self._prepared, coverage) for coverage in told)
            if seen is None or seen.people != {person.id}:
                return False
            if own not in placed:
                mine = replace(bound, conditions=own, rank=replace(bound.rank, member=person.id))
                placed[own] = self._told(mine, loaded, person)
            return placed[own]

        return fits

    def _told(self, bound: BoundQuery, loaded: Loaded, person: Person) -> bool:
        """Whether a place may be told, the gap with it where there are others enough."""
        viewer, audience = Viewer.of(person), Audience.only_viewer()
        try:
            decision = decide(bound, prepared=self._prepared, org=loaded.org, viewer=viewer, audience=audience)
        except NotPermitted:
            return False
        return decision.disclosed
