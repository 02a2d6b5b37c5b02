"""What was written in Slack, without Slack's markup."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["named_users", "plain_text"]

_NAMED = re.compile(r"<([@#!])([^>|]+)(?:\|([^>]*))?>")
_LINK = re.compile(r"<(?:mailto:|https?://)[^>|]*\|([^>]*)>|<((?:mailto:|https?://)[^>|]*)>")


def named_users(written: str) -> set[str]:
    """The Slack users that a text names."""
    return {m.group(2) for m in _NAMED.finditer(written) if m.group(1) == "@"}


def plain_text(written: str, own: str | None, names: Mapping[str, str]) -> str:
    """Slack's markup taken off: the bot's own name goes, people become their names, `&lt;` becomes "<"."""

    def named(match: re.Match[str]) -> str:
        sort, target, label = match.groups()
        if sort == "@":
            return "" if target == own else names.get(target) or label or ""
        return label or ""

    text = _NAMED.sub(named, _LINK.sub(lambda m: m.group(1) or m.group(2) or "", written))
    return " ".join(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").split())
