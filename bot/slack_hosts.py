"""Answers go to Slack's own hosts only, whatever address a payload names."""

from __future__ import annotations

from yarl import URL

__all__ = ["is_slacks"]

_HOOKS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})


def is_slacks(url: str, api_url: str) -> bool:
    """Whether a `response_url` is one of Slack's, or on the very host and port of the API that is configured (a local
    workspace). Read by the parser that the request is made with.

    >>> is_slacks("https://hooks.slack.com/commands/1", "https://slack.com/api/")
    True
    >>> is_slacks("https://hooks.slack.com@evil.example/", "https://slack.com/api/")
    False
    """
    try:
        to, api = URL(url), URL(api_url)
        if to.host is None or to.user is not None or to.password is not None:
            return False
        if to.origin() == api.origin():
            return True
        return to.scheme == "https" and to.host.lower() in _HOOKS and to.port == 443
    except ValueError:
        return False
