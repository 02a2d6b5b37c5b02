"""Alert rules, and where each of the things they watch stands: quiet or fired, snoozed, acknowledged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from metrics.state.database import Database, Instant
from schedules.state.tables import RULE, RULE_STATE

__all__ = ["MemberState", "Rule", "Rules", "state_of"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`text`: the rule as people read it; `spec`: JSON of what it means; `at_minute` and `timezone`: when it is looked
    at."""

    id: int
    text: str
    spec: str
    at_minute: int
    timezone: str
    next_slot: dt.datetime | None
    next_date: dt.date | None
    last_date: dt.date | None
    created_by: str
    created_at: dt.datetime
    paused: bool
    deleted_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class MemberState:
    """One watched thing (a person id, a team, "" for the company) under one rule. `since`: the local date it fired."""

    rule_id: int
    member: str
    fired: bool = False
    since: dt.date | None = None
    value: float | None = None
    reminded: dt.date | None = None
    snoozed_until: dt.date | None = None
    acknowledged_by: str | None = None
    changed_at: dt.datetime | None = None


_DATES = ("since", "reminded", "snoozed_until")
_COLUMNS = tuple(  # moments stay text until a state is made of them
    sa.type_coerce(c, sa.String).label(c.name) if isinstance(c.type, Instant) else c
    for c in (RULE_STATE.c[name] for name in MemberState.__slots__)
)


class Rules:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        text: str,
        spec: str,
        at_minute: int,
        timezone: str,
        next_slot: dt.datetime,
        next_date: dt.date,
        *,
        by: str,
        at: dt.datetime,
    ) -> int:
        """Returns the number people will call it by."""
        row = {
            "text": text,
            "spec": spec,
            "at_minute": at_minute,
            "timezone": timezone,
            "next_slot": next_slot,
            "next_date": next_date.isoformat(),
            "created_by": by,
            "created_at": at,
            "paused": False,
        }
        with self._database.write() as connection:
            return int(connection.execute(sa.insert(RULE).values(row).returning(RULE.c.id)).scalar_one())

    def all(self) -> list[Rule]:
        """All that were not deleted, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(RULE).where(RULE.c.deleted_at.is_(None)).order_by(RULE.c.id)).all()
        return [_rule(r._mapping) for r in rows]

    def get(self, number: int) -> Rule | None:
        return next((r for r in self.all() if r.id == number), None)

    def pause(self, number: int) -> None:
        """Not looked at until resumed; what has fired stays fired."""
        self._set(number, {"paused": True, "next_slot": None, "next_date": None})

    def resume(self, number: int, next_slot: dt.datetime, next_date: dt.date) -> None:
        self._set(number, {"paused": False, "next_slot": next_slot, "next_date": next_date.isoformat()})

    def delete(self, number: int, *, at: dt.datetime) -> None:
        self._set(number, {"deleted_at": at, "next_slot": None, "next_date": None})

    def states(self, number: int) -> dict[str, MemberState]:
        """Member -> where it stands; members never seen are absent (quiet)."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(RULE_STATE).where(RULE_STATE.c.rule_id == number)).all()
        return {r.member: _state(r._mapping) for r in rows}

    def states_of(self, numbers: Collection[int]) -> dict[int, dict[str, MemberState]]:
        """The same of many rules, in one statement: rule -> member -> where it stands."""
        found: dict[int, dict[str, MemberState]] = {number: {} for number in numbers}
        for (number, member), kept in self.standing(numbers).items():
            found[number][member] = state_of(kept)
        return found

    def standing(self, numbers: Collection[int]) -> dict[tuple[int, str], tuple[Any, ...]]:
        """(rule, member) -> its row, in one statement: `state_of` makes a state of it, which few are needed of."""
        if not numbers:
            return {}
        wanted, within = set(numbers), RULE_STATE.c.rule_id.between(min(numbers), max(numbers))
        with self._database.read() as connection:
            rows = [tuple(row) for row in connection.execute(sa.select(*_COLUMNS).where(within))]
        return {(row[0], row[1]): row for row in rows if row[0] in wanted}

    def fired(self, members: Iterable[str]) -> list[MemberState]:
        """What is fired now among these members, under rules that still exist."""
        wanted = set(members)
        live = sa.select(RULE_STATE).join(RULE, RULE.c.id == RULE_STATE.c.rule_id)
        with self._database.read() as connection:
            rows = connection.execute(live.where(RULE_STATE.c.fired.is_(True), RULE.c.deleted_at.is_(None))).all()
        return [_state(r._mapping) for r in rows if r.member in wanted]

    def save(self, connection: sa.Connection, states: Iterable[MemberState]) -> None:
        """Write states inside the caller's transaction (the one that also writes the alerts)."""
        rows = []
        for state in states:
            row = {name: getattr(state, name) for name in MemberState.__slots__}
            rows.append(row | {k: row[k].isoformat() if row[k] else None for k in _DATES})
        self._database.upsert_all(connection, RULE_STATE, rows, keys=["rule_id", "member"])

    def snooze(self, number: int, member: str, *, until: dt.date | None, at: dt.datetime) -> None:
        """Freeze one member under a rule until that local date: nothing fires, nothing recovers."""
        state = self.states(number).get(member, MemberState(number, member))
        with self._database.write() as connection:
            self.save(connection, [replace(state, snoozed_until=until, changed_at=at)])

    def acknowledge(self, number: int, member: str, *, by: str, at: dt.datetime) -> bool:
        """Somebody looks after it: no reminders until it has recovered. False when it is not fired."""
        state = self.states(number).get(member)
        if state is None or not state.fired:
            return False
        with self._database.write() as connection:
            self.save(connection, [replace(state, acknowledged_by=by, changed_at=at)])
        return True

    def _set(self, number: int, values: dict[str, Any]) -> None:
        with self._database.write() as connection:
            connection.execute(sa.update(RULE).where(RULE.c.id == number).values(values))


def _rule(row: Any) -> Rule:
    return Rule(**{**row, **{k: dt.date.fromisoformat(row[k]) if row[k] else None for k in ("next_date", "last_date")}})


def _state(row: Any) -> MemberState:
    return MemberState(**{**row, **{k: dt.date.fromisoformat(row[k]) if row[k] else None for k in _DATES}})


def state_of(row: tuple[Any, ...]) -> MemberState:
    """Of a row of `Rules.standing`."""
    rule_id, member, fired, since, value, reminded, snoozed, by, at = row
    day = dt.date.fromisoformat
    return MemberState(
        rule_id,
        member,
        fired,
        day(since) if since else None,
        value,
        day(reminded) if reminded else None,
        day(snoozed) if snoozed else None,
        by,
        dt.datetime.fromisoformat(at) if at else None,
    )
