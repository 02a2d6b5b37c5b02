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

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from nlq.normalise import fold, has_han
from nlq.reader.files import loaded
from nlq.reader.meaning import Maker, NotAReading, compiled
from nlq.reader.terms import Value

__all__ = ["Construction", "Form", "Grammar", "Node", "NotAReading", "Slot", "filled_in", "grammar"]

_FOLDER = Path(__file__).parent.parent / "language"
PART = "PART"  # the category of the parts of a question
_AROUND = frozenset({PART, "MEASURE", "MEASURES", "VIEW"})
_SPOKEN, _PASSING = "spoken", 3.0  # said in passing by people, not by us
_PLAIN = "canonical"
_SLOT = re.compile(r"\{(?:(\w+):)?([A-Z_]+)(?:(!?=)([^}]+))?\}")
_PIECE = re.compile(r"\{[^}]*\}|[()|\[\]]|[^{}()|\[\]]+")


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
    def matters(self) -> bool:
        """Whether it is anything but a place for whatever is of its category."""
        return bool(self.name or self.wanted or self.unwanted)


@dataclass(slots=True, eq=False)
class Form:
    """One way to say a construction: words and slots in their order. `slots`: those that matter, each with its place;
    `spoken`: the same as it is written."""

    construction: Construction
    language: str
    parts: tuple[str | Slot, ...]
    cost: float
    spoken: tuple[str | Slot, ...] = ()
    slots: tuple[tuple[int, Slot], ...] = ()


@dataclass(eq=False)
class Construction:
    name: str
    category: str
    means: Any
    cost: float = 0.0
    forms: tuple[Form, ...] = field(default=(), repr=False)
    misses: tuple[str, ...] = ()
    agree: tuple[str, ...] = ()  # what must be the same: [$f, $m.field]
    said: float = 0.0  # how much rather something else is said that means the same
    floats: bool = False  # may stand inside another part of a question
    plain: bool = False  # of the forms that are always unambiguous, and said only where no other is

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


@dataclass(slots=True)
class Node:
    """A state of the trie of all forms: where a word or a category leads, and the forms that end here."""

    next: dict[str, Node] = field(default_factory=dict)
    ends: list[Form] = field(default_factory=list)
    open: bool = False  # something that others may stand inside of goes on from here


@dataclass(frozen=True)
class Grammar:
    root: Node
    constructions: Mapping[str, Construction]
    words: frozenset[str]  # of all forms
    noise: frozenset[str]


def filled_in(means: Any, bound: Mapping[str, Value]) -> Value:
    """What is written in a construction, with its slots filled. Raises NotAReading."""
    return compiled(means)(bound)


def _expanded(pattern: str) -> list[_Said]:
    """Every flat way to say what a pattern stands for."""
    pieces = _PIECE.findall(pattern)
    made, end = _alternatives(pieces, 0)
    assert end == len(pieces), f"brackets that do not match: {pattern}"
    return made


def _alternatives(pieces: list[str], at: int) -> tuple[list[_Said], int]:
    made: list[_Said] = []
    current = [_NOTHING]
    while at < len(pieces):
        piece = pieces[at]
        if piece in "([":
            inner, at = _alternatives(pieces, at + 1)
            assert pieces[at] == (")" if piece == "(" else "]")
            options = inner if piece == "(" else [_NOTHING, *inner]
            current = [_after(a, b) for a, b in itertools.product(current, options)]
        elif piece in ")]":
            break
        elif piece == "|":
            made += current
            current = [_NOTHING]
        else:
            said = _parsed(piece)
            current = [_after(c, said) for c in current]
        at += 1
    return made + current, at


Parts = tuple["str | Slot", ...]
_Said = tuple[Parts, Parts, tuple[tuple[int, Slot], ...]]  # as it is matched, as it is said, slots that matter
_NOTHING: _Said = ((), (), ())


def _after(one: _Said, other: _Said) -> _Said:
    """The one, and then the other."""
    if one is _NOTHING:
        return other
    if other is _NOTHING:
        return one
    parts, spoken, slots = one
    if other[2]:
        slots += tuple([(len(parts) + place, slot) for place, slot in other[2]])
    return parts + other[0], spoken + other[1], slots


@cache
def _parsed(piece: str) -> _Said:
    """One piece. The same pieces come again and again: a slot written the same is the same value."""
    m = _SLOT.fullmatch(piece)
    if m:
        values = tuple(m[4].split(",")) if m[4] else ()
        wanted, unwanted = (values, ()) if m[3] == "=" else ((), values)
        slot = Slot(m[1] or "", m[2], wanted, unwanted)
        return (slot,), (slot,), ((0, slot),) if slot.matters else ()
    assert "{" not in piece, piece
    words = tuple(words_of(piece))
    return words, (" ".join(piece.split()),) if words else (), ()


