"""Questions near to one that was not understood, which its asker would get an answer to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress

from bot.runtime import Runtime
from metrics.errors import PacelineError, UserError
from metrics.people import Audience, Person, Viewer
from metrics.query.asked import Asked
from nlq import Issue, Lexicon, Unsayable, said
from nlq.reader.asking import Meaning
from nlq.reader.read import nearest, read
from nlq.reader.saying import stiffness

__all__ = ["nearest_questions"]

OFFERED = 3
TRIED = 8
LONGEST, STIFF = 100, 1  # characters, and words that only we use, of what is offered
MOST_CHARACTERS = 200  # what is longer is no slip of the pen
_READ_BADLY = ("unknown_word", "unread", "unsupported", "conflict")


def nearest_questions(
    runtime: Runtime,
    text: str,
    issues: Sequence[Issue],
    *,
    asker: Person,
    audience: Audience,
    as_of: dt.datetime,
    language: str,
) -> tuple[str, ...]:
    """At most three, each in words that are understood as they stand; none for what is no question at all, or asks for
    what there is no data for."""
    if len(text) > MOST_CHARACTERS or not any(i.code in _READ_BADLY for i in issues):
        return ()
    viewer, found = Viewer.of(asker), list[str]()
    made = read(text, runtime.lexicon, runtime.metrics.sees(viewer, audience), None, asker)
    if made.found:
        return ()
    near = nearest(made, runtime.metrics.model, asker)[:TRIED]
    for question, meaning in _said_well(near, runtime.lexicon, language).items():
        with suppress(UserError, PacelineError):
            if isinstance(meaning, Asked):
                table = runtime.metrics.tell(meaning, viewer=viewer, audience=audience, as_of=as_of)
                if not table.rows:
                    continue
            found.append(question)
        if len(found) == OFFERED:
            break
    return tuple(found)


def _said_well(meanings: Sequence[Meaning], lexicon: Lexicon, language: str) -> Mapping[str, Meaning]:
    """In words that a colleague could use; what is said in words of ours comes last."""
    words: dict[str, Meaning] = {}
    for meaning in meanings:
        with suppress(Unsayable):
            words.setdefault(said(meaning, lexicon, language, strict=True), meaning)
    stiff = {question: stiffness(question, lexicon) for question in words if len(question) <= LONGEST}
    return {question: words[question] for question in sorted(stiff, key=stiff.__getitem__) if stiff[question] <= STIFF}
