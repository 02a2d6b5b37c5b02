"""One question, from text or from what it means, to its Outcome. Slack, buttons, the command line and batches all come
here."""

from __future__ import annotations

import datetime as dt
import logging
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.natural_order import in_natural_order
from bot.outcome import Outcome, status_of
from bot.runtime import Runtime
from metrics.analyses.analysis import Analysis
from metrics.errors import InternalError, NotPermitted, UnsupportedCombination, UserError
from metrics.model.schema import Model
from metrics.people import Audience, Person, Viewer
from metrics.policy.asking import is_public_board
from metrics.query.asked import Asked
from metrics.query.table import Table
from nlq import (
    UNANSWERED,
    Ambiguous,
    Before,
    Definition,
    Issue,
    Meaning,
    NotUnderstood,
    Reading,
    Several,
    Unanswered,
    Understood,
    in_words,
    understand,
)
from nlq.normalise import has_han

__all__ = ["answer_meaning", "ask", "gone_on_from", "leaves_nothing", "log_internal", "read_as", "read_thread"]

log = logging.getLogger("paceline.ask")
_WORD = re.compile(r"[㐀-鿿]|[^\s㐀-鿿]+")
_FILLED_IN = {"default_metric", "default_period"}  # a question of its own says them
_OF_A_WORD, _SHORT = 4, 16  # four words, or eight Chinese characters


def ask(
    runtime: Runtime,
    text: str,
    *,
    asker: Person,
    audience: Audience,
    as_of: dt.datetime,
    before: Before | Unanswered | None = None,
    language: str | None = None,
) -> Outcome:
    """Read `text` and answer it. `before`: the last question of this conversation, where it was answered.

    `language` overrules the language of the question in the words around the answer. Never raises for what a
    person typed; internal errors become an Outcome with a reference and are logged whole.
    """
    started = time.perf_counter()
    reading = read_as(runtime, text, asker=asker, audience=audience, before=before)
    read_ms = _since(started)
    spoken = language or reading.language
    answered = partial(
        answer_meaning, runtime, asker=asker, audience=audience, as_of=as_of, language=spoken, read_ms=read_ms
    )
    if isinstance(reading, Several):
        return _in_turn(
            runtime,
            reading,
            asker=asker,
            audience=audience,
            as_of=as_of,
            before=before,
            language=spoken,
            read_ms=read_ms,
        )
    if isinstance(reading, Ambiguous):
        from bot.choices import choices_for  # here, as below: most questions are plain

        choices = choices_for(runtime, reading.choices, asker=asker, audience=audience, as_of=as_of, language=spoken)
        if len(choices) == 1:  # of the others, or of all, the asker may see no numbers
            return answered(choices[0].meaning, assumptions=("only_choice:" + choices[0].label,))
        ms = {"read": read_ms, "total": _since(started)}
        return Outcome("ambiguous", spoken, choices=choices, subject=reading.subject, ms=ms)
    if isinstance(reading, NotUnderstood):
        from bot.nearest_questions import nearest_questions

        issues = reading.issues
        offered = nearest_questions(runtime, text, issues, asker=asker, audience=audience, as_of=as_of, language=spoken)
        if offered:
            issues = (replace(issues[0], suggestions=offered), *issues[1:])
        return Outcome("not_understood", spoken, issues=issues, ms={"read": read_ms, "total": _since(started)})
    outcome = answered(reading.meaning, assumptions=reading.assumptions)
    if before is not None and isinstance(outcome.error, UnsupportedCombination):
        # as an edit of the last question it means nothing: perhaps it was not meant as one
        anew = read_as(runtime, text, asker=asker, audience=audience)
        if isinstance(anew, Understood) and _is_of_its_own(anew):
            alone = answered(anew.meaning, assumptions=anew.assumptions)
            return alone if alone.status == "answered" else outcome
    return outcome


def _in_turn(
    runtime: Runtime,
    reading: Several,
    asker: Person,
    audience: Audience,
    as_of: dt.datetime,
    before: Before | Unanswered | None,
    language: str,
    read_ms: float,
) -> Outcome:
    """Each as if it were sent by itself, after the one before it. Where one of them has no answer, none is given: it is
    said which."""
    started = time.perf_counter()
    answers: list[Outcome] = []
    for text, span in reading.parts:
        made = ask(runtime, text, asker=asker, audience=audience, as_of=as_of, before=before, language=language)
        if made.status != "answered":
            refused = _refused_part(made, text, span)
            return replace(refused, ms={"read": read_ms, "total": read_ms + _since(started)})
        answers += made.each
        before = gone_on_from(runtime.metrics.model, made, before) or before
    return Outcome(
        "answered",
        language,
        "; ".join(a.reading for a in answers),
        parts=tuple(answers),
        ms={"read": read_ms, "total": read_ms + _since(started)},
    )


def _refused_part(made: Outcome, text: str, span: tuple[int, int]) -> Outcome:
    if made.status == "ambiguous":
        issue = Issue("part_ambiguous", text, span, tuple(c.label for c in made.choices))
        return Outcome("not_understood", made.language, issues=(issue,))
    inner = (replace(i, span=(i.span[0] + span[0], i.span[1] + span[0])) for i in made.issues)
    return replace(made, issues=(Issue("part_unanswered", text, span), *inner))


def _is_of_its_own(reading: Understood) -> bool:
    """Whether it says of what it is, and of when."""
    said = not _FILLED_IN & set(reading.assumptions)
    return said and not (isinstance(reading.meaning, Asked) and reading.meaning.period.kind == "all")