_RUN = re.compile(r"[㐀-鿿豈-﫿]+|[^\s㐀-鿿豈-﫿]+")


def words_of(text: str) -> list[str]:
    """The words of a form: Latin ones one by one, a run of Han characters as one."""
    return [m for piece in fold(text).split() for m in _RUN.findall(piece)]


@cache
def grammar(extra: tuple[str, ...] = ()) -> Grammar:
    """All constructions of all languages together: a question may mix them. `extra`: folders of further languages."""
    others = _forms_of(extra)
    noise = {w for words in others.get("NOISE", {}).values() for w in map(fold, words)}
    made: dict[str, Construction] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        for name, entry in (loaded(path.read_text(encoding="utf-8")) or {}).items():
            if name == "NOISE":
                noise.update(w for words in entry.values() for w in map(fold, words))
                continue
            for one in _constructions(name, entry, others):
                assert one.name not in made, f"{path.name}: {one.name} is there twice"
                one.plain = path.stem == _PLAIN
                one.said += _PASSING if path.stem.startswith(_SPOKEN) else 0.0
                made[one.name] = one
    unknown = others.keys() - made.keys() - {"NOISE"}
    assert not unknown, f"forms of no construction: {sorted(unknown)}"
    root, words = Node(), set()
    for construction in made.values():
        known: dict[Parts, Form] = {}
        for form in construction.forms:
            known.setdefault(form.parts, form)  # else said so in both languages
        for form in known.values():
            node = root
            for part in form.parts:
                symbol = part if isinstance(part, str) else part.category
                if symbol is part:
                    words.add(part)
                onward = node.next.get(symbol)
                if onward is None:
                    onward = node.next[symbol] = Node()
                node.open = node.open or construction.category in _AROUND
                node = onward
            node.ends.append(form)
    return Grammar(root, made, frozenset(words), frozenset(noise))


def _forms_of(folders: tuple[str, ...]) -> dict[str, dict[str, list[str]]]:
    """Construction -> language -> forms. A folder has the name of its language."""
    found: dict[str, dict[str, list[str]]] = {}
    for folder in map(Path, folders):
        for path in sorted(folder.glob("*.yaml")):
            for name, forms in (loaded(path.read_text(encoding="utf-8")) or {}).items():
                said = found.setdefault(name, {})
                assert folder.name not in said, f"{path.name}: {name} is there twice"
                said[folder.name] = forms
    return found


def _constructions(
    name: str, entry: Mapping[str, Any], others: Mapping[str, Mapping[str, list[str]]]
) -> Iterator[Construction]:
    if "values" in entry:
        for value, said in entry["values"].items():
            full = f"{name}.{value}"
            yield _construction(full, name, value, {**said, **others.get(full, {})}, entry)
        return
    yield _construction(name, entry.get("is", name), entry.get("means"), {**entry, **others.get(name, {})}, entry)


_KEYS = frozenset({"is", "means", "cost", "not", "asks", "values", "about", "agree", "said", "floats"})


def _construction(
    name: str, category: str, means: Any, said: Mapping[str, Any], entry: Mapping[str, Any]
) -> Construction:
    forms: dict[tuple[str, Parts], Form] = {}
    cost = float(said.get("cost", entry.get("cost", 0.0)))
    holder = Construction(name, category, means, cost)
    for language, patterns in said.items():
        if language in _KEYS:
            continue
        assert isinstance(patterns, list), f"{name}: {language} is no list of forms"
        for i, pattern in enumerate(patterns):
            for parts, spoken, places in _expanded(str(pattern)):
                assert parts, f"{name}: an empty form"
                if (language, parts) not in forms:
                    forms[language, parts] = Form(holder, language, parts, cost + 0.0001 * i, spoken, places)
    slots = {slot.name for form in forms.values() for _, slot in form.slots if slot.name}
    used = f"{means} {entry.get('agree', ())}"
    assert means is None or all(f"${slot}" in used for slot in slots), f"{name}: a slot that means nothing"
    if means is None:  # what fills its one slot, else nothing but that it was said
        holder.means = f"${next(iter(slots))}" if len(slots) == 1 else True
    holder.forms = tuple(forms.values())
    holder.agree = tuple(entry.get("agree", ()))
    holder.said = float(entry.get("said", 0.0))
    holder.floats = bool(entry.get("floats", False))
    holder.misses = tuple(entry.get("not", ()))
    return holder


def spoken(word: str) -> bool:
    """Whether a word is matched inside a run of Han characters, without borders."""
    return has_han(word)
