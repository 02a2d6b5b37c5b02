"""Who changed what, when, from what to what. Append-only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from metrics.state.database import METADATA, Database, Instant, id_column

__all__ = ["AUDIT", "Audit", "AuditEntry"]

AUDIT = sa.Table(
    "audit",
    METADATA,
    id_column(),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`actor`: a person id or "system"; `action`: "rule.add"; `subject`: "rule 3"; `before`/`after`: text or JSON."""

    at: dt.datetime
    actor: str
    action: str
    subject: str
    before: str | None = None
    after: str | None = None


class Audit:
    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        actor: str,
        action: str,
        subject: str,
        *,
        at: dt.datetime,
        before: str | None = None,
        after: str | None = None,
    ) -> None:
        row = {"at": at, "actor": actor, "action": action, "subject": subject[:200], "before": before, "after": after}
        with self._database.write() as connection:
            connection.execute(sa.insert(AUDIT).values(row))

    def record_once(self, actor: str, action: str, subject: str, *, at: dt.datetime, after: str | None = None) -> bool:
        """`record`, unless the same was written down before; returns whether it was new."""
        same = sa.and_(AUDIT.c.action == action, AUDIT.c.subject == subject[:200], AUDIT.c.after == after)
        row = {"at": at, "actor": actor, "action": action, "subject": subject[:200], "before": None, "after": after}
        with self._database.write() as connection:
            new = connection.execute(sa.select(AUDIT.c.id).where(same).limit(1)).first() is None
            if new:
                connection.execute(sa.insert(AUDIT).values(row))
        return new

    def recent(self, limit: int = 20) -> list[AuditEntry]:
        """The newest entries, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)).all()
        return [AuditEntry(r.at, r.actor, r.action, r.subject, r.before, r.after) for r in rows]
