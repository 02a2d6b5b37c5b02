"""`Entry`: one sense of a phrase."""

from __future__ import annotations

from dataclasses import dataclass

from nlq.reader.terms import Value

__all__ = ["Entry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One sense of a phrase. `member`: (field, value) where it stands for a member: who may not see it has no such
    entry."""

    category: str
    value: Value
    cost: float = 0.0
    member: tuple[str, str] | None = None
