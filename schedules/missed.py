"""The morning after: what could not be delivered before the day was over is told to the admins, once."""

from __future__ import annotations

import datetime as dt

from schedules.messages import Missed, Recipient
from schedules.numbers import Numbers
from schedules.planning import language_of
from schedules.selection import admins
from schedules.slots import local_date
from schedules.state import ScheduleState
from schedules.state.outbox import NewRow

__all__ = ["tell_missed"]

_TOMORROW = dt.timedelta(days=1)


def tell_missed(numbers: Numbers, state: ScheduleState, *, as_of: dt.datetime) -> int:
    """Put one notice per admin into the outbox for everything missed whose morning after has come; returns how many
    messages were missed. What comes up later on the same day waits for the next morning."""
    missed = state.outbox.missed(as_of)
    if not missed:
        return 0
    today = local_date(as_of, numbers.model.calendar.timezone)
    told = admins(numbers.org, state.links.roles(), today)
    keys = {person.id: f"missed:{today.isoformat()}:{person.id}" for person in told}
    if any(state.outbox.find(key) is not None for key in keys.values()):
        state.outbox.tell_again(missed, as_of + _TOMORROW)
        return 0
    first = min(row.slot_date for row in missed)
    notices = [_notice(numbers, admin, key, len(missed), first, today, as_of) for admin, key in keys.items()]
    state.outbox.tell(missed, notices)
    reasons = sorted({row.reason for row in missed})
    said = f"not delivered before the day was over: {reasons[0]}"
    state.audit.record("system", "delivery.missed", f"{len(missed)} of {first}", at=as_of, after=said)
    return len(missed)


def _notice(numbers: Numbers, admin: str, key: str, n: int, day: dt.date, today: dt.date, as_of: dt.datetime) -> NewRow:
    language = language_of(numbers.org.people[admin], None, numbers.model)
    to = Recipient(kind="person", id=admin)
    message = Missed(key=key, to=to, language=language, as_of=today, subject=0, n=n, day=day)
    return NewRow(
        key=key,
        kind="alert",
        origin=0,
        slot=as_of,
        slot_date=today,
        next_try=as_of,
        state="ready",
        payload=message.model_dump_json(),
    )