def read_as(
    runtime: Runtime, text: str, *, asker: Person, audience: Audience, before: Before | Unanswered | None = None
) -> Reading:
    """How a person's question is understood, of the members that exist for them and for whoever reads the answer."""
    sees = runtime.metrics.sees(Viewer.of(asker), audience)
    return understand(text, lexicon=runtime.lexicon, asker=asker, sees=sees, before=before)


def answer_meaning(
    runtime: Runtime,
    meaning: Meaning,
    *,
    asker: Person,
    audience: Audience,
    as_of: dt.datetime,
    language: str,
    assumptions: tuple[str, ...] = (),
    read_ms: float = 0.0,
) -> Outcome:
    """Answer what was read, or what a button or a choice means."""
    started = time.perf_counter()
    outcome = Outcome(
        "answered", language, in_words(meaning, runtime.lexicon, language), meaning, assumptions=assumptions
    )

    def spent(stages: Mapping[str, float]) -> dict[str, float]:
        return {"read": read_ms, **stages, "total": read_ms + _since(started)}

    if isinstance(meaning, Definition):
        return replace(outcome, ms=spent({}))
    stages: dict[str, float] = {}
    try:
        if isinstance(meaning, Analysis):
            outcome = replace(
                outcome,
                findings=runtime.metrics.analyse(meaning, viewer=Viewer.of(asker), audience=audience, as_of=as_of),
            )
        else:
            table = _told(runtime, meaning, asker, audience, as_of)
            stages = {stage: table.proof.ms.get(stage, 0.0) for stage in ("compile", "execute")}
            outcome = replace(outcome, table=table)
        if "whole" in assumptions and outcome.restricted:
            raise NotPermitted("whole", fields={"why": outcome.restricted})
        if outcome.restricted or any(table.proof.before_data for table in outcome.tables):
            from metrics.policy.answering import check_answers  # here: most are answered as they stand

            check_answers(meaning, outcome.tables, runtime.metrics.model, asker)
    except UserError as error:
        failed = replace(outcome, status=status_of(error), table=None, findings=None, error=error)
        return replace(failed, ms=spent(stages))
    except InternalError as error:
        reference = log_internal(error)
        return replace(outcome, status="error", reference=reference, ms=spent(stages))
    return replace(outcome, ms=spent(stages))


def _told(runtime: Runtime, asked: Asked, asker: Person, audience: Audience, as_of: dt.datetime) -> Table:
    asked = _published(runtime, asked, runtime.local_date(as_of))
    table = runtime.metrics.tell(asked, viewer=Viewer.of(asker), audience=audience, as_of=as_of)
    return in_natural_order(runtime.metrics.model, table)


def _published(runtime: Runtime, asked: Asked, day: dt.date) -> Asked:
    """Without what the dictionary shows beside a metric, where that alone keeps a leaderboard from being public."""
    model, lone = runtime.metrics.model, asked.show[0]
    beside = getattr(model.metrics.get(lone.subject()), "shown_with", ())
    if len(asked.show) == 1 or any(m.kind != "metric" or m.subject() not in beside for m in asked.show[1:]):
        return asked
    alone = asked.model_copy(update={"show": (lone,)})
    return alone if is_public_board(alone, model, day) and not is_public_board(asked, model, day) else asked


def read_thread(
    runtime: Runtime, texts: Sequence[str], *, asker: Person, as_of: dt.datetime
) -> Before | Unanswered | None:
    """What the question after these goes on from: the last, each of them read and told. A definition leaves what was
    before it."""
    before: Before | Unanswered | None = None
    for text in texts:
        outcome = ask(runtime, text, asker=asker, audience=Audience.only_viewer(), as_of=as_of, before=before)
        on = gone_on_from(runtime.metrics.model, outcome, before)
        if on is not None:
            before = on
        elif leaves_nothing(outcome, text, before):
            before = UNANSWERED
    return before


def gone_on_from(model: Model, outcome: Outcome, earlier: Before | Unanswered | None) -> Before | None:
    """What the next question goes on from; None where that is what was before it."""
    if outcome.parts:
        on = earlier
        for part in outcome.parts:
            on = gone_on_from(model, part, on) or on
        return on if isinstance(on, Before) else None
    from bot.about_whom import before_of  # here: a single question is not gone on from

    earlier = earlier if isinstance(earlier, Before) else None
    if outcome.table is not None:
        return before_of(model, outcome.table, earlier)
    if outcome.status != "answered" or outcome.meaning is None:
        return None
    if outcome.findings is None and earlier is not None:
        return None
    return Before(outcome.meaning) if earlier is None else earlier.then(outcome.meaning)


def leaves_nothing(outcome: Outcome, text: str, before: Before | Unanswered | None) -> bool:
    """Whether a question got no answer, so that what follows it is no edit of what was before it either. A few words
    that were not read after an answer are likely an edit of it, which is now tried again."""
    if outcome.status in ("ambiguous", "denied"):
        return True
    short = sum(2 if has_han(word) else _OF_A_WORD for word in _WORD.findall(text)) <= _SHORT
    return outcome.status == "not_understood" and not (isinstance(before, Before) and short)


def log_internal(error: BaseException) -> str:
    """Log an error whole and return the reference to show in its place."""
    reference = secrets.token_hex(4)
    log.error("internal error %s", reference, exc_info=error)
    return reference


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
