"""The one place where questions wait: so many are worked on at a time, the others stand in line, people in turns.

Without it every question would wait a little at each of its steps, behind everybody else's: those with more steps the
longest, and all of them longer than their work takes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator

from metrics.errors import TooLarge

__all__ = ["Entrance"]


class Entrance:
    """Lets in `at_once` questions. Whoever takes longer than `longest_s` (a wide question, a Slack that makes one wait)
    goes on, but lets the next one in. Of one person at most `waiting` stand in line. For one event loop."""

    def __init__(self, at_once: int, *, waiting: int, longest_s: float = 1.0) -> None:
        self._free = at_once
        self._most_waiting, self._longest_s = waiting, longest_s
        self._line: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()  # people in the order of their turns

    @contextlib.asynccontextmanager
    async def place(self, person: str) -> AsyncIterator[None]:
        """Inside when it is the person's turn. Raises TooLarge "too_many_waiting"."""
        await self._turn(person)
        given_up = False

        def give_up() -> None:
            nonlocal given_up
            if not given_up:
                given_up = True
                self._free += 1
                self._let_in()

        timer = asyncio.get_running_loop().call_later(self._longest_s, give_up)
        try:
            yield
        finally:
            timer.cancel()
            give_up()

    async def _turn(self, person: str) -> None:
        if self._free > 0 and not self._line:
            self._free -= 1
            return
        standing = self._line.setdefault(person, deque())
        if len(standing) >= self._most_waiting:
            raise TooLarge("too_many_waiting", fields={"n": str(len(standing))})
        turn = asyncio.get_running_loop().create_future()
        standing.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # let in and called off at once
                self._free += 1
                self._let_in()
            raise

    def _let_in(self) -> None:
        while self._free > 0 and self._line:
            person, standing = self._line.popitem(last=False)
            turn = standing.popleft()
            if standing:
                self._line[person] = standing
            if not turn.done():
                self._free -= 1
                turn.set_result(None)
