"""Worker threads with a fair queue in front of them: everybody gets a turn, and what is wide stands in a lane of its
own.

Within a lane people take turns, one piece of work each, however much one of them has waiting. Wide work never has more
than its number of workers, so that some are always there for what is narrow; and whoever had some of it rests before
the next, the longer the more others ask, so that a person's share of the time is one among many. Whether a question is
wide is known only once it has been read and planned, a millisecond or two into its work: `move_if_wide` then sends it
back to the queue, to be begun again in the wide lane.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeVar

from metrics.errors import TooLarge

__all__ = ["FairPool", "move_if_wide"]

T = TypeVar("T")
Lane = Literal["narrow", "wide"]
ACTIVE_S = 5.0  # who asked something within this time counts as asking
REST = 2.0  # times what the work took, for each other person: a long message comes after it
LONGEST_REST_S = 3.0  # or as long as the work took, where that is longer
_here = threading.local()


class _Wide(BaseException):
    """No error: unwinds a piece of work that has to wait in the other lane. Nothing may catch it on the way."""


def move_if_wide(wide: bool) -> None:
    """To be called from within work, before it does anything that must not be done twice: wide work that stands in the
    narrow lane is put back and begun again in the wide one. Without effect outside of a pool."""
    if wide and getattr(_here, "lane", None) == "narrow":
        raise _Wide


@dataclass(slots=True)
class _Job:
    person: str
    work: Callable[[], Any]
    future: Future[Any] = field(default_factory=Future)
    took: float = 0.0


class _Line:
    """A lane: people in the order of their turns, each with what they have waiting, oldest first."""

    def __init__(self) -> None:
        self.running = 0
        self._people: OrderedDict[str, deque[_Job]] = OrderedDict()

    @property
    def people(self) -> Iterable[str]:
        return self._people

    def put(self, job: _Job) -> None:
        self._people.setdefault(job.person, deque()).append(job)

    def next(self, may: Callable[[str], bool]) -> _Job | None:
        """The oldest job of the first person who may have one more running; that person goes to the end."""
        person = next((p for p in self._people if may(p)), None)
        if person is None:
            return None
        waiting = self._people.pop(person)
        job = waiting.popleft()
        if waiting:
            self._people[person] = waiting
        return job

    def drain(self) -> list[_Job]:
        jobs = [job for waiting in self._people.values() for job in waiting]
        self._people.clear()
        return jobs


class _Rests:
    """Until when each person has to wait before more wide work. Moments are those of the pool's clock."""

    def __init__(self) -> None:
        self._asked: dict[str, float] = {}
        self._until: dict[str, float] = {}

    def asks(self, person: str, now: float) -> None:
        self._asked[person] = now

    def worked(self, person: str, took: float, now: float) -> None:
        self._asked = {p: at for p, at in self._asked.items() if now - at < ACTIVE_S + took}
        self._until = {p: until for p, until in self._until.items() if until > now}
        others = len(self._asked.keys() - {person})
        self._until[person] = now + min(REST * took * others, max(LONGEST_REST_S, took))

    def until(self, person: str) -> float:
        return self._until.get(person, -math.inf)


