"""How a schedule reaches people, without knowing how: `bot` implements this over Slack, tests over a list."""

from __future__ import annotations

from typing import Protocol

from metrics.errors import DeliveryError
from schedules.messages import Message

__all__ = ["Deliver", "NoRecipient", "Unreachable"]


class Unreachable(DeliveryError):
    """Nobody can be reached at all (a revoked token): sending stops and every message waits in the outbox."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False, sent=False)


class NoRecipient(DeliveryError):
    """This recipient is nobody the platform knows (no Slack user): the message is dropped, and an admin is told
    once."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False, sent=False)


class Deliver(Protocol):
    async def send(self, message: Message) -> str:
        """Send once; the message's key travels with it. Returns the platform's reference (channel and timestamp).

        Raises DeliveryError: `retryable` for passing faults, `sent=None` where it may have arrived all the same;
        NoRecipient and Unreachable.
        """
        ...

    async def find(self, message: Message) -> str | None:
        """The reference of this key's message if it already arrived; asked before any second attempt."""
        ...
