"""The lattice: every word, name, number and misspelt word that may be meant, at its place. None is thrown away."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from nlq.normalise import Normal, has_han
from nlq.reader.chart import Item, Lattice
from nlq.reader.dates import date_items
from nlq.reader.finding import covered, words_at
from nlq.reader.lexicon import Lexicon
from nlq.reader.names import Sees
from nlq.reader.numbers import number_items
from nlq.reader.spelling import corrections

__all__ = ["groups", "lattice_of"]

_UNKNOWN = re.compile(r"\S+")
_NAMED = frozenset({"METRIC", "BALANCE", "MEMBER", "PERSON", "FIELD", "NUMFIELD", "DATEFIELD", "RECORD"})
_GAP = re.compile(r"(?<=[^\s,，])([ ,，]) *(?=[^\s,，])")
_BREAK = re.compile(r"[,;!?…~]|[.:](?!\w)|[:.](?=[㐀-鿿])|(?<=[㐀-鿿])[:.]|(?<= )-(?= )|-(?=[㐀-鿿])|(?<=[㐀-鿿]) ")
_LONE_DASH = re.compile(r"(?<= )-(?= )")  # sets two stretches apart, where it joins no range
_INSIDE = 0.7
_MOST_SKIPPED = 12  # places to go on behind words of noise that may be more than noise
_MARKS = '()"'
_QUOTED = re.compile(r'"[^"]+"')
_ALWAYS_NOISE = frozenset("?!¿¡.,;:，。？！、；：…~\"'")


def groups(normal: Normal) -> bool:
    """Whether there are brackets or quotes, which may hold together what is in them."""
    return any(c in normal.literal for c in _MARKS)


def lattice_of(
    normal: Normal, lexicon: Lexicon, sees: Sees | None, *, grouped: bool = False, doubted: bool = False
) -> Lattice:
    """`grouped`: brackets are words, OPEN and CLOSE, and what is in quotes is a name; else they are spaces.
    `doubted`: words that are known may be misspelt all the same."""
    text = normal.folded
    size = len(text)
    edges: list[list[Item]] = [[] for _ in range(size + 1)]
    skips: list[list[int]] = [[] for _ in range(size + 1)]
    for item in _outermost(list(words_at(text, lexicon, sees, skips))):
        edges[item.start].append(item)
    for item in date_items(normal):
        edges[item.start].append(item)
    for item in number_items(normal, lexicon.numerals):
        edges[item.start].append(item)
    unknown = list(_unknown(text, edges, skips))
    if unknown:
        for item in corrections(text, edges, skips, lexicon, sees):
            edges[item.start].append(item)
    if doubted:
        for item in list(corrections(text, edges, skips, lexicon, sees, doubted=True)):
            edges[item.start].append(item)
    for m in _LONE_DASH.finditer(text):
        edges[m.start()].append(Item("LONE_DASH", m.start(), m.end(), True, 0.0))
    for at in _gaps(text):
        edges[at].append(Item("GAP", at, at + 1, True, 0.0))
    marks = _group(normal, lexicon, sees, edges) if grouped else frozenset[int]()
    breaks = tuple(m.end() for m in _BREAK.finditer(text))
    if unknown or marks:
        unknown = list(_unknown(text, edges, skips))
    return Lattice(edges, _after(text, edges, skips, marks), size, tuple(unknown), breaks)


def _gaps(text: str) -> Iterator[int]:
    """Where Chinese, which needs no spaces, has one, or a comma: what stands on both sides may be a list."""
    if has_han(text):
        for m in _GAP.finditer(text):
            yield m.start(1)


def _outermost(found: list[Item]) -> list[Item]:
    """A name inside a longer one is less likely meant: "lost customers" are a metric, not customers and what is
    lost. Inside of what there is no data for it is not: phone numbers are no numbers of calls."""
    absent = [
        (a.start, a.end)
        for a in found
        if a.category == "ABSENT"
        and not any(i.start < a.start < i.end or i.start < a.end < i.end for i in found if i.category in _NAMED)
    ]
    if absent:
        found = [i for i in found if i.category == "ABSENT" or not any(s <= i.start and i.end <= e for s, e in absent)]
    spans = {(i.start, i.end) for i in found if i.category in _NAMED}
    for item in found:
        if item.category in _NAMED and any(
            start <= item.start and item.end <= end and (start, end) != (item.start, item.end) for start, end in spans
        ):
            item.cost += _INSIDE
    return found


def _group(normal: Normal, lexicon: Lexicon, sees: Sees | None, edges: list[list[Item]]) -> frozenset[int]:
    """Brackets and quotes as edges; nothing else reaches across them. Gives their places."""
    literal = normal.literal
    quoted = [m.span() for m in _QUOTED.finditer(literal)]
    inside = {i for start, end in quoted for i in range(start, end)}
    brackets = {i for i, c in enumerate(literal) if c in "()" and i not in inside}
    marks = sorted(brackets | inside)
    for here in edges:
        here[:] = [e for e in here if bisect_left(marks, e.start) == bisect_left(marks, e.end)]
    for at in brackets:
        edges[at].append(Item("OPEN" if literal[at] == "(" else "CLOSE", at, at + 1, literal[at], 0.0))
    for start, end in quoted:
        name = normal.original[slice(*normal.span(start + 1, end - 1))]
        edges[start].append(Item("TEXT", start, end, name, 0.0))
        for entry in lexicon.quoted(name, sees):
            edges[start].append(Item(entry.category, start, end, entry.value, entry.cost, source=name))
    return frozenset(marks)


def _unknown(text: str, edges: list[list[Item]], skips: list[list[int]]) -> Iterator[tuple[int, int]]:
    known = covered(len(text), edges, skips)
    for m in _UNKNOWN.finditer(
        "".join(" " if k or c in _ALWAYS_NOISE else c for k, c in zip(known, text, strict=True))
    ):
        yield m.start(), m.end()


def _after(text: str, edges: list[list[Item]], skips: list[list[int]], marks: frozenset[int]) -> list[tuple[int, ...]]:
    size = len(text)
    after: list[tuple[int, ...]] = [()] * (size + 1)
    after[size] = (size,)
    for at in range(size - 1, -1, -1):
        if at in marks:
            after[at] = (at,) if edges[at] else ()
            continue
        if text[at] == " ":  # an edge that begins here is a dash: folded text has spaces for those inside words
            minus = any(item.category == "MINUS" for item in edges[at])  # never skipped
            after[at] = (at, *(() if minus else after[at + 1])) if edges[at] else after[at + 1]
            continue
        places: dict[int, None] = {at: None} if edges[at] else {}
        ends = [*skips[at], *((at + 1,) if text[at] in _ALWAYS_NOISE else ())]
        for end in ends:
            places.update(dict.fromkeys(after[end]))
        skipped = tuple(places)
        after[at] = skipped if len(skipped) <= _MOST_SKIPPED else (*skipped[:_MOST_SKIPPED], skipped[-1])
    return after
