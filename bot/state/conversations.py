"""What was understood in each thread, so that "and last quarter?" has something to build on; and which events were
seen."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from bot.state.tables import CONVERSATION, EVENT
from metrics.state.database import Database

__all__ = ["Conversations", "Events"]


class Conversations:
    """Queries per thread, as JSON, oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remember(self, channel: str, thread: str, query_json: str, asker: str, *, at: dt.datetime) -> None:
        """Add the query of one answered question; `asker` is a person id."""
        row = {"channel": channel, "thread": thread, "query": query_json, "asker": asker, "asked_at": at}
        with self._database.write() as connection:
            connection.execute(sa.insert(CONVERSATION).values(row))

    def last(self, channel: str, thread: str, *, limit: int = 10) -> list[str]:
        """The newest `limit` queries of the thread, oldest first."""
        c = CONVERSATION.c
        newest = sa.select(c.query).where(c.channel == channel, c.thread == thread).order_by(c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return list(connection.scalars(newest))[::-1]

    def forget(self, *, before: dt.datetime) -> int:
        """Drop what was asked before that moment; returns how many."""
        with self._database.write() as connection:
            return connection.execute(sa.delete(CONVERSATION).where(CONVERSATION.c.asked_at < before)).rowcount


class Events:
    """Event ids already handled: Slack delivers some of them more than once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def first_time(self, event_id: str, at: dt.datetime) -> bool:
        """True once for each id, however many threads or processes ask."""
        insert = self._database.insert(EVENT).values(event_id=event_id, seen_at=at)
        with self._database.write() as connection:
            return connection.execute(insert.on_conflict_do_nothing()).rowcount == 1

    def forget(self, *, before: dt.datetime) -> int:
        with self._database.write() as connection:
            return connection.execute(sa.delete(EVENT).where(EVENT.c.seen_at < before)).rowcount
