"""A question in Slack, from its text or from a button, to the reply: who asks, who will see it, what came before."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ask import log_internal
from bot.identity import Identities, Speaker
from bot.meanings import is_known, meaning_json, today
from bot.plain_text import named_users, plain_text
from bot.posting import Place, post
from bot.render.button_values import Carried, decode, encode
from bot.render.replies import help_post, line_post, not_in_text
from bot.reply import KEPT_BUTTONS, Asking, remember, work_out
from bot.runtime import Runtime
from bot.small_talk import examples, kind_of_talk, offered_fields
from bot.wording import Words, language_of, words_for
from metrics.errors import UserError
from metrics.people import Audience, Person

__all__ = ["Conversation"]

T = TypeVar("T")

UNREADABLE = ("missing_scope", "channel_not_found", "not_in_channel")  # group DMs, for one


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
        await self._reply(client, place, Asking(speaker.person, self._as_of(place), text))

    async def pressed(self, client: AsyncWebClient, place: Place, carried: Carried) -> None:
        """Reply to a button: its meaning or its text, asked by whoever pressed it."""
        if carried.meaning is None:
            await self.question(client, place, carried.text)
            return
        speaker = await self.identities.speaker(client, place.user)
        if speaker.person is None:
            await self.not_in(client, place, speaker, carried.language)
            return
        as_of = self._as_of(place)
        meaning = today(carried.meaning, self.runtime.metrics, speaker.person, self.runtime.local_date(as_of))
        if meaning is None:
            await self.too_old(client, place)
            return
        if carried.subject:
            await self.run(
                self.runtime.state.choices.remember,
                speaker.person.id,
                carried.subject,
                json.dumps(meaning_json(meaning)),
                at=self.runtime.clock.now(),
            )
        await self._reply(client, place, Asking(speaker.person, as_of, meaning=meaning, language=carried.language))

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

    async def turn(self, person: Person, work: Callable[..., T], /, *args: object, **kwargs: object) -> T:
        """Work that may read the metric store, when it is the person's turn. Raises TooLarge "too_many_waiting"."""
        return await asyncio.wrap_future(self.runtime.pool.submit(person.id, partial(work, *args, **kwargs)))

    def words(self, language: str) -> Words:
        return words_for(self.runtime.metrics.model, language, self.runtime.lexicon)

    async def carried(self, value: str) -> Carried | None:
        """What a button's value stands for; None when it is too old, or was never ours."""

        def kept(identifier: str) -> str | None:
            found = self.runtime.state.conversations.last(KEPT_BUTTONS, identifier, limit=1)
            return found[0] if found else None

        found = await self.run(decode, value, kept)
        stale = found is None or (found.meaning is not None and not is_known(self.runtime.metrics.model, found.meaning))
        return None if stale else found

    def _as_of(self, place: Place) -> dt.datetime:
        """The moment a question speaks of: when it was asked, however late it is answered."""
        asked = place.ticket.accepted_at if place.ticket is not None else None
        return asked or self.runtime.clock.now()

    # --- inside ------------------------------------------------------------------------------------------------------

    async def _reply(self, client: AsyncWebClient, place: Place, asking: Asking) -> None:
        """One turn for all of it, however many messages it comes to; then it is sent."""
        self._follow_data()
        audience = await self.audience(client, place)
        reply = await self.turn(asking.person, work_out, self.runtime, place, asking, audience, self._key(place))
        for message in reply.messages:
            at = place.of_part(message.part)
            sent = await post(client, at.only_asker() if message.alone else at, message.post)
            if reply.kept is not None and reply.opens_thread and sent:  # on the answer as well as on the question
                remember(self.runtime, place.channel, sent, reply.kept, asking.person)

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

    def _key(self, place: Place) -> str:
        """The main line of a DM starts anew each day: nobody means yesterday's question by "and by region?"."""
        if place.thread:
            return place.thread
        return f"main {self.runtime.local_date(self.runtime.clock.now())}"

    def _follow_data(self) -> None:
        """Rebuild the lexicon in the background when the data has moved on; this question still uses the old one."""
        if self.runtime.lexicon_is_old and (self._refreshing is None or self._refreshing.done()):
            self._refreshing = asyncio.create_task(asyncio.to_thread(self.runtime.refresh_lexicon))
