"""A reply, worked out whole before any of it is sent: what everyone who reads the place may see, what the asker alone
may, and what the thread keeps for "and last quarter?"."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.ask import answer_query, ask
from bot.outcome import Outcome
from bot.posting import Place
from bot.remembered_choice import settle
from bot.render.answer import Post, answer_post
from bot.render.blocks import Button
from bot.render.button_values import Carried, encode
from bot.render.next_steps import RowsOf, breakdowns, definition, trend
from bot.render.replies import choices_post, corrected_texts, failure_post, line_post
from bot.runtime import Runtime
from bot.wording import Words, words_for
from metrics.people import Audience, Person
from metrics.query import Query
from metrics.query.answer import Answer

__all__ = ["KEPT_BUTTONS", "Asking", "Message", "Reply", "remember", "work_out"]

KEPT_BUTTONS = "@button"  # where values too long for a button are kept, beside the conversations


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks what: `text`, or the Query of a button (`language`: that of the message it stands on). `as_of`: the
    moment it speaks of."""

    person: Person
    as_of: dt.datetime
    text: str = ""
    query: Query | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """`alone`: before the asker's eyes only."""

    post: Post
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """`kept`: the Query that the thread goes on from; `opens_thread`: in a DM, where a thread may be opened on the
    question or on the answer."""

    messages: tuple[Message, ...]
    kept: Query | None
    opens_thread: bool


def work_out(runtime: Runtime, place: Place, asking: Asking, audience: Audience, thread: str) -> Reply:
    """The reply, and its Query remembered under `thread` (before it is out: the next question of the thread may follow
    at once). Blocking; may be begun anew until the answer is there."""
    answered = _ask(runtime, place, asking, thread)
    public = answered(audience)
    alone = place.direct or place.private or bool(place.response_url)
    own = None
    if not alone and (_held_back(public) or public.status == "not_understood"):
        own = answered(Audience.only_viewer())
    kept = public.query if public.status in ("answered", "denied") and not place.response_url else None
    opens_thread = kept is not None and place.direct and not place.thread
    if kept is not None:
        remember(runtime, place.channel, thread, kept, asking.person)
        if opens_thread and place.asked_at:
            remember(runtime, place.channel, place.asked_at, kept, asking.person)
    message = partial(_message, runtime, asking)
    if own is None:
        return Reply((Message(message(public, asking.text)),), kept, opens_thread)
    if public.status == "not_understood":
        # What stands only in rows that not everyone in the channel may see was said there not to exist, like any word
        # that means nothing; who may see it is answered alone.
        said = Message(message(public, asking.text))
        return Reply((said, Message(message(own), alone=True)) if own.answer else (said,), kept, opens_thread)
    shown = _for_everyone(runtime, place, public, own, message)
    return Reply((*shown, Message(message(own), alone=True)), kept, opens_thread)


def remember(runtime: Runtime, channel: str, thread: str, query: Query, person: Person) -> None:
    """Add to what the thread goes on from. Waits for nothing."""
    at = runtime.clock.now()
    runtime.state.conversations.remember(channel, thread, query.to_json(), person.id, at=at)


def _ask(runtime: Runtime, place: Place, asking: Asking, thread: str) -> Callable[[Audience], Outcome]:
    """The question, to be answered for whoever reads it."""
    person, as_of = asking.person, asking.as_of
    if asking.query is not None:
        return partial(_pressed, runtime, asking)
    kept = [] if place.response_url else runtime.state.conversations.last(place.channel, thread)
    before = tuple(Query.model_validate_json(text) for text in kept)

    def answered(audience: Audience) -> Outcome:
        outcome = ask(runtime, asking.text, asker=person, audience=audience, as_of=as_of, thread=before)
        chosen = settle(runtime, outcome, person) if outcome.status == "ambiguous" else None
        if chosen is None:
            return outcome
        return answer_query(
            runtime,
            chosen.query,
            asker=person,
            audience=audience,
            as_of=as_of,
            language=outcome.language,
            assumptions=("chosen_before:" + chosen.label,),
        )

    return answered


