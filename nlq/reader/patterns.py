"""How a thing is said, as it is written: words, `{slot:CATEGORY}`, `(either|or)`, `[may be left out]`. What can be said
so is far more than is ever met: it is gone through word by word, or laid out flat where something is to be said."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from nlq.normalise import fold
from nlq.reader.terms import Value

__all__ = [
    "COMMAS",
    "Parts",
    "Pattern",
    "Rest",
    "Slot",
    "Slots",
    "by_slots",
    "flat",
    "heads",
    "parts_of",
    "pattern_of",
    "pieces_of",
    "rest_of",
]

_SLOT = re.compile(r"\{(?:(\w+):)?([A-Z_]+)(?:(!?=)([^}]+))?\}")
_PIECE = re.compile(r"\{[^}]*\}|[()|\[\]]|[^{}()|\[\]]+")
COMMAS = frozenset({",", "、"})
_BRACKETS = frozenset("()[]|")
_RUN = re.compile(r"[㐀-鿿豈-﫿]+|[^\s㐀-鿿豈-﫿]+")


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    name: str
    category: str
    wanted: tuple[str, ...] = ()  # only these values
    unwanted: tuple[str, ...] = ()

    def takes(self, value: Value) -> bool:
        if self.wanted:
            return str(value) in self.wanted
        return not self.unwanted or str(value) not in self.unwanted

    @property
    def picks(self) -> bool:
        """Whether it takes not all of its category."""
        return bool(self.wanted or self.unwanted)


Parts = tuple["str | Slot", ...]
Slots = tuple[tuple[int, Slot], ...]  # each with its place
Pattern = list[Any]  # pieces as they are written, and in the place of brackets the patterns that may stand there
Rest = tuple[Any, Any] | None  # what is left of a pattern: a word, slot or choice, and the rest behind it


def pieces_of(written: str) -> list[str]:
    return _PIECE.findall(written)


def parts_of(pieces: Iterable[str]) -> Parts:
    """The words and slots among them."""
    return tuple(dict.fromkeys([part for piece in pieces if piece not in _BRACKETS for part in _parsed(piece)[0]]))


def pattern_of(pieces: list[str]) -> Pattern:
    if _BRACKETS.isdisjoint(pieces):
        return pieces
    made, end = _alternatives(pieces, 0)
    assert end == len(pieces), f"brackets that do not match: {pieces}"
    return made[0] if len(made) == 1 else [tuple(made)]


def _alternatives(pieces: list[str], at: int) -> tuple[list[Pattern], int]:
    made: list[Pattern] = [[]]
    while at < len(pieces):
        piece = pieces[at]
        if piece in "([":
            inner, at = _alternatives(pieces, at + 1)
            assert pieces[at : at + 1] == [")" if piece == "(" else "]"]
            made[-1].append(tuple(inner) if piece == "(" else ([], *inner))
        elif piece in ")]":
            break
        elif piece == "|":
            made.append([])
        else:
            made[-1].append(piece)
        at += 1
    return made, at


def rest_of(pattern: Pattern, behind: Rest = None) -> Rest:
    """All of it, and then what is behind."""
    for piece in reversed(pattern):
        if isinstance(piece, str):
            for part in reversed(_parsed(piece)[0]):
                behind = (part, behind)
        else:
            behind = (piece, behind)
    return behind


def heads(rest: Rest) -> Iterator[tuple[str | Slot | None, Rest]]:
    """What may come next, and what is then left; None where it may end."""
    if rest is None:
        yield None, None
    elif isinstance(rest[0], tuple):
        for pattern in rest[0]:
            yield from heads(rest_of(pattern, rest[1]))
    else:
        yield rest


_Said = tuple[Parts, Parts]  # as it is matched, as it is said
_NOTHING: _Said = ((), ())


def flat(pattern: Pattern, alike: Callable[[Parts], Hashable] | None = None) -> list[_Said]:
    """Every way to say it; with `alike`, of those that are alike in that the first."""
    current = [_NOTHING]
    for piece in pattern:
        options = [_parsed(piece)] if isinstance(piece, str) else [o for inner in piece for o in flat(inner, alike)]
        current = [(a + more, b + spoken) for a, b in current for more, spoken in options]
        if alike is not None:
            first: dict[Hashable, _Said] = {}
            for said in current:
                first.setdefault(alike(said[0]), said)
            current = list(first.values())
    return current


def by_slots(parts: Parts) -> tuple[Hashable, ...]:
    """What a form that is said can be chosen for: its slots, whether it has words or is one alone, and its commas."""
    words = [part for part in parts if isinstance(part, str)]
    slots = [part for part in parts if isinstance(part, Slot)]
    return (*slots, bool(words), min(len(parts), 2), not COMMAS.isdisjoint(words))


@cache
def _parsed(piece: str) -> _Said:
    """One piece. The same pieces come again and again: a slot written the same is the same value."""
    m = _SLOT.fullmatch(piece)
    if m:
        values = tuple(m[4].split(",")) if m[4] else ()
        wanted, unwanted = (values, ()) if m[3] == "=" else ((), values)
        slot = Slot(m[1] or "", m[2], wanted, unwanted)
        return (slot,), (slot,)
    assert "{" not in piece, piece
    words = tuple(words_of(piece))
    return words, (" ".join(piece.split()),) if words else ()


def words_of(text: str) -> list[str]:
    """The words of a form: Latin ones one by one, a run of Han characters as one."""
    return [m for piece in fold(text).split() for m in _RUN.findall(piece)]
