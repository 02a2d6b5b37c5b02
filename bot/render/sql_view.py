"""The SQL of an answer as a modal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlglot
from sqlglot.errors import SqlglotError

from bot.render.blocks import Block, context, escape, preformatted, section
from bot.wording import Words

__all__ = ["sql_view"]

CHUNK = 2800
MOST_CHUNKS = 20


def sql_view(words: Words, sql: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """A modal view: the statement in pieces that fit, then its parameters."""
    blocks: list[Block] = [preformatted(piece) for piece in pieces(laid_out(sql))[:MOST_CHUNKS]]
    if params:
        blocks.append(section(f"*{escape(words.say('sql.params'))}*"))
        listed = "\n".join(
            f"{name} = {value!r}" if isinstance(value, str) else f"{name} = {value}" for name, value in params.items()
        )
        blocks += [preformatted(piece) for piece in pieces(listed)[:5]]
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": words.say("sql.title")[:24]},
        "close": {"type": "plain_text", "text": words.say("sql.close")[:24]},
        "blocks": [{**b, "block_id": f"sql{n}"} for n, b in enumerate(blocks or context(["-"]), start=1)],
    }


def laid_out(sql: str) -> str:
    """One clause per line; as it is where it cannot be read (then it is no statement of ours)."""
    try:
        return sqlglot.parse_one(sql, read="duckdb").sql(dialect="duckdb", pretty=True)
    except SqlglotError:
        return sql


def pieces(text: str) -> list[str]:
    """Pieces of whole lines, each small enough for a block even after escaping; longer lines are broken."""
    found: list[str] = []
    current = ""
    for line in text.splitlines() or [""]:
        while True:
            grown = f"{current}\n{line}" if current else line
            if len(escape(grown)) <= CHUNK:
                current = grown
                break
            if current:
                found.append(current)
                current = ""
                continue
            head = line[: CHUNK // 5]  # an escaped character takes up to five
            found.append(head)
            line = line[len(head) :]
    return [*found, current] if current else found