def _pressed(runtime: Runtime, asking: Asking, audience: Audience) -> Outcome:
    assert asking.query is not None
    return answer_query(
        runtime,
        asking.query,
        asker=asking.person,
        audience=audience,
        as_of=asking.as_of,
        language=asking.language,
    )


def _for_everyone(
    runtime: Runtime, place: Place, public: Outcome, own: Outcome, message: Callable[[Outcome], Post]
) -> tuple[Message, ...]:
    """What everyone in the channel may see, or a line without numbers; nothing when the asker has no answer either."""
    if own.answer is None:
        return ()
    if public.answer is not None and _tells_something(public.answer):
        return (Message(message(public)),)
    words = words_for(runtime.metrics.model, own.language)
    return (Message(line_post(words.say("neutral.public", user=place.user), mrkdwn=True)),)


def _message(runtime: Runtime, asking: Asking, outcome: Outcome, text: str = "") -> Post:
    """Buttons that are too long are kept in the state."""
    words = words_for(runtime.metrics.model, outcome.language)

    def keep(identifier: str, value: str) -> None:
        at = runtime.clock.now()
        runtime.state.conversations.remember(KEPT_BUTTONS, identifier, value, asking.person.id, at=at)

    def value(query: Query | None = None, text: str = "", subject: str = "") -> str:
        return encode(Carried(outcome.language, query, text, subject), keep)

    if outcome.answer is not None:
        buttons = _answer_buttons(words, runtime, asking.person, outcome.answer, value)
        rated = hashlib.sha256(outcome.answer.query.to_json().encode()).hexdigest()[:24]
        series = runtime.settings.chart_series
        return answer_post(words, outcome, asking.person, buttons=buttons, rated=rated, most_series=series)
    if outcome.status == "ambiguous":
        return choices_post(words, outcome, [value(c.query, subject=outcome.subject) for c in outcome.choices])
    suggested = [(t, value(text=t)) for t in corrected_texts(text, outcome.issues)] if text else []
    return failure_post(words, outcome, suggested)


def _held_back(outcome: Outcome) -> bool:
    """Something was left out, or everything, because of who else reads the channel."""
    if outcome.status == "denied":
        return True
    answer = outcome.answer
    return answer is not None and (
        answer.receipt.restricted == "channel" or any(note.code == "channel_restricted" for note in answer.notes)
    )


def _tells_something(answer: Answer) -> bool:
    """Rows with a name and a number are left that everyone in the channel may see. A lone total of a part says nothing
    in public: it would be taken for the whole."""
    shown = [i for i, c in enumerate(answer.columns) if c.role == "metric"]
    named = any(c.role == "dimension" for c in answer.columns)
    return named and any(row[i] not in (None, 0) for row in answer.rows for i in shown)


def _rows_of(runtime: Runtime, person: Person, answer: Answer) -> RowsOf:
    """Whose rows an answer read, as far as it matters for the next question."""
    leads = bool(runtime.metrics.org.reports.get(person.id))
    if answer.query.scope == "me" or (answer.receipt.restricted and not leads):
        return "self"
    return "team" if answer.query.scope != "all" or answer.receipt.restricted else "everyone"


def _answer_buttons(
    words: Words, runtime: Runtime, person: Person, answer: Answer, value: Callable[[Query], str]
) -> list[Button]:
    model, query = runtime.metrics.model, answer.query
    if query.define:
        return []
    buttons = []
    steps = breakdowns(model, runtime.metrics.members, query, rows_of=_rows_of(runtime, person, answer))
    for number, (field, step) in enumerate(steps, start=1):
        buttons.append(
            Button(words.say("button.breakdown", field=words.field(field)), f"step_breakdown_{number}", value(step))
        )
    over_time = trend(model, answer)
    if over_time is not None:
        label = words.say("button.trend", grain=words.say(f"grain.{over_time[0]}"))
        buttons.append(Button(label, "step_trend", value(over_time[1])))
    buttons.append(Button(words.say("button.definition"), "step_definition", value(definition(query))))
    buttons.append(Button(words.say("button.sql"), "show_sql", value(query)))
    buttons.append(Button(words.say("button.csv"), "get_csv", value(query)))
    return buttons
