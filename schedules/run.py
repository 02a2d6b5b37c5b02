"""`run_due`: everything that is to happen at one moment, once: plan, enrol, compose, send."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from metrics.calendar.workdays import is_working_day
from schedules.compose import Composed, compose_due
from schedules.deliver import Deliver
from schedules.missed import tell_missed
from schedules.numbers import Numbers
from schedules.planning import enrol_everybody, plan
from schedules.sending import Sent, Timing, send_ready
from schedules.state import ScheduleState

__all__ = ["RunReport", "prepare", "run_due"]


@dataclass(frozen=True, slots=True)
class RunReport:
    """`planned`: subscriptions and rules whose slot had come."""

    planned: int
    composed: Composed
    sent: Sent


def prepare(
    numbers: Numbers, state: ScheduleState, *, as_of: dt.datetime, at: dt.datetime, owner: str, timing: Timing
) -> tuple[int, Composed]:
    """Plan what is due, bring enrolments up to date, compose. Blocking; everything it leaves behind is in the
    outbox."""
    calendar = numbers.model.calendar

    def working(day: dt.date) -> bool:
        return is_working_day(day, calendar)

    planned = plan(state, as_of, working=working)
    tell_missed(numbers, state, as_of=as_of)
    enrol_everybody(numbers, state, as_of, working=working)
    composed = compose_due(numbers, state, as_of=as_of, at=at, owner=owner, lease=timing.lease, working=working)
    return planned, composed


async def run_due(
    metrics: Numbers,
    state: ScheduleState,
    deliver: Deliver,
    *,
    as_of: dt.datetime,
    clock: Callable[[], dt.datetime] | None = None,
    owner: str | None = None,
    timing: Timing | None = None,
) -> RunReport:
    """Do what the schedule asks for at `as_of` (aware). Safe to run in several processes at once and after any crash.

    `clock` is asked for the moment when leases are taken and messages are
    retried; without one it stands still at `as_of`. `owner` names this worker (random when left out).
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of must be aware")
    now = clock or (lambda: as_of)
    name = owner or uuid.uuid4().hex
    timing = timing or Timing()
    planned, composed = await asyncio.to_thread(
        prepare, metrics, state, as_of=as_of, at=now(), owner=name, timing=timing
    )
    sent = await send_ready(state, deliver, clock=now, owner=name, timing=timing)
    return RunReport(planned, composed, sent)
