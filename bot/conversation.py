"""A question in Slack, from its text or from a button, to the reply: who asks, who will see it, what came before."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ask import answer_query, ask, log_internal
from bot.identity import Identities, Speaker
from bot.outcome import Outcome
from bot.plain_text import named_users, plain_text
from bot.posting import Place, post
from bot.remembered_choice import settle
from bot.render.answer import Post, answer_post
from bot.render.blocks import Button
from bot.render.button_values import Carried, decode, encode
from bot.render.next_steps import RowsOf, breakdowns, definition, trend
from bot.render.replies import choices_post, corrected_texts, failure_post, help_post, line_post, not_in_text
from bot.runtime import Runtime
from bot.small_talk import examples, kind_of_talk, offered_fields
from bot.wording import Words, language_of, words_for
from metrics.errors import UserError
from metrics.people import Audience, Person
from metrics.plan.names import all_known
from metrics.query import Query
from metrics.query.answer import Answer

__all__ = ["Conversation"]

T = TypeVar("T")

UNREADABLE = ("missing_scope", "channel_not_found", "not_in_channel")  # group DMs, for one
KEPT_BUTTONS = "@button"  # where values too long for a button are kept, beside the conversations


class Conversation:
    """One per app. Questions run in the runtime's fair pool: the event loop stays free to acknowledge."""

    def __init__(self, runtime: Runtime, identities: Identities) -> None:
        self.runtime = runtime
        self.identities = identities
        self._refreshing: asyncio.Task[bool] | None = None

    async def question(self, client: AsyncWebClient, place: Place, text: str) -> None:
        """Reply to what was written."""
        speaker = await self.identities.speaker(client, place.user)
        language = language_of(text, speaker.language)
        words = self.words(language)
        if speaker.person is None:
            await self.not_in(client, place, speaker, language)
            return
        talk = kind_of_talk(text)
        if talk is not None:
            await self._small_talk(client, place, words, speaker.person, talk)
            return
        thread = await self._thread(place)
        asked = partial(ask, self.runtime, text, asker=speaker.person, as_of=self._as_of(place), thread=thread)
        await self._reply(client, place, speaker, speaker.person, asked, text)

    async def pressed(self, client: AsyncWebClient, place: Place, carried: Carried) -> None:
        """Reply to a button: its Query or its text, asked by whoever pressed it."""
        if carried.query is None:
            await self.question(client, place, carried.text)
            return
        speaker = await self.identities.speaker(client, place.user)
        if speaker.person is None:
            await self.not_in(client, place, speaker, carried.language)
            return
        if carried.subject:
            await self.run(
                self.runtime.state.choices.remember,
                speaker.person.id,
                carried.subject,
                carried.query.to_json(),
                at=self.runtime.clock.now(),
            )
        asked = partial(
            answer_query,
            self.runtime,
            carried.query,
            asker=speaker.person,
            as_of=self._as_of(place),
            language=carried.language,
        )
        await self._reply(client, place, speaker, speaker.person, asked, "")

    async def plain(self, client: AsyncWebClient, written: str, own: str) -> str:
        """What was written, with people by name: "@Anna's sales" is a question about Anna."""
        users = named_users(written) - {own}
        return plain_text(written, own, {user: (await self.identities.speaker(client, user)).name for user in users})

    async def too_old(self, client: AsyncWebClient, place: Place) -> None:
        """Reply to a button whose question is no longer known."""
        speaker = await self.identities.speaker(client, place.user)
        await post(client, place.only_asker(), line_post(self.words(speaker.language).say("ask.moved_on")))

    def sorry(self, error: BaseException, written: str, user: str) -> str:
        """What the asker is told of an error; one of ours is logged whole."""
        own = self.identities.language_of(user)
        words = self.words(language_of(written, own or self.runtime.settings.language))
        return words.error(error) if isinstance(error, UserError) else words.internal(log_internal(error))

    async def not_in(self, client: AsyncWebClient, place: Place, speaker: Speaker, language: str = "") -> None:
        """Say to somebody who is not let in what can be done about it."""
        words = self.words(language or speaker.language)
        await post(client, place.only_asker(), line_post(not_in_text(words, speaker.why)))

    async def audience(self, client: AsyncWebClient, place: Place) -> Audience:
        """Who will read a reply at this place. A conversation whose members may not be read is taken to be read by
        strangers."""
        if place.direct or place.private or place.response_url:
            return Audience.only_viewer()
        try:
            return await self.identities.audience(client, place.channel)
        except SlackApiError as error:
            if error.response.get("error") not in UNREADABLE:
                raise
            return Audience.channel((), unknown=1, name=place.channel)

    async def run(self, work: Callable[..., T], /, *args: object, **kwargs: object) -> T:
        """Short blocking work, which waits behind no question."""
        return await asyncio.get_running_loop().run_in_executor(self.runtime.errands, partial(work, *args, **kwargs))

    async def turn(
        self, person: Person, work: Callable[..., T], /, *args: object, begun: bool = False, **kwargs: object
    ) -> T:
        """Work that may read the metric store, when it is the person's turn. Raises TooLarge "too_many_waiting"; not
        for a further part of something `begun`."""
        waiting = self.runtime.pool.submit(person.id, partial(work, *args, **kwargs), begun=begun)
        return await asyncio.wrap_future(waiting)

    def words(self, language: str) -> Words:
        return words_for(self.runtime.metrics.model, language)

    async def carried(self, value: str) -> Carried | None:
        """What a button's value stands for; None when it is too old, or was never ours."""

        def kept(identifier: str) -> str | None:
            found = self.runtime.state.conversations.last(KEPT_BUTTONS, identifier, limit=1)
            return found[0] if found else None

        found = await self.run(decode, value, kept)
        stale = found is None or (found.query is not None and not all_known(self.runtime.metrics.model, found.query))
        return None if stale else found

    def _as_of(self, place: Place) -> dt.datetime:
        """The moment a question speaks of: when it was asked, however late it is answered."""
        asked = place.ticket.accepted_at if place.ticket is not None else None
        return asked or self.runtime.clock.now()

    # --- inside ------------------------------------------------------------------------------------------------------

    async def _reply(
        self,
        client: AsyncWebClient,
        place: Place,
        speaker: Speaker,
        person: Person,
        asked: Callable[..., Outcome],
        text: str,
    ) -> None:
        self._follow_data()
        outcome = await self.turn(person, asked, audience=await self.audience(client, place))
        if outcome.status == "ambiguous":
            chosen = await self.run(settle, self.runtime, outcome, person)
            if chosen is not None:
                asked = partial(
                    answer_query,
                    self.runtime,
                    chosen.query,
                    asker=person,
                    as_of=self._as_of(place),
                    language=outcome.language,
                    assumptions=("chosen_before:" + chosen.label,),
                )
                outcome = await self.turn(person, asked, begun=True, audience=await self.audience(client, place))
        # Before the answer is out: the next question of the thread may follow at once.
        kept = outcome.query if outcome.status in ("answered", "denied") and not place.response_url else None
        opens_thread = (
            kept is not None and place.direct and not place.thread
        )  # a thread may be opened on question or answer
        if kept is not None:
            await self._keep(place, self._key(place), kept, person)
            if opens_thread and place.asked_at:
                await self._keep(place, place.asked_at, kept, person)
        alone = place.direct or place.private or bool(place.response_url)
        if alone or not _held_back(outcome):
            sent = await post(client, place, await self.run(self._message, outcome, speaker, person, place, text))
            if kept is not None and opens_thread and sent:
                await self._keep(place, sent, kept, person)
            if not alone and outcome.status == "not_understood":
                await self._known_to_asker(client, place, speaker, person, asked)
        else:
            await self._reply_in_private(client, place, speaker, person, outcome, asked)

    async def _keep(self, place: Place, key: str, query: Query, person: Person) -> None:
        remember = self.runtime.state.conversations.remember
        await self.run(remember, place.channel, key, query.to_json(), person.id, at=self.runtime.clock.now())

    async def _known_to_asker(
        self,
        client: AsyncWebClient,
        place: Place,
        speaker: Speaker,
        person: Person,
        asked: Callable[..., Outcome],
    ) -> None:
        """What stands only in rows that not everyone in the channel may see was said there not to exist, like any word
        that means nothing; who may see it is answered alone."""
        own = await self.turn(person, asked, begun=True, audience=Audience.only_viewer())
        if own.answer is not None:
            await post(client, place.only_asker(), await self.run(self._message, own, speaker, person, place, ""))

    async def _reply_in_private(
        self,
        client: AsyncWebClient,
        place: Place,
        speaker: Speaker,
        person: Person,
        public: Outcome,
        asked: Callable[..., Outcome],
    ) -> None:
        """In the channel what everyone there may see, or a line without numbers; the whole answer to the asker
        alone."""
        own = await self.turn(person, asked, begun=True, audience=Audience.only_viewer())
        words = self.words(own.language)
        if own.answer is not None:
            if public.answer is not None and _tells_something(public.answer):
                await post(client, place, await self.run(self._message, public, speaker, person, place, ""))
            else:
                await post(client, place, line_post(words.say("neutral.public", user=place.user), mrkdwn=True))
        await post(client, place.only_asker(), await self.run(self._message, own, speaker, person, place, ""))

    def _message(self, outcome: Outcome, speaker: Speaker, person: Person, place: Place, text: str) -> Post:
        """Blocking: buttons that are too long are written to the state."""
        words = self.words(outcome.language)

        def keep(identifier: str, value: str) -> None:
            at = self.runtime.clock.now()
            self.runtime.state.conversations.remember(KEPT_BUTTONS, identifier, value, person.id, at=at)

        def value(query: Query | None = None, text: str = "", subject: str = "") -> str:
            return encode(Carried(outcome.language, query, text, subject), keep)

        if outcome.answer is not None:
            buttons = _answer_buttons(words, self.runtime, person, outcome.answer, value)
            rated = hashlib.sha256(outcome.answer.query.to_json().encode()).hexdigest()[:24]
            series = self.runtime.settings.chart_series
            return answer_post(words, outcome, person, buttons=buttons, rated=rated, most_series=series)
        if outcome.status == "ambiguous":
            return choices_post(words, outcome, [value(c.query, subject=outcome.subject) for c in outcome.choices])
        suggested = [(t, value(text=t)) for t in corrected_texts(text, outcome.issues)] if text else []
        return failure_post(words, outcome, suggested)

    async def _small_talk(self, client: AsyncWebClient, place: Place, words: Words, person: Person, talk: str) -> None:
        if talk == "thanks":
            if place.asked_at:  # a reaction says enough, and fills no thread
                await client.reactions_add(channel=place.channel, name="raised_hands", timestamp=place.asked_at)
            else:
                await post(client, place, line_post(words.say("thanks")))
            return
        offered = await self.turn(person, examples, self.runtime, person, words.language)
        if talk == "hello":
            example = offered[0] if offered else words.example()
            await post(client, place, line_post(words.say("hello", name=person.name, example=example)))
            return
        buttons = [(text, encode(Carried(words.language, None, text), lambda _id, _value: None)) for text in offered]
        await post(client, place, help_post(words, buttons, offered_fields(self.runtime)))

    async def _thread(self, place: Place) -> tuple[Query, ...]:
        if place.response_url:
            return ()
        kept = await self.run(self.runtime.state.conversations.last, place.channel, self._key(place))
        return tuple(Query.model_validate_json(text) for text in kept)

    def _key(self, place: Place) -> str:
        """The main line of a DM starts anew each day: nobody means yesterday's question by "and by region?"."""
        if place.thread:
            return place.thread
        return f"main {self.runtime.local_date(self.runtime.clock.now())}"

    def _follow_data(self) -> None:
        """Rebuild the lexicon in the background when the data has moved on; this question still uses the old one."""
        if self.runtime.lexicon_is_old and (self._refreshing is None or self._refreshing.done()):
            self._refreshing = asyncio.create_task(asyncio.to_thread(self.runtime.refresh_lexicon))


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
