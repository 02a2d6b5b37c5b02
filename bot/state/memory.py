"""What people told the bot: which reading they meant, and whether an answer or an alert was any good."""

from __future__ import annotations

import datetime as dt
import threading

import sqlalchemy as sa

from bot.state.tables import CHOICE, FEEDBACK
from metrics.state.database import Database
from metrics.state.writer import Writer

__all__ = ["Choices", "Feedback"]


class Choices:
    """The reading a person picked for words that can be taken in more than one way. What is not written yet is read
    from memory."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer
        self._unwritten: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def remember(self, person: str, subject: str, query_json: str, *, at: dt.datetime) -> None:
        """Nobody waits for the database."""
        key = (person, _key(subject))
        row = {"person": key[0], "subject": key[1], "query": query_json, "chosen_at": at}
        with self._lock:
            self._unwritten[key] = query_json

        def written(_: object) -> None:
            with self._lock:
                if self._unwritten.get(key) == query_json:
                    del self._unwritten[key]

        done = self._writer.put(lambda c: self._database.upsert(c, CHOICE, row, keys=["person", "subject"]))
        done.add_done_callback(written)

    def recall(self, person: str, subject: str) -> str | None:
        """The Query JSON chosen before, None when never asked."""
        with self._lock:
            unwritten = self._unwritten.get((person, _key(subject)))
        if unwritten is not None:
            return unwritten
        chosen = sa.select(CHOICE.c.query).where(CHOICE.c.person == person, CHOICE.c.subject == _key(subject))
        with self._database.read() as connection:
            return connection.scalar(chosen)

    def forget(self, person: str, subject: str) -> None:
        self._writer.flush(1.0)
        with self._database.write() as connection:
            connection.execute(sa.delete(CHOICE).where(CHOICE.c.person == person, CHOICE.c.subject == _key(subject)))


class Feedback:
    """Verdicts ("up", "down", "dispute") on answers and alerts; a person's newest verdict on a subject counts."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def record(self, kind: str, subject: str, person: str, verdict: str, *, at: dt.datetime, note: str = "") -> None:
        """`kind`: "answer" | "alert" | "digest"; `subject`: what it is about (a message key, "rule:3")."""
        row = {"kind": kind, "subject": subject, "person": person, "verdict": verdict, "note": note, "given_at": at}
        self._writer.write(lambda c: self._database.upsert(c, FEEDBACK, row, keys=["kind", "subject", "person"]))

    def counts(self, kind: str, *, prefix: str = "") -> dict[str, int]:
        """Verdict -> how many, over the subjects that start with `prefix`."""
        chosen = (
            sa.select(FEEDBACK.c.verdict, sa.func.count()).where(FEEDBACK.c.kind == kind).group_by(FEEDBACK.c.verdict)
        )
        if prefix:
            chosen = chosen.where(FEEDBACK.c.subject.startswith(prefix, autoescape=True))
        with self._database.read() as connection:
            return {str(row[0]): int(row[1]) for row in connection.execute(chosen)}


def _key(subject: str) -> str:
    return " ".join(subject.casefold().split())[:400]
