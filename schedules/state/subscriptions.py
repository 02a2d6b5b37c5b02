"""Digests (what was ordered) and subscriptions (one recipient of one digest, with its own clock)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from metrics.state.database import Database
from schedules.state.tables import DIGEST, SUBSCRIPTION

__all__ = ["Digest", "Enrolment", "Subscription", "Subscriptions"]


@dataclass(frozen=True, slots=True)
class Digest:
    """`kind`: rep | manager | leaderboard. `spec`: JSON of whom it is for and what it shows. `at_minute`: minutes after
    the recipient's local midnight."""

    id: int
    kind: str
    spec: str
    at_minute: int
    created_by: str
    created_at: dt.datetime
    paused: bool
    deleted_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Who is to get a digest, and when the next one is due (an instant and the recipient's local date of it)."""

    recipient_kind: str  # person | channel
    recipient: str
    timezone: str
    language: str
    next_slot: dt.datetime
    next_date: dt.date


@dataclass(frozen=True, slots=True)
class Subscription:
    """One recipient of one digest. `snoozed_until`: the first local date that is sent again."""

    id: int
    digest_id: int
    recipient_kind: str
    recipient: str
    timezone: str
    language: str
    next_slot: dt.datetime | None
    next_date: dt.date | None
    last_date: dt.date | None
    snoozed_until: dt.date | None
    unsubscribed_at: dt.datetime | None
    ended_at: dt.datetime | None

    @property
    def live(self) -> bool:
        return self.unsubscribed_at is None and self.ended_at is None


class Subscriptions:
    def __init__(self, database: Database) -> None:
        self._database = database

    # --- digests ---------------------------------------------------------------------------------------------------

    def add_digest(self, kind: str, spec: str, at_minute: int, *, by: str, at: dt.datetime) -> int:
        """Returns the number people will call it by."""
        row = {"kind": kind, "spec": spec, "at_minute": at_minute, "created_by": by, "created_at": at, "paused": False}
        with self._database.write() as connection:
            return int(connection.execute(sa.insert(DIGEST).values(row).returning(DIGEST.c.id)).scalar_one())

    def digest(self, number: int) -> Digest | None:
        """None when there never was one, or it was deleted."""
        return next((d for d in self.digests() if d.id == number), None)

    def digests(self) -> list[Digest]:
        """All that were not deleted, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(DIGEST).where(DIGEST.c.deleted_at.is_(None)).order_by(DIGEST.c.id)
            ).all()
        return [Digest(**r._mapping) for r in rows]

    def pause(self, number: int, *, paused: bool) -> None:
        """A paused digest plans nothing; `reschedule` its subscriptions after resuming."""
        with self._database.write() as connection:
            connection.execute(sa.update(DIGEST).where(DIGEST.c.id == number).values(paused=paused))

    def delete(self, number: int, *, at: dt.datetime) -> None:
        with self._database.write() as connection:
            connection.execute(sa.update(DIGEST).where(DIGEST.c.id == number).values(deleted_at=at))
            stop = sa.update(SUBSCRIPTION).where(SUBSCRIPTION.c.digest_id == number)
            connection.execute(stop.values(next_slot=None, next_date=None, ended_at=at))

    # --- subscriptions ---------------------------------------------------------------------------------------------

    def of_digest(self, number: int) -> list[Subscription]:
        return self._select(SUBSCRIPTION.c.digest_id == number)

    def of_person(self, person: str) -> list[Subscription]:
        return self._select(SUBSCRIPTION.c.recipient == person, SUBSCRIPTION.c.recipient_kind == "person")

    def get(self, number: int) -> Subscription | None:
        found = self._select(SUBSCRIPTION.c.id == number)
        return found[0] if found else None

    def many(self, numbers: Iterable[int]) -> dict[int, Subscription]:
        wanted = set(numbers)
        found: dict[int, Subscription] = {}
        ordered = sorted(wanted)
        for start in range(0, len(ordered), 500):
            found |= {s.id: s for s in self._select(SUBSCRIPTION.c.id.in_(ordered[start : start + 500]))}
        return found

    def enrol(self, digest: int, recipients: Iterable[Enrolment]) -> None:
        """Add recipients. One who is there already gets the new clock and language, and is live again unless
        they unsubscribed themselves."""
        rows = [
            {
                "digest_id": digest,
                "recipient_kind": e.recipient_kind,
                "recipient": e.recipient,
                "timezone": e.timezone,
                "language": e.language,
                "next_slot": e.next_slot,
                "next_date": e.next_date.isoformat(),
                "ended_at": None,
            }
            for e in recipients
        ]
        if not rows:
            return
        insert = self._database.insert(SUBSCRIPTION)
        changed = {k: insert.excluded[k] for k in ("timezone", "language", "next_slot", "next_date", "ended_at")}
        keys = ["digest_id", "recipient_kind", "recipient"]
        with self._database.write() as connection:
            statement = insert.on_conflict_do_update(
                index_elements=keys, set_=changed, where=SUBSCRIPTION.c.unsubscribed_at.is_(None)
            )
            connection.execute(statement, rows)

    def end(self, numbers: Iterable[int], *, at: dt.datetime) -> None:
        """These are no longer selected by their digest."""
        self._set(numbers, {"ended_at": at, "next_slot": None, "next_date": None})

    def unsubscribe(self, number: int, *, at: dt.datetime) -> None:
        """The recipient's own wish: stays so until they subscribe again, whatever the digest's selection."""
        self._set([number], {"unsubscribed_at": at, "next_slot": None, "next_date": None})

    def snooze(self, number: int, *, until: dt.date | None) -> None:
        """Nothing is sent before that local date; None wakes it."""
        self._set([number], {"snoozed_until": until.isoformat() if until else None})

    def _set(self, numbers: Iterable[int], values: dict[str, Any]) -> None:
        with self._database.write() as connection:
            connection.execute(
                sa.update(SUBSCRIPTION).where(SUBSCRIPTION.c.id == sa.bindparam("_id")).values(values),
                [{"_id": n} for n in numbers] or [{"_id": -1}],
            )

    def _select(self, *conditions: sa.ColumnElement[bool]) -> list[Subscription]:
        with self._database.read() as connection:
            rows = connection.execute(sa.select(SUBSCRIPTION).where(*conditions).order_by(SUBSCRIPTION.c.id)).all()
        return [_subscription(r._mapping) for r in rows]


def _subscription(row: Any) -> Subscription:
    dates = {k: dt.date.fromisoformat(row[k]) if row[k] else None for k in ("next_date", "last_date", "snoozed_until")}
    return Subscription(**{**row, **dates})
