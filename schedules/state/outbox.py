"""The outbox: work that is due and messages that are to be sent, each exactly once by its key.

Life of a row: `due` (a slot has come) → `ready` (composed, payload set) → `sent`; or `done` (work without a message of
its own), `skipped`, `failed`; or `missed` (its day ended first), and `failed` once an admin was told. A row is worked
on by whoever holds its lease; a lease that ran out is free for the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from metrics.state.database import Database
from schedules.state.tables import OUTBOX

__all__ = ["NewRow", "Outbox", "OutboxRow", "open_rows"]

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row to insert. `kind`: digest | rule | alert; `origin`: the subscription's or rule's number."""

    key: str
    kind: str
    origin: int
    slot: dt.datetime
    slot_date: dt.date
    next_try: dt.datetime
    state: str = "due"
    payload: str | None = None
    reason: str = ""

    def values(self) -> dict[str, Any]:
        return {
            "dedupe_key": self.key,
            "kind": self.kind,
            "origin": self.origin,
            "slot": self.slot,
            "slot_date": self.slot_date.isoformat(),
            "state": self.state,
            "payload": self.payload,
            "reason": self.reason,
            "attempts": 0,
            "next_try": self.next_try,
        }


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A row as claimed. `attempts` counts the claims for sending before this one."""

    id: int
    key: str
    kind: str
    origin: int
    slot: dt.datetime
    slot_date: dt.date
    state: str
    payload: str | None
    reason: str
    attempts: int
    next_try: dt.datetime
    reference: str | None


def open_rows(database: Database, state: str, at: dt.datetime, kinds: Sequence[str], limit: int) -> sa.Select[Any]:
    """SELECT of rows anybody may take at `at`, locked where the database locks rows (PostgreSQL)."""
    c = OUTBOX.c
    free = sa.or_(c.lease_until.is_(None), c.lease_until <= at)
    chosen = (
        sa.select(OUTBOX).where(c.state == state, c.kind.in_(kinds), c.next_try <= at, free).order_by(c.id).limit(limit)
    )
    return chosen if database.is_sqlite else chosen.with_for_update(skip_locked=True)


class Outbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, connection: sa.Connection, rows: Iterable[NewRow]) -> None:
        """Insert inside the caller's transaction; a key that exists stays as it is."""
        self._database.insert_new(connection, OUTBOX, [r.values() for r in rows])

    def claim(
        self, state: str, *, kinds: Sequence[str], owner: str, at: dt.datetime, lease: dt.timedelta, limit: int = 1000
    ) -> list[OutboxRow]:
        """Take up to `limit` open rows in `state`, oldest first, for `lease`. Claiming a `ready` row counts as an
        attempt to send, before it is made: whoever finds attempts > 0 must look whether the message arrived."""
        with self._database.write() as connection:
            rows = connection.execute(open_rows(self._database, state, at, kinds, limit)).all()
            taken: dict[str, Any] = {"owner": owner, "lease_until": at + lease}
            if state == "ready":
                taken["attempts"] = OUTBOX.c.attempts + 1
            if rows:
                statement = sa.update(OUTBOX).where(OUTBOX.c.id == sa.bindparam("_id")).values(taken)
                connection.execute(statement, [{"_id": r.id} for r in rows])
        return [_row(r._mapping) for r in rows]

    def settle(
        self,
        ids: Iterable[int],
        owner: str,
        state: str,
        *,
        at: dt.datetime,
        reason: str = "",
        reference: str | None = None,
    ) -> None:
        """The end of these rows (sent, done, skipped, failed), if `owner` still holds them."""
        values = {"state": state, "reason": reason, "reference": reference, "settled_at": at, "lease_until": None}
        with self._database.write() as connection:
            self.change(connection, ids, owner, values)

    def change(self, connection: sa.Connection, ids: Iterable[int], owner: str, values: dict[str, Any]) -> int:
        """Update rows that `owner` still holds, inside the caller's transaction; returns how many were."""
        wanted, changed = list(ids), 0
        for start in range(
            0, len(wanted), _AT_ONCE
        ):  # one statement each: drivers do not agree on the row count of many
            mine = sa.and_(OUTBOX.c.id.in_(wanted[start : start + _AT_ONCE]), OUTBOX.c.owner == owner)
            changed += connection.execute(sa.update(OUTBOX).where(mine).values(values)).rowcount
        return changed

    def compose(self, payloads: dict[int, str], owner: str) -> None:
        """`due` → `ready` with its payload, free to be claimed for sending."""
        statement = sa.update(OUTBOX).where(
            OUTBOX.c.id == sa.bindparam("_id"), OUTBOX.c.owner == owner, OUTBOX.c.state == "due"
        )
        values: dict[str, Any] = {
            "state": "ready",
            "payload": sa.bindparam("_payload"),
            "owner": None,
            "lease_until": None,
            "reason": "",
        }
        if payloads:
            with self._database.write() as connection:
                rows = [{"_id": i, "_payload": p} for i, p in payloads.items()]
                connection.execute(statement.values(values), rows)

    def postpone(self, ids: Iterable[int], owner: str, *, until: dt.datetime, reason: str) -> None:
        """Let go of these rows and leave them alone until then (late data, a failed attempt)."""
        with self._database.write() as connection:
            self.change(
                connection, ids, owner, {"next_try": until, "reason": reason, "owner": None, "lease_until": None}
            )

    def missed(self, at: dt.datetime) -> list[OutboxRow]:
        """Rows that were missed and are to be told of by then, oldest first."""
        chosen = sa.select(OUTBOX).where(OUTBOX.c.state == "missed", OUTBOX.c.next_try <= at).order_by(OUTBOX.c.id)
        with self._database.read() as connection:
            return [_row(r._mapping) for r in connection.execute(chosen)]

    def tell(self, missed: Iterable[OutboxRow], notices: Iterable[NewRow]) -> None:
        """The notices are to be sent, and these rows are told of: both or neither."""
        with self._database.write() as connection:
            self.add(connection, notices)
            self._set(connection, missed, {"state": "failed"})

    def tell_again(self, missed: Iterable[OutboxRow], at: dt.datetime) -> None:
        """These rows are told of at another moment."""
        with self._database.write() as connection:
            self._set(connection, missed, {"next_try": at})

    @staticmethod
    def _set(connection: sa.Connection, rows: Iterable[OutboxRow], values: dict[str, Any]) -> None:
        statement = sa.update(OUTBOX).where(OUTBOX.c.id == sa.bindparam("_id"), OUTBOX.c.state == "missed")
        connection.execute(statement.values(values), [{"_id": r.id} for r in rows])

    def find(self, key: str) -> OutboxRow | None:
        with self._database.read() as connection:
            row = connection.execute(sa.select(OUTBOX).where(OUTBOX.c.dedupe_key == key)).first()
        return _row(row._mapping) if row else None

    def rows(self, *, state: str | None = None, kind: str | None = None, limit: int = 1000) -> list[OutboxRow]:
        """Oldest first, for lists and checks."""
        chosen = sa.select(OUTBOX).order_by(OUTBOX.c.id).limit(limit)
        chosen = chosen if state is None else chosen.where(OUTBOX.c.state == state)
        chosen = chosen if kind is None else chosen.where(OUTBOX.c.kind == kind)
        with self._database.read() as connection:
            return [_row(r._mapping) for r in connection.execute(chosen)]


def _row(row: Any) -> OutboxRow:
    return OutboxRow(
        row["id"],
        row["dedupe_key"],
        row["kind"],
        row["origin"],
        row["slot"],
        dt.date.fromisoformat(row["slot_date"]),
        row["state"],
        row["payload"],
        row["reason"],
        row["attempts"],
        row["next_try"],
        row["reference"],
    )
