"""`Metrics`: the one entry. A Query goes in with who asks, who will see and when; an Answer comes out. No way round
it."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from metrics.analyses.analysis import Analysis, Findings, Ground
from metrics.calendar.workdays import is_working_day
from metrics.engines import open_engines
from metrics.engines.protocol import Columns, Damage, Engine, Engines, Rendered, Result
from metrics.errors import DamagedSnapshot, DamagedStore, LoadError, StaleData, UserError
from metrics.loaded import Loaded, read_loaded
from metrics.model import load_model
from metrics.model.schema import Model
from metrics.people import Audience, Org, Person, Viewer
from metrics.plan.compile.prepared import Prepared
from metrics.plan.cost import Cost, too_large
from metrics.plan.lateness import late_sources
from metrics.plan.names import metric_named
from metrics.policy import visible
from metrics.policy.asking import is_public_board
from metrics.query import Query
from metrics.query.answer import Answer, Note
from metrics.query.asked import Asked
from metrics.query.table import Table
from metrics.tabling import tabled
from metrics.telling import Teller, Told, known_to

if TYPE_CHECKING:
    from metrics.adapter import Adapted
    from metrics.many import Many
    from metrics.many.asking import ManyTeller

__all__ = ["Metrics"]

_T = TypeVar("_T")
_MOST_DAMAGED = 3  # snapshots in a row, under one question
_MOST_ROWS_OF_ALL = 2_000_000  # of a statement for many people


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
        self._model = model
        self._workspace = workspace
        self._engines = engines
        self._timeout_s = timeout_s
        self._max_rows = max_rows
        self._max_cells = max_cells
        self._admit = admit
        self._prepared = Prepared(model)
        self._teller = Teller(self._prepared, most=max_rows + 1, cells=max_cells)
        self._zone = ZoneInfo(model.calendar.timezone)
        self._is_workday = partial(is_working_day, calendar=model.calendar)
        self._loaded: Loaded | None = None
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
        engines = open_engines(workspace, memory=memory, threads=threads, at_once=at_once, timeout_s=timeout_s)
        # The engine opens its file, mostly outside of Python, while the model is read.
        opening = Thread(target=_open_early, args=(engines,), name="opening")
        opening.start()
        try:
            model = load_model(workspace)
        except BaseException:
            opening.join()
            engines.close()
            raise
        opening.join()
        return Metrics(
            workspace, model, engines, timeout_s=timeout_s, max_rows=max_rows, max_cells=max_cells, admit=admit
        )

    def close(self) -> None:
        self._engines.close()

    @property
    def model(self) -> Model:
        """The dictionary, with the labels that the newest data holds. Never raises: who says that there is no data
        needs words too."""
        with suppress(UserError):
            newest = self._served()
            return newest.model if newest is not None else self._model
        return self._model

    @property
    def org(self) -> Org:
        """Everybody, as of the newest snapshot; those of sales.yaml alone before the first load."""
        newest = self._served()
        return newest.org if newest is not None else Org({p.id: p for p in self._model.others})

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

    def sees(self, viewer: Viewer, audience: Audience) -> Callable[[str, str], bool]:
        """(field id, member) -> whether it exists for viewer and audience: in a row they may see, or in a table that
        is nobody's. A hidden member is like one that never was."""

        def exists(field_id: str, member: str) -> bool:
            with self._lease() as loaded:
                known = known_to(viewer, audience, loaded, self._model).get(field_id)
            return known is None or member in known

        return exists

    def answer(self, query: Query, *, viewer: Viewer, audience: Audience, as_of: dt.datetime) -> Answer:
        """The rows, and the receipt that says where they come from."""
        return self._read_well(lambda loaded: self._answer(query, loaded, viewer, audience, as_of))

    def _answer(self, query: Query, loaded: Loaded, viewer: Viewer, audience: Audience, as_of: dt.datetime) -> Answer:
        from metrics.adapter import definition, shaped  # here: schedules alone still speak Query

        if query.define:
            metrics = [metric_named(self._model, n) for n in query.metrics]
            return definition(query, metrics, as_of=as_of, through=self.data_through, version=loaded.version)
        made = self._adapted(query, loaded, viewer, audience, as_of)
        return shaped(made, query, self._tell(made.asked, loaded, viewer, audience, as_of))

    def _adapted(self, query: Query, loaded: Loaded, viewer: Viewer, audience: Audience, as_of: dt.datetime) -> Adapted:
        """Without the companions nobody asked for, where they alone keep a leaderboard from being public."""
        day, model = self._local(as_of), self._model
        from metrics.adapter import adapted

        made = partial(adapted, query, model=model, org=loaded.org, viewer=viewer, as_of=day)
        whole = made()
        if whole.query.metrics == query.metrics or visible(viewer, audience, model=model, org=loaded.org) is None:
            return whole
        lone = made(companions=False)
        public = is_public_board(lone.asked, model, day) and not is_public_board(whole.asked, model, day)
        return lone if public else whole

    def tell(self, asked: Asked, *, viewer: Viewer, audience: Audience, as_of: dt.datetime) -> Table:
        """The table a question of the algebra asks for, and the proof of where it comes from. Raises UserErrors."""
        return self._read_well(lambda loaded: self._tell(asked, loaded, viewer, audience, as_of))

    def analyse(self, analysis: Analysis, *, viewer: Viewer, audience: Audience, as_of: dt.datetime) -> Findings:
        """What takes several questions, each told as by `tell`, all over the same data. Raises UserErrors."""
        from metrics.analyses.driving import drive  # here: most ask one thing

        def found(loaded: Loaded) -> Findings:
            ground = Ground(self._model, viewer, self._local(as_of), loaded.coverage.through)
            return drive(analysis, ground, lambda asked: self._tell(asked, loaded, viewer, audience, as_of))

        return self._read_well(found)

    def _tell(self, asked: Asked, loaded: Loaded, viewer: Viewer, audience: Audience, as_of: dt.datetime) -> Table:
        started = time.perf_counter()
        day = self._local(as_of)
        told = self._teller.tell(asked, loaded, viewer, audience, day)
        self._afford(told, loaded)
        compiled = time.perf_counter()
        result = self._run(told.rendered, loaded)
        total = None
        if len(result.rows) > self._max_rows:  # rare: then it is worth counting what is not shown
            counted = self._run(self._teller.count(asked, loaded, viewer, audience, day), loaded)
            total = int(counted.rows[0][0])
        done = time.perf_counter()
        ms = {"compile": (compiled - started) * 1000, "execute": (done - compiled) * 1000}
        return tabled(asked, told, result, self._damaged(), as_of=as_of, max_rows=self._max_rows, total=total, ms=ms)

    def _damaged(self) -> tuple[Note, ...]:
        """That answers are from older data, where the newest is damaged."""
        damage = self._engines.damage()
        return (Note(code="older_data", fields={"file": damage.file}),) if damage is not None else ()

    @cached_property
    def _many(self) -> ManyTeller:
        from metrics.many.asking import ManyTeller  # here: a single question is not of many people

        return ManyTeller(self._prepared, self._teller)

    def tell_many(self, questions: Sequence[Asked], people: Sequence[Person], as_of: dt.datetime) -> Many:
        """What `tell` would tell each of the people alone, in as few statements as it takes. Raises no UserError for
        what one of them would be refused: see `Many.refusal`."""
        return self.tell_groups(questions, people, {}, as_of, reason="")[0]

    def tell_groups(
        self,
        questions: Sequence[Asked],
        people: Sequence[Person],
        members: Mapping[str, Sequence[Asked]],
        as_of: dt.datetime,
        *,
        reason: str,
    ) -> tuple[Many, dict[str, Many]]:
        """`tell_many`, and beside it of some fields (teams, regions) the numbers of every member, read with nobody's
        restriction for the `reason`: whoever passes one on asks first who may see it. Members stand in place of
        people. A question that means nothing is refused to the member "". Rows that people and groups of them are
        both asked about are read once."""

        def told(loaded: Loaded) -> tuple[Many, dict[str, Many]]:
            def tell(asked: Asked, person: Person) -> Table:
                return self._tell(asked, loaded, Viewer.of(person), Audience.only_viewer(), as_of)

            return self._many.tell(
                questions,
                people,
                members,
                Viewer.for_system(reason),
                loaded,
                as_of,
                self._local(as_of),
                run=self._columns(loaded),
                tell=tell,
                notes=self._damaged(),
                max_rows=self._max_rows,
            )

        return self._read_well(told)

    def _columns(self, loaded: Loaded) -> Callable[[Rendered], Columns]:
        def run(rendered: Rendered) -> Columns:
            tag = uuid.uuid4().hex
            return loaded.engine.columns(rendered, timeout_s=self._timeout_s, max_rows=_MOST_ROWS_OF_ALL, tag=tag)

        return run

    def sql(
        self, query: Query | Asked, *, viewer: Viewer, audience: Audience, as_of: dt.datetime
    ) -> tuple[str, dict[str, object]]:
        """What `answer` or `tell` would run: SQL text and bound parameters."""

        def render(loaded: Loaded) -> Rendered:
            asked = query
            if isinstance(asked, Query):
                asked = self._adapted(asked, loaded, viewer, audience, as_of).asked
            return self._teller.tell(asked, loaded, viewer, audience, self._local(as_of)).rendered

        rendered = self._read_well(render)
        return rendered.sql, dict(rendered.params)

    def answer_each(self, query: Query, *, people: Sequence[Person], as_of: dt.datetime) -> dict[str, Answer]:
        """What `answer` would give each person in a DM, in as few statements as it takes. Person id -> Answer; people
        for whom `answer` would raise a UserError are left out (a question about "me" for somebody who does not sell).
        Raises StaleData: late data is late for everybody."""
        from metrics.adapter import shaped

        made = self._read_well(lambda loaded: self._adapted_each(query, people, loaded, as_of))
        by_question: dict[Asked, list[Person]] = {}
        for person in people:
            if person.id in made:
                by_question.setdefault(made[person.id].asked, []).append(person)
        answers: dict[str, Answer] = {}
        for asked, those in by_question.items():
            many = self.tell_many([asked], those, as_of)
            for person in those:
                table = many.table(asked, person.id)
                if table is not None:
                    answers[person.id] = shaped(made[person.id], query, table)
                elif isinstance(late := many.refusal(asked, person.id), StaleData):
                    raise late
        return {p.id: answers[p.id] for p in people if p.id in answers}

    def _adapted_each(
        self, query: Query, people: Sequence[Person], loaded: Loaded, as_of: dt.datetime
    ) -> dict[str, Adapted]:
        made: dict[str, Adapted] = {}
        for person in people:
            with suppress(UserError):
                made[person.id] = self._adapted(query, loaded, Viewer.of(person), Audience.only_viewer(), as_of)
        return made

    def stale(self, as_of: dt.datetime) -> list[tuple[str, dt.date]]:
        """Late sources, seen from `as_of`: (dataset, last complete day), for those that lack a working day that is
        over (or as many as the source may, by `late_after`)."""
        if self.data_version is None:
            return []
        return sorted(self._late(self._newest(), self._local(as_of)).items())

    def damage(self) -> Damage | None:
        """What is wrong with the newest data, where older data is answered from; None when all is well."""
        return self._engines.damage()

    def _late(self, loaded: Loaded, day: dt.date) -> Mapping[str, dt.date]:
        return late_sources(loaded.coverage, day, is_workday=self._is_workday)

    def _local(self, as_of: dt.datetime) -> dt.date:
        return as_of.astimezone(self._zone).date() if as_of.tzinfo is not None else as_of.date()

    def _served(self) -> Loaded | None:
        """What readers get; None before the first load."""
        version, loaded = self.data_version, self._loaded
        if loaded is not None and loaded.version == version:
            return loaded
        return self._newest() if version is not None else None

    def _newest(self) -> Loaded:
        return self._read_well(lambda loaded: loaded)

    def _read_well(self, work: Callable[[Loaded], _T]) -> _T:
        """`work` over the newest good data: where that turns out to be damaged, again over what serves instead."""
        for _ in range(_MOST_DAMAGED):
            with suppress(DamagedSnapshot), self._lease() as loaded:
                return work(loaded)
        with self._lease() as loaded:
            return work(loaded)

    @contextmanager
    def _lease(self) -> Iterator[Loaded]:
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

    def _read(self, engine: Engine) -> Loaded:
        loaded = self._loaded
        if loaded is not None and loaded.engine is engine:
            return loaded
        with self._lock:
            loaded = self._loaded
            if loaded is not None and loaded.engine is engine:
                return loaded
            fresh = read_loaded(self._prepared, engine, timeout_s=self._timeout_s)
            self._loaded = fresh
            return fresh

    def _afford(self, told: Told, loaded: Loaded) -> None:
        """Raises TooLarge for a grid over time of too many cells. Where the bounds alone do not say that it fits, its
        members are counted, which takes a small part of what the grid would."""
        self._admit(told.cost)
        if told.size is None or told.cost.grid is None:
            return
        members = int(self._run(told.size, loaded).rows[0][0])
        if members * told.cost.buckets > self._max_cells:
            raise too_large(told.cost.grid, members, told.cost.buckets, self._max_cells, loaded.volume)

    def _run(self, rendered: Rendered, loaded: Loaded) -> Result:
        return loaded.engine.query(
            rendered, timeout_s=self._timeout_s, max_rows=self._max_rows + 1, tag=uuid.uuid4().hex
        )


def _open_early(engines: Engines) -> None:
    with suppress(LoadError), engines.lease():  # the first who asks is told what is wrong
        pass
