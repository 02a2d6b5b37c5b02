"""`Metrics`: the one entry. A Query goes in with who asks, who will see and when; an Answer comes out. No way round
it."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TypeVar
from zoneinfo import ZoneInfo

from metrics.calendar.workdays import is_working_day
from metrics.engines import open_engines
from metrics.engines.protocol import Damage, Engine, Engines, Rendered, Result
from metrics.errors import (
    DamagedSnapshot,
    DamagedStore,
    LoadError,
    NotPermitted,
    StaleData,
    TooLarge,
    UnknownName,
    UnsupportedCombination,
    UserError,
)
from metrics.model import load_model
from metrics.model.schema import Model
from metrics.people import Audience, Org, Person, Viewer
from metrics.people.org import read_members, read_org
from metrics.plan.bind import bind
from metrics.plan.bound import BoundQuery, Condition, Coverage
from metrics.plan.compile import GROUPS, Compiled, compile_query
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.size import size_query
from metrics.plan.cost import Cost, cost_of, too_large
from metrics.plan.coverage import coverage_of
from metrics.plan.each import Cut, Fits, cut_of, dealt, known_since
from metrics.plan.lateness import late_notes, late_sources
from metrics.plan.names import metric_named
from metrics.plan.shape import definition, shape
from metrics.plan.volume import Volume, volume_of
from metrics.policy import (
    OTHERS,
    Decision,
    Lenses,
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
from metrics.query.answer import Answer, Note

__all__ = ["Metrics"]

_ALONE = Audience.only_viewer()
_T = TypeVar("_T")
_MOST_DAMAGED = 3  # snapshots in a row, under one question
_MOST_ROWS_OF_ALL = 2_000_000  # of a statement for many people


@dataclass(frozen=True)
class _Loaded:
    """What was read through one engine: valid as long as its version of the data is the newest."""

    version: str
    org: Org
    members: Mapping[str, tuple[str, ...]]
    known: Mapping[str, frozenset[str]]
    coverage: Coverage
    volume: Volume
    engine: Engine
    lenses: Lenses


@dataclass(frozen=True)
class _Planned:
    bound: BoundQuery
    compiled: Compiled
    rendered: Rendered
    decision: Decision


class Metrics:
    """The metric store of one workspace, for any number of threads. Open it once; close it at the end.

    `as_of` is a datetime: aware, or naive local time of the organisation. "To date" windows end with the earlier of its
    local date and the last complete day of the data. All methods raise `UserError`s that are safe to show, and
    InternalErrors.
    """

    def __init__(
        self,
        workspace: Path,
        model: Model,
        engines: Engines,
        *,
        timeout_s: float,
        max_rows: int,
        max_cells: int,
        admit: Callable[[Cost], None],
    ) -> None:
        self.model = model
        self._workspace = workspace
        self._engines = engines
        self._timeout_s = timeout_s
        self._max_rows = max_rows
        self._max_cells = max_cells
        self._admit = admit
        self._prepared = Prepared(model)
        self._zone = ZoneInfo(model.calendar.timezone)
        self._is_workday = partial(is_working_day, calendar=model.calendar)
        self._loaded: _Loaded | None = None
        self._lock = Lock()

    @staticmethod
    def open(
        workspace: Path,
        *,
        timeout_s: float = 10,
        memory: str = "512MB",
        max_rows: int = 1000,
        max_cells: int = 500_000,
        threads: int = 1,
        at_once: int = 2,
        admit: Callable[[Cost], None] = lambda _: None,
    ) -> Metrics:
        """Read the model of a workspace. Nothing need be loaded yet: then every question is answered with
        `no_data_store`. `threads`: of the engine, for each of the `at_once` statements it runs. `max_cells`: members
        times buckets of time that a question may have. `admit`: called before a question reads any rows with what it
        will take; what it raises ends the question.

        Raises ModelError with everything that is wrong with the YAML files."""
        return Metrics(
            workspace,
            load_model(workspace),
            open_engines(workspace, memory=memory, threads=threads, at_once=at_once, timeout_s=timeout_s),
            timeout_s=timeout_s,
            max_rows=max_rows,
            max_cells=max_cells,
            admit=admit,
        )

    def close(self) -> None:
        self._engines.close()

    @property
    def org(self) -> Org:
        """Everybody, as of the newest snapshot; those of sales.yaml alone before the first load."""
        newest = self._served()
        return newest.org if newest is not None else Org({p.id: p for p in self.model.others})

    @property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """Field id -> its distinct text values, most frequent first."""
        newest = self._served()
        return newest.members if newest is not None else {}

    @property
    def data_through(self) -> dt.date | None:
        """The last day for which every dated table is complete."""
        if self.data_version is None:
            return None
        return min((d for d in self._newest().coverage.through.values() if d is not None), default=None)

    @property
    def data_version(self) -> str | None:
        return self._engines.current_version()

    def sees(self, viewer: Viewer) -> Callable[[str, str], bool]:
        """(field id, member) -> whether it exists for this viewer: in a row they may see, or in a table that is
        nobody's. A hidden member is like one that never was."""

        def exists(field_id: str, member: str) -> bool:
            with self._lease() as loaded:
                known = self._known_to(viewer, _ALONE, loaded).get(field_id)
            return known is None or member in known

        return exists

    def answer(self, query: Query, *, viewer: Viewer, audience: Audience, as_of: dt.datetime) -> Answer:
        """The rows, and the receipt that says where they come from."""
        return self._read_well(lambda loaded: self._answer(query, loaded, viewer, audience, as_of))

    def _answer(self, query: Query, loaded: _Loaded, viewer: Viewer, audience: Audience, as_of: dt.datetime) -> Answer:
        started = time.perf_counter()
        if query.define:
            metrics = [metric_named(self.model, n) for n in query.metrics]
            return definition(query, metrics, as_of=as_of, through=self.data_through, version=loaded.version)
        planned = self._plan(query, loaded, viewer, audience, as_of)
        self._afford(planned, loaded)
        compiled = time.perf_counter()
        result = self._run(planned, loaded)
        if (
            result.truncated and GROUPS not in planned.compiled.hidden
        ):  # rare: then it is worth counting what is not shown
            planned = self._plan(query, loaded, viewer, audience, as_of, totals=True)
            result = self._run(planned, loaded)
        done = time.perf_counter()
        made = shape(
            planned.bound,
            planned.compiled,
            result,
            planned.rendered,
            decision=planned.decision,
            as_of=as_of,
            max_rows=self._max_rows,
        )
        ms = {"compile": (compiled - started) * 1000, "execute": (done - compiled) * 1000}
        return made.model_copy(update={"query": query, "receipt": made.receipt.model_copy(update={"ms": ms})})

    def sql(
        self, query: Query, *, viewer: Viewer, audience: Audience, as_of: dt.datetime
    ) -> tuple[str, dict[str, object]]:
        """What `answer` would run: SQL text and bound parameters."""
        rendered = self._read_well(lambda loaded: self._plan(query, loaded, viewer, audience, as_of).rendered)
        return rendered.sql, dict(rendered.params)

    def answer_each(self, query: Query, *, people: Sequence[Person], as_of: dt.datetime) -> dict[str, Answer]:
        """What `answer` would give each person in a DM, in as few statements as it takes. Person id -> Answer; people
        for whom `answer` would raise a UserError are left out (a question about "me" for somebody who does not sell).
        Raises StaleData: late data is late for everybody."""
        answers = self._read_well(lambda loaded: self._answer_together(query, people, loaded, as_of))
        for person in people:
            if person.id not in answers:
                try:
                    answers[person.id] = self.answer(
                        query, viewer=Viewer.of(person), audience=Audience.only_viewer(), as_of=as_of
                    )
                except StaleData:
                    raise
                except UserError:
                    continue
        return {p.id: answers[p.id] for p in people if p.id in answers}

    def _answer_together(
        self, query: Query, people: Sequence[Person], loaded: _Loaded, as_of: dt.datetime
    ) -> dict[str, Answer]:
        day = self._local(as_of)
        cut = cut_of(
            query,
            people,
            prepared=self._prepared,
            org=loaded.org,
            bind_for=lambda viewer: self._bind(query, loaded, viewer, day, None),
            fits=self._fits(loaded),
        )
        try:
            return self._answer_cut(query, cut, loaded, as_of) if cut is not None else {}
        except UnsupportedCombination:  # means nothing for anybody: each one's own try says so
            return {}

    def stale(self, as_of: dt.datetime) -> list[tuple[str, dt.date]]:
        """Late sources, seen from `as_of`: (dataset, last complete day), for those that lack a working day that is
        over (or as many as the source may, by `late_after`)."""
        if self.data_version is None:
            return []
        return sorted(self._late(self._newest(), self._local(as_of)).items())

    def damage(self) -> Damage | None:
        """What is wrong with the newest data, where older data is answered from; None when all is well."""
        return self._engines.damage()

    def _late(self, loaded: _Loaded, day: dt.date) -> Mapping[str, dt.date]:
        return late_sources(loaded.coverage, day, is_workday=self._is_workday)

    def _local(self, as_of: dt.datetime) -> dt.date:
        return as_of.astimezone(self._zone).date() if as_of.tzinfo is not None else as_of.date()

    def _served(self) -> _Loaded | None:
        """What readers get; None before the first load."""
        version, loaded = self.data_version, self._loaded
        if loaded is not None and loaded.version == version:
            return loaded
        return self._newest() if version is not None else None

    def _newest(self) -> _Loaded:
        return self._read_well(lambda loaded: loaded)

    def _read_well(self, work: Callable[[_Loaded], _T]) -> _T:
        """`work` over the newest good data: where that turns out to be damaged, again over what serves instead."""
        for _ in range(_MOST_DAMAGED):
            with suppress(DamagedSnapshot), self._lease() as loaded:
                return work(loaded)
        with self._lease() as loaded:
            return work(loaded)

    @contextmanager
    def _lease(self) -> Iterator[_Loaded]:
        """The newest snapshot with what was read from it; raises UserError `no_data_store` before the first load,
        `damaged_store` when nothing good is left."""
        try:
            lease = self._engines.lease()
            engine = lease.__enter__()
        except DamagedStore as error:
            raise UserError("damaged_store", fields={"problem": str(error)}) from error
        except LoadError as error:
            raise UserError("no_data_store", fields={"problem": str(error)}) from error
        try:
            yield self._read(engine)
        finally:
            lease.__exit__(None, None, None)

    def _read(self, engine: Engine) -> _Loaded:
        loaded = self._loaded
        if loaded is not None and loaded.engine is engine:
            return loaded
        with self._lock:
            loaded = self._loaded
            if loaded is not None and loaded.engine is engine:
                return loaded
            members = read_members(self.model, engine)
            known = {field: frozenset(values) for field, values in members.items()}
            fresh = _Loaded(
                version=engine.data_version,
                org=read_org(self.model, engine),
                members=members,
                known=known,
                lenses=Lenses(known, self._prepared, engine, self._timeout_s),
                coverage=coverage_of(self._prepared, engine, timeout_s=self._timeout_s),
                volume=volume_of(self._prepared, engine, members, timeout_s=self._timeout_s),
                engine=engine,
            )
            self._loaded = fresh
            return fresh

    def _afford(self, planned: _Planned, loaded: _Loaded) -> None:
        """Raises TooLarge for a grid over time of too many cells. Where the bounds alone do not say that it fits, its
        members are counted, which takes a small part of what the grid would."""
        bound = planned.bound
        cost = cost_of(bound, self._prepared, loaded.volume)
        self._admit(cost)
        if cost.cells <= self._max_cells or bound.trend is None or not bound.keys:
            return
        tree = restrict(size_query(bound, self._prepared), planned.decision.rows, prepared=self._prepared)
        counted = loaded.engine.query(
            loaded.engine.render(tree), timeout_s=self._timeout_s, max_rows=1, tag=uuid.uuid4().hex
        )
        members = int(counted.rows[0][0])
        if members * cost.buckets > self._max_cells:
            raise too_large(bound, members, cost.buckets, self._max_cells, loaded.volume)

    def _run(self, planned: _Planned, loaded: _Loaded) -> Result:
        return loaded.engine.query(
            planned.rendered, timeout_s=self._timeout_s, max_rows=self._max_rows, tag=uuid.uuid4().hex
        )

    def _plan(
        self,
        query: Query,
        loaded: _Loaded,
        viewer: Viewer,
        audience: Audience,
        as_of: dt.datetime,
        *,
        totals: bool = False,
    ) -> _Planned:
        day, seen = self._local(as_of), visible(viewer, audience, model=self.model, org=loaded.org)
        bound = self._bind(query, loaded, viewer, day, seen, audience)
        if seen is not None:
            bound = public_part(bound, len(query.metrics))
        decision = decide(bound, prepared=self._prepared, org=loaded.org, viewer=viewer, audience=audience)
        if seen is not None and decision.rows is None:  # more is read than the asker's own rows: since when counts too
            bound = public_part(self._bind(query, loaded, viewer, day, None, audience), len(query.metrics))
            bound = undated(bound) if decision.disclosed else bound
        bound = peers_seen(bound, decision.rows, self._prepared)
        compiled = compile_query(
            bound,
            self._prepared,
            max_rows=self._max_rows,
            reveal=decision.reveal,
            min_peers=decision.min_peers,
            totals=totals,
        )
        bound = self._with_notes(bound, compiled, loaded)
        restrict(compiled.tree, decision.rows, prepared=self._prepared, unowned=decision.unowned)
        return _Planned(bound, compiled, loaded.engine.render(compiled.tree), decision)

    def _with_notes(self, bound: BoundQuery, compiled: Compiled, loaded: _Loaded) -> BoundQuery:
        """With what must be said of the data itself. Raises StaleData for a ranking over late data."""
        notes = list(late_notes(bound, compiled.tree, self._late(loaded, bound.as_of), self._prepared))
        late = {note.fields["source"] for note in notes}
        damage = self._engines.damage()
        if damage is not None:
            notes.append(Note(code="older_data", fields={"file": damage.file}))
        kept = [n for n in bound.notes if n.code != "shorter_source" or n.fields["source"] not in late]
        return replace(bound, notes=(*kept, *notes)) if notes else bound

    def _bind(
        self,
        query: Query,
        loaded: _Loaded,
        viewer: Viewer,
        day: dt.date,
        seen: Visible | None,
        audience: Audience = _ALONE,
    ) -> BoundQuery:
        """`seen`: whose rows tell since when there are any (None: everybody's). Members exist that both viewer and
        audience may see; NotPermitted says that it is the others who may not."""
        bound = partial(
            bind,
            query,
            prepared=self._prepared,
            org=loaded.org,
            viewer=viewer,
            as_of=day,
            coverage=loaded.coverage if seen is None else loaded.coverage.seen(seen.people),
            is_workday=self._is_workday,
        )
        try:
            return bound(members=self._known_to(viewer, audience, loaded))
        except UnknownName as error:
            if audience.members is None or error.code != "unknown_member":
                raise
            try:
                bound(members=self._known_to(viewer, _ALONE, loaded))
            except UserError:
                raise error from None
            raise NotPermitted("nothing_visible", fields={"why": "channel"}) from None

    def _known_to(self, viewer: Viewer, audience: Audience, loaded: _Loaded) -> Mapping[str, Collection[str]]:
        rows = visible(viewer, audience, model=self.model, org=loaded.org)
        return loaded.known if rows is None else loaded.lenses.of(rows)

    def _fits(self, loaded: _Loaded) -> Fits:
        """Of a place: who sees only themself is told what all such people of their group are told. Of one's own number:
        since when there are rows is the same for everybody unless a window begins before."""
        placed: dict[tuple[Condition, ...], bool] = {}

        def fits(bound: BoundQuery, person: Person, own: tuple[Condition, ...]) -> bool:
            seen = visible(Viewer.of(person), Audience.only_viewer(), model=self.model, org=loaded.org)
            if self.model.access.visibility == "everyone" or public_leaderboard(bound):
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

    def _told(self, bound: BoundQuery, loaded: _Loaded, person: Person) -> bool:
        """Whether a place may be told, the gap with it where there are others enough."""
        viewer, audience = Viewer.of(person), Audience.only_viewer()
        try:
            decision = decide(bound, prepared=self._prepared, org=loaded.org, viewer=viewer, audience=audience)
        except NotPermitted:
            return False
        return decision.disclosed

    def _answer_cut(self, query: Query, cut: Cut, loaded: _Loaded, as_of: dt.datetime) -> dict[str, Answer]:
        """The statement reads everybody's rows; each person gets those that are theirs to see and no other."""
        public = self.model.access.visibility == "everyone" or public_leaderboard(cut.bound)
        ranked = cut.bound.rank is not None and not public
        least = OTHERS + 1 if ranked else 0
        compiled = compile_query(cut.bound, self._prepared, max_rows=self._max_rows, min_peers=least)
        noted = self._with_notes(undated(cut.bound) if ranked else cut.bound, compiled, loaded)
        restrict(compiled.tree, None, prepared=self._prepared)
        rendered = loaded.engine.render(compiled.tree)
        result = loaded.engine.query(
            rendered, timeout_s=self._timeout_s, max_rows=_MOST_ROWS_OF_ALL, tag=uuid.uuid4().hex
        )
        if result.truncated:
            raise TooLarge("too_many_rows")
        own = replace(compiled, hidden=compiled.hidden[:-1])
        made: dict[str, Answer] = {}
        for who, rows in dealt(cut, result, query.limit).items():
            decision = Decision(reveal=frozenset({who}), min_peers=least, disclosed=True) if ranked else Decision()
            bound = replace(noted, conditions=cut.conditions[who])
            answer = shape(bound, own, rows, rendered, decision=decision, as_of=as_of, max_rows=self._max_rows)
            made[who] = answer.model_copy(update={"query": query})
        return made
