"""The reply to an admin command: its text, and Confirm and Cancel where it was only a preview."""

from __future__ import annotations

import re

from bot.admin.parts import Reply
from bot.render.answer import Post
from bot.render.blocks import Button, actions, clip, escape, message_blocks, section
from bot.wording.digests import tell

__all__ = ["CANCEL", "CONFIRM", "reply_post"]

CONFIRM = "admin_confirm"
CANCEL = "admin_cancel"
_PIECE = 2800
_MENTION = re.compile(r"&lt;@([UW][A-Z0-9]+)&gt;")


def reply_post(reply: Reply, language: str, pending: str = "") -> Post:
    """Text with data values disarmed (mentions of users stay), cut into sections. `pending`: the id under which the
    previewed command waits (see `State.pending`)."""
    text = _MENTION.sub(r"<@\1>", escape(reply.text))
    blocks = [section(piece) for piece in _pieces(text)]
    if pending:
        yes = Button(tell(language, "button.confirm"), CONFIRM, pending, "primary")
        blocks += actions([yes, Button(tell(language, "button.cancel"), CANCEL, pending)])
    finished = tuple(message_blocks(blocks))
    return Post(clip(text, 3500), finished, finished)


def _pieces(text: str) -> list[str]:
    """Whole lines, together short enough for a section each."""
    pieces = [""]
    for line in text.splitlines():
        if len(pieces[-1]) + len(line) + 1 > _PIECE and pieces[-1]:
            pieces.append("")
        pieces[-1] += clip(line, _PIECE) + "\n"
    return [p.rstrip("\n") or " " for p in pieces]
