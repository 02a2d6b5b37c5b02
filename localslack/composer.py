"""Text as a person types it, turned into the text and blocks Slack stores and sends."""

from __future__ import annotations

import re
from collections.abc import Mapping

from localslack.refusals import Json

__all__ = ["stored_text", "typed_blocks"]

_TOKEN = re.compile(r"<(?:@[UW]\w+|#C\w+|https?://[^<>|]+)(?:\|[^<>]*)?>")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def stored_text(typed: str, people: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """`@Name` and `#name` become `<@id>` and `<#id|name>`; &, < and > are escaped, finished tokens are kept.

    `people` maps names to user ids, `channels` names to channel ids.

    >>> stored_text("@Paceline is 1 < 2 in #sales?", {"Paceline": "U1"}, {"sales": "C1"})
    '<@U1> is 1 &lt; 2 in <#C1|sales>?'
    """
    pieces: list[str] = []
    at = 0
    for token in _TOKEN.finditer(typed):
        pieces += [_escape(typed[at : token.start()]), token.group()]
        at = token.end()
    text = "".join([*pieces, _escape(typed[at:])])
    for name in sorted(people, key=len, reverse=True):
        pattern = rf"(?<![\w<@]){'@' + re.escape(_escape(name))}(?![A-Za-z0-9])"
        text = re.sub(pattern, f"<@{people[name]}>", text, flags=re.IGNORECASE)
    for name in sorted(channels, key=len, reverse=True):
        text = re.sub(rf"(?<![\w<&])#{re.escape(name)}(?![\w-])", f"<#{channels[name]}|{name}>", text)
    return text


def typed_blocks(text: str) -> list[Json]:
    """The rich_text block Slack's composer makes of stored text."""
    elements: list[Json] = []
    at = 0
    for token in re.finditer(r"<@(\w+)>", text):
        if token.start() > at:
            elements.append({"type": "text", "text": _plain(text[at : token.start()])})
        elements.append({"type": "user", "user_id": token.group(1)})
        at = token.end()
    if at < len(text):
        elements.append({"type": "text", "text": _plain(text[at:])})
    return [
        {"type": "rich_text", "block_id": "typed", "elements": [{"type": "rich_text_section", "elements": elements}]}
    ]


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
