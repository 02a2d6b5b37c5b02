"""`Outcome`: what became of one question, before it is put into blocks, text or JSON. A value, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from metrics.errors import NotPermitted, StaleData, UnknownName, UnsupportedCombination, UserError
from metrics.query import Query
from metrics.query.answer import Answer
from nlq.reading import Choice, Issue

__all__ = ["Outcome", "Status", "status_of"]

Status = Literal["answered", "ambiguous", "not_understood", "denied", "stale", "error"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reading`: the question in the asker's language as it was understood; "" when it was not.
    `error`: why an understood question has no answer. `reference`: under which an internal error was logged.
    `ms`: milliseconds by stage (read, compile, execute, total)."""

    status: Status
    language: str
    reading: str = ""
    query: Query | None = None
    answer: Answer | None = None
    assumptions: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    subject: str = ""
    issues: tuple[Issue, ...] = ()
    error: UserError | None = None
    reference: str = ""
    ms: Mapping[str, float] = field(default_factory=dict)


def status_of(error: UserError) -> Status:
    """The status a user error gives."""
    if isinstance(error, NotPermitted):
        return "denied"
    if isinstance(error, StaleData):
        return "stale"
    if isinstance(error, UnknownName | UnsupportedCombination):
        return "not_understood"
    return "error"
