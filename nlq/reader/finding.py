"""Known phrases in a text, those that exist for whoever asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlq.reader.chart import Item
from nlq.reader.lexicon import Lexicon
from nlq.reader.names import Sees

__all__ = ["SAME_SOUND", "covered", "words_at"]

SEVERAL = 0.05
SAME_SOUND = 1.0  # what a word costs that is typed as another of the same sound


def words_at(
    text: str,
    lexicon: Lexicon,
    sees: Sees | None,
    skips: list[list[int]] | None = None,
    holding: tuple[int, int] | None = None,
) -> Iterator[Item]:
    """Items of every known phrase in the text; where noise may be skipped goes into `skips`. `holding`: only phrases
    that reach over that stretch."""
    rules = lexicon.grammar
    for last, phrase in lexicon.automaton.iter(text):
        start, end = last - len(phrase) + 1, last + 1
        if holding is not None and (start > holding[0] or end < holding[1]):
            continue
        if not bounded(text, start, end):
            if phrase in lexicon.names.all and text[end : end + 1] == "s" and bounded(text, start, end + 1):
                for entry in lexicon.names.senses(phrase, sees):  # "james carters deals", "two gateways"
                    yield Item(entry.category, start, end + 1, entry.value, entry.cost + SEVERAL, source=phrase)
            continue
        if phrase in rules.words:
            yield Item(phrase, start, end, phrase, 0.0)
        if skips is not None and phrase in rules.noise:
            skips[start].append(end)
        for entry in lexicon.senses(phrase, sees):
            yield Item(entry.category, start, end, entry.value, entry.cost, source=phrase)


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


def _border(left: str, right: str) -> bool:
    """Between two characters; between a letter and a digit is one, and beside every Chinese character."""
    if not left.isalnum() or not right.isalnum() or "⺀" <= left <= "鿿" or "⺀" <= right <= "鿿":
        return True
    return left.isdigit() != right.isdigit()


def bounded(text: str, start: int, end: int) -> bool:
    """Whether [start, end) begins and ends at word borders."""
    return (start == 0 or _border(text[start - 1], text[start])) and (
        end >= len(text) or _border(text[end - 1], text[end])
    )
