"""One question, from text or from a Query, to its Outcome. Slack, buttons, the command line and batches all come
here."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import nlq
from bot.choices import choices_for
from bot.natural_order import in_natural_order
from bot.outcome import Outcome, status_of
from bot.runtime import Runtime
from metrics.errors import InternalError, UserError
from metrics.model.schema import Model
from metrics.people import Audience, Person, Viewer
from metrics.query import Query, Target
from nlq.reading import Ambiguous, Issue, NotUnderstood, Reading, Understood

__all__ = ["answer_query", "ask", "read_thread"]

log = logging.getLogger("paceline.ask")


def ask(
    runtime: Runtime,
    text: str,
    *,
    asker: Person,
    audience: Audience,
    as_of: dt.datetime,
    thread: Sequence[Query] = (),
    language: str | None = None,
) -> Outcome:
    """Read `text` and answer it. `thread`: queries understood earlier in the thread, oldest first.

    `language` overrules the language of the question in the words around the answer. Never raises for what a
    person typed; internal errors become an Outcome with a reference and are logged whole.
    """
    started = time.perf_counter()
    reading = read_as(runtime, text, asker=asker, audience=audience, as_of=as_of, thread=thread)
    read_ms = _since(started)
    spoken = language or reading.language
    if isinstance(reading, Ambiguous):
        choices = choices_for(runtime, reading.choices, asker=asker, audience=audience, as_of=as_of, language=spoken)
        if len(choices) == 1:  # of the others, or of all, the asker may see no numbers
            return answer_query(
                runtime,
                choices[0].query,
                asker=asker,
                audience=audience,
                as_of=as_of,
                language=spoken,
                assumptions=("only_choice:" + choices[0].label,),
                read_ms=read_ms,
            )
        return Outcome(
            "ambiguous",
            spoken,
            choices=choices,
            subject=reading.subject,
            ms={"read": read_ms, "total": _since(started)},
        )
    if isinstance(reading, NotUnderstood):
        read_again = partial(read_as, runtime, asker=asker, audience=audience, as_of=as_of, thread=thread)
        issues = _useful(text, reading.issues, read_again)
        return Outcome("not_understood", spoken, issues=issues, ms={"read": read_ms, "total": _since(started)})
    return answer_query(
        runtime,
        _with_targets(runtime.metrics.model, reading.query),
        asker=asker,
        audience=audience,
        as_of=as_of,
        language=spoken,
        assumptions=reading.assumptions,
        read_ms=read_ms,
    )


def read_as(
    runtime: Runtime, text: str, *, asker: Person, audience: Audience, as_of: dt.datetime, thread: Sequence[Query]
) -> Reading:
    """How a person's question is understood, of the members that exist for them and for whoever reads the answer."""
    return nlq.read(
        text,
        lexicon=runtime.lexicon,
        asker=asker,
        as_of=runtime.local_date(as_of),
        thread=thread,
        sees=runtime.metrics.sees(Viewer.of(asker), audience),
    )


def _with_targets(model: Model, query: Query) -> Query:
    """ "How am I doing" is about targets too: the scorecard shows them where there are any."""
    board = len(model.scorecard) > 1 and query.metrics == model.scorecard and query.kind == "value"
    if board and model.targets is not None and any(model.metrics[name].has_target for name in query.metrics):
        return query.model_copy(update={"target": Target()})
    return query


def _useful(text: str, issues: tuple[Issue, ...], read_again: Callable[[str], Reading]) -> tuple[Issue, ...]:
    """Of the words suggested for a single unknown word, those with which the question can be answered."""
    if len(issues) != 1 or not issues[0].suggestions:
        return issues
    start, end = issues[0].span
    if not 0 <= start < end <= len(text):
        return issues
    kept = tuple(
        word
        for word in issues[0].suggestions
        if not isinstance(read_again(text[:start] + word + text[end:]), NotUnderstood)
    )
    return (replace(issues[0], suggestions=kept),)


def answer_query(
    runtime: Runtime,
    query: Query,
    *,
    asker: Person,
    audience: Audience,
    as_of: dt.datetime,
    language: str,
    assumptions: tuple[str, ...] = (),
    read_ms: float = 0.0,
) -> Outcome:
    """Answer a Query (a button, a choice, or what was read)."""
    started = time.perf_counter()
    words = nlq.words(query, runtime.lexicon, language)
    try:
        answer = runtime.metrics.answer(query, viewer=Viewer.of(asker), audience=audience, as_of=as_of)
    except UserError as error:
        ms = {"read": read_ms, "total": read_ms + _since(started)}
        return Outcome(status_of(error), language, words, query, error=error, assumptions=assumptions, ms=ms)
    except InternalError as error:
        reference = log_internal(error)
        ms = {"read": read_ms, "total": read_ms + _since(started)}
        return Outcome("error", language, words, query, reference=reference, assumptions=assumptions, ms=ms)
    ms = {
        "read": read_ms,
        "compile": answer.receipt.ms.get("compile", 0.0),
        "execute": answer.receipt.ms.get("execute", 0.0),
        "total": read_ms + _since(started),
    }
    answer = in_natural_order(runtime.metrics.model, answer)
    return Outcome("answered", language, words, query, answer, assumptions=assumptions, ms=ms)


def read_thread(runtime: Runtime, texts: Sequence[str], *, asker: Person, as_of: dt.datetime) -> tuple[Query, ...]:
    """The queries of earlier questions, read one after another; those not understood leave none."""
    queries: tuple[Query, ...] = ()
    for text in texts:
        reading = read_as(runtime, text, asker=asker, audience=Audience.only_viewer(), as_of=as_of, thread=queries)
        if isinstance(reading, Understood):
            queries = (*queries, reading.query)
    return queries


def log_internal(error: BaseException) -> str:
    """Log an error whole and return the reference to show in its place."""
    reference = secrets.token_hex(4)
    log.error("internal error %s", reference, exc_info=error)
    return reference


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