def _later(seconds: float, call: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()


class FairPool:
    """`workers` threads. At most `per_person` pieces of work of one person run at once (0: half of the workers), at
    most `wide_at_once` wide ones (0: likewise), and at most `waiting` of one person wait.

    `clock`: seconds, rising; `later`: calls a function so many seconds from now."""

    def __init__(
        self,
        workers: int,
        *,
        per_person: int = 0,
        wide_at_once: int = 0,
        waiting: int = 5,
        clock: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], None] = _later,
    ) -> None:
        self._workers = workers
        self._per_person = per_person or max(1, workers // 2)
        self._wide_at_once = wide_at_once or max(1, workers // 2)
        self._most_waiting = waiting
        self._clock, self._later = clock, later
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="question")
        self._lock = threading.RLock()  # again: work that is over at once is dealt with by whoever handed it over
        self._lanes: dict[Lane, _Line] = {"wide": _Line(), "narrow": _Line()}
        self._rests = _Rests()
        self._wakes_at = math.inf
        self._running: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._closed = False
        self._handing = False

    def submit(self, person: str, work: Callable[[], T]) -> Future[T]:
        """`work` when it is the person's turn. Raises TooLarge "too_many_waiting" when they have enough waiting, and
        RuntimeError after `shutdown`."""
        job = _Job(person, work)
        with self._lock:
            if self._closed:
                raise RuntimeError("the pool is closed")
            if self._waiting[person] >= self._most_waiting:
                raise TooLarge("too_many_waiting", fields={"n": str(self._waiting[person])})
            self._rests.asks(person, self._clock())
            self._put(job, "narrow")
            self._hand_over()
        return job.future

    def shutdown(self, *, wait: bool = True) -> None:
        """What waits is cancelled, what runs comes to its end."""
        with self._lock:
            self._closed = True
            left = [job for lane in self._lanes.values() for job in lane.drain()]
        for job in left:
            job.future.cancel()
        self._threads.shutdown(wait=wait)

    # --- with the lock held ------------------------------------------------------------------------------------------

    def _put(self, job: _Job, to: Lane) -> None:
        self._lanes[to].put(job)
        self._waiting[job.person] += 1

    def _hand_over(self) -> None:
        """Everything that may run now is given to a thread."""
        if self._handing:  # a job handed over below is finished already: the loop there goes on
            return
        self._handing = True
        try:
            while not self._closed and sum(lane.running for lane in self._lanes.values()) < self._workers:
                taken = self._take()
                if taken is None:
                    return
                job, lane = taken
                ran = self._threads.submit(_run, job, lane, self._clock)
                ran.add_done_callback(partial(self._over, job, lane))
        finally:
            self._handing = False

    def _take(self) -> tuple[_Job, Lane] | None:
        """The next job that may run, counted as running."""
        now = self._clock()
        for name, lane in self._lanes.items():
            may = partial(self._wide_may, now=now) if name == "wide" else self._may
            job = lane.next(may)
            if job is not None:
                self._count(self._waiting, job.person, -1)
                self._count(self._running, job.person, 1)
                lane.running += 1
                return job, name
        self._wake_rested(now)
        return None

    def _may(self, person: str) -> bool:
        return self._running[person] < self._per_person

    def _wide_may(self, person: str, *, now: float) -> bool:
        free = self._lanes["wide"].running < self._wide_at_once
        return free and self._may(person) and self._rests.until(person) <= now

    def _wake_rested(self, now: float) -> None:
        """Look again when the first of those who wait has rested: it may be that nothing else happens until then."""
        rested = min((at for p in self._lanes["wide"].people if (at := self._rests.until(p)) > now), default=math.inf)
        if rested < self._wakes_at:
            self._wakes_at = rested
            self._later(rested - now, self._woken)

    def _woken(self) -> None:
        with self._lock:
            self._wakes_at = math.inf
            self._hand_over()

    def _count(self, counted: Counter[str], person: str, by: int) -> None:
        counted[person] += by
        if not counted[person]:
            del counted[person]

    # --- as threads finish -------------------------------------------------------------------------------------------

    def _over(self, job: _Job, name: Lane, ran: Future[Any]) -> None:
        error = ran.exception()
        moved = isinstance(error, _Wide)
        with self._lock:
            self._lanes[name].running -= 1
            if name == "wide":
                self._rests.worked(job.person, job.took, self._clock())
            self._count(self._running, job.person, -1)
            if moved and not self._closed:
                self._put(job, "wide")
            self._hand_over()
        if moved:
            if self._closed:
                job.future.set_exception(RuntimeError("the pool is closed"))
        elif error is not None:
            job.future.set_exception(error)
        elif not job.future.cancelled():
            job.future.set_result(ran.result())


def _run(job: _Job, lane: Lane, clock: Callable[[], float]) -> Any:
    if lane == "narrow" and not job.future.set_running_or_notify_cancel():
        return None
    _here.lane, began = lane, clock()
    try:
        return job.work()
    finally:
        _here.lane, job.took = None, clock() - began
