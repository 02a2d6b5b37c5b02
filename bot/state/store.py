"""`open_state`: the state database with its parts."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from bot.state.channels import Channels
from bot.state.conversations import Conversations, Events
from bot.state.links import Links
from bot.state.memory import Choices, Feedback
from bot.state.migrations import migrate
from bot.state.pending import Pending
from bot.state.questions import Questions
from metrics.errors import ModelError, Problem
from metrics.state.audit import Audit
from metrics.state.database import METADATA, Database
from metrics.state.writer import Writer
from schedules.state.due import DueTable
from schedules.state.outbox import Outbox
from schedules.state.rules import Rules
from schedules.state.subscriptions import Subscriptions

__all__ = ["State", "open_state"]


class State:
    """What the bot must not forget. Every part has plain methods, takes times as aware datetimes, and is
    thread-safe."""

    def __init__(self, database: Database) -> None:
        self.database = database
        # What Slack or an asker waits for goes through the writer, so that a database that is locked or full costs them
        # nothing; what an admin or a schedule changes is written then and there, or fails.
        self.writer = Writer(database)
        self.questions = Questions(database, self.writer)
        self.conversations = Conversations(database, self.writer)
        self.events = Events(database, self.writer)
        self.links = Links(database, self.writer)
        self.choices = Choices(database, self.writer)
        self.feedback = Feedback(database, self.writer)
        self.audit = Audit(database)
        self.channels = Channels(database, self.writer)
        self.pending = Pending(database)
        self.subscriptions = Subscriptions(database)
        self.rules = Rules(database)
        self.outbox = Outbox(database)
        self.due = DueTable(database, self.outbox)

    def copy_in_memory(self) -> State:
        """Everything as it is, in a database of its own in memory: for looking at what would happen."""
        self.writer.flush(1.0)
        copy = open_state("sqlite://")
        with self.database.read() as source, copy.database.write() as target:
            for table in METADATA.sorted_tables:
                rows = [dict(r._mapping) for r in source.execute(table.select())]
                if rows:
                    target.execute(table.insert(), rows)
        return copy

    def close(self) -> None:
        self.writer.close()
        self.database.close()


def open_state(where: str | Path) -> State:
    """Open (and bring up to date) the state database: a path or SQLite/PostgreSQL URL; "sqlite://" lives in memory.

    Raises ModelError where it cannot be used: a file
    that is no database or may not be written, a server that does not answer, a URL that is none.
    """
    try:
        database = Database(where)
    except sa.exc.ArgumentError:  # the text itself is not shown: it may hold a password
        raise _unusable(
            "PACELINE_STATE_URL", "is no URL of a database that is known", "Write postgresql://user:password@host/name."
        ) from None
    except ModuleNotFoundError as error:
        fix = f"Install it (pip install {error.name}), or leave PACELINE_STATE_URL empty."
        raise _unusable(
            "PACELINE_STATE_URL", f"needs the Python package {error.name}, which is not installed", fix
        ) from None
    except OSError as error:
        raise _unusable(str(where), f"cannot be made: {error.strerror}", "Let the bot write to this folder.") from None
    try:
        migrate(database)
    except sa.exc.DBAPIError as error:
        database.close()
        why = (str(error.orig).strip().splitlines() or [type(error).__name__])[0]
        if not database.is_sqlite:
            shown = database.url.render_as_string(hide_password=True)
            raise _unusable(
                shown, f"cannot be used: {why}", "Check that the server runs and the user may write there."
            ) from None
        raise _unusable(str(database.url.database), f"cannot be used: {why}", _sqlite_fix(why)) from None
    return State(database)


def _sqlite_fix(why: str) -> str:
    if "not a database" in why or "malformed" in why:
        return (
            "Put a copy of it from a backup back; or move it away: a new one is made, without digests, rules and links."
        )
    return "Let the bot write to this file and its folder, and look whether the disk is full."


def _unusable(what: str, why: str, fix: str) -> ModelError:
    return ModelError([Problem(what, 0, "state database", f"{why}.", fix)])
