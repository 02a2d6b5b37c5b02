"""Conversations, events, links, choices, feedback, audit, channels: what is put in comes out, once, and survives."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from bot.state import State, open_state
from bot.state.migrations import HEAD, alembic_config, migrate
from bot.state.migrations.versions.r0001_first_tables import FIRST
from metrics.state.database import METADATA

AT = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)


@pytest.fixture(params=["memory", "file"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    opened = open_state("sqlite://" if request.param == "memory" else tmp_path / "var" / "state.db")
    yield opened
    opened.close()


def test_a_thread_is_remembered_oldest_first(state: State) -> None:
    for n in range(4):
        state.conversations.remember("C1", "1.0", f"q{n}", "anna", at=AT + dt.timedelta(hours=n))
    state.conversations.remember("C1", "2.0", "other", "anna", at=AT)
    assert state.conversations.last("C1", "1.0") == ["q0", "q1", "q2", "q3"]
    assert state.conversations.last("C1", "1.0", limit=2) == ["q2", "q3"]
    assert state.conversations.last("C2", "1.0") == []
    assert state.conversations.forget(before=AT + dt.timedelta(hours=2)) == 3
    assert state.conversations.last("C1", "1.0") == ["q2", "q3"]


def test_an_event_is_new_once_also_for_threads_at_once(state: State) -> None:
    barrier, seen = threading.Barrier(8), []

    def ask() -> None:
        barrier.wait()
        seen.append(state.events.first_time("Ev1", AT))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [False] * 7 + [True]
    assert state.events.first_time("Ev2", AT)
    assert state.events.forget(before=AT + dt.timedelta(seconds=1)) == 2
    assert state.events.first_time("Ev1", AT)


def test_a_person_has_one_slack_user_and_a_profile_of_its_own(state: State) -> None:
    state.links.profile("U1", timezone="Asia/Shanghai", language="zh", at=AT)
    assert state.links.person_of("U1") is None
    state.links.link("U1", "anna", at=AT, by="ops")
    found = state.links.get("U1")
    assert found is not None and (found.person, found.timezone, found.language, found.linked_by) == (
        "anna",
        "Asia/Shanghai",
        "zh",
        "ops",
    )
    state.links.link("U2", "anna", at=AT)
    assert (state.links.user_of("anna"), state.links.person_of("U1")) == ("U2", None)
    state.links.link("U2", None, at=AT)
    assert state.links.user_of("anna") is None


def test_roles_are_given_and_taken(state: State) -> None:
    state.links.set_role("anna", "admin", at=AT, by="ops")
    state.links.set_role("anna", "manager", at=AT, by="ops")
    assert state.links.roles() == {"anna": "manager"}
    state.links.set_role("anna", None, at=AT)
    assert state.links.role_of("anna") is None


def test_choices_and_feedback_keep_the_newest(state: State) -> None:
    state.choices.remember("anna", "Top  Customers", "{1}", at=AT)
    state.choices.remember("anna", "top customers", "{2}", at=AT)
    assert state.choices.recall("anna", "TOP customers") == "{2}"
    assert state.choices.recall("ben", "top customers") is None
    state.choices.forget("anna", "top customers")
    assert state.choices.recall("anna", "top customers") is None
    for person, verdict in (("anna", "up"), ("anna", "down"), ("ben", "up")):
        state.feedback.record("alert", "rule:1:x", person, verdict, at=AT)
    state.feedback.record("alert", "rule:11:x", "ben", "up", at=AT)
    assert state.feedback.counts("alert", prefix="rule:1:") == {"up": 1, "down": 1}


def test_audit_and_channels(state: State) -> None:
    state.audit.record("ops", "rule.add", "rule 1", at=AT, after="x")
    state.audit.record("ops", "rule.pause", "rule 1", at=AT + dt.timedelta(minutes=1), before="active", after="paused")
    assert [e.action for e in state.audit.recent()] == ["rule.pause", "rule.add"]
    assert state.audit.recent(1)[0].at == AT + dt.timedelta(minutes=1)
    state.channels.remember("C1", "#sales", ["b", "a"], unknown=2, at=AT)
    state.channels.remember("C1", "sales", ["a"], unknown=0, at=AT)
    found = state.channels.named("#sales")
    assert found is not None and (found.id, found.members, found.unknown) == ("C1", ("a",), 0)
    assert state.channels.named("C1") == found and state.channels.named("nope") is None


def test_a_naive_time_is_refused(state: State) -> None:
    with pytest.raises(sa.exc.StatementError, match="aware"):
        state.audit.record("ops", "x", "y", at=dt.datetime(2026, 1, 1))  # noqa: DTZ001


def test_state_survives_reopening_and_migrations_run_once(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    first = open_state(path)
    first.audit.record("ops", "x", "y", at=AT)
    first.close()
    again = open_state(f"sqlite:///{path}")
    assert [e.actor for e in again.audit.recent()] == ["ops"]
    assert migrate(again.database) is False
    with again.database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
    again.close()


def test_migrations_make_exactly_the_tables_that_the_code_uses(state: State) -> None:
    """After all of them: every table, column, type, index and unique key that the rooms declare."""
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [HEAD]
    found = sa.inspect(state.database.engine)
    assert set(found.get_table_names()) == {*METADATA.tables, "alembic_version"}
    for table in METADATA.tables.values():
        columns = {c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns(table.name)}
        dialect = state.database.engine.dialect
        assert columns == {c.name: (c.type.compile(dialect), bool(c.nullable)) for c in table.columns}, table.name
        assert {i["name"] for i in found.get_indexes(table.name)} == {i.name for i in table.indexes}
        wanted = {c.name for c in table.constraints if isinstance(c, sa.UniqueConstraint) and c.name}
        assert wanted <= {u["name"] for u in found.get_unique_constraints(table.name)}


def test_a_copy_in_memory_is_apart(state: State) -> None:
    state.audit.record("ops", "x", "y", at=AT)
    number = state.subscriptions.add_digest("rep", "{}", 510, by="ops", at=AT)
    copy = state.copy_in_memory()
    copy.subscriptions.delete(number, at=AT)
    assert copy.subscriptions.digests() == []
    assert [d.id for d in state.subscriptions.digests()] == [number]
    copy.close()


def test_a_database_from_before_alembic_goes_on(tmp_path: Path) -> None:
    """The numbered migrations of the first release left a table `migration`; what was kept then is still there."""
    path = tmp_path / "state.db"
    first = open_state(path)
    first.audit.record("ops", "x", "y", at=AT)
    with first.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
        connection.exec_driver_sql("CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)")
        connection.exec_driver_sql("INSERT INTO migration VALUES (1, 'first tables', '')")
        for table in METADATA.sorted_tables:  # what came after revision 0001 is made again by its revision
            if table.name not in FIRST.tables:
                connection.execute(sa.schema.DropTable(table))
    first.close()
    again = open_state(path)
    assert [e.actor for e in again.audit.recent()] == ["ops"]
    assert migrate(again.database) is False
    again.close()
