"""How the local workspace says no: Slack's own error names, as values the HTTP layer turns into JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Json", "SlackRefusal"]

Json = dict[str, Any]


class SlackRefusal(Exception):
    """A Web API call answered with `ok: false`. `error` is Slack's name, `messages` go to response_metadata.

    `status` is the HTTP status (429 with `retry_after` seconds for `ratelimited`), `extra` further fields of the
    answer.
    """

    def __init__(
        self,
        error: str,
        messages: Sequence[str] = (),
        *,
        status: int = 200,
        retry_after: int | None = None,
        **extra: Any,
    ) -> None:
        self.error = error
        self.messages = tuple(messages)
        self.status = status
        self.retry_after = retry_after
        self.extra = extra
        super().__init__(error)

    def as_json(self) -> Json:
        """The body Slack would send."""
        body: Json = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            body["errors"] = list(self.messages)
            body["response_metadata"] = {"messages": list(self.messages)}
        return body
