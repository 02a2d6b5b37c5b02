"""Claims, leases and the planning transaction; and that the same statements compile for PostgreSQL."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from bot.state import open_state
from bot.state.migrations.versions.r0001_first_tables import FIRST
from metrics.state.database import METADATA
from schedules.state.due import Advance, Due, DueTable
from schedules.state.outbox import NewRow, open_rows
from schedules.state.subscriptions import Enrolment
from schedules.state.tables import OUTBOX

AT = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
LEASE = dt.timedelta(minutes=5)
DAY = dt.date(2026, 3, 2)


def row(n: int, state: str = "ready") -> NewRow:
    return NewRow(f"k{n}", "digest", n, AT, DAY, AT, state=state, payload="{}")


def test_a_row_belongs_to_one_worker_until_its_lease_runs_out(tmp_path: Path) -> None:
    state = open_state(tmp_path / "s.db")
    with state.database.write() as connection:
        state.outbox.add(connection, [row(1), row(2), row(1)])
    mine = state.outbox.claim("ready", kinds=("digest",), owner="a", at=AT, lease=LEASE, limit=1)
    theirs = state.outbox.claim("ready", kinds=("digest",), owner="b", at=AT, lease=LEASE)
    assert [r.key for r in mine] == ["k1"] and [r.key for r in theirs] == ["k2"]
    assert [r.attempts for r in (*mine, *theirs)] == [0, 0]
    assert (
        state.outbox.claim("ready", kinds=("digest",), owner="b", at=AT + LEASE - dt.timedelta(seconds=1), lease=LEASE)
        == []
    )
    late = AT + LEASE
    again = state.outbox.claim("ready", kinds=("digest",), owner="b", at=late, lease=LEASE)
    assert [(r.key, r.attempts) for r in again] == [("k1", 1), ("k2", 1)]
    state.outbox.settle([mine[0].id], "a", "sent", at=late, reference="too late")  # "a" lost it
    assert state.outbox.find("k1").state == "ready"  # type: ignore[union-attr]
    state.outbox.settle([r.id for r in again], "b", "sent", at=late, reference="r")
    assert {r.key: r.reference for r in state.outbox.rows(state="sent")} == {"k1": "r", "k2": "r"}
    state.close()


def test_a_postponed_row_waits(tmp_path: Path) -> None:
    state = open_state(tmp_path / "s.db")
    with state.database.write() as connection:
        state.outbox.add(connection, [row(1)])
    taken = state.outbox.claim("ready", kinds=("digest",), owner="a", at=AT, lease=LEASE)
    state.outbox.postpone([taken[0].id], "a", until=AT + dt.timedelta(hours=1), reason="later")
    assert (
        state.outbox.claim("ready", kinds=("digest",), owner="a", at=AT + dt.timedelta(minutes=59), lease=LEASE) == []
    )
    assert (
        len(state.outbox.claim("ready", kinds=("digest",), owner="a", at=AT + dt.timedelta(hours=1), lease=LEASE)) == 1
    )
    state.close()


def test_two_planners_at_once_plan_each_slot_once(tmp_path: Path) -> None:
    """Eight planners (each with its own connections) race over 300 due subscriptions for three days."""
    path = tmp_path / "s.db"
    first = open_state(path)
    digest = first.subscriptions.add_digest("rep", "{}", 480, by="ops", at=AT)
    first.subscriptions.enrol(digest, [Enrolment("person", f"p{n}", "UTC", "en", AT, DAY) for n in range(300)])
    counted: list[int] = []
    barrier = threading.Barrier(8)

    def advance(due: Due) -> Advance:
        new = NewRow(f"digest:{due.id}:{due.next_date}", "digest", due.id, due.next_slot, due.next_date, AT)
        step = dt.timedelta(days=1)
        return Advance((new,), due.next_slot + step, due.next_date + step, due.next_date)

    def plan() -> None:
        state = open_state(path)
        for day in range(3):
            barrier.wait()
            counted.append(state.due.plan(AT + dt.timedelta(days=day), advance))
        state.close()

    threads = [threading.Thread(target=plan) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counted) == 900
    keys = [r.key for r in first.outbox.rows(limit=2000)]
    assert len(keys) == len(set(keys)) == 900
    first.close()


def test_postgresql_statements_compile(tmp_path: Path) -> None:
    """There is no server here: that the claims lock rows and the inserts know ON CONFLICT is read off the SQL."""
    dialect = postgresql.dialect()
    state = open_state(tmp_path / "s.db")
    database = state.database
    database.is_sqlite = False
    claim = str(open_rows(database, "ready", AT, ("digest",), 10).compile(dialect=dialect))
    assert "FOR UPDATE SKIP LOCKED" in claim
    due = DueTable(database, state.outbox)
    assert "FOR UPDATE OF subscription SKIP LOCKED" in str(due._subscriptions(AT).compile(dialect=dialect))
    assert "FOR UPDATE SKIP LOCKED" in str(due._rules(AT).compile(dialect=dialect))
    insert = database.insert(OUTBOX).on_conflict_do_nothing()
    assert "ON CONFLICT DO NOTHING" in str(insert.compile(dialect=dialect))
    for metadata in (METADATA, FIRST):
        for table in metadata.sorted_tables:
            assert "CREATE TABLE" in str(sa.schema.CreateTable(table).compile(dialect=dialect))
    state.close()
