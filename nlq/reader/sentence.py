"""A whole question as parts of a sentence: every slot of a frame is said by some part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nlq.reader.constructions import Construction
from nlq.reader.phrasing import joined
from nlq.reader.planning import Plan, holed
from nlq.reader.speaking import OTHER_LANGUAGE, Care, Speaker
from nlq.reader.terms import ABOUT, Term, Value

__all__ = ["Covered", "sentence"]

_EN = (
    "act",
    "listing",
    "scope",
    "count",
    "top",
    "about",
    "standing",
    "record",
    "view",
    "by",
    "where",
    "having",
    "period",
)
_ZH = (
    "act",
    "listing",
    "scope",
    "period",
    "where",
    "top",
    "count",
    "about",
    "standing",
    "record",
    "view",
    "by",
    "having",
)
_LAST = ("sorted", "order", "limit", "members")
_PLACES = {"en": (*_EN, *_LAST), "zh": (*_ZH, *_LAST)}
_RATHER_NOT = 2.0  # from here on anything else is said instead, if it takes more parts
_WIDE = frozenset({"act", "count", "top", "view"})  # said best together with what they are of
_ONE_BY_ONE = frozenset({"where", "having"})


Covered = dict[Any, list[tuple[int, str]] | None]  # how something was said already, of the same speaker


@dataclass
class _Cover:
    speaker: Speaker
    plan: Plan
    known: Covered
    unsaid: str = ""

    def __post_init__(self) -> None:
        self.places = _PLACES.get(self.speaker.language, _PLACES["en"])

    def cover(self, needed: Mapping[str, Value]) -> list[tuple[int, str]] | None:
        """Parts that say all that is needed; None, and which slot it was, where there are none."""
        slot = next((s for s in (*self.places, *needed) if s in needed), None)
        if slot is None:
            return []
        key = (frozenset(needed.items()), self.plan.key, self.plan.about)
        if key not in self.known:
            self.known[key] = self._cover(slot, needed)
        if self.known[key] is None:
            self.unsaid = f"{self.unsaid} {slot}"
        return self.known[key]

    def _cover(self, slot: str, needed: Mapping[str, Value]) -> list[tuple[int, str]] | None:
        ways: list[tuple[bool, int, int, float, int, dict[str, Value], str]] = []
        for construction in self.speaker.parts(slot, needed.keys()):
            for taken, value in self._taken(construction, needed):
                words = self.speaker.by(construction, value)
                if words is not None:
                    said = sum(len(v) if isinstance(v, tuple) else 1 for v in taken.values())
                    wide = -len(taken) if slot in _WIDE else len(taken)
                    rather_not = construction.said >= _RATHER_NOT
                    ways.append((rather_not, wide, -said, words.cost, len(ways), taken, words.text))
        for *_, taken, text in sorted(ways, key=lambda w: (w[3] // OTHER_LANGUAGE, *w[:5]))[:4]:
            left = {s: _less(s, v, taken.get(s)) for s, v in needed.items()}
            behind = self.cover({s: v for s, v in left.items() if v is not None})
            if behind is not None:
                return [(min(self._place(s) for s in taken), text), *behind]
        return None

    def _place(self, slot: str) -> int:
        return self.places.index(slot) if slot in self.places else len(self.places)

    def _taken(
        self, construction: Construction, needed: Mapping[str, Value]
    ) -> Iterator[tuple[dict[str, Value], Term]]:
        """(what it would say of what is needed, as its frame)."""
        values: list[dict[str, tuple[Value, Value]]] = [{}]
        for slot, pattern in construction.means.items():
            options = list(self._options(slot, pattern, needed))
            values = [{**v, slot: option} for v in values for option in options]
        for combination in values:
            taken = {("having" if s == "compare" else s): t for s, (t, _) in combination.items() if t is not None}
            yield taken, Term("frame", tuple((s, v) for s, (_, v) in combination.items() if v is not None))

    def _options(self, slot: str, pattern: Any, needed: Mapping[str, Value]) -> Iterator[tuple[Value, Value]]:
        """(what is taken of the slot, as the value that the pattern is held against)."""
        if slot == "compare":
            for item in needed.get("having", ())[:1]:
                if item.kind == "test" and item["of"] == self.plan.key and isinstance(pattern, list):
                    kind = pattern[0].get("kind", "") if isinstance(pattern[0], Mapping) else ""
                    yield (item,), (Term(kind, tuple((k, v) for k, v in item.args if k != "of")),)
            return
        if slot not in needed:
            if isinstance(pattern, str) and pattern.startswith("$") and pattern != "$about":
                yield None, None  # may be left out
            return
        value = needed[slot]
        if slot not in _ONE_BY_ONE:
            yield value, value
            if slot == "by" and isinstance(pattern, list) and len(pattern) < len(value):
                yield value[: len(pattern)], value[: len(pattern)]
            return
        first = value[:1]
        yield first, first
        if slot == "having" and self.plan.key is not None:
            item = first[0]
            if item.kind == "test" and item["of"] == self.plan.key:
                yield first, (item.with_(of=ABOUT),)
            elif isinstance(self.plan.about, Term):
                yield first, (holed(item, self.plan.about),)


def _less(slot: str, value: Value, taken: Value) -> Value:
    """What is left of a slot; None: nothing."""
    if taken is None:
        return value
    if slot in _ONE_BY_ONE or slot == "by":
        return value[len(taken) :] or None
    return None


def sentence(plan: Plan, speaker: Speaker, known: Covered) -> tuple[str | None, str]:
    """(the words, the first slot that cannot be said). `known`: kept from one plan to the next."""
    cover = _Cover(speaker, plan, known)
    parts = cover.cover(plan.needed)
    if parts is None:
        return None, cover.unsaid
    parts = sorted(parts, key=lambda p: p[0])
    texts = [text for _, text in parts]
    if speaker.care == Care.NATURAL:
        comma = "，" if speaker.language == "zh" else ","
        apart = [p >= cover.places.index("having") and p != cover.places.index("period") for p, _ in parts]
        pieces = [(comma, text) if i and apart[i] else (text,) for i, text in enumerate(texts)]
        return joined([p for both in pieces for p in both], speaker.language), ""
    return ("；" if speaker.language == "zh" else "; ").join(texts), ""
