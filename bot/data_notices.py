"""Telling the admins, once, that a load is held back or that data on disk is damaged."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator

from bot.runtime import Runtime
from metrics.ingest import Blocked, blocked
from schedules.messages import DataNotice, Recipient
from schedules.selection import admins
from schedules.state.outbox import NewRow

__all__ = ["DataNotices"]


class DataNotices:
    """One per process. The outbox keeps every notice to one per admin, over restarts and processes too."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._told: set[str] = set()

    def put(self, at: dt.datetime) -> None:
        """Put what the admins have not been told yet into the outbox."""
        for key, notice in self._news():
            if key not in self._told:
                self._put(key, notice, at)
                self._told.add(key)

    def _news(self) -> Iterator[tuple[str, dict[str, object]]]:
        waiting, damage = blocked(self._runtime.workspace), self._runtime.metrics.damage()
        if waiting is not None:
            yield (
                f"data:blocked:{_what(waiting)}",
                {"about": "blocked", "id": waiting.id, "differences": waiting.differences},
            )
        if damage is not None:
            yield (
                f"data:damaged:{damage.file}:{damage.since}",
                {
                    "about": "damaged",
                    "file": damage.file,
                    "why": damage.why,
                },
            )

    def _put(self, key: str, notice: dict[str, object], at: dt.datetime) -> None:
        runtime, state = self._runtime, self._runtime.state
        day = runtime.local_date(at)
        rows = []
        for person in admins(runtime.metrics.org, state.links.roles(), day):
            message = DataNotice.model_validate(
                {
                    **notice,
                    "key": f"{key}:{person.id}",
                    "to": Recipient(kind="person", id=person.id),
                    "language": person.language or runtime.settings.language,
                    "as_of": day,
                    "data_through": runtime.metrics.data_through,
                }
            )
            rows.append(
                NewRow(
                    key=message.key,
                    kind="alert",
                    origin=0,
                    slot=at,
                    slot_date=day,
                    next_try=at,
                    state="ready",
                    payload=message.model_dump_json(),
                )
            )
        with state.database.write() as connection:
            state.outbox.add(connection, rows)
        state.audit.record_once("system", f"data.{notice['about']}", key, at=at, after=f"{len(rows)} told")


def _what(waiting: Blocked) -> str:
    """Which tables differ how: the same again in the next hour's load, with other counts, is no news."""
    said = [str(waiting.serving), *sorted(f"{d.table} {d.kind} {d.since}" for d in waiting.differences)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]
