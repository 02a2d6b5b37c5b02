"""The fair queue in front of the workers: turns, bounds, two lanes, and that everything is done once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, wait
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from claims import claim
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.fair_pool import LONGEST_REST_S, FairPool, move_if_wide
from metrics.errors import TooLarge

SOON = 20  # seconds: far more than any of this takes


class Ticks:
    """A clock that only work moves: a piece of work takes as long as it says, and what is to be called later is called
    when somebody has worked for long enough, or when `pass_by` lets the time pass."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked = 0  # how often something was to be called later
        self._due: list[tuple[float, Callable[[], None]]] = []

    def clock(self) -> float:
        return self.now

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self.asked += 1
        self._due.append((self.now + seconds, call))

    def spend(self, seconds: float) -> None:
        self.now += seconds
        due, self._due = [d for d in self._due if d[0] <= self.now], [d for d in self._due if d[0] > self.now]
        for _, call in due:
            call()

    @property
    def next_in(self) -> float | None:
        return min((at - self.now for at, _ in self._due), default=None)

    @property
    def told(self) -> dict[str, Any]:
        return {"clock": self.clock, "later": self.later}


@contextmanager
def pool(workers: int, **told: Any) -> Iterator[FairPool]:
    made = FairPool(workers, **told)
    try:
        yield made
    finally:
        made.shutdown()


@contextmanager
def held(queue: FairPool, workers: int) -> Iterator[None]:
    """All workers busy inside; what is submitted meanwhile starts in the queue's order afterwards."""
    go, busy = threading.Event(), threading.Barrier(workers + 1)

    def stay() -> None:
        busy.wait(SOON)
        go.wait(SOON)

    for number in range(workers):
        queue.submit(f"busy {number}", stay)
    busy.wait(SOON)
    yield
    go.set()


def test_people_take_turns_however_much_one_has_waiting() -> None:
    order: list[str] = []
    with pool(1, waiting=10) as queue:
        with held(queue, 1):
            jobs = [queue.submit(who, lambda who=who: order.append(who)) for who in "aaaaabbc"]
        [job.result(SOON) for job in jobs]
    assert "".join(order) == "abcabaaa"


def test_nobody_has_more_than_half_of_the_workers() -> None:
    inside, most = Counter[str](), Counter[str]()
    lock, met = threading.Lock(), threading.Barrier(3)

    def work(who: str) -> None:
        with lock:
            inside[who] += 1
            most[who] = max(most[who], inside[who])
        if who == "a":
            met.wait(SOON)
        with lock:
            inside[who] -= 1

    with pool(4, waiting=10) as queue:
        jobs = [queue.submit("a", lambda: work("a")) for _ in range(6)]
        # Two of a's wait for each other and for the test: the other two workers are there for b.
        queue.submit("b", lambda: work("b")).result(SOON)
        for _ in range(3):
            met.wait(SOON)
        [job.result(SOON) for job in jobs]
    assert most["a"] == 2


def test_too_many_waiting_are_refused_and_say_how_many() -> None:
    with pool(1, waiting=2) as queue:
        with held(queue, 1):
            jobs = [queue.submit("a", lambda: None) for _ in range(2)]
            with pytest.raises(TooLarge) as refused:
                queue.submit("a", lambda: None)
            jobs.append(queue.submit("b", lambda: None))
        [job.result(SOON) for job in jobs]
        queue.submit("a", lambda: None).result(SOON)  # nothing waits any more
    assert (refused.value.code, refused.value.fields) == ("too_many_waiting", {"n": "2"})


def test_wide_work_never_has_all_workers() -> None:
    go, begun = threading.Event(), Counter[str]()

    def wide(who: str) -> None:
        move_if_wide(True)
        begun[who] += 1
        go.wait(SOON)

    with pool(2) as queue:
        jobs = [queue.submit(f"wide {n}", lambda n=n: wide(f"wide {n}")) for n in range(6)]
        for n in range(20):  # all of them get a worker while the wide ones hold theirs
            assert queue.submit(f"narrow {n}", lambda n=n: n).result(SOON) == n
        assert sum(begun.values()) <= 1
        go.set()
        [job.result(SOON) for job in jobs]
    assert set(begun.values()) == {1} and len(begun) == 6


def test_moving_does_nothing_outside_of_a_pool_and_for_what_is_narrow() -> None:
    move_if_wide(True)
    with pool(1) as queue:
        tries: list[int] = []
        assert queue.submit("a", lambda: (tries.append(1), move_if_wide(False))).result(SOON) == (None, None)
    assert len(tries) == 1


def wide_times(ticks: Ticks, took: float, others: int, number: int = 6) -> list[float]:
    """When each piece of wide work of one person began, while so many others ask all the time."""
    began: list[float] = []

    def wide() -> None:
        move_if_wide(True)
        began.append(ticks.now)
        ticks.spend(took)

    with pool(2, waiting=number, **ticks.told) as queue:
        jobs = [queue.submit("wide", wide) for _ in range(number)]
        for job in jobs:
            while not job.done():
                for n in range(others):
                    queue.submit(f"other {n}", lambda: None).result(SOON)
                if (left := ticks.next_in) is not None:  # nobody works, so nobody moves the clock
                    ticks.spend(left)
                wait([job], timeout=0.01)
    return began


