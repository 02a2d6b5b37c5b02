"""Words nobody knows, read as known ones that are spelt nearly so. Each is one more edge, at a price."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import yaml

from nlq.normalise import has_han
from nlq.reader.chart import Item
from nlq.reader.finding import SAME_SOUND, covered, words_at
from nlq.reader.lexicon import Lexicon
from nlq.reader.names import Sees
from nlq.reader.passing import ASIDES

__all__ = ["corrections", "is_doubtful", "single_words"]

_FOLDER = Path(__file__).parent.parent / "language" / "spelling"
_LOADER: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # everything stays text
_WORD = re.compile(r"[a-z]{4,}")
_HAN = re.compile(r"[㐀-鿿]+")
_PER_LETTER = 1.0
_TYPO = "typo:"
_MOST = 4
_LONG = 7  # letters of a word in which two may be wrong: "silver" is no seller
_SHORT = 4  # letters: a word this short is also near to many others that are longer (Shell, sell)


def corrections(
    text: str,
    edges: Sequence[Sequence[Item]],
    skips: Sequence[Sequence[int]],
    lexicon: Lexicon,
    sees: Sees | None,
    *,
    doubted: bool = False,
) -> Iterator[Item]:
    """Edges of phrases that hold a word which is known only when a letter or two are changed. `doubted`: Chinese
    characters that are words on their own may be another word's too, of the same sound (签月 is 签约)."""
    known = covered(len(text), edges, skips)
    if doubted:
        yield from _sounding(text, edges, lexicon, sees)
        return
    for m in _HAN.finditer("".join(" " if k else c for k, c in zip(known, text, strict=True))):
        for start, end, phrase, price in lexicon.han_index.near(text, m.start(), m.end()):
            yield from _instead(phrase, start, end, price, text, lexicon, sees)
    for m in _WORD.finditer(text):
        if all(known[m.start() : m.end()]) or m[0] in real_words():
            continue
        for word, distance in _near(m[0], lexicon.latin_words.get(m[0][0], ())):
            instead = text[: m.start()] + word + text[m.end() :]
            shift = len(word) - len(m[0])
            for item in words_at(instead, lexicon, sees, holding=(m.start(), m.start() + len(word))):
                yield Item(
                    item.category,
                    item.start,
                    item.end - shift,
                    item.value,
                    item.cost + _PER_LETTER * distance,
                    source=f"{_TYPO}{m[0]}>{word}",
                )


def _sounding(text: str, edges: Sequence[Sequence[Item]], lexicon: Lexicon, sees: Sees | None) -> Iterator[Item]:
    """Words of one character, and phrases that sound like a stretch that holds a character which is known alone."""
    from nlq.reader.han_spelling import sound  # here: few questions need it

    longer = covered(len(text), [[e for e in here if e.end > e.start + 2 or _is_name(e)] for here in edges], ())
    found = {
        (start, end, phrase)
        for m in _HAN.finditer("".join(" " if k else c for k, c in zip(longer, text, strict=True)))
        for at in range(*m.span())
        for start, end, phrase, price in lexicon.han_index.near(text, at, at + 1)
        if price <= SAME_SOUND
    }
    for at in (i for m in _HAN.finditer(text) for i in range(*m.span())):
        found |= {(at, at + 1, one) for one in lexicon.han_index.single.get(sound(text[at]), ()) if one != text[at]}
    for start, end, phrase in sorted(found):
        yield from _instead(phrase, start, end, SAME_SOUND, text, lexicon, sees)


def _is_name(item: Item) -> bool:
    """Whether a company calls something that: 逾期 is no misspelt 预期."""
    return item.end > item.start + 1 and item.category != item.value


@cache
def single_words() -> frozenset[str]:
    """Words of one character that others may stand for."""
    return _words_of("single_*.yaml")


@cache
def real_words() -> frozenset[str]:
    """Words that are spelt right, though nobody knows them here: "mileage" is no misspelt "margin"."""
    return _words_of("real_*.yaml")


def _words_of(files: str) -> frozenset[str]:
    words: set[str] = set()
    for path in sorted(_FOLDER.glob(files)):
        words.update(map(str, yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)["words"]))
    return frozenset(words)


def is_doubtful(parts: Sequence[Item]) -> bool:
    """Whether several words of one character would be misspelt, or one in what says nothing."""
    found = [part for part in parts for word in part.words() if _is_single(word)]
    return len(found) > 1 or any(part.category in ASIDES for part in found)


def _is_single(item: Item) -> bool:
    return item.end == item.start + 1 and item.source.startswith(_TYPO) and has_han(item.source)


def _instead(
    phrase: str, start: int, end: int, price: float, text: str, lexicon: Lexicon, sees: Sees | None
) -> Iterator[Item]:
    """The items of a phrase in the place of what was typed."""
    source = f"{_TYPO}{text[start:end]}>{phrase}"
    if phrase in lexicon.grammar.words and price <= SAME_SOUND:  # 下一季度 is no 第一季度
        yield Item(phrase, start, end, phrase, price, source=source)
    for entry in lexicon.senses(phrase, sees):
        yield Item(entry.category, start, end, entry.value, entry.cost + price, source=source)


def _near(word: str, known: Sequence[str]) -> list[tuple[str, int]]:
    """Of known words that begin as it does: few mistake the first letter."""
    from rapidfuzz import process  # here: words that are spelt right never need it
    from rapidfuzz.distance import OSA

    limit = 1 if len(word) < _LONG else 2
    found = process.extract(word, known, scorer=OSA.distance, score_cutoff=limit, limit=_MOST)
    return [(w, int(d)) for w, d, _ in found if len(w) > _SHORT or len(w) == len(word)]
