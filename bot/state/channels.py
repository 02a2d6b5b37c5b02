"""Channels the bot is in, and which people read them: a digest or alert in a channel shows only what all may see."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.state.tables import CHANNEL
from metrics.state.database import Database
from metrics.state.writer import Writer

__all__ = ["Channel", "Channels"]

_BY_ID = sa.select(CHANNEL).where(CHANNEL.c.channel == sa.bindparam("id"))
_BY_NAME = sa.select(CHANNEL).where(CHANNEL.c.name == sa.bindparam("id"))


@dataclass(frozen=True, slots=True)
class Channel:
    """`members`: person ids; `unknown`: how many more members there are that are no known person."""

    id: str
    name: str
    members: tuple[str, ...] = ()
    unknown: int = 0


class Channels:
    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def remember(self, channel: str, name: str, members: Sequence[str], *, unknown: int = 0, at: dt.datetime) -> None:
        """Keep who reads the channel, as of `at`. `name` without the leading "#"."""
        row = {
            "channel": channel,
            "name": name.lstrip("#"),
            "members": json.dumps(sorted(members)),
            "unknown": unknown,
            "seen_at": at,
        }
        self._writer.write(lambda c: self._database.upsert(c, CHANNEL, row, keys=["channel"]))

    def get(self, channel: str) -> Channel | None:
        return self._one(_BY_ID, channel)

    def named(self, name: str) -> Channel | None:
        """By name, with or without "#", or by id."""
        bare = name.lstrip("#")
        return self._one(_BY_NAME, bare) or self.get(bare)

    def all(self) -> list[Channel]:
        with self._database.read() as connection:
            rows = connection.execute(sa.select(CHANNEL).order_by(CHANNEL.c.name)).all()
        return [_channel(r) for r in rows]

    def _one(self, chosen: sa.Select[Any], identifier: str) -> Channel | None:
        with self._database.read() as connection:
            row = connection.execute(chosen, {"id": identifier}).first()
        return _channel(row) if row else None


def _channel(row: sa.Row[tuple[object, ...]]) -> Channel:
    return Channel(row.channel, row.name, tuple(json.loads(row.members)), row.unknown)