@pytest.mark.parametrize(
    ("took", "others", "rest"),
    [(0.0625, 0, 0), (0.0625, 1, 0.125), (0.0625, 8, 1), (0.0625, 100, LONGEST_REST_S), (16, 100, 16)],
)
def test_who_had_wide_work_rests_the_longer_the_more_others_ask(took: float, others: int, rest: float) -> None:
    began = wide_times(Ticks(), took, others)
    pauses = [after - before - took for before, after in pairwise(began)][1:]  # at first nobody else had asked
    assert len(pauses) >= 4 and pauses == pytest.approx([rest] * len(pauses))


def test_one_persons_rest_is_nobody_elses() -> None:
    ticks, order = Ticks(), list[str]()

    def wide(who: str) -> None:
        move_if_wide(True)
        order.append(who)
        ticks.spend(0.0625)

    with pool(1, **ticks.told) as queue:
        with held(queue, 1):
            jobs = [queue.submit(who, lambda who=who: wide(who)) for who in "aaabc"]
        [job.result(SOON) for job in jobs[3:]]
        assert order == ["a", "b", "c"] and not jobs[1].done()
        for job in jobs:  # nothing else happens: the rest alone brings a's turn
            while not job.done():
                if (left := ticks.next_in) is not None:
                    ticks.spend(left)
                wait([job], timeout=0.01)
    assert order == ["a", "b", "c", "a", "a"]


def test_errors_belong_to_who_waits() -> None:
    def broken() -> None:
        raise TooLarge("out_of_memory")

    with pool(1) as queue:
        with pytest.raises(TooLarge, match="out_of_memory"):
            queue.submit("a", broken).result(SOON)
        assert queue.submit("a", lambda: 7).result(SOON) == 7


def test_what_was_cancelled_while_it_waited_is_not_begun() -> None:
    ran: list[str] = []
    with pool(1) as queue:
        with held(queue, 1):
            dropped, kept = (queue.submit(who, lambda who=who: ran.append(who)) for who in "ab")
            assert dropped.cancel()
        kept.result(SOON)
        queue.submit("a", lambda: ran.append("later")).result(SOON)
    assert ran == ["b", "later"]


def test_shutdown_ends_what_runs_and_cancels_what_waits() -> None:
    queue = FairPool(1)
    with held(queue, 1):
        waiting = queue.submit("a", lambda: None)
        queue.shutdown(wait=False)
    with pytest.raises(CancelledError):
        waiting.result(SOON)
    with pytest.raises(RuntimeError):
        queue.submit("a", lambda: None)


JOBS = st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["narrow", "wide", "broken"])), max_size=40)
checked = Counter[str]()


@settings(max_examples=150, deadline=None)
@given(jobs=JOBS, workers=st.integers(1, 4), waiting=st.integers(1, 12))
def test_everything_is_done_once_or_refused_and_nobody_starves(
    jobs: list[tuple[str, str]], workers: int, waiting: int
) -> None:
    """In the order of turns, within everybody's bounds, whatever comes in whichever order."""
    began, inside, most = list[int](), Counter[str](), Counter[str]()
    lock = threading.Lock()

    def work(number: int, who: str, kind: str) -> int:
        move_if_wide(kind == "wide")
        with lock:
            began.append(number)
            for group in (who, kind):
                inside[group] += 1
                most[group] = max(most[group], inside[group])
        with lock:
            for group in (who, kind):
                inside[group] -= 1
        if kind == "broken":
            raise TooLarge("out_of_memory")
        return number

    taken: dict[int, Future[int]] = {}
    refused = set[int]()
    with pool(workers, waiting=waiting) as queue:
        with held(queue, workers):
            for number, (who, kind) in enumerate(jobs):
                try:
                    taken[number] = queue.submit(who, lambda n=number, w=who, k=kind: work(n, w, k))
                except TooLarge:
                    refused.add(number)
        for number, future in taken.items():
            error = future.exception(SOON)
            assert error is None if jobs[number][1] != "broken" else isinstance(error, TooLarge)
            assert error is not None or future.result() == number
    if taken:
        claim()
    assert sorted(began) == sorted(taken) and not set(taken) & refused  # once, or refused
    for who in "abcde":
        mine = [n for n, (w, _) in enumerate(jobs) if w == who]
        assert sum(n in taken for n in mine) == min(len(mine), waiting)
        assert most[who] <= max(1, workers // 2)
    assert most["wide"] <= max(1, workers // 2)
    if workers == 1 and (narrow := [n for n in began if jobs[n][1] != "wide"]):
        checked["turns"] += 1
        turn = {n: [m for m in taken if jobs[m][0] == jobs[n][0]].index(n) for n in narrow}
        assert [turn[n] for n in narrow] == sorted(turn[n] for n in narrow)  # nobody has a second before all a first


def test_the_properties_were_really_looked_at() -> None:
    """Runs after the property above: the order of turns is looked at where there is one worker."""
    assert checked["turns"] >= 20
