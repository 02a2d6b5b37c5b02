"""A reply, worked out whole before any of it is sent: what everyone who reads the place may see, what the asker alone
may, and what the thread keeps for "and last quarter?"."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from bot.ask import answer_meaning, ask, gone_on_from, leaves_nothing
from bot.meanings import before_json, before_kept, meaning_json
from bot.outcome import Outcome
from bot.posting import Place
from bot.remembered_choice import settle
from bot.render.answer import Post, answer_post
from bot.render.blocks import Button
from bot.render.button_values import Carried, encode
from bot.render.next_steps import RowsOf, breakdowns, definition, trend
from bot.render.replies import choices_post, failure_post, line_post, suggested_texts
from bot.runtime import Runtime
from bot.wording import Words, words_for
from metrics.people import Audience, Person
from metrics.query.table import Table
from nlq import UNANSWERED, Before, Meaning, Unanswered
from nlq.reader.before import KEPT

__all__ = ["KEPT_BUTTONS", "Asking", "Message", "Reply", "remember", "work_out"]

KEPT_BUTTONS = "@button"  # where values too long for a button are kept, beside the conversations


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks what: `text`, or the meaning of a button (`language`: that of the message it stands on). `as_of`: the
    moment it speaks of."""

    person: Person
    as_of: dt.datetime
    text: str = ""
    meaning: Meaning | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """`alone`: before the asker's eyes only. `part`: which answer it is of several to one line, the first is 0."""

    post: Post
    alone: bool = False
    part: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """`kept`: what the thread goes on from, as it is remembered; `opens_thread`: in a DM, where a thread may be
    opened on the question or on the answer."""

    messages: tuple[Message, ...]
    kept: str | None
    opens_thread: bool


def work_out(runtime: Runtime, place: Place, asking: Asking, audience: Audience, thread: str) -> Reply:
    """The reply, and what its thread goes on from remembered under `thread` (before it is out: the next question of the
    thread may follow at once). Blocking; may be begun anew until the answer is there."""
    before = _before(runtime, place, asking, thread)
    answered = _ask(runtime, asking, before)
    public = answered(audience)
    alone = place.direct or place.private or bool(place.response_url)
    own = None
    if not alone and (_held_back(public) or public.status == "not_understood"):
        own = answered(Audience.only_viewer())
    kept = None if place.response_url else _to_go_on_from(runtime, public, own, first=not isinstance(before, Before))
    opens_thread = kept is not None and place.direct and not place.thread
    if kept is None and place.thread and asking.text and leaves_nothing(own or public, asking.text, before):
        kept = before_json(UNANSWERED)
    for part in public.parts[:-1] if kept is not None else ():  # as if it had been sent by itself
        on = gone_on_from(runtime.metrics.model, part, None)
        if on is not None:
            remember(runtime, place.channel, thread, before_json(on), asking.person)
    if kept is not None:
        remember(runtime, place.channel, thread, kept, asking.person)
        if opens_thread and place.asked_at:
            remember(runtime, place.channel, place.asked_at, kept, asking.person)
    message = partial(_message, runtime, asking)

    def messages(outcome: Outcome, *, alone: bool = False) -> tuple[Message, ...]:
        return tuple(Message(message(one), alone, n) for n, one in enumerate(outcome.each))

    if own is None:
        return Reply(messages(public), kept, opens_thread)
    if public.status == "not_understood":
        # What stands only in rows that not everyone in the channel may see was said there not to exist, like any word
        # that means nothing; who may see it is answered alone.
        said, answers = Message(message(public)), own.status == "answered"
        return Reply((said, *messages(own, alone=True)) if answers else (said,), kept, opens_thread)
    shown = _for_everyone(runtime, place, public, own, message)
    return Reply((*shown, *messages(own, alone=True)), kept, opens_thread)


def remember(runtime: Runtime, channel: str, thread: str, kept: str, person: Person) -> None:
    """Add to what the thread goes on from. Waits for nothing."""
    runtime.state.conversations.remember(channel, thread, kept, person.id, at=runtime.clock.now())


def _to_go_on_from(runtime: Runtime, public: Outcome, own: Outcome | None, *, first: bool) -> str | None:
    """The last question with numbers, by what everyone may see of its answer; a definition only where it comes first.
    What was refused to everyone, and told to the asker alone, is gone on from without whom it was about."""
    on = gone_on_from(runtime.metrics.model, public, None)
    if on is not None and (first or public.definition is None):
        return before_json(on)
    if public.status == "denied" and own is not None and own.table is not None:
        return before_json(Before(own.table.asked))
    return None


def _before(runtime: Runtime, place: Place, asking: Asking, thread: str) -> Before | Unanswered | None:
    """What the question goes on from, and what was asked before that."""
    if asking.meaning is not None or place.response_url:
        return None
    before: Before | Unanswered | None = None
    for kept in runtime.state.conversations.last(place.channel, thread, limit=1 + KEPT):
        earlier = before if isinstance(before, Before) else None
        before = before_kept(kept, runtime.metrics, asking.person, runtime.local_date(asking.as_of), earlier)
    return before if place.thread or not isinstance(before, Before) else replace(before, near=False)


