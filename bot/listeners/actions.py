"""The buttons of an answer: SQL, CSV, 👍/👎. Whoever presses one asks under their own permission. Those that ask a
further question are in `questions.py`."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.ask import answer_meaning
from bot.conversation import Conversation
from bot.listeners.places import own_dm, pressed_at
from bot.meanings import today
from bot.outcome import Outcome
from bot.posting import Place, post
from bot.render.answer import ACTION_FEEDBACK
from bot.render.button_values import Carried
from bot.render.replies import failure_post, line_post
from bot.render.spreadsheet import answer_csv, file_name
from bot.render.sql_view import sql_view
from bot.wording import TableWords, subject
from metrics.people import Audience, Person, Viewer
from metrics.query.asked import Asked

__all__ = ["register", "register_last"]

_RATED = re.compile(r"([0-9a-f]{24}):(up|down)", re.ASCII)


def register(app: AsyncApp, conversation: Conversation) -> None:
    async def show_sql(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        asked = await _asked(body, action, client)
        if asked is None:
            return
        _, person, carried, question = asked
        runtime = conversation.runtime
        # Only the one who pressed sees a modal.
        sql, params = await conversation.run(
            runtime.metrics.sql,
            question,
            viewer=Viewer.of(person),
            audience=Audience.only_viewer(),
            as_of=runtime.clock.now(),
        )
        await client.views_open(
            trigger_id=body["trigger_id"], view=sql_view(conversation.words(carried.language), sql, params)
        )

    async def get_csv(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        asked = await _asked(body, action, client)
        if asked is None:
            return
        place, person, carried, question = asked
        words = conversation.words(carried.language)
        # A file in a channel is seen by all of it, so it holds what all may see; the rest goes to the DM.
        outcome = await _answer(person, question, carried.language, await conversation.audience(client, place))
        held_back = outcome.table is None or outcome.restricted == "channel"
        if place.private or (not place.direct and held_back):
            place = await own_dm(body, client)
            outcome = await _answer(person, question, carried.language, Audience.only_viewer())
        if outcome.table is None:
            await post(client, place, failure_post(words, outcome))
            return
        told = TableWords(words, outcome.table)
        await client.files_upload_v2(
            channel=place.channel,
            thread_ts=place.thread or None,
            filename=file_name(told),
            content=answer_csv(told).encode(),
            title=subject(told)[:200],
            initial_comment=words.say("csv.done", n=len(outcome.table.rows)),
        )

    async def rate(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        place = await pressed_at(body, client)
        speaker = await conversation.identities.speaker(client, place.user)
        if speaker.person is None:
            await conversation.not_in(client, place, speaker)
            return
        words, runtime = conversation.words(speaker.language), conversation.runtime
        given = _RATED.fullmatch(str(action.get("value") or ""))
        if given is None:
            await post(client, place.only_asker(), line_post(words.say("button.unknown")))
            return
        who, now = speaker.person.id, runtime.clock.now()
        await conversation.run(runtime.state.feedback.record, "answer", given[1], who, given[2], at=now)
        await post(client, place.only_asker(), line_post(words.say("feedback.thanks")))

    async def _asked(
        body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> tuple[Place, Person, Carried, Asked] | None:
        """Place, person, what the button carries and its question; None after saying why it cannot be."""
        place = await pressed_at(body, client)
        carried = await conversation.carried(str(action.get("value") or ""))
        if carried is None or carried.meaning is None:
            await conversation.too_old(client, place)
            return None
        speaker = await conversation.identities.speaker(client, place.user)
        if speaker.person is None:
            await conversation.not_in(client, place, speaker, carried.language)
            return None
        runtime = conversation.runtime
        day = runtime.local_date(runtime.clock.now())
        question = today(carried.meaning, runtime.metrics, speaker.person, day)
        if not isinstance(question, Asked):  # a definition has neither rows nor SQL
            await conversation.too_old(client, place)
            return None
        return place, speaker.person, carried, question

    async def _answer(person: Person, question: Asked, language: str, audience: Audience) -> Outcome:
        runtime = conversation.runtime
        now = runtime.clock.now()
        return await conversation.turn(
            person, answer_meaning, runtime, question, asker=person, audience=audience, as_of=now, language=language
        )

    app.action("show_sql")(show_sql)
    app.action("get_csv")(get_csv)
    app.action(ACTION_FEEDBACK)(rate)


def register_last(app: AsyncApp, conversation: Conversation) -> None:
    """After every other listener: what none of them took."""

    async def unmatched(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """A button of an older version, or of nobody's making: no listener before this one knew it."""
        await ack()
        place = await pressed_at(body, client)
        speaker = await conversation.identities.speaker(client, place.user)
        await post(client, place.only_asker(), line_post(conversation.words(speaker.language).say("button.unknown")))

    app.action(re.compile(r"[\s\S]*"))(unmatched)
