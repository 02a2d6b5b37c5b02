"""Questions between being acknowledged to Slack and being answered: each is answered once, by this process or the next.

Accepting writes the question down, leased to this process; the lease is prolonged while it is worked on. What nobody
holds a lease on any more (a process was killed) is taken up by whoever looks next. Where the database cannot be
written, a question is kept in memory and written when it can be: an acknowledgement waits for it only a moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import uuid
from collections import OrderedDict
from collections.abc import Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.conversation import Conversation
from bot.entrance import Entrance
from bot.plain_text import plain_text
from bot.posting import Place, Ticket, direct_message, post
from bot.questions import Question
from bot.render.replies import line_post
from bot.slack_calls import CannotLook, find_message, is_passing
from bot.state.questions import Asked
from bot.state_trouble import StateTrouble
from bot.wording import language_of, say
from metrics.state.writer import UNAVAILABLE

__all__ = ["Inbox"]

log = logging.getLogger("paceline.inbox")
T = TypeVar("T")

WRITE_S = 0.5  # so long an acknowledgement or a private reply waits for the state database
LATE = dt.timedelta(minutes=10)  # from here on the reply says so
TOO_OLD = dt.timedelta(days=1)  # nobody waits for it any more
KEPT = dt.timedelta(days=2)  # settled questions, so that a repeated event is known
CONVERSATIONS_KEPT = dt.timedelta(days=90)
SWEEP_EVERY = dt.timedelta(hours=1)
IN_MEMORY = 20_000  # keys, so that a repeated event is known while the database is not
WORKED_ON = 24  # questions at a time: enough for a Slack that takes its time, few enough that each is soon done
AT_ONCE = 50  # questions taken over at a time: the others are left to other processes
AT_ONCE_EACH = 3  # of those, of one person
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0  # between tries while Slack cannot be reached


class _TakenOver(Exception):
    """Somebody else answers this question."""


@dataclass(slots=True)
class _Entry:
    """A question this process works on. `written`: whether the state has it as ours; None: it came from there."""

    asked: Asked
    question: Question
    lease_until: dt.datetime
    written: Future[bool] | None = None

    @property
    def lost(self) -> bool:
        done = self.written
        return done is not None and done.done() and not done.exception() and not done.result()


class Inbox:
    """One per app. `start` and `drain` need a running loop."""

    def __init__(self, conversation: Conversation, client: AsyncWebClient) -> None:
        self._conversation = conversation
        self._client = client
        self._runtime = conversation.runtime
        self._state = conversation.runtime.state
        self._owner = uuid.uuid4().hex
        self._lease = dt.timedelta(seconds=self._runtime.settings.lease_s)
        self._known: OrderedDict[str, None] = OrderedDict()
        self._entries: dict[str, _Entry] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._entrance = Entrance(WORKED_ON, waiting=self._runtime.settings.questions_waiting)
        self._turns: dict[str, asyncio.Semaphore] = {}  # by person, for what was taken over
        self._accepting = 0
        self._quiet = asyncio.Event()  # nothing is being accepted
        self._quiet.set()
        self._refusing = False
        self._watch: asyncio.Task[None] | None = None
        self._swept_at: dt.datetime | None = None
        self._trouble = StateTrouble(client, conversation.runtime)

    # --- accepting ---------------------------------------------------------------------------------------------------

    async def accept(self, question: Question, *, may_refuse: bool) -> bool:
        """Write the question down and begin to answer it; returns when it may be acknowledged. False: we are about to
        stop and Slack will deliver it elsewhere (`may_refuse`: Slack delivers this kind again)."""
        if question.key in self._known:
            return True
        if self._refusing and may_refuse:
            return False
        self._accepting += 1
        self._quiet.clear()
        try:
            self._know(question.key)
            now = self._runtime.clock.now()
            asked = Asked(question.key, question.to_json(), question.user, now)
            until = now + self._lease
            written = self._state.questions.accept(asked, self._owner, lease_until=until)
            new = await self._on_disk(written)
            if new is False:  # another process has it, or had it
                return True
            if new is None:
                log.warning("question %s is kept in memory: the state database takes no writes", question.key)
            self._begin(_Entry(asked, question, until, written))
            return True
        finally:
            self._accepting -= 1
            if not self._accepting:
                self._quiet.set()

    def _know(self, key: str) -> None:
        self._known[key] = None
        if len(self._known) > IN_MEMORY:
            self._known.popitem(last=False)

    async def _on_disk(self, written: Future[T]) -> T | None:
        """What the write gave; None when it is still waiting after a moment, or was given up."""
        waiting = asyncio.wrap_future(written)
        done, _ = await asyncio.wait({waiting}, timeout=0.0 if self._state.writer.failing_for else WRITE_S)
        if not done:
            waiting.cancel()
            return None
        return None if waiting.exception() else waiting.result()

    # --- answering ---------------------------------------------------------------------------------------------------

    def _begin(self, entry: _Entry) -> None:
        self._entries[entry.asked.key] = entry
        task = asyncio.create_task(self._work(entry))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, entry: _Entry) -> None:
        try:
            # What a person asked of a killed process comes back all at once: they would be told that too much waits.
            turns = self._turns.setdefault(entry.asked.user, asyncio.Semaphore(AT_ONCE_EACH))
            async with turns if entry.written is None else contextlib.nullcontext():
                error = await self._until_answered(entry)
        finally:
            self._entries.pop(entry.asked.key, None)
        if not isinstance(error, _TakenOver):
            at = self._runtime.clock.now()
            end = "dropped" if at - entry.asked.accepted_at > TOO_OLD else "answered"
            self._state.questions.settle(entry.asked.key, self._owner, end, at=at, reason=str(error or ""))

    async def _until_answered(self, entry: _Entry) -> BaseException | None:
        """Passing faults are waited out. Gives what stands in the way of an answer for good."""
        pause = FIRST_PAUSE_S
        repeated = entry.question.repeated or entry.asked.attempts > 0
        while True:
            age = self._runtime.clock.now() - entry.asked.accepted_at
            error = await _outcome(self._too_old(entry) if age > TOO_OLD else self._answer(entry, repeated, age))
            if error is not None and not _waits(error) and not isinstance(error, _TakenOver):
                error = await _outcome(self._apologise(entry, repeated, age, error))
            if isinstance(error, _TakenOver):
                log.info("question %s is answered by somebody else", entry.asked.key)
                return error
            if error is None:
                return error
            if not _waits(error):
                log.warning("the answer to %s cannot be delivered: %s", entry.asked.key, error)
                return error
            log.info("question %s waits: %s", entry.asked.key, error)
            repeated = True
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _answer(self, entry: _Entry, repeated: bool, age: dt.timedelta) -> None:
        async with self._entrance.place(entry.question.user):
            await self._reply(entry, await self._place(entry, repeated, age))

    async def _reply(self, entry: _Entry, place: Place) -> None:
        question, conversation = entry.question, self._conversation
        if not question.value:
            text = await conversation.plain(self._client, question.text, question.own)
            await conversation.question(self._client, place, text)
            return
        carried = await conversation.carried(question.value)
        if carried is None:
            await conversation.too_old(self._client, place)
        else:
            await conversation.pressed(self._client, place, carried)

    async def _apologise(self, entry: _Entry, repeated: bool, age: dt.timedelta, error: BaseException) -> None:
        """The one reply to what went wrong, unless the answer is there already: never both."""
        said = self._conversation.sorry(error, entry.question.text, entry.question.user)
        place = await self._place(entry, repeated, age)
        if not (place.private or place.response_url) and await self._is_there(place, entry.asked.key):
            return
        await post(self._client, place.only_asker(), line_post(said))

    async def _is_there(self, place: Place, key: str) -> bool:
        """The answer has arrived, or nobody can say that it has not."""
        try:
            found = await find_message(self._client, place.channel, key, thread=place.thread, oldest=place.asked_at)
        except CannotLook:
            return True
        return found is not None

    async def _too_old(self, entry: _Entry) -> None:
        """Nobody waits for the answer any more; the asker is told, once."""
        key, at = entry.asked.key, self._runtime.clock.now()
        log.warning("question %s of %s is dropped: it is too old", key, entry.asked.accepted_at.isoformat())
        await asyncio.to_thread(
            self._state.audit.record_once, "system", "question.dropped", key, at=at, after="older than a day"
        )
        ticket = replace(self._ticket(entry, True, None), shown=False)
        place = await direct_message(self._client, Place("", entry.asked.user, ticket=ticket))
        words = say(ticket.language, "reply.too_old", question=ticket.asked or "…")
        await post(self._client, place, line_post(words))

    async def _place(self, entry: _Entry, repeated: bool, age: dt.timedelta) -> Place:
        ticket = self._ticket(entry, repeated, age if age > LATE else None)
        if entry.question.place is None:
            return await direct_message(self._client, Place("", entry.question.user, ticket=ticket))
        return replace(entry.question.place, ticket=ticket)

    def _ticket(self, entry: _Entry, repeated: bool, age: dt.timedelta | None) -> Ticket:
        async def hold(private: bool) -> None:
            await self._hold(entry, private)

        asked, question = entry.asked, entry.question
        text = plain_text(question.text, question.own, {})
        language = language_of(text, self._runtime.settings.language)
        shown = asked.shown_at is not None
        return Ticket(asked.key, text, language, asked.accepted_at, repeated, shown, age, hold)

    async def _hold(self, entry: _Entry, private: bool) -> None:
        """Before every try to send: it is still ours. What nobody can look up is written down first."""
        now = self._runtime.clock.now()
        if not entry.lost and (private or entry.lease_until - now < self._lease / 3):
            until = now + self._lease
            held = self._state.questions.hold(
                entry.asked.key, self._owner, lease_until=until, shown_at=now if private else None
            )
            ours = await self._on_disk(held)
            if ours:
                entry.lease_until = until
            if ours is False and (entry.written is None or entry.written.done()):
                raise _TakenOver
        if entry.lost:
            raise _TakenOver

    # --- looking around ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._refusing = False
        self._watch = asyncio.create_task(self._look_around())

    async def _look_around(self) -> None:
        every = max(0.2, min(5.0, self._lease.total_seconds() / 3))
        while True:
            error = await _outcome(self._look_once())
            if error is not None:
                log.error("looking after the questions failed", exc_info=error)
            await asyncio.sleep(every)

    async def _look_once(self) -> None:
        now = self._runtime.clock.now()
        until = now + self._lease
        if self._entries:
            renewed = await self._on_disk(
                self._state.questions.renew(tuple(self._entries), self._owner, lease_until=until)
            )
            for entry in self._entries.values() if renewed else ():
                entry.lease_until = until
        if not self._refusing:
            await self._take_over(now, until)
            await self._sweep(now)
        await self._trouble.look()

    async def _take_over(self, now: dt.datetime, until: dt.datetime) -> None:
        """What no living process works on."""
        room = AT_ONCE - len(self._entries)
        if room <= 0:
            return
        free = await asyncio.to_thread(self._state.questions.take, self._owner, at=now, lease_until=until, limit=room)
        if free:
            log.info("%d questions are taken over", len(free))
        for asked in free:
            if asked.key not in self._entries:  # ours all the time, when the clock was put forward
                self._know(asked.key)
                self._begin(_Entry(asked, Question.from_json(asked.key, asked.user, asked.payload), until))

    async def _sweep(self, now: dt.datetime) -> None:
        """Once in a while what nobody asks for any more is dropped."""
        if self._swept_at is not None and now - self._swept_at < SWEEP_EVERY:
            return
        self._swept_at = now
        self._state.questions.forget(before=now - KEPT)
        await asyncio.to_thread(self._state.events.forget, before=now - KEPT)
        await asyncio.to_thread(self._state.pending.forget, before=now - KEPT)
        await asyncio.to_thread(self._state.conversations.forget, before=now - CONVERSATIONS_KEPT)

    # --- stopping ----------------------------------------------------------------------------------------------------

    async def refuse(self) -> None:
        """Take no more events; returns when what is being accepted has been acknowledged."""
        self._refusing = True
        await self._quiet.wait()
        await asyncio.sleep(0.05)  # the acknowledgement is on its way

    async def drain(self, seconds: float) -> None:
        """Answer what was acknowledged, for so long; the rest is left to the next process."""
        self._refusing = True
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while self._tasks and loop.time() < end:
            await asyncio.wait(tuple(self._tasks), timeout=end - loop.time())
        left = tuple(self._tasks)
        for task in (*left, *([self._watch] if self._watch else [])):
            task.cancel()
        await asyncio.gather(*left, *([self._watch] if self._watch else []), return_exceptions=True)
        if left:
            log.warning("%d questions are left to the next process", len(left))
        await self._on_disk(self._state.questions.release(self._owner, at=self._runtime.clock.now()))


async def _outcome(work: Coroutine[Any, Any, None]) -> BaseException | None:
    """The error that the work ended with, as a value; cancelling this cancels the work."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait({task})
        raise
    return asyncio.CancelledError() if task.cancelled() else task.exception()


def _waits(error: BaseException) -> bool:
    """Whether trying again later can help."""
    return is_passing(error) or isinstance(error, UNAVAILABLE)
