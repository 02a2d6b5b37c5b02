"""Questions that were acknowledged to Slack: each is answered once, by whoever holds its lease.

Life of a row: `open` → `answered`, or `dropped` (too old). A lease that ran out is free for the next process.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.state.tables import QUESTION
from metrics.state.database import Database
from metrics.state.writer import UNAVAILABLE, Writer

__all__ = ["Asked", "Questions"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as accepted. `key`: Slack's id of the event or the press. `attempts`: how often it was taken up before
    this time. `shown_at`: when a reply that cannot be looked up was begun to be sent; None: none was."""

    key: str
    payload: str
    user: str
    accepted_at: dt.datetime
    attempts: int = 0
    shown_at: dt.datetime | None = None


class Questions:
    """All writes go through the writer: the futures resolve when they are on disk."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer
        self._accept = database.insert(QUESTION).on_conflict_do_nothing()

    def accept(self, asked: Asked, owner: str, *, lease_until: dt.datetime) -> Future[bool]:
        """Write it down, leased to `owner`; False when it was there already."""
        row = {
            "key": asked.key,
            "payload": asked.payload,
            "user": asked.user,
            "accepted_at": asked.accepted_at,
            "state": "open",
            "owner": owner,
            "lease_until": lease_until,
            "attempts": 0,
            "reason": "",
        }
        return self._writer.put(lambda c: c.execute(self._accept, row).rowcount == 1)

    def hold(self, key: str, owner: str, *, lease_until: dt.datetime, shown_at: dt.datetime | None) -> Future[bool]:
        """Prolong the lease, and write down that a reply which cannot be looked up is about to be sent; False when
        somebody else has taken the question over."""
        values = {"lease_until": lease_until} | ({"shown_at": shown_at} if shown_at else {})
        return self._writer.put(lambda c: _change(c, key, owner, values))

    def renew(self, keys: Iterable[str], owner: str, *, lease_until: dt.datetime) -> Future[int]:
        """Prolong the leases of these, as far as they are still the `owner`'s; how many are."""
        held = sa.and_(_mine(owner), QUESTION.c.key.in_(list(keys)))
        update = sa.update(QUESTION).where(held).values(lease_until=lease_until)
        return self._writer.put(lambda c: c.execute(update).rowcount)

    def settle(self, key: str, owner: str, state: str, *, at: dt.datetime, reason: str = "") -> Future[bool]:
        """The end of the question, if `owner` still holds it; what was asked is not kept."""
        values = {"state": state, "settled_at": at, "payload": "", "reason": reason}
        return self._writer.put(lambda c: _change(c, key, owner, values))

    def release(self, owner: str, *, at: dt.datetime) -> Future[int]:
        """Let go of everything: the next process takes it up at once."""
        update = sa.update(QUESTION).where(_mine(owner)).values(owner="", lease_until=at)
        return self._writer.put(lambda c: c.execute(update).rowcount)

    def take(self, owner: str, *, at: dt.datetime, lease_until: dt.datetime, limit: int) -> list[Asked]:
        """Take up to `limit` questions that nobody works on, oldest first. Blocking; nothing is written when there are
        none. Empty while the database cannot be used."""
        chosen = self._free(at, limit)
        try:
            with self._database.read() as connection:
                if connection.execute(chosen.limit(1)).first() is None:
                    return []
        except UNAVAILABLE:
            return []

        def claim(connection: sa.Connection) -> list[Asked]:
            locked = chosen if self._database.is_sqlite else chosen.with_for_update(skip_locked=True)
            rows = connection.execute(locked).all()
            if rows:
                taken = sa.update(QUESTION).where(QUESTION.c.key.in_([r.key for r in rows]))
                connection.execute(taken.values(owner=owner, lease_until=lease_until, attempts=QUESTION.c.attempts + 1))
            return [Asked(r.key, r.payload, r.user, r.accepted_at, r.attempts + 1, r.shown_at) for r in rows]

        return self._writer.write(claim) or []

    def open(self) -> int:
        """How many are not settled yet."""
        counted = sa.select(sa.func.count()).select_from(QUESTION).where(QUESTION.c.state == "open")
        with self._database.read() as connection:
            return int(connection.scalar(counted) or 0)

    def forget(self, *, before: dt.datetime) -> Future[int]:
        """Drop what was settled before that moment."""
        old = sa.and_(QUESTION.c.state != "open", QUESTION.c.accepted_at < before)
        return self._writer.put(lambda c: c.execute(sa.delete(QUESTION).where(old)).rowcount)

    @staticmethod
    def _free(at: dt.datetime, limit: int) -> sa.Select[Any]:
        free = sa.and_(QUESTION.c.state == "open", QUESTION.c.lease_until <= at)
        return sa.select(QUESTION).where(free).order_by(QUESTION.c.accepted_at).limit(limit)


def _mine(owner: str | sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    return sa.and_(QUESTION.c.owner == owner, QUESTION.c.state == "open")


_ONE = sa.update(QUESTION).where(_mine(sa.bindparam("mine")), QUESTION.c.key == sa.bindparam("which"))


def _change(connection: sa.Connection, key: str, owner: str, values: Mapping[str, Any]) -> bool:
    """Set columns of the one open question, if `owner` still holds it."""
    return connection.execute(_ONE, {"mine": owner, "which": key, **values}).rowcount == 1
