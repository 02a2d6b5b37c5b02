"""Language: questions in English and Chinese become questions of the algebra, and these are said in both. Knows the
model, never an engine."""

from __future__ import annotations

from nlq.reader.asking import Definition, Meaning
from nlq.reader.before import UNANSWERED, Before, Unanswered
from nlq.reader.lexicon import Lexicon
from nlq.reader.reading import (
    Ambiguous,
    Choice,
    Issue,
    NotUnderstood,
    Reading,
    Several,
    Understood,
    in_words,
    understand,
)
from nlq.reader.saying import Unsayable, said, said_condition, said_measure, said_member, said_when

__all__ = [
    "UNANSWERED",
    "Ambiguous",
    "Before",
    "Choice",
    "Definition",
    "Issue",
    "Lexicon",
    "Meaning",
    "NotUnderstood",
    "Reading",
    "Several",
    "Unanswered",
    "Understood",
    "Unsayable",
    "in_words",
    "said",
    "said_condition",
    "said_measure",
    "said_member",
    "said_when",
    "understand",
]
