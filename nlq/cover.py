"""Cut a question into tokens: of all vocabulary and literal matches, the cover that leaves least unread with fewest
pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nlq.literals import literals
from nlq.normalise import Normal

if TYPE_CHECKING:
    from nlq.lexicon import Lexicon

__all__ = ["Sees", "Senses", "Token", "cover", "seen_senses"]

Senses = Mapping[str, tuple[Any, ...]]
Sees = Callable[[str, str], bool]  # (field id, member) -> whether it exists for the asker
_UNREAD = 10.0  # price of an unread word; of each unread Chinese character half of it
_MAX_COST = 1e9


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch [start, end) of the folded text with every sense it may have: kind -> values.

    `rule` names the vocabulary entry or grammar rule, `parts` what a grammar rule put together.
    """

    start: int
    end: int
    text: str
    senses: Senses
    rule: str = ""
    parts: tuple[Token, ...] = ()

    def has(self, kind: str) -> bool:
        return kind in self.senses

    def value(self, kind: str) -> Any:
        """The first value of that kind."""
        return self.senses[kind][0]


def _latin(char: str) -> bool:
    return char.isalnum() and (char < "⺀" or char > "鿿")


def _bounded(text: str, start: int, end: int, *, strict: bool) -> bool:
    """Whether [start, end) begins and ends at word boundaries; unless strict, a letter next to a digit is one too."""
    for left, right in ((start - 1, start), (end - 1, end)):
        if left < 0 or right >= len(text):
            continue
        a, b = text[left], text[right]
        if _latin(a) and _latin(b) and (strict or a.isdigit() == b.isdigit()):
            return False
    return True


def seen_senses(senses: Senses, sees: Sees | None) -> Senses:
    """The senses without the members that do not exist for the asker."""
    if sees is None or "MEMBER" not in senses:
        return senses
    kept = tuple(m for m in senses["MEMBER"] if sees(*m))
    if len(kept) == len(senses["MEMBER"]):
        return senses
    rest = {kind: values for kind, values in senses.items() if kind != "MEMBER"}
    return rest | {"MEMBER": kept} if kept else rest


def cover(normal: Normal, lexicon: Lexicon, sees: Sees | None = None) -> list[Token]:
    """Tokens in reading order; unread stretches have the single kind UNKNOWN. Spaces and sentence marks are dropped.
    A name that stands only for members the asker may not know of is unread, like one that was never there."""
    text = normal.folded
    size = len(text)
    starts: list[list[tuple[int, Senses, str]]] = [[] for _ in range(size + 1)]
    own: set[tuple[int, int]] = (
        set()
    )  # matches of the model's own words: they win where the rules' words are no shorter
    for last, (length, senses, strict, phrase) in lexicon.automaton.iter(text):
        start = last - length + 1
        senses = seen_senses(senses, sees)
        if senses and _bounded(text, start, last + 1, strict=strict):
            starts[start].append((last + 1, senses, phrase))
            if strict or "METRIC" in senses or "WHICHGRAIN" in senses:
                own.add((start, last + 1))
    for start, end, kind, value in literals(normal.literal):
        starts[start].append((end, {kind: (value,)}, "literal"))
    best: list[float] = [_MAX_COST] * (size + 1)
    best[size] = 0.0
    step: list[tuple[int, int]] = [(0, -1)] * (size + 1)  # (end, which match); -1: unread, -2: skipped
    for i in range(size - 1, -1, -1):
        char = text[i]
        for which, (end, _, _) in enumerate(starts[i]):
            cost = (
                best[end]
                + (1.0 if char.isalnum() else 0.0)
                - 0.001 * (end - i) ** 2
                - (0.0005 * (end - i) if (i, end) in own else 0.0)
            )
            if cost < best[i]:
                best[i], step[i] = cost, (end, which)
        if not char.isalnum():
            if best[i + 1] < best[i]:
                best[i], step[i] = best[i + 1], (i + 1, -2)
            continue
        end = i + 1
        price = _UNREAD / 2
        if _latin(char):
            price = _UNREAD
            while end < size and (
                _latin(text[end])
                or (
                    text[end] == "'"
                    and end + 1 < size
                    and _latin(text[end + 1])
                    and text[end + 1 : end + 3].strip() != "s"
                )
            ):
                end += 1
        if best[end] + price < best[i]:
            best[i], step[i] = best[end] + price, (end, -1)
    return _tokens(text, starts, step)


def _tokens(text: str, starts: list[list[tuple[int, Senses, str]]], step: list[tuple[int, int]]) -> list[Token]:
    tokens: list[Token] = []
    i = 0
    while i < len(text):
        end, which = step[i]
        if which == -1:
            previous = tokens[-1] if tokens else None
            if previous is not None and previous.end == i and previous.has("UNKNOWN") and not _latin(text[i]):
                tokens[-1] = Token(previous.start, end, text[previous.start : end], previous.senses)
            else:
                tokens.append(Token(i, end, text[i:end], {"UNKNOWN": (text[i:end],)}))
        elif which >= 0:
            stop, senses, phrase = starts[i][which]
            same = [s for e, s, _ in starts[i] if e == stop and s is not senses]
            if same:
                merged = dict(senses)
                for other in same:
                    for kind, values in other.items():
                        merged[kind] = merged.get(kind, ()) + values
                senses = merged
            tokens.append(Token(i, stop, text[i:stop], senses, phrase))
        i = end
    return tokens
