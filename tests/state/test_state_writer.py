"""Writes that nobody waits for: in order, many at once, kept while the database takes nothing, bounded, and said."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from bot.state import State, open_state
from bot.state.questions import Asked, Questions
from bot.state.tables import EVENT
from metrics.state.writer import WriteLost, Writer

AT = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
PATIENCE_S = 20


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = open_state(tmp_path / "state.db")
    yield opened
    opened.close()


@pytest.fixture
def lock(tmp_path: Path, state: State) -> Iterator[sqlite3.Connection]:
    """Somebody else holds the write lock, until `ROLLBACK`."""
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield other
    other.close()


def seen(connection: sa.Connection, name: str) -> int:
    return connection.execute(sa.insert(EVENT).values(event_id=name, seen_at=AT)).rowcount


def names(state: State) -> list[str]:
    with state.database.read() as connection:
        return list(connection.scalars(sa.select(EVENT.c.event_id).order_by(sa.text("rowid"))))


def test_what_is_put_is_written_in_order(state: State) -> None:
    futures = [state.writer.put(lambda c, n=n: seen(c, f"e{n}")) for n in range(300)]
    assert [f.result(PATIENCE_S) for f in futures] == [1] * 300
    assert names(state) == [f"e{n}" for n in range(300)]


def test_wrong_work_hurts_no_other(state: State, caplog: pytest.LogCaptureFixture) -> None:
    good = state.writer.put(lambda c: seen(c, "a"))
    bad = state.writer.put(lambda c: seen(c, "a"))  # breaks the primary key
    also_good = state.writer.put(lambda c: seen(c, "b"))
    assert good.result(PATIENCE_S) == also_good.result(PATIENCE_S) == 1
    assert isinstance(bad.exception(PATIENCE_S), sa.exc.IntegrityError)
    assert names(state) == ["a", "b"] and "was refused" in caplog.text


def test_while_it_is_locked_nobody_waits_long_and_nothing_is_lost(
    state: State, lock: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    started = time.monotonic()
    for n in range(50):
        assert state.events.first_time(f"e{n}", AT)
        assert not state.events.first_time(f"e{n}", AT)  # known in memory
        state.conversations.remember("C1", "1.0", f"q{n}", "anna", at=AT)
        state.choices.remember("anna", "top", f"c{n}", at=AT)
    assert state.conversations.last("C1", "1.0", limit=2) == ["q48", "q49"]
    assert state.choices.recall("anna", "top") == "c49"
    assert time.monotonic() - started < 10  # one try of half a second; the others do not wait at all
    assert state.writer.failing_for > 0 and names(state) == []
    lock.execute("ROLLBACK")
    assert state.writer.flush(PATIENCE_S)
    assert len(names(state)) == 50 and state.conversations.last("C1", "1.0", limit=1) == ["q49"]
    assert len(state.conversations.last("C1", "1.0", limit=100)) == 50  # each once, in memory and on disk
    assert "takes no writes" in caplog.text and state.writer.lost == 0


def test_too_many_that_wait_are_counted_and_said(
    state: State, lock: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Writer(state.database, most=10, busy_s=0.01, pause_s=0.01)
    futures = [writer.put(lambda c, n=n: seen(c, f"e{n}")) for n in range(15)]
    assert writer.lost == 5 and all(isinstance(f.exception(0), WriteLost) for f in futures[10:])
    writer.close(0.05)
    assert writer.lost == 15 and "15 writes to the state database were lost" in caplog.text
    assert isinstance(writer.put(lambda c: seen(c, "late")).exception(0), WriteLost)


def test_a_question_is_accepted_once_and_leased_to_one(state: State) -> None:
    asked, lease = Asked("Ev1", "{}", "U1", AT), dt.timedelta(seconds=30)
    assert state.questions.accept(asked, "a", lease_until=AT + lease).result(PATIENCE_S)
    assert not state.questions.accept(asked, "b", lease_until=AT + lease).result(PATIENCE_S)
    assert state.questions.take("b", at=AT, lease_until=AT + lease, limit=9) == []
    later = AT + lease
    (taken,) = state.questions.take("b", at=later, lease_until=later + lease, limit=9)
    assert (taken.key, taken.attempts) == ("Ev1", 1)
    assert not state.questions.hold("Ev1", "a", lease_until=later + lease, shown_at=None).result(PATIENCE_S)
    assert not state.questions.settle("Ev1", "a", "answered", at=later).result(PATIENCE_S)
    assert state.questions.renew(["Ev1"], "b", lease_until=later + lease).result(PATIENCE_S) == 1
    assert state.questions.release("b", at=later).result(PATIENCE_S) == 1
    (again,) = state.questions.take("c", at=later, lease_until=later + lease, limit=9)
    assert again.attempts == 2
    assert state.questions.settle("Ev1", "c", "answered", at=later).result(PATIENCE_S)
    assert state.questions.open() == 0
    assert state.questions.forget(before=later + lease).result(PATIENCE_S) == 1


def test_on_postgresql_a_claim_locks_its_rows() -> None:
    claim = Questions._free(AT, 9).with_for_update(skip_locked=True)
    assert "FOR UPDATE SKIP LOCKED" in str(claim.compile(dialect=postgresql.dialect()))
