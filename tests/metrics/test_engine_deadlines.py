"""Time limits: called when late, never when in time, many at once, and the thread goes when there is nothing to
watch."""

from __future__ import annotations

import gc
import threading
import time
import weakref

from metrics.engines.deadlines import Deadlines


def test_a_late_block_is_stopped_once() -> None:
    stopped = threading.Event()
    with Deadlines().watch(0.02, stopped.set) as limit:
        assert stopped.wait(5)
    assert limit.late


def test_a_block_in_time_is_left_alone() -> None:
    stopped = threading.Event()
    with Deadlines().watch(0.02, stopped.set) as limit:
        pass
    assert not stopped.wait(0.1)
    assert not limit.late


def test_a_shorter_limit_that_comes_later_is_kept() -> None:
    deadlines, stopped = Deadlines(), threading.Event()
    with deadlines.watch(60, lambda: None):
        began = time.monotonic()
        with deadlines.watch(0.05, stopped.set):
            assert stopped.wait(5)
        assert time.monotonic() - began < 4


def test_what_is_over_holds_nothing() -> None:
    """A cursor must not live on until its limit would have passed."""

    class Cursor:
        def interrupt(self) -> None: ...

    deadlines, cursor = Deadlines(), Cursor()
    gone = weakref.ref(cursor)
    with deadlines.watch(60, cursor.interrupt):
        pass
    del cursor
    gc.collect()
    assert gone() is None
