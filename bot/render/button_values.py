"""What a button carries: what is asked and the language, as JSON of at most 2,000 characters; longer ones are kept in
the state."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.meanings import meaning_json, meaning_of
from bot.render.blocks import VALUE_CHARS
from metrics.query import Query
from nlq import Meaning

__all__ = ["Carried", "decode", "encode"]

KEPT = "@"


_IDENTIFIER = re.compile(r"[0-9a-f]{24}", re.ASCII)
_Text = Annotated[str, Field(max_length=10_000, pattern=r"^[^\x00]*$")]


class _Value(BaseModel):
    """The JSON of a value. Read by pydantic's own parser: it refuses what is nested too deeply and text that is no
    Unicode, where `json` raises or lets it through."""

    model_config = ConfigDict(extra="forbid")

    language: Literal["en", "zh"] = Field(alias="l")
    meaning: dict[str, Any] | None = Field(None, alias="q")
    text: _Text = Field("", alias="t")
    subject: _Text = Field("", alias="s")


@dataclass(frozen=True, slots=True)
class Carried:
    """`meaning` or `text` is what to ask (a Query: of a digest, or of an older version); `subject` the ambiguous words
    that a choice settles."""

    language: str
    meaning: Meaning | Query | None = None
    text: str = ""
    subject: str = ""


def encode(carried: Carried, keep: Callable[[str, str], None]) -> str:
    """The button's value. `keep(id, json)` stores what is too long for a button."""
    fields: dict[str, object] = {"l": carried.language}
    if carried.meaning is not None:
        fields["q"] = meaning_json(carried.meaning)
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
    """The other way round; None when it is no longer kept, was made by an older version, or is not of our making at
    all: whatever stands in it, nothing is raised."""
    if value.startswith(KEPT):
        identifier = value.removeprefix(KEPT)
        found = kept(identifier) if _IDENTIFIER.fullmatch(identifier) else None
        if found is None:
            return None
        value = found
    try:
        read = _Value.model_validate_json(value)
    except ValidationError:
        return None
    meaning = meaning_of(read.meaning) if read.meaning is not None else None
    if meaning is None and (read.meaning is not None or not read.text):
        return None
    return Carried(read.language, meaning, read.text, read.subject)
