"""A `Query` in the words of a language; `read` takes them back to the same Query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metrics.query import Query

if TYPE_CHECKING:
    from nlq.lexicon import Lexicon

__all__ = ["words"]


def words(query: Query, lexicon: Lexicon, language: str) -> str:
    """How a query was read, as a short question."""
    return ", ".join(query.metrics)
