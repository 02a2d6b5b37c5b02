"""What schedules must not forget: digests, subscriptions, rules, what is due and what is to be sent.

`ScheduleState` is all that schedules use of the state database; `bot.state.State` is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from metrics.state.audit import Audit
from metrics.state.database import Database
from schedules.state.due import DueTable
from schedules.state.outbox import Outbox
from schedules.state.rules import Rules
from schedules.state.subscriptions import Subscriptions

__all__ = ["Profile", "Profiles", "Readers", "ReadersOf", "ScheduleState"]


class Profile(Protocol):
    """What a person's account says: whose it is, and where and in which language they read."""

    @property
    def person(self) -> str | None: ...
    @property
    def timezone(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...


class Profiles(Protocol):
    def all(self) -> Sequence[Profile]: ...
    def roles(self) -> Mapping[str, str]: ...  # person id -> role given by an admin


class Readers(Protocol):
    """Who reads a channel: ids of known people, and how many more there are."""

    @property
    def name(self) -> str: ...
    @property
    def members(self) -> tuple[str, ...]: ...
    @property
    def unknown(self) -> int: ...


class ReadersOf(Protocol):
    def get(self, channel: str) -> Readers | None: ...


class ScheduleState(Protocol):
    @property
    def database(self) -> Database: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def links(self) -> Profiles: ...
    @property
    def channels(self) -> ReadersOf: ...
    @property
    def subscriptions(self) -> Subscriptions: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def due(self) -> DueTable: ...
