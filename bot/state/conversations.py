"""What was understood in each thread, so that "and last quarter?" has something to build on; and which events were
seen."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict

import sqlalchemy as sa

from bot.state.tables import CONVERSATION, EVENT
from metrics.state.database import Database
from metrics.state.writer import UNAVAILABLE, Writer

__all__ = ["Conversations", "Events"]

_Kept = tuple[str, str, dt.datetime]  # query, asker, moment
_EVENTS_IN_MEMORY = 10_000
_SWEEP_WAIT_S = 2.0
_INSERT = sa.insert(CONVERSATION)
_NEWEST = (
    sa.select(CONVERSATION.c.query, CONVERSATION.c.asker, CONVERSATION.c.asked_at)
    .where(CONVERSATION.c.channel == sa.bindparam("place"), CONVERSATION.c.thread == sa.bindparam("line"))
    .order_by(CONVERSATION.c.id.desc())
    .limit(sa.bindparam("most"))
)


class Conversations:
    """Queries per thread, as JSON, oldest first. What is not written yet is read from memory."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer
        self._unwritten: dict[tuple[str, str], list[_Kept]] = {}
        self._lock = threading.Lock()

    def remember(self, channel: str, thread: str, query_json: str, asker: str, *, at: dt.datetime) -> None:
        """Add the query of one answered question; `asker` is a person id. Nobody waits for the database."""
        row = {"channel": channel, "thread": thread, "query": query_json, "asker": asker, "asked_at": at}
        place, kept = (channel, thread), (query_json, asker, at)
        with self._lock:
            self._unwritten.setdefault(place, []).append(kept)

        def written(_: object) -> None:
            with self._lock:
                left = self._unwritten.get(place, [])
                left.remove(kept)
                if not left:
                    del self._unwritten[place]

        self._writer.put(lambda c: c.execute(_INSERT, row) and None).add_done_callback(written)

    def last(self, channel: str, thread: str, *, limit: int = 10) -> list[str]:
        """The newest `limit` queries of the thread, oldest first."""
        with self._lock:
            unwritten = list(self._unwritten.get((channel, thread), ()))
        most = limit + len(unwritten)  # some of which may have been written meanwhile
        try:
            with self._database.read() as connection:
                found = [
                    (r.query, r.asker, r.asked_at)
                    for r in connection.execute(_NEWEST, {"place": channel, "line": thread, "most": most})
                ]
        except UNAVAILABLE:
            if not unwritten:
                raise
            found = []
        rows = found[::-1]
        rows += [kept for kept in unwritten if kept not in rows]
        return [query for query, _, _ in rows[-limit:]]

    def forget(self, *, before: dt.datetime) -> int:
        """Drop what was asked before that moment; returns how many."""
        self._writer.flush(_SWEEP_WAIT_S)
        with self._database.write() as connection:
            return connection.execute(sa.delete(CONVERSATION).where(CONVERSATION.c.asked_at < before)).rowcount


class Events:
    """Event ids already handled: Slack delivers some of them more than once."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer
        self._seen: OrderedDict[str, dt.datetime] = OrderedDict()  # newest last
        self._lock = threading.Lock()

    def first_time(self, event_id: str, at: dt.datetime) -> bool:
        """True once for each id, however many threads or processes ask; while the database cannot be written, once for
        each process."""
        with self._lock:
            if event_id in self._seen:
                return False
            self._seen[event_id] = at
            if len(self._seen) > _EVENTS_IN_MEMORY:
                self._seen.popitem(last=False)
        insert = self._database.insert(EVENT).values(event_id=event_id, seen_at=at).on_conflict_do_nothing()
        return bool(self._writer.write(lambda c: c.execute(insert).rowcount) != 0)

    def forget(self, *, before: dt.datetime) -> int:
        with self._lock:
            for event_id in [e for e, at in self._seen.items() if at < before]:
                del self._seen[event_id]
        with self._database.write() as connection:
            return connection.execute(sa.delete(EVENT).where(EVENT.c.seen_at < before)).rowcount
