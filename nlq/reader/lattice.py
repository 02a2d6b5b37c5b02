"""The lattice: every word, name, number and misspelt word that may be meant, at its place. None is thrown away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlq.normalise import Normal
from nlq.reader.chart import Item, Lattice
from nlq.reader.dates import date_items
from nlq.reader.finding import covered, words_at
from nlq.reader.lexicon import Lexicon
from nlq.reader.names import Sees
from nlq.reader.numbers import number_items
from nlq.reader.spelling import corrections

__all__ = ["lattice_of"]

_UNKNOWN = re.compile(r"\S+")
_ALWAYS_NOISE = frozenset("?!.,;:，。？！、；：…~\"'")


def lattice_of(normal: Normal, lexicon: Lexicon, sees: Sees | None) -> Lattice:
    text = normal.folded
    size = len(text)
    edges: list[list[Item]] = [[] for _ in range(size + 1)]
    skips: list[list[int]] = [[] for _ in range(size + 1)]
    for item in words_at(text, lexicon, sees, skips):
        edges[item.start].append(item)
    for item in date_items(normal):
        edges[item.start].append(item)
    for item in number_items(normal, lexicon.numerals):
        edges[item.start].append(item)
    for item in corrections(text, edges, skips, lexicon, sees):
        edges[item.start].append(item)
    return Lattice(edges, _after(text, edges, skips), size, tuple(_unknown(text, edges, skips)))


def _unknown(text: str, edges: list[list[Item]], skips: list[list[int]]) -> Iterator[tuple[int, int]]:
    known = covered(len(text), edges, skips)
    for m in _UNKNOWN.finditer(
        "".join(" " if k or c in _ALWAYS_NOISE else c for k, c in zip(known, text, strict=True))
    ):
        yield m.start(), m.end()


def _after(text: str, edges: list[list[Item]], skips: list[list[int]]) -> list[tuple[int, ...]]:
    size = len(text)
    after: list[tuple[int, ...]] = [()] * (size + 1)
    after[size] = (size,)
    for at in range(size - 1, -1, -1):
        if text[at] == " ":  # an edge that begins here is a dash: folded text has spaces for those inside words
            after[at] = (at, *after[at + 1]) if edges[at] else after[at + 1]
            continue
        places: dict[int, None] = {at: None} if edges[at] else {}
        ends = [*skips[at], *((at + 1,) if text[at] in _ALWAYS_NOISE else ())]
        for end in ends:
            places.update(dict.fromkeys(after[end]))
        after[at] = tuple(places)
    return after
