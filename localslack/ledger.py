"""What the local workspace remembers: people, conversations, messages, files. No network, no app; changes are announced
to watchers (the page, waiting tests)."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from localslack.refusals import Json, SlackRefusal
from localslack.roster import App, WorkspaceChannel, WorkspaceUser

__all__ = ["Change", "Conversation", "Ledger", "StoredFile"]


@dataclass(slots=True)
class Conversation:
    """A channel ("channel", "group") or direct messages ("im", "mpim"). `ephemerals`: (user id, message) pairs."""

    id: str
    name: str
    kind: str
    members: list[str]
    created: int
    topic: str = ""
    messages: list[Json] = field(default_factory=list)
    ephemerals: list[tuple[str, Json]] = field(default_factory=list)

    def find(self, ts: str) -> Json | None:
        """The message with this timestamp, newest first, ephemeral ones too."""
        for message in reversed(self.messages):
            if message["ts"] == ts:
                return message
        return next((m for _, m in reversed(self.ephemerals) if m["ts"] == ts), None)

    def seen_by(self, user: str | None) -> list[Json]:
        """Messages in order; with a user also those only that user sees, with None those of everybody."""
        mine = [m for to, m in self.ephemerals if user is None or to == user]
        return sorted([*self.messages, *mine], key=lambda m: float(m["ts"]))


@dataclass(slots=True)
class StoredFile:
    """An uploaded file; `shared` turns true when the upload is completed."""

    id: str
    name: str
    length: int
    content: bytes = b""
    title: str = ""
    received: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Something happened. `kind`: message, changed, deleted, ephemeral, status, home, modal, prompts, reload.
    `user` set: only that person's page shall see it."""

    kind: str
    channel: str = ""
    body: Json = field(default_factory=dict)
    user: str | None = None


class Ledger:
    """The state of one workspace. `clock` gives seconds since the epoch: message timestamps follow it (a demo clock may
    jump), and stay unique and rising all the same."""

    def __init__(
        self,
        people: Iterable[WorkspaceUser],
        channels: Iterable[WorkspaceChannel],
        *,
        app: App,
        clock: Callable[[], float],
    ) -> None:
        self.app = app
        self.clock = clock
        self.users = {user.id: user for user in people}
        self.conversations: dict[str, Conversation] = {}
        self.files: dict[str, StoredFile] = {}
        self._last_ts = 0
        self._serial = itertools.count(1)
        self._watchers: list[Callable[[Change], None]] = []
        for channel in channels:
            members = [*channel.members, *([app.user_id] if channel.app_is_member else [])]
            kind = "group" if channel.private else "channel"
            self.conversations[channel.id] = Conversation(
                channel.id, channel.name, kind, members, int(clock()), topic=channel.topic
            )

    def watch(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Calls back on every change; gives the function that stops it."""
        self._watchers.append(callback)
        return lambda: self._watchers.remove(callback) if callback in self._watchers else None

    def announce(self, change: Change) -> None:
        for callback in tuple(self._watchers):
            callback(change)

    def serial(self, prefix: str) -> str:
        """A new id like Slack's: a letter and upper-case characters."""
        return f"{prefix}0{next(self._serial):07X}"

    def new_ts(self) -> str:
        """A message timestamp: seconds with six decimals, never twice, never falling."""
        self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def user(self, user_id: str | None) -> WorkspaceUser:
        """Raises SlackRefusal("user_not_found")."""
        if user_id not in self.users:
            raise SlackRefusal("user_not_found")
        return self.users[user_id]

    def conversation(self, conversation_id: str | None) -> Conversation:
        """By id, or by "#name". Raises SlackRefusal("channel_not_found")."""
        if conversation_id in self.conversations:
            return self.conversations[conversation_id]
        name = (conversation_id or "").removeprefix("#")
        found = [c for c in self.conversations.values() if name and c.name == name and c.kind != "im"]
        if not found:
            raise SlackRefusal("channel_not_found")
        return found[0]

    def direct(self, members: Iterable[str]) -> tuple[Conversation, bool]:
        """The direct conversation of these people (the app is one), and whether it was there already."""
        wanted = sorted(set(members))
        kind = "im" if len(wanted) == 2 else "mpim"
        for conversation in self.conversations.values():
            if conversation.kind == kind and sorted(conversation.members) == wanted:
                return conversation, True
        made = Conversation(self.serial("D" if kind == "im" else "G"), "", kind, wanted, int(self.clock()))
        if kind == "mpim":
            made.name = "mpdm-" + "--".join(self.users[u].handle for u in wanted if u in self.users) + "-1"
        self.conversations[made.id] = made
        return made, False

    def app_dm(self, user_id: str) -> Conversation:
        """The direct conversation of a person with the app."""
        return self.direct([user_id, self.app.user_id])[0]

    def post(self, conversation: Conversation, message: Json) -> Json:
        """Stores a message (its ts is set when missing), keeps its thread's counters, tells watchers."""
        message.setdefault("ts", self.new_ts())
        message.setdefault("type", "message")
        message.setdefault("team", self.app.team_id)
        root = conversation.find(message["thread_ts"]) if message.get("thread_ts") else None
        if root is not None and root is not message:
            root.setdefault("thread_ts", root["ts"])
            root["reply_count"] = root.get("reply_count", 0) + 1
            root["reply_users"] = sorted({*root.get("reply_users", ()), message["user"]})
            root["reply_users_count"] = len(root["reply_users"])
            root["latest_reply"] = message["ts"]
            message["parent_user_id"] = root["user"]
        conversation.messages.append(message)
        self.announce(Change("message", conversation.id, message))
        if root is not None:
            self.announce(Change("changed", conversation.id, root))
        return message

    def post_ephemeral(self, conversation: Conversation, user_id: str, message: Json) -> Json:
        """Stores a message that one person sees and that is in no history."""
        message.setdefault("ts", self.new_ts())
        message |= {"type": "message", "is_ephemeral": True, "ephemeral_to": user_id}
        conversation.ephemerals.append((user_id, message))
        self.announce(Change("ephemeral", conversation.id, message, user=user_id))
        return message

    def edit(self, conversation: Conversation, message: Json, fields: Json) -> Json:
        """Changes fields of a message in place; gives the message as it was."""
        before = copy.deepcopy(message)
        for name, value in fields.items():
            if value is None:
                message.pop(name, None)
            else:
                message[name] = value
        if not message.get("is_ephemeral"):
            message["edited"] = {"user": message.get("user", ""), "ts": self.new_ts()}
        self.announce(Change("changed", conversation.id, message, user=message.get("ephemeral_to")))
        return before

    def remove(self, conversation: Conversation, message: Json) -> None:
        """Deletes a message; its thread's counters follow."""
        if message in conversation.messages:
            conversation.messages.remove(message)
            root = (
                conversation.find(message["thread_ts"])
                if message.get("thread_ts", message["ts"]) != message["ts"]
                else None
            )
            if root is not None:
                root["reply_count"] = max(0, root.get("reply_count", 1) - 1)
        conversation.ephemerals = [(u, m) for u, m in conversation.ephemerals if m is not message]
        self.announce(Change("deleted", conversation.id, {"ts": message["ts"]}, user=message.get("ephemeral_to")))
