"""Emptying the outbox: claim with a lease, look before a second attempt, send, write down."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from metrics.errors import DeliveryError
from schedules.deliver import Deliver, NoRecipient, Unreachable
from schedules.messages import from_json
from schedules.state import ScheduleState
from schedules.state.outbox import OutboxRow

__all__ = ["Sent", "Timing", "send_ready"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """Durations of the outbox. The lease is far longer than one send may take: a send is cut off at `send_timeout`."""

    lease: dt.timedelta = dt.timedelta(minutes=5)
    send_timeout_s: float = 90.0
    first_retry: dt.timedelta = dt.timedelta(seconds=30)
    longest_retry: dt.timedelta = dt.timedelta(minutes=30)
    give_up_after: int = 8
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
    failed: int = 0
    stopped: str = ""  # why sending stopped altogether
    keys: list[str] = field(default_factory=list)


async def send_ready(
    state: ScheduleState, deliver: Deliver, *, clock: Callable[[], dt.datetime], owner: str, timing: Timing
) -> Sent:
    """Send every ready row that is free, a few at a time, until none is left."""
    done = Sent()
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
        await asyncio.gather(*(_send(row, state, deliver, clock, owner, timing, done) for row in rows))
    return done


async def _send(
    row: OutboxRow,
    state: ScheduleState,
    deliver: Deliver,
    clock: Callable[[], dt.datetime],
    owner: str,
    timing: Timing,
    done: Sent,
) -> None:
    message = from_json(row.payload or "")
    try:
        async with asyncio.timeout(timing.send_timeout_s):
            reference = await deliver.find(message) if row.attempts > 0 else None
            if reference is not None:
                done.found += 1
            else:
                reference = await deliver.send(message)
                done.sent += 1
    except Unreachable as error:
        done.stopped = done.stopped or str(error)
        await asyncio.to_thread(_wait, state, row, owner, clock() + timing.longest_retry, str(error), row.attempts)
        done.postponed += 1
    except NoRecipient as error:
        await asyncio.to_thread(_nobody, state, row, f"{message.to.kind} {message.to.id}", str(error), clock(), owner)
        done.skipped += 1
    except (DeliveryError, TimeoutError) as error:
        await asyncio.to_thread(_not_sent, row, state, error, clock(), owner, timing, done)
    else:
        done.keys.append(row.key)
        await asyncio.to_thread(state.outbox.settle, [row.id], owner, "sent", at=clock(), reference=reference)


def _nobody(state: ScheduleState, row: OutboxRow, recipient: str, reason: str, at: dt.datetime, owner: str) -> None:
    """A digest a day to somebody without an account is one entry in the audit log, not one a day."""
    state.outbox.settle([row.id], owner, "skipped", at=at, reason=reason)
    state.audit.record_once("system", "delivery.nobody", recipient, at=at, after=reason)


def _not_sent(
    row: OutboxRow,
    state: ScheduleState,
    error: DeliveryError | TimeoutError,
    at: dt.datetime,
    owner: str,
    timing: Timing,
    done: Sent,
) -> None:
    """Try again later, or give up with an audit entry. A passing or unclear fault is retried; `find` decides then."""
    attempts = row.attempts + 1
    reason = str(error) or type(error).__name__
    retry = isinstance(error, TimeoutError) or error.retryable or error.sent is None
    if retry and attempts < timing.give_up_after:
        log.info("delivery of %s postponed: %s", row.key, reason)
        _wait(state, row, owner, at + timing.backoff(row.attempts), reason, attempts)
        done.postponed += 1
        return
    log.warning("delivery of %s given up after %d attempts: %s", row.key, attempts, reason)
    state.outbox.settle([row.id], owner, "failed", at=at, reason=reason)
    state.audit.record("system", "delivery.failed", row.key, at=at, after=f"{attempts} attempts: {reason}")
    done.failed += 1


def _wait(state: ScheduleState, row: OutboxRow, owner: str, until: dt.datetime, reason: str, attempts: int) -> None:
    values = {"next_try": until, "reason": reason, "owner": None, "lease_until": None, "attempts": attempts}
    with state.database.write() as connection:
        state.outbox.change(connection, [row.id], owner, values)
