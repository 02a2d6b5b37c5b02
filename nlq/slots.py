"""The tokens of one question while it is put together: which are taken, and which may be left over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nlq.cover import Token

__all__ = ["Slots"]

# words that only join parts; once the parts are read they carry nothing
_JOINING = {
    "FILL",
    "SQUEEZE",
    "CAPS",
    "OF",
    "IN",
    "FOR",
    "FROM",
    "TO",
    "WITH",
    "THAN",
    "AND",
    "COMMA",
    "COLON",
    "BY",
    "EACH",
    "WHICH",
    "FOLLOW",
    "TOEND",
    "TAKE",
    "OR",
    "PRESENT",
    "HOW",
    "TOTAL",
    "ONLY",
    "INSTEAD",
    "SORT",
    "LISTWORD",
    "WHOLE",
}


class Slots:
    """A question's tokens with a mark on each that has been used. Lives only while one question is being read."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self._taken: set[int] = set()
        self._allowed: set[str] = set(_JOINING)

    def has(self, *kinds: str) -> bool:
        """Whether an unused token can be any of the kinds."""
        return any(k in t.senses for i, t in enumerate(self.tokens) if i not in self._taken for k in kinds)

    def ever(self, *kinds: str) -> bool:
        """Whether any token, used or not, can be any of the kinds; parts of composed tokens count."""
        return any(_deep(t, kinds) for t in self.tokens)

    def compared(self) -> bool:
        """Whether things are set against each other; 和, which joins as well, does not say so alone."""
        return any((t.has("VS") or t.has("COMPARE")) and not t.has("AND") for t in self.tokens)

    def at(self, kind: str) -> list[int]:
        """Places of unused tokens of the kind."""
        return [i for i, t in enumerate(self.tokens) if i not in self._taken and kind in t.senses]

    def near(self, i: int, step: int) -> int | None:
        """The next place from i in that direction that carries something, skipping joining words."""
        j = i + step
        while 0 <= j < len(self.tokens):
            if not set(self.tokens[j].senses) <= _JOINING | {"HOW", "ME"}:
                return j
            j += step
        return None

    def kind_at(self, i: int | None, *kinds: str) -> bool:
        return i is not None and 0 <= i < len(self.tokens) and any(k in self.tokens[i].senses for k in kinds)

    def take(self, i: int) -> Token:
        self._taken.add(i)
        return self.tokens[i]

    def taken(self, i: int) -> bool:
        return i in self._taken

    def pop(self, kind: str) -> list[Any]:
        """Use all tokens of the kind; their first values."""
        return [self.take(i).value(kind) for i in self.at(kind)]

    def allow(self, *kinds: str) -> None:
        """These kinds may be left over: what they ask for has been read otherwise."""
        self._allowed.update(kinds)

    def left(self) -> list[Token]:
        """Tokens that carry something nobody has read."""
        return [
            t
            for i, t in enumerate(self.tokens)
            if (i not in self._taken and self._allowed.isdisjoint(t.senses)) or self._unites(i)
        ]

    def _unites(self, i: int) -> bool:
        """Whether an "and" or "or" stands between two names that were not read as one list: "Shanghai and the Wolves"
        are both together, which a condition on each of them would make neither."""
        token = self.tokens[i]
        if not (token.has("AND") or token.has("OR")) or token.has("COMMA"):
            return False
        named = ("MEMBER", "MEMBERS", "EXCLUDE", "TERM")
        return all(self.kind_at(k, *named) and not self.kind_at(k, "METRIC") for k in (i - 1, i + 1))


def _deep(token: Token, kinds: Iterable[str]) -> bool:
    return any(k in token.senses for k in kinds) or any(_deep(p, kinds) for p in token.parts)
