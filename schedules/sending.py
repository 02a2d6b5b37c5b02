"""Emptying the outbox: claim with a lease, look before a second attempt, send, write down."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from metrics.errors import DeliveryError
from schedules.deliver import Deliver, NoRecipient, Unreachable
from schedules.messages import Message, from_json
from schedules.state import ScheduleState
from schedules.state.outbox import OutboxRow

__all__ = ["Sent", "Timing", "send_ready"]

log = logging.getLogger(__name__)


_LATE = dt.timedelta(minutes=45)  # from here on a message says that it is late
_TOLD_AFTER = dt.timedelta(hours=8)  # of the next local day: when an admin hears what was missed
_IN_VAIN = 3  # times `at_once` failures without a success, and the round ends: Slack does not answer


@dataclass(frozen=True, slots=True)
class Timing:
    """Durations of the outbox. The lease is far longer than one send may take: a send is cut off at `send_timeout`.
    There is no number of attempts: a message is tried until its day is over."""

    lease: dt.timedelta = dt.timedelta(minutes=5)
    send_timeout_s: float = 90.0
    first_retry: dt.timedelta = dt.timedelta(seconds=30)
    longest_retry: dt.timedelta = dt.timedelta(minutes=5)
    at_once: int = 8

    def backoff(self, attempts: int) -> dt.timedelta:
        """Doubling from the first retry up to the longest."""
        return min(self.first_retry * (1 << min(attempts, 20)), self.longest_retry)


@dataclass(slots=True)
class Sent:
    """What one round of sending did."""

    sent: int = 0
    found: int = 0  # had arrived at an earlier attempt that was never written down
    postponed: int = 0
    skipped: int = 0  # for recipients nobody can reach: they have no account
    failed: int = 0  # refused for good
    missed: int = 0  # could not be delivered before the recipient's day was over
    stopped: str = ""  # why sending stopped altogether
    keys: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Round:
    """One round of one worker."""

    state: ScheduleState
    deliver: Deliver
    clock: Callable[[], dt.datetime]
    owner: str
    timing: Timing
    done: Sent


async def send_ready(
    state: ScheduleState, deliver: Deliver, *, clock: Callable[[], dt.datetime], owner: str, timing: Timing
) -> Sent:
    """Send every ready row that is free, a few at a time, until none is left."""
    done = Sent()
    this = _Round(state, deliver, clock, owner, timing, done)
    while not done.stopped:
        rows = await asyncio.to_thread(
            state.outbox.claim,
            "ready",
            kinds=("digest", "alert"),
            owner=owner,
            at=clock(),
            lease=timing.lease,
            limit=timing.at_once,
        )
        if not rows:
            break
        await asyncio.gather(*(_send(row, this) for row in rows))
        if not done.sent and not done.found and done.postponed >= _IN_VAIN * timing.at_once:
            done.stopped = done.stopped or f"{done.postponed} messages in a row could not be sent; they wait"
    return done


async def _send(row: OutboxRow, this: _Round) -> None:
    message, done, clock = from_json(row.payload or ""), this.done, this.clock
    if message.due is not None and clock() - message.due > _LATE:
        message = message.model_copy(update={"late": True})
    over = message.until is not None and clock() >= message.until
    reference: str | None = None
    try:
        async with asyncio.timeout(this.timing.send_timeout_s):
            reference = await this.deliver.find(message) if row.attempts > 0 else None
            if reference is not None:
                done.found += 1
            elif not over:
                reference = await this.deliver.send(message)
                done.sent += 1
    except Unreachable as error:
        done.stopped = done.stopped or str(error)
        await asyncio.to_thread(_wait, row, message, error, this.timing.longest_retry, this)
    except NoRecipient as error:
        await asyncio.to_thread(_nobody, row, f"{message.to.kind} {message.to.id}", str(error), this)
        done.skipped += 1
    except (DeliveryError, TimeoutError) as error:
        if isinstance(error, TimeoutError) or error.retryable or error.sent is None:
            await asyncio.to_thread(_wait, row, message, error, this.timing.backoff(row.attempts), this)
        else:
            await asyncio.to_thread(_refused, row, error, this)
    else:
        if reference is None:
            await asyncio.to_thread(_missed, row, message, row.reason or "nobody was there to send it", this)
            return
        done.keys.append(row.key)
        await asyncio.to_thread(this.state.outbox.settle, [row.id], this.owner, "sent", at=clock(), reference=reference)


def _nobody(row: OutboxRow, recipient: str, reason: str, this: _Round) -> None:
    """A digest a day to somebody without an account is one entry in the audit log, not one a day."""
    at = this.clock()
    this.state.outbox.settle([row.id], this.owner, "skipped", at=at, reason=reason)
    this.state.audit.record_once("system", "delivery.nobody", recipient, at=at, after=reason)


def _refused(row: OutboxRow, error: DeliveryError, this: _Round) -> None:
    """Trying again cannot help."""
    at, reason = this.clock(), str(error)
    log.warning("%s was refused: %s", row.key, reason)
    this.state.outbox.settle([row.id], this.owner, "failed", at=at, reason=reason)
    this.state.audit.record("system", "delivery.failed", row.key, at=at, after=reason)
    this.done.failed += 1


def _wait(row: OutboxRow, message: Message, error: Exception, pause: dt.timedelta, this: _Round) -> None:
    """Try again later, as long as the recipient's day lasts. A passing or unclear fault; `find` decides then."""
    at, reason = this.clock(), str(error) or type(error).__name__
    if message.until is not None and at >= message.until:
        _missed(row, message, reason, this)
        return
    log.info("delivery of %s postponed: %s", row.key, reason)
    values = {"next_try": at + pause, "reason": reason, "owner": None, "lease_until": None}
    with this.state.database.write() as connection:
        this.state.outbox.change(connection, [row.id], this.owner, values)
    this.done.postponed += 1


def _missed(row: OutboxRow, message: Message, reason: str, this: _Round) -> None:
    """The day is over: it counts as missed, and an admin is told in the morning (`missed.py`)."""
    at = this.clock()
    log.warning("%s was not delivered before the day was over: %s", row.key, reason)
    tell_at = (message.until or at) + _TOLD_AFTER
    values = {"state": "missed", "reason": reason, "settled_at": at, "lease_until": None, "next_try": tell_at}
    with this.state.database.write() as connection:
        this.state.outbox.change(connection, [row.id], this.owner, values)
    this.done.missed += 1
