"""From due rows to messages: digests composed for everybody at once, rules measured in one pass, all under a lease."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from metrics.errors import PacelineError
from metrics.people import Audience
from schedules.digests import DigestSpec, Due, leaderboard, manager_digests, rep_digests
from schedules.evaluate import Evaluation, evaluate
from schedules.messages import Late, LateSource, Message, Recipient
from schedules.numbers import Numbers
from schedules.rules import RuleSpec
from schedules.selection import may_all_see
from schedules.slots import end_of_day
from schedules.standings import MONTH
from schedules.state import ScheduleState
from schedules.state.outbox import NewRow, OutboxRow
from schedules.state.subscriptions import Digest, Subscription

__all__ = ["Composed", "compose_due"]

log = logging.getLogger(__name__)
Working = Callable[[dt.date], bool]
_HOLD = dt.timedelta(minutes=15)  # how often late data is looked at again
_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Composed:
    """What became of the due rows, in numbers; `late` says why rows were held back."""

    messages: int = 0
    alerts: int = 0
    skipped: int = 0
    held: int = 0
    late: tuple[LateSource, ...] = ()


@dataclass(frozen=True, slots=True)
class _Work:
    numbers: Numbers
    state: ScheduleState
    owner: str
    at: dt.datetime
    working: Working

    def business_date(self, slot_date: dt.date) -> dt.date:
        """The day a morning speaks of: the last complete day of data, so that on the first of a month it closes the old
        one instead of reporting nothing."""
        through = self.numbers.data_through
        return slot_date if through is None else min(slot_date, through)


class _LeaseLost(Exception):
    """Rolls a transaction back: the rows were taken over while we worked."""


def compose_due(
    numbers: Numbers,
    state: ScheduleState,
    *,
    as_of: dt.datetime,
    at: dt.datetime,
    owner: str,
    lease: dt.timedelta,
    working: Working,
) -> Composed:
    """Compose every due row; `at` is the moment for leases, `as_of` the one the schedule stands at."""
    work = _Work(numbers, state, owner, at, working)
    rows = state.outbox.claim("due", kinds=("digest", "rule"), owner=owner, at=at, lease=lease, limit=_ROWS)
    if not rows:
        return Composed()
    rows, superseded = _newest(rows)
    state.outbox.settle([r.id for r in superseded], owner, "skipped", at=at, reason="superseded")
    late = tuple(LateSource(name=name, through=through) for name, through in numbers.stale(as_of))
    if late or numbers.data_version is None:
        _hold(work, rows, late)
        return Composed(held=len(rows), late=late, skipped=len(superseded))
    messages = skipped = alerts = 0
    for today, batch in _by_date(rows):
        day = work.business_date(today)
        try:
            version = numbers.data_version
            payloads = _digests(work, [r for r in batch if r.kind == "digest"], day, today)
            evaluation = _rules(work, [r for r in batch if r.kind == "rule"], day, today)
        except PacelineError as error:
            log.warning("composing for %s failed: %s", today, error)
            state.outbox.postpone([r.id for r in batch], owner, until=at + _HOLD, reason=f"not computed: {error}")
            continue
        if numbers.data_version != version:  # the data moved on half way: do it again, on one version
            state.outbox.postpone([r.id for r in batch], owner, until=at, reason="data changed while composing")
            continue
        _ready(work, [r for r in batch if r.kind == "digest"], payloads)
        nothing = [r.id for r in batch if r.kind == "digest" and r.key not in payloads]
        state.outbox.settle(nothing, owner, "skipped", at=at, reason="nobody to send it to, or nothing to say")
        _record(work, [r for r in batch if r.kind == "rule"], evaluation)
        messages, skipped, alerts = messages + len(payloads), skipped + len(nothing), alerts + len(evaluation.messages)
    return Composed(messages, alerts, skipped + len(superseded))


def _newest(rows: Iterable[OutboxRow]) -> tuple[list[OutboxRow], list[OutboxRow]]:
    """Of each subscription or rule the newest slot, and the older ones that waited for it in vain."""
    last: dict[tuple[str, int], OutboxRow] = {}
    old: list[OutboxRow] = []
    for row in sorted(rows, key=lambda r: r.slot_date):
        before = last.get((row.kind, row.origin))
        if before is not None:
            old.append(before)
        last[row.kind, row.origin] = row
    return list(last.values()), old


def _by_date(rows: Sequence[OutboxRow]) -> list[tuple[dt.date, list[OutboxRow]]]:
    groups: dict[dt.date, list[OutboxRow]] = {}
    for row in rows:
        groups.setdefault(row.slot_date, []).append(row)
    return sorted(groups.items())


def _hold(work: _Work, rows: Sequence[OutboxRow], late: tuple[LateSource, ...]) -> None:
    """Leave the rows for later, and tell the recipients of digests once which source is late and since when."""
    state, at = work.state, work.at
    said = ", ".join(f"{s.name} (complete through {s.through or 'never'})" for s in late) or "no data loaded"
    fresh = [r for r in rows if not r.reason]
    subscriptions = state.subscriptions.many(r.origin for r in fresh if r.kind == "digest")
    kinds = {d.id: d.kind for d in state.subscriptions.digests()}
    notices = []
    for row in fresh:
        found = subscriptions.get(row.origin) if row.kind == "digest" else None
        about = kinds.get(found.digest_id) if found is not None else None
        if found is None or about is None or not late:
            continue
        notice = Late.model_validate(
            {
                "key": f"late:{row.key}",
                "to": _recipient(found),
                "language": found.language,
                "as_of": row.slot_date,
                "data_through": work.numbers.data_through,
                "subject": found.id,
                "about": about,
                "sources": late,
                "until": end_of_day(at, found.timezone),
            }
        )
        notices.append(_message_row(notice, row, at))
    with state.database.write() as connection:
        state.outbox.add(connection, notices)
    if fresh:
        state.audit.record("system", "schedule.held", f"{len(fresh)} due", at=at, after=f"late data: {said}")
    state.outbox.postpone([r.id for r in rows], work.owner, until=at + _HOLD, reason=f"late data: {said}")


def _digests(work: _Work, rows: Sequence[OutboxRow], day: dt.date, today: dt.date) -> dict[str, Message]:
    """Outbox key -> message, for the rows that have something to say."""
    state, numbers = work.state, work.numbers
    subscriptions = state.subscriptions.many(r.origin for r in rows)
    digests = {d.id: d for d in state.subscriptions.digests()}
    due: dict[str, list[tuple[Due, DigestSpec]]] = {"rep": [], "manager": [], "leaderboard": []}
    for row in rows:
        found = subscriptions.get(row.origin)
        digest = digests.get(found.digest_id) if found is not None and found.live else None
        if found is not None and digest is not None and not _silenced(found, digest, row.slot_date):
            item = Due(row.key, found.id, found.language, _recipient(found))
            due[digest.kind].append((item, DigestSpec.model_validate_json(digest.spec)))
    messages: dict[str, Message] = {}
    if due["rep"]:
        messages |= rep_digests(numbers, [d for d, _ in due["rep"]], day, today=today, working=work.working)
    if due["manager"]:
        fired = lambda people: len(state.rules.fired(people))  # noqa: E731
        managers = [d for d, _ in due["manager"]]
        messages |= manager_digests(numbers, managers, day, today=today, working=work.working, open_alerts=fired)
    for item, spec in due["leaderboard"]:
        audience = _audience(work, item.recipient.id, spec, today)
        board = leaderboard(numbers, item, spec, day, audience=audience) if audience is not None else None
        if board is not None:
            messages[item.key] = board
    return messages


def _ready(work: _Work, rows: Sequence[OutboxRow], payloads: Mapping[str, Message]) -> None:
    """Composed digests are free to be sent."""
    subscriptions = work.state.subscriptions.many(r.origin for r in rows if r.key in payloads)
    timed = {
        r.id: _timed(payloads[r.key], r.slot, subscriptions[r.origin].timezone, work.at)
        for r in rows
        if r.key in payloads
    }
    work.state.outbox.compose({i: m.model_dump_json() for i, m in timed.items()}, work.owner)


def _timed(message: Message, slot: dt.datetime, timezone: str, at: dt.datetime) -> Message:
    """The message with when it was meant to be there and how long it is worth sending."""
    local = slot.astimezone(ZoneInfo(timezone))
    return message.model_copy(update={"due": local, "until": end_of_day(at, timezone)})


def _silenced(subscription: Subscription, digest: Digest, day: dt.date) -> bool:
    """Paused or snoozed since it was planned: rows wait, sometimes for days, while data is late."""
    return digest.paused or (subscription.snoozed_until is not None and day < subscription.snoozed_until)


def _audience(work: _Work, channel: str, spec: DigestSpec, today: dt.date) -> Audience | None:
    """The channel's readers; None (and an audit entry) when not all of them may see the ranking."""
    known = work.state.channels.get(channel)
    members, unknown = (known.members, known.unknown) if known is not None else ((), 1)
    org = work.numbers.org
    owners = spec.select.reps(org, today)
    allowed = may_all_see(
        work.numbers.model,
        org,
        members=members,
        unknown=unknown,
        metric=spec.metric or "",
        period=MONTH,
        on=today,
        owners=owners,
        named="people",
    )
    if not allowed:
        work.state.audit.record(
            "system", "leaderboard.withheld", channel, at=work.at, after="not every member may see this ranking"
        )
        return None
    people = [org.people[m] for m in members if m in org.people]
    return Audience.channel(people, unknown=unknown, name=known.name if known else channel)


