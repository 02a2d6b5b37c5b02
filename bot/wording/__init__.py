"""Words: every sentence, label and number format, once per language. Nothing here decides anything."""

from __future__ import annotations

from bot.wording.figures import date_words, format_value, ordinal
from bot.wording.headline import headline, subject
from bot.wording.sentences import LANGUAGES, language_of, say
from bot.wording.words import Words, words_for

__all__ = [
    "LANGUAGES",
    "Words",
    "date_words",
    "format_value",
    "headline",
    "language_of",
    "ordinal",
    "say",
    "subject",
    "words_for",
]
