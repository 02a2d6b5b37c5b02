"""Every error Paceline raises on purpose. Imports nothing of ours.

`UserError`s are safe to show: they carry fields (names, spans, suggestions), never sentences;
`bot.wording` makes the words, once per language. Everything else is shown as a reference id and logged whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field


class PacelineError(Exception):
    """Root of all errors raised on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a workspace file: where it is, what it is, and how to fix it.

    `line` is 1-based; 0 when the problem belongs to no single line. `key` is the dotted path in the file.
    """

    file: str
    line: int
    key: str
    message: str
    fix: str
    severity: str = "error"  # "error" | "warning"

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return (
            f"{where}: {self.key}: {self.message} Fix: {self.fix}"
            if self.key
            else f"{where}: {self.message} Fix: {self.fix}"
        )


class ModelError(PacelineError):
    """A bad model, sales or sources file. Carries every problem found, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(p) for p in problems))


class LoadError(PacelineError):
    """The metric store could not be built; the old one still serves. Carries every problem found (file, line, key,
    fix)."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(p) for p in problems))


class DamagedStore(LoadError):
    """What was loaded is no longer what was written, and there is nothing older that is good."""


@dataclass(eq=False)
class UserError(PacelineError):
    """Something the asker can put right. `subject` is what it is about; `suggestions` are names to offer."""

    code: str
    subject: str = ""
    suggestions: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        extra = "".join(f" {k}={v}" for k, v in self.fields.items())
        return f"{type(self).__name__}({self.code}: {self.subject}{extra})"


class UnknownName(UserError):
    """A metric, dimension, member or person that does not exist."""


class UnsupportedCombination(UserError):
    """Parts that are fine alone but mean nothing together (a product filter on a quota)."""


class NotPermitted(UserError):
    """The viewer may not see this, or may not do this."""


class StaleData(UserError):
    """A needed source is late: `subject` is the source, `fields['since']` the ISO date."""


class TooLarge(UserError):
    """More rows, or more work, than the limits allow."""


class TimedOut(UserError):
    """The engine was stopped at its time limit."""


class InternalError(PacelineError):
    """Our fault: shown as a reference id, logged whole."""


class PolicyError(InternalError):
    """A table without an access rule, or a tree the policy could not wrap."""


class CompileError(InternalError):
    """A bound query that could not be made into SQL."""


class EngineError(InternalError):
    """The engine refused or broke."""


class DamagedSnapshot(EngineError):
    """The data that was read is damaged; asking again gets the last good data. Never leaves `metrics`, unless that is
    damaged under the same question too."""


class DeliveryError(InternalError):
    """A message could not be delivered. `retryable` says whether trying again can help."""

    def __init__(self, message: str, *, retryable: bool, sent: bool | None = False) -> None:
        self.retryable = retryable
        self.sent = sent  # None: unknown, look before sending again
        super().__init__(message)
