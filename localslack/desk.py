"""What a person can do in a Slack client: write, use a command, press, choose, submit, open the Home tab. The page and
the tests' driver both go through here, so both make the payloads Slack makes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localslack import payloads
from localslack.composer import stored_text, typed_blocks
from localslack.element_check import interactive_elements
from localslack.element_states import action_of, state_values
from localslack.hub import Hook, Hub
from localslack.ledger import Change, Conversation
from localslack.methods.chat import app_message, content_of
from localslack.refusals import Json, SlackRefusal
from localslack.socket_mode import Delivery
from localslack.views import Views

__all__ = ["Desk"]


class Desk:
    """`commands`: the slash commands the app registered; None takes any."""

    def __init__(self, hub: Hub, views: Views, commands: frozenset[str] | None) -> None:
        self._hub = hub
        self._ledger = hub.ledger
        self._views = views
        self.commands = commands

    def _visible(self, user_id: str, conversation_id: str) -> Conversation:
        conversation = self._ledger.conversation(conversation_id)
        if user_id not in conversation.members:
            raise SlackRefusal("not_in_channel")
        return conversation

    def say(self, user_id: str, conversation_id: str, text: str, *, thread_ts: str | None = None) -> Json:
        """Writes a message as typed; gives the stored one. The app gets its events."""
        self._ledger.user(user_id)
        conversation = self._visible(user_id, conversation_id)
        names = {user.name: user.id for user in self._ledger.users.values()}
        names |= {user.handle: user.id for user in self._ledger.users.values()}
        names[self._ledger.app.name] = self._ledger.app.user_id
        channels = {c.name: c.id for c in self._ledger.conversations.values() if c.kind == "channel"}
        stored = stored_text(text, names, channels)
        if not stored.strip():
            raise SlackRefusal("no_text")
        message: Json = {
            "client_msg_id": str(uuid.uuid4()),
            "user": user_id,
            "text": stored,
            "blocks": typed_blocks(stored),
        }
        if thread_ts:
            message["thread_ts"] = thread_ts
        posted = self._ledger.post(conversation, message)
        self._hub.emit_message(conversation, posted)
        return posted

    async def slash(self, user_id: str, conversation_id: str, command: str, text: str = "") -> Delivery:
        """Uses a slash command; what the app answers at once appears as Slack shows it."""
        user = self._ledger.user(user_id)
        conversation = self._visible(user_id, conversation_id)
        if self.commands is not None and command not in self.commands:
            self._notice(conversation, user_id, f"{command} is not a valid command.")
            return Delivery(False)
        payload = payloads.slash_command(
            self._ledger,
            user,
            conversation,
            command,
            text,
            trigger_id=self._hub.new_trigger(user_id),
            response_url=self._hub.new_response_url(Hook(conversation.id, user_id)),
        )
        done = await self._hub.deliver("slash_commands", payload, accepts_response=True)
        if not done.acked:
            error = "operation_timeout" if done.attempts else "dispatch_failed"
            self._notice(conversation, user_id, f'{command} failed with the error "{error}"')
        elif done.payload:
            try:
                message = app_message(self._ledger, content_of(done.payload))
            except SlackRefusal as refusal:
                self._notice(conversation, user_id, f'{command} failed with the error "{refusal.error}"')
                return done
            if done.payload.get("response_type") == "in_channel":
                self._hub.emit_message(conversation, self._ledger.post(conversation, message))
            else:
                self._ledger.post_ephemeral(conversation, user_id, message)
        return done

    def _notice(self, conversation: Conversation, user_id: str, text: str) -> None:
        self._ledger.post_ephemeral(conversation, user_id, {"user": "USLACKBOT", "text": text})

    async def act(
        self, user_id: str, conversation_id: str, ts: str, block_id: str, action_id: str, value: Any = None
    ) -> Delivery:
        """Presses a button of a message, or chooses in one of its menus (`value`: the option's value or text)."""
        user = self._ledger.user(user_id)
        conversation = self._visible(user_id, conversation_id)
        message = conversation.find(ts)
        if message is None or message.get("ephemeral_to", user_id) != user_id:
            raise SlackRefusal("message_not_found")
        blocks = message.get("blocks") or []
        block, element = self._element(blocks, block_id, action_id)
        hook = Hook(conversation.id, user_id, message["ts"], message.get("thread_ts"))
        payload = payloads.block_actions(
            self._ledger,
            user,
            action_of(block, element, value, self._ledger.new_ts()),
            trigger_id=self._hub.new_trigger(user_id),
            response_url=self._hub.new_response_url(hook),
            conversation=conversation,
            message=message,
            state=state_values(blocks, {f"{block_id}/{action_id}": value}),
        )
        return await self._hub.deliver("interactive", payload)

    async def act_in_view(
        self,
        user_id: str,
        view_id: str,
        block_id: str,
        action_id: str,
        value: Any = None,
        entered: Mapping[str, Any] | None = None,
    ) -> Delivery:
        """The same in the modal on top or in the Home tab. `entered`: everything typed so far."""
        user = self._ledger.user(user_id)
        view = next(
            (v for v in (self._views.modal(user_id), self._views.home(user_id)) if v and v["id"] == view_id), None
        )
        if view is None:
            raise SlackRefusal("not_found")
        block, element = self._element(view["blocks"], block_id, action_id)
        typed = {**(entered or {}), f"{block_id}/{action_id}": value}
        view = self._views.remember_state(view, state_values(view["blocks"], typed))
        payload = payloads.block_actions(
            self._ledger,
            user,
            action_of(block, element, value, self._ledger.new_ts()),
            trigger_id=self._hub.new_trigger(user_id),
            view=view,
        )
        return await self._hub.deliver("interactive", payload)

    def _element(self, blocks: list[Json], block_id: str, action_id: str) -> tuple[Json, Json]:
        for block in blocks:
            for element in interactive_elements(block):
                if (block.get("block_id", ""), element.get("action_id", "")) == (block_id, action_id):
                    return block, element
        raise SlackRefusal("action_not_found")

    async def submit(self, user_id: str, entered: Mapping[str, Any]) -> Json:
        """Submits the modal on top. Gives its errors by block_id: empty when it was taken. An empty required input is
        refused by the client itself, as Slack's is."""
        view = self._views.modal(user_id)
        if view is None:
            raise SlackRefusal("not_found")
        values = state_values(view["blocks"], entered)
        missing = {
            b["block_id"]: "Please complete this required field."
            for b in view["blocks"]
            if b["type"] == "input" and not b.get("optional") and _is_empty(next(iter(values[b["block_id"]].values())))
        }
        if missing:
            return self._show_errors(user_id, missing)
        self._views.remember_state(view, values)
        user = self._ledger.user(user_id)
        payload = payloads.view_event(
            self._ledger, user, view, kind="view_submission", trigger_id=self._hub.new_trigger(user_id)
        )
        done = await self._hub.deliver("interactive", payload, accepts_response=True)
        if not done.acked:
            return self._show_errors(user_id, {"": "We had some trouble connecting. Try again?"})
        match done.payload.get("response_action"):
            case "errors":
                return self._show_errors(user_id, done.payload.get("errors") or {})
            case "update":
                self._views.update(view["id"], None, done.payload.get("view"))
            case "push":
                self._views.open(user_id, done.payload.get("view"), push=True)
            case "clear":
                self._views.close(user_id, everything=True)
            case _:
                self._views.close(user_id)
        return {}

    def _show_errors(self, user_id: str, errors: Json) -> Json:
        self._ledger.announce(Change("modal_errors", body=errors, user=user_id))
        return errors

    async def close_modal(self, user_id: str) -> None:
        """Closes the modal on top; the app hears of it when it asked to (`notify_on_close`)."""
        view = self._views.close(user_id)
        if view is not None and view.get("notify_on_close"):
            payload = payloads.view_event(
                self._ledger, self._ledger.user(user_id), view, kind="view_closed", trigger_id=""
            )
            await self._hub.deliver("interactive", payload)

    def open_app(self, user_id: str, tab: str = "home") -> Json:
        """Opens the app's Home or Messages tab; gives the Home view there is so far."""
        self._ledger.user(user_id)
        dm = self._ledger.app_dm(user_id)
        event: Json = {
            "type": "app_home_opened",
            "user": user_id,
            "channel": dm.id,
            "tab": tab,
            "event_ts": self._ledger.new_ts(),
        }
        view = self._views.home(user_id)
        if view is not None:
            event["view"] = view
        self._hub.emit(event)
        return view or {}

    def join(self, user_id: str, conversation_id: str) -> None:
        """Adds a person to a channel."""
        self._membership(user_id, conversation_id, "member_joined_channel")

    def leave(self, user_id: str, conversation_id: str) -> None:
        """Takes a person out of a channel."""
        self._membership(user_id, conversation_id, "member_left_channel")

    def change(self, user_id: str, **fields: Any) -> None:
        """Changes an account (a new e-mail, `deleted`, `is_restricted` …); the app hears of it."""
        user = self._ledger.users[user_id] = replace(self._ledger.user(user_id), **fields)
        told = payloads.user_json(user, team_id=self._ledger.app.team_id, offset_s=0)
        self._hub.emit({"type": "user_change", "user": told, "event_ts": self._ledger.new_ts()})

    def _membership(self, user_id: str, conversation_id: str, kind: str) -> None:
        conversation = self._ledger.conversation(conversation_id)
        joined = kind == "member_joined_channel"
        if joined == (user_id in conversation.members):
            return
        (conversation.members.append if joined else conversation.members.remove)(user_id)
        self._hub.emit(
            {
                "type": kind,
                "user": user_id,
                "channel": conversation.id,
                "channel_type": "C",
                "team": self._ledger.app.team_id,
                "event_ts": self._ledger.new_ts(),
            }
        )
        self._ledger.announce(Change("reload", conversation.id, user=user_id))


def _is_empty(state: Json) -> bool:
    return next((value for key, value in state.items() if key != "type"), None) in (None, "", [])
