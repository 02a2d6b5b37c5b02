"""Faults a test can order from the local workspace: what networks and Slack do on a bad day."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from localslack.refusals import SlackRefusal

__all__ = ["Faults"]


@dataclass
class Faults:
    """Each order is for one Web API method and counts down. `seconds_between_posts`: Slack's rate limit per channel
    (None: none), e.g. 1.0. `down`: nothing of the Web API can be reached, until it is set back. A response_url goes by
    the method name "response_url"."""

    seconds_between_posts: float | None = None
    down: bool = False
    revoked: set[str] = field(default_factory=set)
    _orders: dict[tuple[str, str], tuple[int, object]] = field(default_factory=dict)
    _last_post: dict[str, float] = field(default_factory=dict)

    def drop_response(self, method: str, times: int = 1) -> None:
        """The call is carried out, then the connection breaks before the answer: the caller cannot know."""
        self._orders["drop", method] = (times, None)

    def refuse_connection(self, method: str, times: int = 1) -> None:
        """The connection breaks before anything is done."""
        self._orders["refuse", method] = (times, None)

    def fail(self, method: str, status: int = 500, times: int = 1) -> None:
        """The call answers with an HTTP error and does nothing."""
        self._orders["status", method] = (times, status)

    def rate_limit(self, method: str, retry_after: int = 1, times: int = 1) -> None:
        """The call answers 429 `ratelimited`."""
        self._orders["rate", method] = (times, retry_after)

    def error(self, method: str, name: str, times: int = 1) -> None:
        """The call answers `ok: false` with this error name."""
        self._orders["error", method] = (times, name)

    def delay(self, method: str, seconds: float, times: int = 1) -> None:
        """The call is carried out after a wait."""
        self._orders["delay", method] = (times, seconds)

    def revoke(self, token: str) -> None:
        """From now on this token is answered with `token_revoked`."""
        self.revoked.add(token)

    def restore(self, token: str) -> None:
        """The token works again."""
        self.revoked.discard(token)

    def take(self, kind: str, method: str) -> object | None:
        """The order of this kind for the method, counted down; True where it carries no value, None when there is
        none."""
        times, value = self._orders.get((kind, method), (0, None))
        if times <= 0:
            return None
        self._orders[kind, method] = (times - 1, value)
        return True if value is None else value

    def check_before(self, method: str) -> None:
        """Raises the SlackRefusal ordered for this method, if any."""
        if (after := self.take("rate", method)) is not None:
            raise SlackRefusal("ratelimited", status=429, retry_after=int(str(after)))
        if (name := self.take("error", method)) is not None:
            raise SlackRefusal(str(name))

    def check_rate(self, channel: str) -> None:
        """Raises `ratelimited` when this channel got a message less than `seconds_between_posts` ago."""
        if self.seconds_between_posts is None:
            return
        at = time.monotonic()
        if at - self._last_post.get(channel, -1e9) < self.seconds_between_posts:
            raise SlackRefusal("ratelimited", status=429, retry_after=max(1, round(self.seconds_between_posts)))
        self._last_post[channel] = at
