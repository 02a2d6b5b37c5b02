"""`open_state`: the state database with its parts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from metrics.state.audit import Audit
from metrics.state.channels import Channels
from metrics.state.conversations import Conversations, Events
from metrics.state.database import Database
from metrics.state.links import Links
from metrics.state.memory import Choices, Feedback
from metrics.state.migrations import migrate

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

    def close(self) -> None:
        self.database.close()


def open_state(where: str | Path, *, at: dt.datetime = _EPOCH) -> State:
    """Open (and bring up to date) the state database: a path or SQLite/PostgreSQL URL; "sqlite://" lives in memory.

    `at` is what the migrations table will say about when a migration ran.
    """
    database = Database(where)
    migrate(database, at=at)
    return State(database)
