"""Why a question was not read, and what could be asked instead."""

from __future__ import annotations

from dataclasses import dataclass

from nlq.normalise import has_han
from nlq.reader.about import NO_NUMBER
from nlq.reader.acting import NO_AMOUNT
from nlq.reader.lexicon import Lexicon
from nlq.reader.read import AFTER_NONE, MOST, Read

__all__ = ["Issue", "issues_of", "refused"]


@dataclass(frozen=True, slots=True)
class Issue:
    """`code`: unknown_word, no_data, unsupported, too_long, empty, sql, … `text` and `span`: the words it is about;
    `suggestions`: questions, or words, that would be understood; `reason`: the workspace's own, in the asker's
    language."""

    code: str
    text: str = ""
    span: tuple[int, int] = (0, 0)
    suggestions: tuple[str, ...] = ()
    reason: str = ""


def refused(text: str) -> Issue | None:
    """What is no question at all."""
    if len(text) > MOST:
        return Issue("too_long")
    if not any(c.isalnum() or c == "%" for c in text):
        return Issue("empty")
    return None


def issues_of(made: Read, lexicon: Lexicon) -> tuple[Issue, ...]:
    """A word that asks for what this workspace has no data for, with its reason; else the furthest word that was not
    understood."""
    absent = made.absent
    if absent is not None:
        start, end, index = absent
        reason = lexicon.model.absent[index].reason
        told = reason.get(made.language) or next(iter(reason.values()), "")
        return (Issue("no_data", made.normal.original[start:end], (start, end), reason=told),)
    if any(why == AFTER_NONE for _, why in made.lost):
        return (Issue("unanswered"),)
    if any(why == NO_AMOUNT for _, why in made.lost):
        return (Issue("no_amount"),)
    if made.furthest == (0, 0) and any(why == NO_NUMBER for _, why in made.lost):
        return (Issue("no_metric"),)
    start, end = _whole_word(made.normal.original, *made.furthest)
    unknown = made.lattice is not None and bool(made.lattice.unknown)  # else it is known, and not what may stand there
    return (Issue("unknown_word" if unknown else "unread", made.normal.original[start:end], (start, end)),)


def _whole_word(text: str, start: int, end: int) -> tuple[int, int]:
    """Not the half of a word: "SO260114" is one, though "so" is known."""
    if start >= end:
        return start, end
    while start and _joins(text[start - 1]) and _joins(text[start]):
        start -= 1
    while end < len(text) and _joins(text[end - 1]) and _joins(text[end]):
        end += 1
    return start, end


def _joins(char: str) -> bool:
    return (char.isalnum() and not has_han(char)) or char in "-_"
