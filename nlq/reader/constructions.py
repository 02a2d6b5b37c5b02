"""Constructions: how a thing is said, in each language, and what it means. Data, read once from `nlq/language/`.

    this_unit:
      is: WHEN                                    the category it makes
      en: ["this {u:UNIT}", "current {u:UNIT}"]   how it is said; the first form is also how it is told
      zh: ["本{u:UNIT}", "这(个|一){u:UNIT}"]
      means: {kind: units, unit: $u}              JSON of the algebra; $u is what filled the slot
      cost: 0.2

Forms: words, `{slot:CATEGORY}`, `{slot:CATEGORY=value}`, `{slot:CATEGORY!=value}`, `(either|or)`, `[may be left out]`.
A slot called `many` is said in the plural. `said: 1`: rather said by something else. `floats: true`: it may stand
inside a part of a question as well as between two ("how much of our sales | this quarter | comes from partners").
A family of words that differ in what they stand for is written as `values: {day: {en: [day, days], zh: [天]}}`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Self

from nlq.reader.compiled import compiled as compiled_files
from nlq.reader.compiled import language_files
from nlq.reader.meaning import Maker, NotAReading, compiled
from nlq.reader.patterns import (
    Parts,
    Pattern,
    Rest,
    Slot,
    Slots,
    by_slots,
    flat,
    heads,
    parts_of,
    rest_of,
)
from nlq.reader.terms import Value

__all__ = ["Construction", "Ending", "Form", "Grammar", "Node", "NotAReading", "Slot", "filled_in", "grammar"]

PART = "PART"  # the category of the parts of a question
_AROUND = frozenset({PART, "MEASURE", "MEASURES", "VIEW"})


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One way to say a construction: words and slots in their order. `spoken`: the same as it is written."""

    language: str
    parts: Parts
    cost: float
    spoken: Parts


@dataclass(eq=False)
class Construction:
    name: str
    category: str
    means: Any
    cost: float
    patterns: tuple[tuple[str, float, Pattern], ...] = field(repr=False)  # language, cost, how it is said
    pieces: tuple[str, ...] = field(repr=False)  # what the patterns are made of
    misses: tuple[str, ...]
    agree: tuple[str, ...]  # what must be the same: [$f, $m.field]
    said: float  # how much rather something else is said that means the same
    floats: bool  # may stand inside another part of a question
    plain: bool  # of the forms that are always unambiguous, and said only where no other is

    @cached_property
    def parts(self) -> Parts:
        """The words and slots of all its patterns."""
        return parts_of(self.pieces)

    @cached_property
    def value(self) -> Maker:
        """What it means with its slots filled. Raises NotAReading."""
        make = compiled(self.means)
        if not self.agree:
            return make
        alike = [compiled(a) for a in self.agree]

        def agreed(bound: Mapping[str, Value]) -> Value:
            if len({one(bound) for one in alike}) > 1:
                raise NotAReading("do not agree")
            return make(bound)

        return agreed

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """Every way to say it, of each language the first one first."""
        return self._flat(None)

    @cached_property
    def sayings(self) -> tuple[Form, ...]:
        """Of them the first of all that have the same slots: no other is ever said."""
        return self._flat(by_slots)

    def _flat(self, alike: Callable[[Parts], Hashable] | None) -> tuple[Form, ...]:
        made: dict[tuple[str, Hashable], Form] = {}
        for language, cost, pattern in self.patterns:
            for parts, spoken in flat(pattern, alike):
                assert parts, f"{self.name}: an empty form"
                made.setdefault(
                    (language, parts if alike is None else alike(parts)), Form(language, parts, cost, spoken)
                )
        return tuple(made.values())


@dataclass(frozen=True, slots=True, eq=False)
class Ending:
    """Where a form of a construction is complete. `slots`: those that matter: place, name, what values it takes."""

    construction: Construction
    cost: float
    slots: tuple[tuple[int, str, Callable[[Value], bool] | None], ...]
    category: str
    value: Maker

    @classmethod
    def of(cls, construction: Construction, cost: float, slots: Slots) -> Self:
        taken = tuple([(place, slot.name, slot.takes if slot.picks else None) for place, slot in slots])
        return cls(construction, cost, taken, construction.category, construction.value)


_Begun = tuple[Construction, float, Slots, Rest]  # a form as far as it is said, and what is left of it


class Node:
    """A state of the trie of all forms: `next`, where a word or a category leads; `ends`, the forms that end here;
    `open`, whether something that others may stand inside of goes on from here. Of all there could be few are ever come
    to: a node is made out only then, by as many threads as like."""

    __slots__ = ("_begun", "_depth", "ends", "next", "open")
    next: dict[str, Node]
    ends: tuple[Ending, ...]
    open: bool

    def __init__(self, begun: list[_Begun], depth: int) -> None:
        self._begun, self._depth = begun, depth

    def __getattr__(self, name: str) -> Any:
        if name not in self.__slots__:
            raise AttributeError(name)
        depth = self._depth
        onward: dict[str, list[_Begun]] = {}
        ends: dict[tuple[str, Slots], Ending] = {}  # the same in two languages is one
        for construction, cost, slots, rest in self._begun:
            for piece, left in heads(rest):
                if piece is None:
                    if (construction.name, slots) not in ends:
                        ends[construction.name, slots] = Ending.of(construction, cost, slots)
                elif isinstance(piece, str):
                    onward.setdefault(piece, []).append((construction, cost, slots, left))
                else:
                    filled = (*slots, (depth, piece)) if piece.name or piece.picks else slots
                    onward.setdefault(piece.category, []).append((construction, cost, filled, left))
        self.open = any(begun[0].category in _AROUND for several in onward.values() for begun in several)
        self.ends = tuple(ends.values())
        self.next = {symbol: Node(begun, depth + 1) for symbol, begun in onward.items()}
        return getattr(self, name)


@dataclass(frozen=True)
class Grammar:
    root: Node
    constructions: Mapping[str, Construction]
    words: frozenset[str]  # of all forms
    noise: frozenset[str]

    def is_alone(self, word: str) -> bool:
        """Whether it says something by itself."""
        node = self.root.next.get(word)
        return node is not None and bool(node.ends)


def filled_in(means: Any, bound: Mapping[str, Value]) -> Value:
    """What is written in a construction, with its slots filled. Raises NotAReading."""
    return compiled(means)(bound)


@cache
def grammar(extra: tuple[str, ...] = ()) -> Grammar:
    """All constructions of all languages together: a question may mix them. `extra`: folders of further languages."""
    entries, noise, words = _further(extra) if extra else compiled_files()
    made = {entry[0]: Construction(*entry) for entry in entries}
    root = Node([(c, cost, (), rest_of(pattern)) for c in made.values() for _, cost, pattern in c.patterns], 0)
    return Grammar(root, made, words, noise)


def _further(folders: tuple[str, ...]) -> tuple[Any, ...]:
    from nlq.reader.entries import table_of

    return table_of(language_files(), folders)
