"""The due table: what has come due is put into the outbox and moved on to its next slot, in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from metrics.state.database import Database
from schedules.state.outbox import NewRow, Outbox
from schedules.state.tables import DIGEST, OUTBOX, RULE, SUBSCRIPTION

__all__ = ["Advance", "Due", "DueTable"]


@dataclass(frozen=True, slots=True)
class Due:
    """Something whose slot has come. `kind`: digest | rule; dates are local to `timezone`."""

    kind: str
    id: int
    at_minute: int
    timezone: str
    next_slot: dt.datetime
    next_date: dt.date
    snoozed_until: dt.date | None


@dataclass(frozen=True, slots=True)
class Advance:
    """What becomes of it: rows for the outbox, and the slot after them."""

    rows: tuple[NewRow, ...]
    next_slot: dt.datetime
    next_date: dt.date
    last_date: dt.date


class DueTable:
    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    def plan(self, as_of: dt.datetime, advance: Callable[[Due], Advance]) -> int:
        """Select what is due at `as_of`, insert its outbox rows, advance it; returns how many were due.

        Two planners at once plan each slot once: the rows are locked (SQLite: the write lock; PostgreSQL: row locks),
        and the unique key of the outbox holds even where a lock did not.
        """
        with self._database.write() as connection:
            subscriptions = [_due("digest", r, r.snoozed_until) for r in connection.execute(self._subscriptions(as_of))]
            rules = [_due("rule", r, None) for r in connection.execute(self._rules(as_of))]
            for table, due in ((SUBSCRIPTION, subscriptions), (RULE, rules)):
                moved = [(d, advance(d)) for d in due]
                self._outbox.add(connection, [row for _, step in moved for row in step.rows])
                self._move(connection, table, moved)
        return len(subscriptions) + len(rules)

    def anything(self, as_of: dt.datetime) -> bool:
        """Whether a slot has come, an older one still waits to be composed or sent, or a missed one to be told."""
        c = OUTBOX.c
        waiting = sa.select(c.id).where(c.state.in_(("due", "ready", "missed")), c.next_try <= as_of).limit(1)
        with self._database.read() as connection:
            return any(
                connection.execute(q).first() is not None
                for q in (
                    sa.select(SUBSCRIPTION.c.id).where(SUBSCRIPTION.c.next_slot <= as_of).limit(1),
                    sa.select(RULE.c.id).where(RULE.c.next_slot <= as_of).limit(1),
                    waiting,
                )
            )

    def _subscriptions(self, as_of: dt.datetime) -> sa.Select[tuple[object, ...]]:
        s = SUBSCRIPTION.c
        live = sa.and_(
            s.unsubscribed_at.is_(None), s.ended_at.is_(None), DIGEST.c.paused.is_(False), DIGEST.c.deleted_at.is_(None)
        )
        columns = (s.id, s.timezone, s.next_slot, s.next_date, s.snoozed_until, DIGEST.c.at_minute)
        chosen = (
            sa.select(*columns)
            .join(DIGEST, DIGEST.c.id == s.digest_id)
            .where(s.next_slot <= as_of, live)
            .order_by(s.next_slot, s.id)
        )
        return chosen if self._database.is_sqlite else chosen.with_for_update(skip_locked=True, of=SUBSCRIPTION)

    def _rules(self, as_of: dt.datetime) -> sa.Select[tuple[object, ...]]:
        r = RULE.c
        chosen = sa.select(r.id, r.timezone, r.next_slot, r.next_date, r.at_minute)
        chosen = chosen.where(r.next_slot <= as_of, r.paused.is_(False), r.deleted_at.is_(None)).order_by(
            r.next_slot, r.id
        )
        return chosen if self._database.is_sqlite else chosen.with_for_update(skip_locked=True)

    def _move(self, connection: sa.Connection, table: sa.Table, moved: Sequence[tuple[Due, Advance]]) -> None:
        if not moved:
            return
        slots: dict[str, Any] = {
            "next_slot": sa.bindparam("_slot"),
            "next_date": sa.bindparam("_date"),
            "last_date": sa.bindparam("_last"),
        }
        rows = [
            {"_id": d.id, "_slot": a.next_slot, "_date": a.next_date.isoformat(), "_last": a.last_date.isoformat()}
            for d, a in moved
        ]
        connection.execute(sa.update(table).where(table.c.id == sa.bindparam("_id")).values(slots), rows)


def _due(kind: str, row: sa.Row[tuple[object, ...]], snoozed: str | None) -> Due:
    return Due(
        kind,
        row.id,
        row.at_minute,
        row.timezone,
        row.next_slot,
        dt.date.fromisoformat(row.next_date),
        dt.date.fromisoformat(snoozed) if snoozed else None,
    )
