"""Language: questions in English and Chinese become queries. Knows the model, never an engine."""

from __future__ import annotations

from nlq.lexicon import Lexicon
from nlq.read import read
from nlq.reading import Ambiguous, Choice, Issue, NotUnderstood, Reading, Span, Understood
from nlq.words import words

__all__ = ["Ambiguous", "Choice", "Issue", "Lexicon", "NotUnderstood", "Reading", "Span", "Understood", "read", "words"]
