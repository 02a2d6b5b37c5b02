"""`Speaker`: a value of a category in words, by whichever constructions there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from operator import itemgetter
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from metrics.errors import UserError
from metrics.query.measure import Measure
from nlq.morphology import forms
from nlq.reader.before import only_after
from nlq.reader.chart import Item
from nlq.reader.constructions import Construction, Form, NotAReading, Slot
from nlq.reader.frame import frame_of
from nlq.reader.lexicon import Lexicon
from nlq.reader.matching import Bound, match, same
from nlq.reader.naming import Naming
from nlq.reader.patterns import COMMAS
from nlq.reader.phrasing import forms_in, has_words, is_bracket, is_list, joined, ornaments, reached, worded
from nlq.reader.read import MARGIN, chart_of
from nlq.reader.terms import Term, Value, plain

__all__ = ["OTHER_LANGUAGE", "Care", "Speaker", "Words"]

OTHER_LANGUAGE = 5.0
_PLAIN = 1.0  # what is said of it elsewhere is nicer
_UNLIKELY = 2.0
FAR = 10.0  # not to be said as long as there is any other way
_DEEPEST = 40
_HEARD = frozenset({"WHEN"})  # what has many words, of which some mean other things too
_MOST_HEARD = 12
_SAID_AS = {"compare": "having"}  # what says something of another slot
_COUNTED = frozenset({"UNIT", "GROUP", "FIELD", "ANYFIELD"})


class Care(IntEnum):
    """How careful it is said: as people say it; with brackets; members in quotes and nothing but the plain forms; all
    names in quotes, and members with their field."""

    NATURAL = 0
    BRACKETS = 1
    PLAIN = 2
    QUOTED = 3


@dataclass(frozen=True, slots=True)
class Words:
    """`whole`: it needs no brackets where it stands in something else."""

    text: str
    cost: float = 0.0
    whole: bool = True


class Speaker:
    """Of one language, with one degree of care. What was said once is kept."""

    def __init__(self, lexicon: Lexicon, language: str, care: Care) -> None:
        self.lexicon, self.language, self.care = lexicon, language, care
        self.names = Naming(lexicon, language, quoted=care >= Care.PLAIN, all_quoted=care >= Care.QUOTED)
        self.made: dict[Any, Words | None] = {}
        self.active: dict[Any, int] = {}
        self.unsure: dict[Any, Words | None] = {}
        self.open = _DEEPEST + 1  # how far out something is that what is being said turned out to depend on
        self.percent: bool | None = None  # whether numbers are fractions of what is spoken about
        self.inside_list = False  # before the last but one of a list: a comma, no "and"
        self.by_category: dict[str, list[Construction]] = {}
        for construction in lexicon.grammar.constructions.values():
            self.by_category.setdefault(construction.category, []).append(construction)
        self.by_slot: dict[str, dict[frozenset[str], list[tuple[int, Construction]]]] = {}
        self.bare: dict[Slot, Words | None] = {}
        self.ornaments, without_words = ornaments(lexicon.grammar, language)
        self.brackets = {c.category: c for cs in self.by_category.values() for c in cs if c.plain and is_bracket(c)}
        self.plainly = {"PART"}.union(*(reached(category, without_words) for category in self.brackets))

    def say(self, category: str, value: Value) -> Words | None:
        """The best way to say it; None where there is none. What was found while something around it was still open
        holds only until that is known."""
        key = (category, value, self.percent, self.inside_list)
        for known in (self.made, self.unsure):
            if key in known:
                return known[key]
        depth = len(self.active)
        if key in self.active or depth > _DEEPEST:
            self.open = min(self.open, self.active.get(key, 0))
            return None
        outer, self.open = self.open, depth
        self.active[key] = depth
        best = self._best(category, value)
        del self.active[key]
        if self.open >= depth:
            self.made[key] = best
            self.unsure.clear()
            self.open = outer
        else:
            self.unsure[key] = best
            self.open = min(outer, self.open)
        return best

    def _best(self, category: str, value: Value) -> Words | None:
        ways = sorted(self._ways(category, value), key=lambda w: w.cost)
        first = next(iter(ways), None)
        if category in _HEARD and len(ways) > 1 and self.care < Care.PLAIN:
            own = [way for way in ways[:_MOST_HEARD] if way.cost < OTHER_LANGUAGE]
            return next((way for way in own if self.clear(way.text, category, value)), first)
        return first

    def clear(self, text: str, category: str, value: Value) -> bool:
        """Whether it is read as that and nothing else, where it stands alone."""
        chart = chart_of(text, self.lexicon)
        own = [i for i in chart.of(0, category) if i.end == len(text)]
        parts = [i for i in chart.of(0, "PART") if i.end == len(text) and not only_after(frame_of(i.value))]
        return all(_surely(items) for items in (own, parts)) and any(i.value == value for i in own)

    def _ways(self, category: str, value: Value) -> Iterator[Words]:
        for text, cost in self.names.of(category, value):
            if category in ("AMOUNT", "PERCENT") and self.percent is not None:
                cost += _UNLIKELY * ((category == "PERCENT") != self.percent)
            yield Words(text, cost)
        for construction in self.by_category.get(category, ()):
            if construction is self.brackets.get(category) or construction.name in self.ornaments:
                continue
            words = self.by(construction, value)
            if words is not None:
                yield words

    def by(self, construction: Construction, value: Value) -> Words | None:
        """By one construction."""
        bound = match(construction.means, value, self.field)
        if bound is None or not self._settled(construction, bound):
            return None
        before = self.percent
        self.percent = self._percent(value)
        try:
            return self._formed(construction, bound)
        finally:
            self.percent = before

    def field(self, text: str) -> Value:
        """A text of a construction: "@people" and the like are fields of the model, where it has them."""
        people = self.lexicon.model.people
        if people is None or not text.startswith("@"):
            return text
        fields = {"@people": people.name, "@person": people.id, "@team": people.team, "@region": people.region}
        return fields.get(text, text)

    def parts(self, slot: str, needed: Set[str] | None = None) -> Sequence[Construction]:
        """Parts of a question that say something of a slot; with `needed`, those that say nothing but what is. A
        comparison says a condition."""
        if not self.by_slot:
            for place, construction in enumerate(self.by_category.get("PART", ())):
                self._know_part(place, construction)
        known = self.by_slot.get(slot, {})
        found = [pair for says, several in known.items() if needed is None or says <= needed for pair in several]
        return [construction for _, construction in sorted(found, key=itemgetter(0))]

    def _know_part(self, place: int, construction: Construction) -> None:
        if isinstance(construction.means, Mapping) and "kind" not in construction.means:
            slots: dict[str, Any] = {
                _SAID_AS.get(str(name), str(name)): means for name, means in construction.means.items()
            }
            says = frozenset(name for name, means in slots.items() if not _may_lack(means))
            for name in slots:
                self.by_slot.setdefault(name, {}).setdefault(says, []).append((place, construction))

    def frames(self, construction: Construction) -> Iterator[Mapping[str, Value]]:
        """What a part says, its slots left out; nothing where it cannot be said so."""
        with suppress(NotAReading, AttributeError, TypeError):
            yield dict(construction.value({}).args)

    def _percent(self, value: Value) -> bool | None:
        """Whether numbers that stand in this beside measures are fractions."""
        of = None
        if isinstance(value, Term):
            of = value.get("of") if value.kind == "test" else value.get("like") if value.kind == "amount" else None
            if value.kind == "times":
                return False
        elif isinstance(value, int | float):
            return self.percent
        if not isinstance(of, Term) or not of.args:
            return None
        try:
            measure = Measure._member(plain(of))
            return measure.unit(self.lexicon.model) == "percent"
        except (ValidationError, PydanticCustomError, UserError):
            return None

    def _settled(self, construction: Construction, bound: Bound) -> bool:
        """Slots of which only arguments are known are filled, or there is no such thing."""
        slots = {p.name: p for p in construction.parts if isinstance(p, Slot) and p.name}
        for name, args in bound.args.items():
            if bound.slots.get(name) is None:
                slot = slots.get(name)
                found = None if slot is None else self.names.with_args(slot.category, args)
                if found is None:
                    return False
                bound.slots[name] = found
            value = bound.slots[name]
            if not isinstance(value, Term) or any(not same(value.get(k), v) for k, v in args.items()):
                return False
        return self._agreed(construction, bound)

    def _agreed(self, construction: Construction, bound: Bound) -> bool:
        """A slot that must be the same as something known is that."""
        if not construction.agree:
            return True
        known: list[Value] = []
        free: list[str] = []
        for path in construction.agree:
            name, _, arg = path[1:].partition(".")
            value = bound.slots.get(name)
            if arg:
                value = value.get(arg) if isinstance(value, Term) else None
            if value is None:
                free.append(name)
            else:
                known.append(value)
        if not known or any(not same(known[0], k) for k in known):
            return False
        return all(bound.bind(name, known[0]) for name in free)

    def _formed(self, construction: Construction, bound: Bound) -> Words | None:
        """By the first form that says all of it."""
        cost = max(construction.cost, 0.0) + construction.said
        if self.care >= Care.PLAIN:
            plainly = construction.plain or not has_words(construction)
            cost += 0.0 if plainly or construction.category not in self.plainly else FAR
        elif construction.plain:
            cost += _PLAIN
        cost -= bool(construction.agree) and self.care >= Care.QUOTED
        native = forms_in(construction, self.language)
        if is_list(construction) and self.inside_list:
            native.sort(key=lambda f: not any(p in COMMAS for p in f.parts))
        foreign = [f for f in construction.sayings if f.language != self.language and worded(f)]
        wanted = {k for k, v in bound.slots.items() if v is not None}
        for ways, extra in ((native, 0.0), (foreign, OTHER_LANGUAGE)):
            for filled in (False, True):
                for form in ways:
                    words = self._form(construction, form, bound, wanted, filled)
                    if words is not None:
                        return Words(words.text, words.cost + cost + extra, words.whole)
        return None

    def _form(
        self, construction: Construction, form: Form, bound: Bound, wanted: set[str], filled: bool
    ) -> Words | None:
        """`filled`: what was not said is said all the same, as what it stands for."""
        names = {p.name for p in form.parts if isinstance(p, Slot) and p.name}
        values = dict(bound.slots)
        if filled:
            for name in names:
                if values.get(name) is None and name in bound.defaults:
                    values[name] = bound.defaults[name]
        if wanted - names or any(values.get(n) is None and n in values for n in names):
            return None
        pieces: list[str] = []
        cost, nested, many, whole = 0.0, 0, False, True
        for part in form.spoken:
            if isinstance(part, str):
                pieces.append(part)
                continue
            listed = is_list(construction) and part.category == construction.category
            counted = part.name == "many" or (many and part.category in _COUNTED)
            words = self._slot(part, values, lone=len(form.parts) == 1, listed=listed)
            if counted and words is not None:
                words = self._counted(part, values, words)
            if words is None:
                return None
            nested += part.category in self.brackets or not words.whole
            pieces.append(words.text)
            many = part.category in ("COUNT", "HOWMANY") and values.get(part.name) != 1
            cost, whole = cost + words.cost, words.whole
        slots = sum(isinstance(p, Slot) and bool(p.name) for p in form.parts)
        alone = len(form.parts) == 1
        return Words(joined(pieces, self.language), cost, whole if alone else not nested and slots < 2)

    def _slot(self, slot: Slot, values: Mapping[str, Value], *, lone: bool, listed: bool) -> Words | None:
        if not slot.name or slot.name not in values:
            return self.any_of(slot)
        value = values[slot.name]
        if not slot.takes(value):
            return None
        before, self.inside_list = self.inside_list, listed
        words = self.say(slot.category, value)
        self.inside_list = before
        if words is not None and not lone and not words.whole and self.care and slot.category in self.brackets:
            return Words(self.in_brackets(words.text), words.cost)
        return words

    def _counted(self, slot: Slot, values: Mapping[str, Value], words: Words) -> Words:
        """Behind a number: by the words there are for that, else in the plural."""
        own = self.say(f"COUNTED_{slot.category}", values.get(slot.name))
        if own is not None:
            return own
        text = words.text
        many = self.language == "en" and text[-1].isalpha() and "." not in text
        return Words(forms(text)[-1], words.cost, words.whole) if many else words

    def in_brackets(self, text: str) -> str:
        return f"（{text}）" if self.language == "zh" else f"({text})"

    def any_of(self, slot: Slot) -> Words | None:
        """A category that is nothing but words."""
        if slot not in self.bare:
            self.bare[slot] = self._any_of(slot)
        return self.bare[slot]

    def _any_of(self, slot: Slot) -> Words | None:
        ways = sorted(self.by_category.get(slot.category, ()), key=lambda c: c.name != c.category)
        for construction in ways:
            bare = not any(isinstance(p, Slot) for p in construction.parts)
            if bare and slot.takes(construction.means):
                return self._formed(construction, Bound())
        return None


def _may_lack(means: Any) -> bool:
    """Whether a part of a frame need not be said: nothing but a slot."""
    return isinstance(means, str) and means.startswith("$") and means != "$about"


def _surely(items: Sequence[Item]) -> bool:
    """Whether nothing else is nearly as likely."""
    least = min((i.cost for i in items), default=0.0)
    return len({i.value for i in items if i.cost <= least + MARGIN}) == 1
