"""A line above a message that comes late."""

from __future__ import annotations

from collections.abc import Sequence

from bot.render.answer import Post
from bot.render.blocks import MESSAGE_BLOCKS, Block, context

__all__ = ["with_line"]


def with_line(post: Post, line: str) -> Post:
    """`line` is mrkdwn."""
    said = {**context([line])[0], "block_id": "late"}

    def above(blocks: Sequence[Block]) -> tuple[Block, ...]:
        return (said, *blocks)[:MESSAGE_BLOCKS] if blocks else ()

    return Post(f"{line}\n{post.text}", above(post.blocks), above(post.plain))
