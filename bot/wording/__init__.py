"""Words: every sentence, label and number format, once per language (`locale/`). Nothing here decides anything."""

from __future__ import annotations

from bot.wording.figures import date_words, format_value, ordinal
from bot.wording.headline import headline
from bot.wording.sentences import language_of, say
from bot.wording.subject import subject
from bot.wording.tables import TableWords
from bot.wording.words import Words, words_for

__all__ = [
    "TableWords",
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
