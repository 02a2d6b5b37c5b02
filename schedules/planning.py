"""From slots to outbox rows: what has come due, and who is enrolled in what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from metrics.model.schema import Model
from metrics.people import Person
from schedules.digests import DigestSpec
from schedules.numbers import Numbers
from schedules.slots import first_slot, instant, local_date, next_slot, slots_between
from schedules.state import ScheduleState
from schedules.state.due import Advance, Due
from schedules.state.outbox import NewRow
from schedules.state.subscriptions import Digest, Enrolment, Subscription

__all__ = ["enrol_everybody", "language_of", "plan", "reschedule", "timezone_of"]

Working = Callable[[dt.date], bool]
_MOST_MISSED = 31  # slots written down as skipped after a long downtime


def plan(state: ScheduleState, as_of: dt.datetime, *, working: Working) -> int:
    """Put everything due at `as_of` into the outbox and move it on; returns how many subscriptions and rules were due.

    After a downtime only the newest missed slot is worked on; the older ones are written down as skipped.
    """
    return state.due.plan(as_of, lambda due: _advance(due, as_of, working))


def _advance(due: Due, as_of: dt.datetime, working: Working) -> Advance:
    days = slots_between(due.next_date, as_of, due.at_minute, due.timezone, working)
    rows = []
    for day in days[-_MOST_MISSED:]:
        snoozed = due.snoozed_until is not None and day < due.snoozed_until
        why = "missed" if day != days[-1] else "snoozed" if snoozed else ""
        rows.append(
            NewRow(
                key=f"{due.kind}:{due.id}:{day.isoformat()}",
                kind=due.kind,
                origin=due.id,
                slot=due.next_slot if day == due.next_date else instant(day, due.at_minute, due.timezone),
                slot_date=day,
                next_try=as_of,
                state="skipped" if why else "due",
                reason=why,
            )
        )
    slot, date = first_slot(as_of, due.at_minute, due.timezone, working)
    last = days[-1] if days else due.next_date
    if date <= last:  # the recipient's timezone moved back over midnight: never the same date twice
        slot, date = next_slot(last, due.at_minute, due.timezone, working)
    return Advance(tuple(rows), slot, date, last)


def timezone_of(person: Person | None, profile: str | None, model: Model) -> str:
    """The person's own, else that of their Slack profile, else the organisation's."""
    for name in (person.timezone if person else None, profile):
        if name and _is_timezone(name):
            return name
    return model.calendar.timezone


def language_of(person: Person | None, profile: str | None, model: Model) -> str:
    for name in (person.language if person else None, profile):
        if name:
            return "zh" if name.casefold().startswith("zh") else "en"
    return model.languages[0] if model.languages else "en"


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def enrol_everybody(numbers: Numbers, state: ScheduleState, as_of: dt.datetime, *, working: Working) -> None:
    """Bring every digest's subscriptions in line with its selection: joiners in, leavers out, timezones as they are
    now.

    Run after `plan`, so that nobody's due slot is moved before it was seen.
    """
    links = {link.person: link for link in state.links.all() if link.person is not None}
    model, today = numbers.model, local_date(as_of, numbers.model.calendar.timezone)
    taken: dict[str, set[str]] = {}  # kind of digest -> people who get one already, or want none
    for digest in state.subscriptions.digests():
        spec = DigestSpec.model_validate_json(digest.spec)
        existing = {(s.recipient_kind, s.recipient): s for s in state.subscriptions.of_digest(digest.id)}
        wanted: dict[tuple[str, str], tuple[str, str]] = {}
        if digest.kind == "leaderboard":
            wanted["channel", spec.channel or ""] = (timezone_of(None, None, model), language_of(None, None, model))
        else:
            chosen = (
                spec.select.reps(numbers.org, today)
                if digest.kind == "rep"
                else spec.select.managers(numbers.org, today)
            )
            mine = taken.setdefault(digest.kind, set())
            for person in chosen:
                if person.id in mine and spec.select.people is None:
                    continue
                link = links.get(person.id)
                wanted["person", person.id] = (
                    timezone_of(person, link.timezone if link else None, model),
                    language_of(person, link.language if link else None, model),
                )
        changed = [
            _enrolment(digest, key, zone, language, existing.get(key), as_of, working)
            for key, (zone, language) in wanted.items()
            if not _as_wanted(existing.get(key), zone, language)
        ]
        state.subscriptions.enrol(digest.id, changed)
        taken.setdefault(digest.kind, set()).update(recipient for _, recipient in wanted)
        gone = [s.id for key, s in existing.items() if key not in wanted and s.live]
        if gone:
            state.subscriptions.end(gone, at=as_of)


def reschedule(state: ScheduleState, digest: Digest, as_of: dt.datetime, *, working: Working) -> None:
    """Give every live subscription of a resumed digest its next slot from now on: what was missed while paused is not
    sent."""
    live = [s for s in state.subscriptions.of_digest(digest.id) if s.live]
    again = [
        _enrolment(digest, (s.recipient_kind, s.recipient), s.timezone, s.language, s, as_of, working) for s in live
    ]
    state.subscriptions.enrol(digest.id, again)


def _as_wanted(found: Subscription | None, zone: str, language: str) -> bool:
    if found is None:
        return False
    return found.unsubscribed_at is not None or (
        found.ended_at is None and (found.timezone, found.language) == (zone, language)
    )


def _enrolment(
    digest: Digest,
    key: tuple[str, str],
    zone: str,
    language: str,
    found: Subscription | None,
    as_of: dt.datetime,
    working: Working,
) -> Enrolment:
    slot, date = first_slot(as_of, digest.at_minute, zone, working)
    if found is not None and found.last_date is not None and date <= found.last_date:
        slot, date = next_slot(found.last_date, digest.at_minute, zone, working)
    return Enrolment(key[0], key[1], zone, language, slot, date)
