"""What the rules may look at besides the tokens: the lexicon, who asks, the day, and the original text."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metrics.people import Person
from nlq.cover import Sees, Token
from nlq.normalise import Normal

if TYPE_CHECKING:
    from nlq.lexicon import Lexicon

__all__ = ["Context", "Either"]


@dataclass(frozen=True, slots=True)
class Either:
    """A value that can be read in more than one way."""

    options: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Context:
    lexicon: Lexicon
    as_of: dt.date
    asker: Person | None
    normal: Normal
    language: str
    sees: Sees | None = None  # which members exist for the asker; None: all
    pick: str | None = None  # the metric chosen where counting words fit several

    def capital(self, token: Token) -> bool:
        """Whether the token is written with a capital letter."""
        start, _ = self.normal.span(token.start, token.end)
        return self.normal.original[start : start + 1].isupper()

    def negative(self, token: Token) -> bool:
        """Whether a minus sign stands right before the token, as in "last -3 months" but not in "Q1-3" or "5 - 3"."""
        before = self.normal.literal[: token.start]
        return (
            before.endswith("-")
            and not before[:-1].rstrip()[-1:].isdigit()
            and (len(before) == 1 or before[-2].isspace())
        )

    @staticmethod
    def either(options: tuple[Any, ...]) -> Either:
        return Either(options)