def _ask(runtime: Runtime, asking: Asking, before: Before | Unanswered | None) -> Callable[[Audience], Outcome]:
    """The question, to be answered for whoever reads it."""
    person, as_of = asking.person, asking.as_of
    if asking.meaning is not None:
        return partial(_pressed, runtime, asking)

    def answered(audience: Audience) -> Outcome:
        outcome = ask(runtime, asking.text, asker=person, audience=audience, as_of=as_of, before=before)
        chosen = settle(runtime, outcome, person) if outcome.status == "ambiguous" else None
        if chosen is None:
            return outcome
        return answer_meaning(
            runtime,
            chosen.meaning,
            asker=person,
            audience=audience,
            as_of=as_of,
            language=outcome.language,
            assumptions=("chosen_before:" + chosen.label,),
        )

    return answered


def _pressed(runtime: Runtime, asking: Asking, audience: Audience) -> Outcome:
    assert asking.meaning is not None
    return answer_meaning(
        runtime,
        asking.meaning,
        asker=asking.person,
        audience=audience,
        as_of=asking.as_of,
        language=asking.language,
    )


def _for_everyone(
    runtime: Runtime, place: Place, public: Outcome, own: Outcome, message: Callable[[Outcome], Post]
) -> tuple[Message, ...]:
    """What everyone in the channel may see, or a line without numbers; nothing when the asker has no answer either."""
    if own.status != "answered":
        return ()
    if public.table is not None and _tells_something(public.table):
        return (Message(message(public)),)
    words = words_for(runtime.metrics.model, own.language)
    return (Message(line_post(words.say("neutral.public", user=place.user), mrkdwn=True)),)


def _message(runtime: Runtime, asking: Asking, outcome: Outcome) -> Post:
    """Buttons that are too long are kept in the state."""
    words = words_for(runtime.metrics.model, outcome.language, runtime.lexicon)

    def keep(identifier: str, value: str) -> None:
        at = runtime.clock.now()
        runtime.state.conversations.remember(KEPT_BUTTONS, identifier, value, asking.person.id, at=at)

    def value(meaning: Meaning | None = None, text: str = "", subject: str = "") -> str:
        return encode(Carried(outcome.language, meaning, text, subject), keep)

    if outcome.status == "answered" and outcome.meaning is not None:
        buttons = _answer_buttons(words, runtime, asking.person, outcome.table, value) if outcome.table else []
        rated = hashlib.sha256(json.dumps(meaning_json(outcome.meaning)).encode()).hexdigest()[:24]
        return answer_post(words, outcome, buttons=buttons, rated=rated, most_series=runtime.settings.chart_series)
    if outcome.status == "ambiguous":
        return choices_post(words, outcome, [value(c.meaning, subject=outcome.subject) for c in outcome.choices])
    return failure_post(words, outcome, [(t, value(text=t)) for t in suggested_texts(outcome.issues)])


def _held_back(outcome: Outcome) -> bool:
    """Something was left out, or everything, because of who else reads the channel."""
    if outcome.status == "denied" or outcome.restricted == "channel":
        return True
    return any(note.code == "channel_restricted" for table in outcome.tables for note in table.notes)


def _tells_something(table: Table) -> bool:
    """Rows with a name and a number are left that everyone in the channel may see. A lone total of a part says nothing
    in public: it would be taken for the whole."""
    named = any(c.role == "dimension" for c in table.columns)
    return named and any(value not in (None, 0) for row in table.rows for value in row[len(table.asked.by) :])


def _rows_of(runtime: Runtime, person: Person, table: Table) -> RowsOf:
    """Whose rows an answer read, as far as it matters for the next question."""
    leads, scope = bool(runtime.metrics.org.reports.get(person.id)), table.asked.scope
    if scope == "me" or (table.proof.restricted and not leads):
        return "self"
    return "team" if scope != "all" or table.proof.restricted else "everyone"


def _answer_buttons(
    words: Words, runtime: Runtime, person: Person, table: Table, value: Callable[[Meaning], str]
) -> list[Button]:
    model, asked = runtime.metrics.model, table.asked
    buttons = []
    steps = breakdowns(model, runtime.metrics.members, asked, rows_of=_rows_of(runtime, person, table))
    for number, (field, step) in enumerate(steps, start=1):
        buttons.append(
            Button(words.say("button.breakdown", field=words.field(field)), f"step_breakdown_{number}", value(step))
        )
    over_time = trend(model, table)
    if over_time is not None:
        label = words.say("button.trend", grain=words.say(f"grain.{over_time[0]}"))
        buttons.append(Button(label, "step_trend", value(over_time[1])))
    defined = definition(model, asked)
    if defined is not None:
        buttons.append(Button(words.say("button.definition"), "step_definition", value(defined)))
    buttons.append(Button(words.say("button.sql"), "show_sql", value(asked)))
    buttons.append(Button(words.say("button.csv"), "get_csv", value(asked)))
    return buttons
