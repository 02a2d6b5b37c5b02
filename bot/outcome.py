"""`Outcome`: what became of one question, before it is put into blocks, text or JSON. A value, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from metrics.analyses.analysis import Findings
from metrics.errors import NotPermitted, StaleData, UnknownName, UnsupportedCombination, UserError
from metrics.query.table import Table
from nlq import Choice, Definition, Issue, Meaning

__all__ = ["Outcome", "Status", "status_of"]

Status = Literal["answered", "ambiguous", "not_understood", "denied", "stale", "error"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reading`: the question in the asker's language as it was understood; "" when it was not.
    `meaning`: what was understood; its answer is a `table` or `findings`, a `Definition` is its own.
    `error`: why an understood question has no answer. `reference`: under which an internal error was logged.
    `ms`: milliseconds by stage (read, compile, execute, total). `parts`: of several questions in one line, the answer
    of each, in their order; then all of them have one."""

    status: Status
    language: str
    reading: str = ""
    meaning: Meaning | None = None
    table: Table | None = None
    findings: Findings | None = None
    assumptions: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    subject: str = ""
    issues: tuple[Issue, ...] = ()
    error: UserError | None = None
    reference: str = ""
    ms: Mapping[str, float] = field(default_factory=dict)
    parts: tuple[Outcome, ...] = ()

    @property
    def each(self) -> tuple[Outcome, ...]:
        """The answers one by one."""
        return self.parts or (self,)

    @property
    def definition(self) -> Definition | None:
        """What is to be defined, where that was asked and answered."""
        return self.meaning if self.status == "answered" and isinstance(self.meaning, Definition) else None

    @property
    def tables(self) -> tuple[Table, ...]:
        """What the numbers are in: a table, or those that an analysis asked for."""
        if self.table is not None:
            return (self.table,)
        if self.parts:
            return tuple(table for part in self.parts for table in part.tables)
        return tuple(part.table for part in self.findings.parts) if self.findings is not None else ()

    @property
    def restricted(self) -> str:
        """Why rows were left out, of a table or of what an analysis asked; "" where none were."""
        return next((table.proof.restricted for table in self.tables if table.proof.restricted), "")


def status_of(error: UserError) -> Status:
    """The status a user error gives."""
    if isinstance(error, NotPermitted):
        return "denied"
    if isinstance(error, StaleData):
        return "stale"
    if isinstance(error, UnknownName | UnsupportedCombination):
        return "not_understood"
    return "error"
