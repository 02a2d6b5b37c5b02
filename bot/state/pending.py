"""Commands that were shown and wait for Confirm or Cancel. Each is used up once, by whoever gave it."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from bot.state.tables import PENDING
from metrics.state.database import Database

__all__ = ["Pending", "PendingCommand", "Verdict"]

Verdict = Literal["confirmed", "cancelled"]


@dataclass(frozen=True, slots=True)
class PendingCommand:
    """`command`: what confirming carries out; `channel`: where it was given (None: a DM); `settled`: what became of
    it, None while it waits."""

    id: str
    actor: str
    command: str
    channel: str | None
    given_at: dt.datetime
    settled: Verdict | None


class Pending:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, actor: str, command: str, channel: str | None, *, at: dt.datetime) -> str:
        """Returns the id that the buttons carry: nobody can guess it."""
        identifier = secrets.token_urlsafe(18)
        row = {"id": identifier, "actor": actor, "command": command, "channel": channel, "given_at": at}
        with self._database.write() as connection:
            connection.execute(sa.insert(PENDING).values(row))
        return identifier

    def get(self, identifier: str) -> PendingCommand | None:
        with self._database.read() as connection:
            row = connection.execute(sa.select(PENDING).where(PENDING.c.id == identifier)).first()
        return PendingCommand(row.id, row.actor, row.command, row.channel, row.given_at, row.settled) if row else None

    def settle(self, identifier: str, verdict: Verdict, *, at: dt.datetime) -> bool:
        """True for the first who settles it, however many threads or processes try."""
        waiting = sa.and_(PENDING.c.id == identifier, PENDING.c.settled.is_(None))
        with self._database.write() as connection:
            done = connection.execute(sa.update(PENDING).where(waiting).values(settled=verdict, settled_at=at))
            return done.rowcount == 1

    def forget(self, *, before: dt.datetime) -> int:
        """Drop what was given before that moment; returns how many."""
        with self._database.write() as connection:
            return connection.execute(sa.delete(PENDING).where(PENDING.c.given_at < before)).rowcount
