"""Writes that nobody may have to wait for: one thread carries them out in order, many in one transaction, and again
until the database takes them.

Reading and answering go on while the database is locked by somebody else or its disk is full; what was to be written
waits here, up to a bound. What is dropped is counted and said in the log.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from metrics.state.database import Database

__all__ = ["UNAVAILABLE", "WriteLost", "Writer"]

log = logging.getLogger("paceline.state")

Work = Callable[[sa.Connection], Any]

# Locked, full, unplugged: the database may take it later.
UNAVAILABLE = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)


class WriteLost(Exception):
    """Too much waited to be written, or the process stopped first."""


@dataclass(frozen=True, slots=True)
class _Order:
    work: Work
    done: Future[Any]


class Writer:
    """`most`: how many writes may wait; `busy_s`: how long one try waits for another process's lock; `pause_s`: between
    two tries while the database takes nothing. Thread-safe; the thread is started by the first write."""

    def __init__(
        self,
        database: Database,
        *,
        most: int = 10_000,
        at_once: int = 200,
        busy_s: float = 0.4,
        pause_s: float = 0.2,
    ) -> None:
        self._database = database
        self._most, self._at_once, self._busy_s, self._pause_s = most, at_once, busy_s, pause_s
        self._orders: deque[_Order] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._failing_since: float | None = None
        self.lost = 0  # writes given up since the start

    @property
    def failing_for(self) -> float:
        """Seconds since when the database takes nothing; 0.0 while it does."""
        since = self._failing_since
        return 0.0 if since is None else max(time.monotonic() - since, 1e-9)

    @property
    def waiting(self) -> int:
        return len(self._orders)

    def put(self, work: Work) -> Future[Any]:
        """Have `work(connection)` carried out inside a transaction; the future gives what it returned.

        Work that breaks a constraint or is wrong raises in its future and hurts no other. When too many wait, or after
        `close`, it is given up: its future raises WriteLost, and `lost` counts it.
        """
        order = _Order(work, Future())
        order.done.set_running_or_notify_cancel()  # nobody who stops waiting takes the write back
        with self._changed:
            if self._stop.is_set() or len(self._orders) >= self._most:
                self._give_up(order)
                return order.done
            self._orders.append(order)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="state-writer", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return order.done

    def write(self, work: Work) -> Any:
        """`put`, and wait for it as long as one try may take; None when it is still waiting then."""
        done = self.put(work)
        try:
            return done.result(timeout=0.0 if self.failing_for else self._busy_s + self._pause_s)
        except (TimeoutError, WriteLost):
            return None

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything put so far is written; False when it is not."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._orders, timeout_s)

    def close(self, timeout_s: float = 2.0) -> None:
        """Write what can be written, and say what could not."""
        if self._thread is None:
            return
        self.flush(timeout_s)
        with self._changed:
            self._stop.set()
            self._changed.notify_all()
        self._thread.join()
        while self._orders:
            self._give_up(self._orders.popleft())
        if self.lost:
            log.error("%d writes to the state database were lost", self.lost)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._orders or self._stop.is_set())
                if self._stop.is_set():
                    return
                batch = list(islice(self._orders, self._at_once))
            try:
                self._carry_out(batch)
            except UNAVAILABLE as error:
                self._failed(error)
                self._stop.wait(self._pause_s)
                continue
            if self._failing_since is not None:
                log.warning("the state database takes writes again, after %.1f s", self.failing_for)
                self._failing_since = None

    def _carry_out(self, batch: list[_Order]) -> None:
        """All in one transaction; one after another where one of them is wrong."""
        try:
            with self._database.write(busy_s=self._busy_s) as connection:
                results = [order.work(connection) for order in batch]
        except UNAVAILABLE:
            raise
        except (sa.exc.SQLAlchemyError, ValueError, TypeError, LookupError) as error:
            if len(batch) > 1:
                for order in batch:
                    self._carry_out([order])
                return
            log.error("a write to the state database was refused", exc_info=error)
            batch[0].done.set_exception(error)
            self._forget(batch)
            return
        for order, result in zip(batch, results, strict=True):
            order.done.set_result(result)
        self._forget(batch)  # last: who waits for `flush` finds everything said that is to be said

    def _forget(self, batch: list[_Order]) -> None:
        """The batch stood at the front all the time: only this thread takes anything away."""
        with self._changed:
            for _ in batch:
                self._orders.popleft()
            self._changed.notify_all()

    def _failed(self, error: Exception) -> None:
        if self._failing_since is None:
            self._failing_since = time.monotonic()
            cause = (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0]
            log.error("the state database takes no writes (%s); they wait in memory", cause)

    def _give_up(self, order: _Order) -> None:
        self.lost += 1
        order.done.set_exception(WriteLost())
        if self.lost in (1, 10, 100, 1000) or self.lost % 10_000 == 0:
            log.error("%d writes to the state database were lost", self.lost)
