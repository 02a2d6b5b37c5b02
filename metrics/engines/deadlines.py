"""Time limits for running queries: one thread watches all of them. Starting a thread for each query would cost more
than most queries take."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["Deadlines", "Watch"]


@dataclass(slots=True)
class Watch:
    """One limit being watched. `late`: it passed and `stop` was called."""

    stop: Callable[[], None]
    over: bool = False
    late: bool = False


class Deadlines:
    """Calls `stop` of every watch whose time passes before its block ends. Thread-safe; the watching thread starts with
    the first watch and ends by itself when there is nothing left to watch."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Watch]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    @contextmanager
    def watch(self, seconds: float, stop: Callable[[], None]) -> Iterator[Watch]:
        """Call `stop` from another thread unless the block ends within `seconds`."""
        made = Watch(stop)
        due = time.monotonic() + seconds
        with self._changed:
            first = not self._due or due < self._due[0][0]
            heapq.heappush(self._due, (due, next(self._numbers), made))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="paceline-deadlines", daemon=True)
                self._thread.start()
            elif first:
                self._changed.notify()
        try:
            yield made
        finally:
            with (
                self._changed
            ):  # not removed from the heap: it is passed over when its time comes, holding nothing by then
                made.over, made.stop = True, _nothing

    def _run(self) -> None:
        with self._changed:
            while self._due:
                due, _, first = self._due[0]
                left = due - time.monotonic()
                if not first.over and left > 0:
                    self._changed.wait(left)
                    continue
                heapq.heappop(self._due)
                if not first.over:
                    first.late = True
                    first.stop()
            self._thread = None


def _nothing() -> None:
    """What is left to stop when a watch is over."""
