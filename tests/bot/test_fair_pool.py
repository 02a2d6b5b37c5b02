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

from bot.fair_pool import LONGEST_REST_S, WIDE_PART, FairPool, move_if_wide
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
            jobs.append(queue.submit("a", lambda: None, begun=True))
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


def lanes_in_order(ticks: Ticks, wide_s: float, narrow_s: float, narrow: int) -> list[str]:
    """The lanes of what was done by one worker, wide and narrow work all waiting at first."""
    done: list[str] = []

    def work(kind: str, seconds: float) -> None:
        move_if_wide(kind == "wide")
        ticks.spend(seconds)
        done.append(kind)

    with pool(1, waiting=1000, **ticks.told) as queue:
        with held(queue, 1):
            wide = [queue.submit(f"w{n}", lambda: work("wide", wide_s)) for n in range(20)]
            others = [queue.submit(f"n{n}", lambda: work("narrow", narrow_s)) for n in range(narrow)]
        [job.result(SOON) for job in others]
        for job in wide:
            while not job.done():
                if (left := ticks.next_in) is not None:  # nobody works any more, so nobody moves the clock
                    ticks.spend(left)
                wait([job], timeout=0.01)
    return done


def gaps(done: list[str]) -> list[int]:
    """How many pieces of narrow work stand between two wide ones, as long as there is narrow work."""
    last = len(done) - done[::-1].index("narrow")
    places = [i for i, kind in enumerate(done[:last]) if kind == "wide"]
    return [after - before - 1 for before, after in pairwise(places)]


def test_wide_work_gets_its_part_of_the_time_while_others_ask() -> None:
    found = gaps(lanes_in_order(Ticks(), wide_s=0.0625, narrow_s=0.03125, narrow=300))
    assert len(found) >= 10
    assert all(0.0625 / (0.0625 + 0.03125 * n) == pytest.approx(WIDE_PART, abs=0.01) for n in found)


@pytest.mark.parametrize(("wide_s", "rest_s"), [(0.5, LONGEST_REST_S), (3, 3)])
def test_wide_work_rests_no_longer_than_a_second_or_than_it_took(wide_s: float, rest_s: float) -> None:
    found = gaps(lanes_in_order(Ticks(), wide_s, narrow_s=0.25, narrow=100))
    assert len(found) >= 5 and set(found) == {rest_s / 0.25}


def test_wide_work_alone_waits_for_nothing() -> None:
    ticks = Ticks()
    assert lanes_in_order(ticks, wide_s=60, narrow_s=1, narrow=0) == ["wide"] * 20
    assert ticks.asked <= 1  # what held the worker at first was narrow


def test_wide_work_that_rests_is_begun_when_its_rest_is_over_without_anything_else_happening() -> None:
    ticks = Ticks()

    def wide() -> None:
        move_if_wide(True)
        ticks.spend(0.0625)

    with pool(1, **ticks.told) as queue:
        queue.submit("n", lambda: None).result(SOON)
        queue.submit("w", wide).result(SOON)
        queue.submit("n", lambda: None).result(SOON)
        second = queue.submit("w", wide)
        queue.submit("n", lambda: None).result(SOON)  # the second has been looked at by now, and rests
        assert not second.done() and ticks.next_in == pytest.approx(0.5625)
        ticks.spend(0.5625)
        second.result(SOON)


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
