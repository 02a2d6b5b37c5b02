"""Questions near to one that was not understood, which its asker would get an answer to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress

from bot.runtime import Runtime
from metrics.errors import PacelineError, UserError
from metrics.people import Audience, Person, Viewer
from metrics.query.asked import Asked
from nlq import Issue, Unsayable, said
from nlq.reader.read import nearest, read

__all__ = ["nearest_questions"]

OFFERED = 3
TRIED = 8
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
    for meaning in nearest(made, runtime.metrics.model, asker)[:TRIED]:
        with suppress(UserError, PacelineError, Unsayable):
            if isinstance(meaning, Asked):
                table = runtime.metrics.tell(meaning, viewer=viewer, audience=audience, as_of=as_of)
                if not table.rows:
                    continue
            question = said(meaning, runtime.lexicon, language, strict=True)
            if question not in found:
                found.append(question)
        if len(found) == OFFERED:
            break
    return tuple(found)
