"""The tests' hands and eyes in a local workspace: people by id or name, channels by id, "#name" or person, and
waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from localslack.desk import Desk
from localslack.element_check import interactive_elements
from localslack.element_states import all_options
from localslack.ledger import Change, Conversation, Ledger
from localslack.refusals import Json, SlackRefusal
from localslack.socket_mode import Delivery
from localslack.views import Views

__all__ = ["Driver"]

Predicate = Callable[[Json], bool]


class Driver:
    """Everything a test does as a person. All ids may be names; times are seconds."""

    def __init__(self, ledger: Ledger, desk: Desk, views: Views) -> None:
        self.ledger = ledger
        self.desk = desk
        self.views = views

    def user_id(self, user: str) -> str:
        """By id, full name or e-mail. Raises LookupError."""
        for known in self.ledger.users.values():
            if user in (known.id, known.name, known.email):
                return known.id
        raise LookupError(f"no person {user!r} in the local workspace")

    def channel_id(self, channel: str) -> str:
        """By id, "#name", or a person's id or name for their DM with the app."""
        try:
            return self.ledger.conversation(channel).id
        except SlackRefusal:
            return self.ledger.app_dm(self.user_id(channel)).id

    def _conversation(self, channel: str) -> Conversation:
        return self.ledger.conversations[self.channel_id(channel)]

    async def say(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> Json:
        """A message as typed, in a channel or (with `thread_ts`) in a thread."""
        return self.desk.say(self.user_id(user), self.channel_id(channel), text, thread_ts=thread_ts)

    async def mention(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> Json:
        """The same with the app named first."""
        return await self.say(user, channel, f"<@{self.ledger.app.user_id}> {text}", thread_ts=thread_ts)

    async def dm(self, user: str, text: str, *, thread_ts: str | None = None) -> Json:
        """A direct message to the app."""
        return await self.say(user, self.user_id(user), text, thread_ts=thread_ts)

    async def ask(self, user: str, channel: str, text: str, *, timeout: float = 10.0) -> Json:  # noqa: ASYNC109
        """Says it (naming the app in a channel) and gives the app's first answer, public or only to this person."""
        said = await (self.dm(user, text) if channel in (user, "dm") else self.mention(user, channel, text))
        where = user if channel in (user, "dm") else channel
        return await self.wait_for_message(where, self.by_app(after=said["ts"]), timeout=timeout)

    def by_app(self, *, after: str = "0", thread_ts: str | None = None, text: str | None = None) -> Predicate:
        """True for the app's messages after a timestamp, in a thread, holding a text (anywhere in text or blocks)."""

        def matches(message: Json) -> bool:
            return (
                message.get("user") == self.ledger.app.user_id
                and float(message["ts"]) > float(after)
                and (thread_ts is None or message.get("thread_ts") == thread_ts)
                and (text is None or text in f"{message.get('text')} {message.get('blocks')}")
            )

        return matches

    async def slash(self, user: str, channel: str, command: str, text: str = "") -> Delivery:
        """A slash command; resolves when the app acknowledged it or Slack gave up."""
        return await self.desk.slash(self.user_id(user), self.channel_id(channel), command, text)

    async def click(
        self,
        user: str,
        channel: str,
        message: Json,
        *,
        action_id: str | None = None,
        text: str | None = None,
        value: Any = None,
    ) -> Delivery:
        """Presses the button with this action_id or text. Raises LookupError when there is none."""
        block, element = self._find(message.get("blocks") or [], action_id, text)
        return await self.desk.act(
            self.user_id(user),
            self.channel_id(channel),
            message["ts"],
            block["block_id"],
            element.get("action_id", ""),
            value,
        )

    async def choose(
        self, user: str, channel: str, message: Json, value: str, *, action_id: str | None = None
    ) -> Delivery:
        """Chooses an option, by value or text, in a select or overflow menu of a message."""
        for block in message.get("blocks") or []:
            for element in interactive_elements(block):
                named = action_id in (None, element.get("action_id"))
                if named and any(value in (o.get("value"), o["text"]["text"]) for o in all_options(element)):
                    return await self.desk.act(
                        self.user_id(user),
                        self.channel_id(channel),
                        message["ts"],
                        block["block_id"],
                        element["action_id"],
                        value,
                    )
        raise LookupError(f"no menu with option {value!r}")

    async def click_in_view(
        self,
        user: str,
        *,
        action_id: str | None = None,
        text: str | None = None,
        value: Any = None,
        entered: Mapping[str, Any] | None = None,
    ) -> Delivery:
        """Presses or chooses in the modal on top, else in the Home tab."""
        who = self.user_id(user)
        view = self.views.modal(who) or self.views.home(who)
        if view is None:
            raise LookupError("neither a modal nor a Home tab is open")
        block, element = self._find(view["blocks"], action_id, text)
        return await self.desk.act_in_view(
            who, view["id"], block["block_id"], element.get("action_id", ""), value, entered
        )

    def _find(self, blocks: list[Json], action_id: str | None, text: str | None) -> tuple[Json, Json]:
        seen: list[str] = []
        for block in blocks:
            for element in interactive_elements(block):
                label = (element.get("text") or {}).get("text", "")
                seen.append(f"{element.get('action_id')} ({label})")
                if (action_id is not None and element.get("action_id") == action_id) or (
                    text is not None and label == text
                ):
                    return block, element
        raise LookupError(f"no element {action_id or text!r}; there are: {', '.join(seen) or 'none'}")

    async def submit(self, user: str, entered: Mapping[str, Any] | None = None) -> Json:
        """Submits the modal on top with these entries (by action_id or block_id); gives its errors by block_id."""
        return await self.desk.submit(self.user_id(user), entered or {})

    async def close_modal(self, user: str) -> None:
        await self.desk.close_modal(self.user_id(user))

    async def open_home(self, user: str, *, tab: str = "home") -> None:
        """Opens the app's Home tab: the app gets app_home_opened."""
        self.desk.open_app(self.user_id(user), tab)

    def messages(self, channel: str, *, viewer: str | None = None, thread_ts: str | None = None) -> list[Json]:
        """All messages in order; ephemeral ones too (only the viewer's own when one is given)."""
        listed = self._conversation(channel).seen_by(self.user_id(viewer) if viewer else None)
        return listed if thread_ts is None else [m for m in listed if thread_ts in (m["ts"], m.get("thread_ts"))]

    def modal(self, user: str) -> Json | None:
        """The modal on top."""
        return self.views.modal(self.user_id(user))

    def home(self, user: str) -> Json | None:
        """The Home tab as published."""
        return self.views.home(self.user_id(user))

    async def wait_for_message(self, channel: str, predicate: Predicate | None = None, timeout: float = 5.0) -> Json:  # noqa: ASYNC109
        """The first message that fits, those already there included; by default any by the app. Raises TimeoutError."""
        fits = predicate or self.by_app()
        where = self._conversation(channel)

        def look() -> Json | None:
            return next((m for m in where.seen_by(None) if fits(m)), None)

        return await self._wait(
            look,
            timeout,
            lambda: f"no fitting message in {channel}; last: {[m.get('text') for m in where.seen_by(None)[-3:]]}",
        )

    async def wait_for_modal(self, user: str, predicate: Predicate | None = None, timeout: float = 5.0) -> Json:  # noqa: ASYNC109
        """The modal on top once there is one that fits. Raises TimeoutError."""
        who = self.user_id(user)

        def look() -> Json | None:
            view = self.views.modal(who)
            return view if view is not None and (predicate is None or predicate(view)) else None

        return await self._wait(look, timeout, lambda: f"no modal for {user}")

    async def wait_for_home(self, user: str, predicate: Predicate | None = None, timeout: float = 5.0) -> Json:  # noqa: ASYNC109
        """The Home tab once it is published and fits. Raises TimeoutError."""
        who = self.user_id(user)

        def look() -> Json | None:
            view = self.views.home(who)
            return view if view is not None and (predicate is None or predicate(view)) else None

        return await self._wait(look, timeout, lambda: f"no Home tab for {user}")

    async def until(self, condition: Callable[[], bool], timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Until the condition holds, looked at often: for what happens outside the workspace. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while not condition():  # noqa: ASYNC110  what is waited for announces nothing
                await asyncio.sleep(0.01)

    async def _wait(self, look: Callable[[], Json | None], timeout_s: float, why: Callable[[], str]) -> Json:
        changed = asyncio.Event()

        def wake(_: Change) -> None:
            changed.set()

        stop = self.ledger.watch(wake)
        try:
            async with asyncio.timeout(timeout_s):
                while (found := look()) is None:
                    await changed.wait()
                    changed.clear()
                return found
        except TimeoutError:
            raise TimeoutError(why()) from None
        finally:
            stop()
