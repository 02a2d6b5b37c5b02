"""One Web API call: who calls, with which arguments, and what it may touch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localslack.hub import Hub
from localslack.ledger import Conversation, Ledger
from localslack.refusals import Json, SlackRefusal
from localslack.views import Views

__all__ = ["Call", "Method", "page_of"]


@dataclass(frozen=True, slots=True)
class Call:
    """`caller` is a user id (the app's own for a bot token); `kind`: "bot", "user" or "app"."""

    arguments: Json
    caller: str
    kind: str
    hub: Hub
    views: Views

    @property
    def ledger(self) -> Ledger:
        return self.hub.ledger

    @property
    def is_app(self) -> bool:
        return self.caller == self.ledger.app.user_id

    def get(self, name: str) -> Any:
        """An argument, or None."""
        return self.arguments.get(name)

    def need(self, name: str) -> str:
        """A required argument as text. Raises invalid_arguments with Slack's sentence."""
        value = self.arguments.get(name)
        if value in (None, ""):
            raise SlackRefusal("invalid_arguments", [f"[ERROR] missing required field: {name}"])
        return str(value)

    def conversation(self, name: str = "channel", *, member: bool = True) -> Conversation:
        """The conversation named by an argument; a user id means the DM with that person.

        Raises channel_not_found (also for a private one the caller is not in) and not_in_channel.
        """
        wanted = self.arguments.get(name)
        if wanted in (None, ""):
            raise SlackRefusal("channel_not_found" if name == "channel" else "invalid_arguments")
        if wanted in self.ledger.users and self.is_app:
            return self.ledger.app_dm(str(wanted))
        found = self.ledger.conversation(str(wanted))
        if self.caller not in found.members:
            if found.kind != "channel":
                raise SlackRefusal("channel_not_found")
            if member:
                raise SlackRefusal("not_in_channel")
        return found


Method = Callable[[Call], Json]


def page_of(items: list[Any], cursor: str | None, limit: int) -> tuple[list[Any], str]:
    """A page of a list and the cursor of the next one ("" at the end). Raises invalid_cursor."""
    try:
        start = int(cursor.removeprefix("next:")) if cursor else 0
    except ValueError:
        raise SlackRefusal("invalid_cursor") from None
    stop = start + max(1, limit)
    return items[start:stop], f"next:{stop}" if stop < len(items) else ""