def _rules(work: _Work, rows: Sequence[OutboxRow], day: dt.date, today: dt.date) -> Evaluation:
    rules = {r.id: r for r in work.state.rules.all() if not r.paused}
    chosen = {row.origin: rules[row.origin] for row in rows if row.origin in rules}
    specs = {i: RuleSpec.model_validate_json(r.spec) for i, r in chosen.items()}
    return evaluate(work.numbers, work.state, chosen, specs, day, today=today, at=work.at, working=work.working)


def _record(work: _Work, rows: Sequence[OutboxRow], evaluation: Evaluation) -> None:
    """New states, their alerts and the end of the rule rows in one transaction: all of it, or none of it."""
    if not rows:
        return
    state, by_rule = work.state, {r.origin: r for r in rows}
    zones = {r.id: r.timezone for r in state.rules.all()}
    alerts = [
        _message_row(_timed(m, by_rule[m.subject].slot, zones[m.subject], work.at), by_rule[m.subject], work.at)
        for m in evaluation.messages
    ]
    ended = {"state": "done", "settled_at": work.at, "lease_until": None}
    try:
        with state.database.write() as connection:
            if state.outbox.change(connection, [r.id for r in rows], work.owner, ended) != len(rows):
                raise _LeaseLost
            state.rules.save(connection, evaluation.states)
            state.outbox.add(connection, alerts)
    except _LeaseLost:
        return  # somebody else has taken these rules over, and will say it
    for rule, why in evaluation.withheld:
        state.audit.record("system", "alert.withheld", f"rule {rule}", at=work.at, after=why)


def _message_row(message: Message, origin: OutboxRow, at: dt.datetime) -> NewRow:
    return NewRow(
        key=message.key,
        kind="alert",
        origin=origin.origin,
        slot=origin.slot,
        slot_date=origin.slot_date,
        next_try=at,
        state="ready",
        payload=message.model_dump_json(),
    )


def _recipient(subscription: Subscription) -> Recipient:
    return Recipient.model_validate({"kind": subscription.recipient_kind, "id": subscription.recipient})
