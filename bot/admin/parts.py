"""What an admin command works on, and what it gives back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.admin.clauses import CommandError
from bot.state import State
from metrics.calendar.workdays import is_working_day
from metrics.people import Person
from schedules.numbers import Numbers
from schedules.slots import local_date

__all__ = ["Desk", "Reply"]

_EVERYTHING = frozenset({"admin", "ops"})
_OWN_TEAM = frozenset({"manager", "lead"})


@dataclass(frozen=True, slots=True)
class Reply:
    """`text`: mrkdwn, data values escaped by whoever renders it. `confirm`: the command that carries out what is
    previewed here ("" when there is nothing to confirm); it waits in `State.pending` for the button. `done`: something
    was changed."""

    text: str
    confirm: str = ""
    done: bool = False


@dataclass(frozen=True)
class Desk:
    """One command's surroundings: who gives it, where, when, and on what."""

    numbers: Numbers
    state: State
    actor: Person
    channel: str | None  # channel id it was given in; None in a DM
    as_of: dt.datetime
    account: str = ""  # Slack user of the actor, "" where there is none (a command line, a demo)
    standing: Mapping[str, str] = field(default_factory=dict)  # Slack user named in it -> "in", or why not let in
    workspace: Path | None = None  # its folder, for what is about the store itself

    @property
    def role(self) -> str:
        """The role given by an admin, else the model's."""
        return self.state.links.role_of(self.actor.id) or self.actor.role

    @property
    def may_everything(self) -> bool:
        return self.role in _EVERYTHING

    @property
    def leads(self) -> bool:
        return self.role in _OWN_TEAM

    @property
    def today(self) -> dt.date:
        """The organisation's local date."""
        return local_date(self.as_of, self.numbers.model.calendar.timezone)

    def working(self, day: dt.date) -> bool:
        return is_working_day(day, self.numbers.model.calendar)

    def audit(self, action: str, subject: str, *, before: str | None = None, after: str | None = None) -> None:
        self.state.audit.record(self.actor.id, action, subject, at=self.as_of, before=before, after=after)

    def needs_everything(self, what: str) -> None:
        """Raises CommandError unless the actor is an admin or sales operations."""
        if not self.may_everything:
            raise CommandError(f"{what} is for admins and sales operations; you are {self.role}.", fix="Ask an admin.")

    def needs_own(self, created_by: str, what: str) -> None:
        """Raises CommandError unless it is the actor's own, or they may do everything."""
        if not self.may_everything and created_by != self.actor.id:
            raise CommandError(f"{what} belongs to somebody else.", fix="Its author or an admin can change it.")
