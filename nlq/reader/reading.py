"""What reading gives: exactly one of Understood, Several, Ambiguous, NotUnderstood. Values, not exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metrics.people import Person
from nlq.normalise import has_han
from nlq.reader.asking import Meaning
from nlq.reader.before import Before, Unanswered
from nlq.reader.lexicon import Lexicon
from nlq.reader.names import Sees
from nlq.reader.read import MOST, Found, Read, read
from nlq.reader.refusing import Issue, issues_of, refused
from nlq.reader.saying import said

__all__ = [
    "Ambiguous",
    "Choice",
    "Issue",
    "NotUnderstood",
    "Reading",
    "Several",
    "Understood",
    "in_words",
    "understand",
]

MOST_CHOICES = 4
_MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Understood:
    """One reading. `assumptions` are codes of what was filled in: default_period, default_metric, corrected:a>b."""

    meaning: Meaning
    language: str
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the readings of an ambiguous question, in the asker's language."""

    label: str
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several readings, 2 to 4. `subject`: the words that they take in different ways."""

    choices: tuple[Choice, ...]
    language: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    issues: tuple[Issue, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Several:
    """Several questions in one line: the text of each, and where it stands. Each is read as if it were sent by itself,
    after the one before it."""

    parts: tuple[tuple[str, tuple[int, int]], ...]
    language: str


Reading = Understood | Several | Ambiguous | NotUnderstood


def understand(
    text: str,
    *,
    lexicon: Lexicon,
    asker: Person | None,
    sees: Sees | None = None,
    before: Before | Unanswered | None = None,
) -> Reading:
    """How a question of `asker` is understood. `sees`: which members exist for them (None: all). `before`: the last
    question in this conversation that was answered, or that the last was not. Never raises, whatever the text."""
    no = refused(text)
    if no is not None:
        return NotUnderstood((no,), language_of(text))
    made = read(text, lexicon, sees, before, asker)
    if made.parts:
        original = made.normal.original
        return Several(tuple((original[start:end], (start, end)) for start, end in made.parts), made.language)
    near = made.near
    if not near:
        return NotUnderstood(issues_of(made, lexicon), made.language)
    if len(near) > 1:
        near = near[:MOST_CHOICES]
        choices = tuple(Choice(in_words(f.meaning, lexicon, made.language), f.meaning) for f in near)
        return Ambiguous(choices, made.language, _differing(near, made))
    return Understood(near[0].meaning, made.language, (*near[0].wanted.assumed, *_corrected(near[0])))


def in_words(meaning: Meaning, lexicon: Lexicon, language: str) -> str:
    """A meaning as it is told to people: as it can be asked, or nearly so where there is no saying it exactly."""
    kept, key = lexicon.kept, ("in words", meaning, language)
    told = kept.get(key)
    if told is None:
        told = said(meaning, lexicon, language)
        if len(kept) > _MOST_KEPT:
            kept.clear()
        kept[key] = told
    return str(told)


def _differing(near: Sequence[Found], made: Read) -> str:
    """The stretch that is not read alike in all of them."""
    words: list[set[tuple[int, int, str, object]]]
    words = [{(w.start, w.end, w.category, w.value) for part in f.parts for w in part.words()} for f in near]
    told = words[0].union(*words[1:]) - words[0].intersection(*words[1:])
    if not told:
        return ""
    start, end = made.normal.span(min(t[0] for t in told), max(t[1] for t in told))
    return made.normal.original[start:end]


def language_of(text: str) -> str:
    """Chinese wherever there is a Han character."""
    return "zh" if has_han(text[:MOST]) else "en"


def _corrected(found: Found) -> tuple[str, ...]:
    words = (w.source for part in found.parts for w in part.words())
    return tuple(f"corrected:{source.removeprefix('typo:')}" for source in words if source.startswith("typo:"))
