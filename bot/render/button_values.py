"""What a button carries: the Query and the language, as JSON of at most 2,000 characters; longer ones are kept in the
state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from bot.render.blocks import VALUE_CHARS
from metrics.query import Query

__all__ = ["Carried", "decode", "encode"]

KEPT = "@"


@dataclass(frozen=True, slots=True)
class Carried:
    """`query` or `text` is what to ask; `subject` the ambiguous words that a choice settles."""

    language: str
    query: Query | None = None
    text: str = ""
    subject: str = ""


def encode(carried: Carried, keep: Callable[[str, str], None]) -> str:
    """The button's value. `keep(id, json)` stores what is too long for a button."""
    fields: dict[str, object] = {"l": carried.language}
    if carried.query is not None:
        fields["q"] = json.loads(carried.query.to_json())
    if carried.text:
        fields["t"] = carried.text
    if carried.subject:
        fields["s"] = carried.subject
    value = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    if len(value) <= VALUE_CHARS:
        return value
    identifier = hashlib.sha256(value.encode()).hexdigest()[:24]
    keep(identifier, value)
    return KEPT + identifier


def decode(value: str, kept: Callable[[str], str | None]) -> Carried | None:
    """The other way round; None when it is no longer kept, or was made by an older version."""
    if value.startswith(KEPT):
        found = kept(value.removeprefix(KEPT))
        if found is None:
            return None
        value = found
    try:
        fields = json.loads(value)
        query = Query.model_validate(fields["q"]) if "q" in fields else None
        return Carried(str(fields["l"]), query, str(fields.get("t", "")), str(fields.get("s", "")))
    except (ValueError, ValidationError, KeyError, TypeError):
        return None
