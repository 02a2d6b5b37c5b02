"""`open_state`: the state database with its parts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from metrics.state.audit import Audit
from metrics.state.channels import Channels
from metrics.state.conversations import Conversations, Events
from metrics.state.database import Database
from metrics.state.due import DueTable
from metrics.state.links import Links
from metrics.state.memory import Choices, Feedback
from metrics.state.migrations import migrate
from metrics.state.outbox import Outbox
from metrics.state.rules import Rules
from metrics.state.subscriptions import Subscriptions
from metrics.state.tables import METADATA

__all__ = ["State", "open_state"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class State:
    """What the bot must not forget. Every part has plain methods, takes times as aware datetimes, and is thread-safe."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.conversations = Conversations(database)
        self.events = Events(database)
        self.links = Links(database)
        self.choices = Choices(database)
        self.feedback = Feedback(database)
        self.audit = Audit(database)
        self.channels = Channels(database)
        self.subscriptions = Subscriptions(database)
        self.rules = Rules(database)
        self.outbox = Outbox(database)
        self.due = DueTable(database, self.outbox)

    def copy_in_memory(self) -> State:
        """Everything as it is, in a database of its own in memory: for looking at what would happen."""
        copy = open_state("sqlite://")
        with self.database.read() as source, copy.database.write() as target:
            for table in METADATA.sorted_tables:
                rows = [dict(r._mapping) for r in source.execute(table.select())]
                if rows:
                    target.execute(table.insert(), rows)
        return copy

    def close(self) -> None:
        self.database.close()


def open_state(where: str | Path, *, at: dt.datetime = _EPOCH) -> State:
    """Open (and bring up to date) the state database: a path or SQLite/PostgreSQL URL; "sqlite://" lives in memory.

    `at` is what the migrations table will say about when a migration ran.
    """
    database = Database(where)
    migrate(database, at=at)
    return State(database)
