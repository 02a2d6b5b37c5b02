"""`Metrics`: the one entry. A Query goes in with who asks, who will see and when; an Answer comes out. No way round
it."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from zoneinfo import ZoneInfo

from metrics.calendar.workdays import is_working_day
from metrics.engines import open_engines
from metrics.engines.protocol import Engine, Engines, Rendered, Result
from metrics.errors import LoadError, StaleData, TooLarge, UnsupportedCombination, UserError
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
from metrics.plan.each import Cut, cut_of, dealt
from metrics.plan.names import metric_named
from metrics.plan.shape import definition, shape
from metrics.plan.volume import Volume, volume_of
from metrics.policy import LISTED, MIN_PEERS, Decision, decide, public_leaderboard, public_part, restrict, visible
from metrics.query import Query
from metrics.query.answer import Answer

__all__ = ["Metrics"]

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


@dataclass(frozen=True)
class _Planned:
    bound: BoundQuery
    compiled: Compiled
    rendered: Rendered
    decision: Decision
    cost: Cost


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

    def answer(self, query: Query, *, viewer: Viewer, audience: Audience, as_of: dt.datetime) -> Answer:
        """The rows, and the receipt that says where they come from."""
        started = time.perf_counter()
        with self._lease() as loaded:
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
        with self._lease() as loaded:
            rendered = self._plan(query, loaded, viewer, audience, as_of).rendered
        return rendered.sql, dict(rendered.params)

    def answer_each(self, query: Query, *, people: Sequence[Person], as_of: dt.datetime) -> dict[str, Answer]:
        """What `answer` would give each person in a DM, in as few statements as it takes. Person id -> Answer; people
        for whom `answer` would raise a UserError are left out (a question about "me" for somebody who does not sell).
        Raises StaleData: late data is late for everybody."""
        with self._lease() as loaded:
            day = self._local(as_of)
            cut = cut_of(
                query,
                people,
                prepared=self._prepared,
                org=loaded.org,
                bind_for=lambda viewer: self._bind(query, loaded, viewer, day),
            )
            try:
                answers = self._answer_cut(query, cut, loaded, as_of) if cut is not None else {}
            except UnsupportedCombination:  # means nothing for anybody: each one's own try says so
                answers = {}
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

    def stale(self, as_of: dt.datetime) -> list[tuple[str, dt.date]]:
        """Late sources: (table, last complete day), for those that end before yesterday, seen from `as_of`."""
        if self.data_version is None:
            return []
        yesterday = self._local(as_of) - dt.timedelta(days=1)
        through = self._newest().coverage.through
        return sorted((source, day) for source, day in through.items() if day is not None and day < yesterday)

    def _local(self, as_of: dt.datetime) -> dt.date:
        return as_of.astimezone(self._zone).date() if as_of.tzinfo is not None else as_of.date()

    def _served(self) -> _Loaded | None:
        """What readers get; None before the first load."""
        version, loaded = self.data_version, self._loaded
        if loaded is not None and loaded.version == version:
            return loaded
        return self._newest() if version is not None else None

    def _newest(self) -> _Loaded:
        with self._lease() as loaded:
            return loaded

    @contextmanager
    def _lease(self) -> Iterator[_Loaded]:
        """The newest snapshot with what was read from it; raises UserError `no_data_store` before the first load."""
        try:
            lease = self._engines.lease()
            engine = lease.__enter__()
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
            fresh = _Loaded(
                version=engine.data_version,
                org=read_org(self.model, engine),
                members=members,
                known={field: frozenset(values) for field, values in members.items()},
                coverage=coverage_of(self._prepared, engine, timeout_s=self._timeout_s),
                volume=volume_of(self._prepared, engine, members, timeout_s=self._timeout_s),
                engine=engine,
            )
            self._loaded = fresh
            return fresh

    def _afford(self, planned: _Planned, loaded: _Loaded) -> None:
        """Raises TooLarge for a grid over time of too many cells. Where the bounds alone do not say that it fits, its
        members are counted, which takes a small part of what the grid would."""
        bound, cost = planned.bound, planned.cost
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
        bound = self._bind(query, loaded, viewer, self._local(as_of))
        if visible(viewer, audience, model=self.model, org=loaded.org) is not None:
            bound = public_part(bound, len(query.metrics))
        decision = decide(bound, prepared=self._prepared, org=loaded.org, viewer=viewer, audience=audience)
        bound = _peers_seen(bound, decision)
        cost = cost_of(bound, self._prepared, loaded.volume)
        compiled = compile_query(
            bound,
            self._prepared,
            max_rows=self._max_rows,
            reveal=decision.reveal,
            min_peers=decision.min_peers,
            totals=totals or cost.cells > self._max_rows,
        )
        restrict(compiled.tree, decision.rows, prepared=self._prepared)
        return _Planned(bound, compiled, loaded.engine.render(compiled.tree), decision, cost)

    def _bind(self, query: Query, loaded: _Loaded, viewer: Viewer, day: dt.date) -> BoundQuery:
        return bind(
            query,
            prepared=self._prepared,
            org=loaded.org,
            viewer=viewer,
            as_of=day,
            coverage=loaded.coverage,
            members=loaded.known,
            is_workday=self._is_workday,
        )

    def _answer_cut(self, query: Query, cut: Cut, loaded: _Loaded, as_of: dt.datetime) -> dict[str, Answer]:
        """The statement reads everybody's rows; each person gets those that are theirs to see and no other."""
        least = 0 if self.model.access.visibility == "everyone" or public_leaderboard(cut.bound) else MIN_PEERS
        compiled = compile_query(cut.bound, self._prepared, max_rows=self._max_rows, min_peers=least)
        restrict(compiled.tree, None, prepared=self._prepared)
        rendered = loaded.engine.render(compiled.tree)
        result = loaded.engine.query(
            rendered, timeout_s=self._timeout_s, max_rows=_MOST_ROWS_OF_ALL, tag=uuid.uuid4().hex
        )
        if result.truncated:
            raise TooLarge("too_many_rows")
        own = replace(compiled, hidden=compiled.hidden[:-1])
        made: dict[str, Answer] = {}
        ranked = cut.bound.rank is not None and not public_leaderboard(cut.bound)
        for who, rows in dealt(cut, result, query.limit).items():
            seen = visible(Viewer.of(loaded.org.people[who]), Audience.only_viewer(), model=self.model, org=loaded.org)
            decision = Decision(reveal=frozenset({who}) if ranked and seen is not None else None)
            bound = replace(cut.bound, query=cut.bound.query, conditions=cut.conditions[who])
            answer = shape(bound, own, rows, rendered, decision=decision, as_of=as_of, max_rows=self._max_rows)
            made[who] = answer.model_copy(update={"query": query})
        return made


def _peers_seen(bound: BoundQuery, decision: Decision) -> BoundQuery:
    """People who may not be seen do not appear as zeros either."""
    people = bound.model.people
    if decision.rows is None or bound.peers is None or people is None or bound.peers.dataset != people.dataset:
        return bound
    if decision.rows.root is not None and len(decision.rows.people) > LISTED:
        seen = Condition(people.id, "below", (decision.rows.root,))
    else:
        seen = Condition(people.id, "in", tuple(sorted(decision.rows.people)))
    return replace(bound, peers=replace(bound.peers, conditions=(*bound.peers.conditions, seen)))
