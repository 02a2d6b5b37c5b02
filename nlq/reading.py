"""What reading a question gives: exactly one of Understood, Ambiguous, NotUnderstood. Values, not exceptions."""

from __future__ import annotations

from dataclasses import dataclass

from metrics.query import Query

__all__ = ["Ambiguous", "Choice", "Issue", "NotUnderstood", "Reading", "Span", "Understood"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch [start, end) of the question, what it was taken for, and the rules or synonym that made it so."""

    start: int
    end: int
    text: str
    kind: str  # metric | field | member | person | period | number | comparison | order | word | …
    value: str  # what it stands for, for people ("sales", "reps.region = East")
    rule: str  # name of the rule or the vocabulary entry
    corrected: bool = False  # read through a typo


@dataclass(frozen=True, slots=True)
class Understood:
    """One reading. `assumptions` are codes of what was filled in: default_period, default_metric, corrected:<word>."""

    query: Query
    language: str
    spans: tuple[Span, ...] = ()
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the readings of an ambiguous question, in the asker's language."""

    label: str
    query: Query


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """More than one reading fits. `subject` is the words that can be taken in more than one way."""

    choices: tuple[Choice, ...]
    language: str
    subject: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """Why a question was not read. `code`: unknown_word, unknown_person, no_metric, no_data, unsupported, too_long,
    empty, sql, …

    `reason` is the model's own text for `no_data` in the asker's language."""

    code: str
    text: str = ""
    span: tuple[int, int] = (0, 0)
    suggestions: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    issues: tuple[Issue, ...]
    language: str
    spans: tuple[Span, ...] = ()


Reading = Understood | Ambiguous | NotUnderstood
