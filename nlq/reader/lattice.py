"""The lattice: every word, name, number and misspelt word that may be meant, at its place. None is thrown away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from nlq.normalise import Normal
from nlq.reader.chart import Item, Lattice
from nlq.reader.lexicon import Lexicon
from nlq.reader.literals import literal_items
from nlq.reader.numbers import number_items
from nlq.reader.spelling import corrections

__all__ = ["Sees", "lattice_of"]

Sees = Callable[[str, str], bool]  # (field id, member) -> whether it exists for the asker
_ALWAYS_NOISE = frozenset("?!.,;:，。？！、；：…~\"'")


def _latin(char: str) -> bool:
    return char.isalnum() and not "⺀" <= char <= "鿿"


def bounded(text: str, start: int, end: int) -> bool:
    """Whether [start, end) begins and ends at word borders; between a letter and a digit is one."""
    for left, right in ((start - 1, start), (end - 1, end)):
        if left >= 0 and right < len(text):
            a, b = text[left], text[right]
            if _latin(a) and _latin(b) and a.isdigit() == b.isdigit():
                return False
    return True


def lattice_of(normal: Normal, lexicon: Lexicon, sees: Sees | None) -> Lattice:
    text = normal.folded
    size = len(text)
    edges: list[list[Item]] = [[] for _ in range(size + 1)]
    skips: list[list[int]] = [[] for _ in range(size + 1)]
    for item in words_at(text, lexicon, sees, skips):
        edges[item.start].append(item)
    for item in literal_items(normal):
        edges[item.start].append(item)
    for item in number_items(normal, lexicon.numerals):
        edges[item.start].append(item)
    for item in corrections(text, edges, skips, lexicon, sees):
        edges[item.start].append(item)
    return Lattice(edges, _after(text, edges, skips), size, tuple(_unknown(text, edges, skips)))


def words_at(text: str, lexicon: Lexicon, sees: Sees | None, skips: list[list[int]]) -> Iterator[Item]:
    """Items of every known phrase in the text; where noise may be skipped goes into `skips`."""
    rules = lexicon.grammar
    for last, phrase in lexicon.automaton.iter(text):
        start, end = last - len(phrase) + 1, last + 1
        if not bounded(text, start, end):
            continue
        if phrase in rules.words:
            yield Item(phrase, start, end, phrase, 0.0)
        if phrase in rules.noise:
            skips[start].append(end)
        for entry in lexicon.phrases.get(phrase, ()):
            if entry.member is None or sees is None or sees(*entry.member):
                yield Item(entry.category, start, end, entry.value, entry.cost, source=phrase)


_UNKNOWN = re.compile(r"\S+")


def covered(size: int, edges: Sequence[Sequence[Item]], skips: Sequence[Sequence[int]]) -> bytearray:
    """Which characters belong to something known."""
    known = bytearray(size)
    for here in edges:
        for item in here:
            known[item.start : item.end] = b"\x01" * (item.end - item.start)
    for start, ends in enumerate(skips):
        for end in ends:
            known[start:end] = b"\x01" * (end - start)
    return known


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
        if text[at] == " ":  # a dash between numbers has a space in its place
            minus = any(item.category == "MINUS" for item in edges[at])  # never skipped
            after[at] = (at, *(() if minus else after[at + 1])) if edges[at] else after[at + 1]
            continue
        places: dict[int, None] = {at: None} if edges[at] else {}
        ends = [*skips[at], *((at + 1,) if text[at] in _ALWAYS_NOISE else ())]
        for end in ends:
            places.update(dict.fromkeys(after[end]))
        after[at] = tuple(places)
    return after
