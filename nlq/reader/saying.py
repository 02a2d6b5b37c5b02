"""How a question is said: the same constructions, the other way round."""

from __future__ import annotations

from nlq.reader.asking import Meaning
from nlq.reader.lexicon import Lexicon

__all__ = ["said"]


def said(meaning: Meaning, lexicon: Lexicon, language: str) -> str:
    """A question in words that read as the same question."""
    raise NotImplementedError
