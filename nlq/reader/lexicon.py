"""The words of one deployment: names of metrics, fields, things, members and people, beside those of the constructions.
Built once per data snapshot; immutable afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import ahocorasick

from metrics.model.schema import Field, Model
from metrics.people import Org, Person
from metrics.query import Filter
from nlq.keys import is_key
from nlq.morphology import forms
from nlq.normalise import fold, fold_all, has_han
from nlq.reader.constructions import Grammar, grammar
from nlq.reader.doing import Doings, doings
from nlq.reader.han_spelling import HanIndex
from nlq.reader.numbers import Numerals
from nlq.reader.terms import Term, Value

__all__ = ["Entry", "Lexicon", "condition_of", "person_member"]

_NUMERIC = ("Integer", "Decimal", "Float", "Double", "Number", "BigInt", "Long")
_NAME_WORD = re.compile(r"[^\W\d_一-鿿][^\s一-鿿,()（）/]*|[一-鿿]+")
_PART_OF_NAME = 0.3  # a first name alone is less sure than a full one


@dataclass(frozen=True, slots=True)
class Entry:
    """One sense of a phrase. `member`: (field, value) where it stands for a member: who may not see it has no such
    entry."""

    category: str
    value: Value
    cost: float = 0.0
    member: tuple[str, str] | None = None


def condition_of(filters: Sequence[Filter]) -> Term:
    """Row filters of the dictionary as one condition."""
    made = tuple(_in(f.field, tuple(f.values), out=f.op == "not_in") for f in filters)
    return made[0] if len(made) == 1 else Term("and", (("of", made),))


def _in(field_id: str, values: tuple[Any, ...], *, out: bool = False) -> Term:
    return Term("in", (("field", field_id), ("values", values), *((("out", True),) if out else ())))


def person_member(model: Model, org: Org, person: Person) -> tuple[str, str] | None:
    """(field id, value) that filters to the rows of a person, or of their team when they do not sell."""
    people = model.people
    if people is None:
        return None
    if person.sells:
        same = [p for p in org.people.values() if p.sells and p.name == person.name]
        return (people.name, person.name) if len(same) == 1 or people.name == people.id else (people.id, person.id)
    below = (org.people[i] for i in org.reports.get(person.id, ()))
    if people.manager is not None and any(p.sells for p in below):
        return (people.manager, person.id)
    return None


@dataclass(frozen=True)
class Lexicon:
    """`phrases`: folded phrase -> its senses. `automaton` finds them, and the words of constructions, in a text."""

    model: Model
    org: Org
    phrases: Mapping[str, tuple[Entry, ...]]
    grammar: Grammar = field(repr=False)
    automaton: Any = field(repr=False)
    doings: Doings = field(repr=False)

    @classmethod
    def build(cls, model: Model, members: Mapping[str, Sequence[str]], org: Org) -> Self:
        """`members`: field id -> distinct values of that dimension."""
        found: dict[str, list[Entry]] = {}
        rules = grammar()
        _add_model(found, model)
        _add_stems(found, model, rules)
        _add_members(found, model, members)
        _add_people(found, model, org)
        automaton = ahocorasick.Automaton()
        for phrase in found.keys() | rules.words | rules.noise:
            automaton.add_word(phrase, phrase)
        automaton.make_automaton()
        entries = {phrase: tuple(senses) for phrase, senses in found.items()}
        return cls(model, org, entries, rules, automaton, doings(model, rules))

    @cached_property
    def numerals(self) -> Numerals:
        return Numerals.of(self.grammar)

    @cached_property
    def latin_words(self) -> tuple[str, ...]:
        """Every Latin word of four letters or more of any phrase or construction: what typos are read as."""
        known = {w for phrase in (*self.phrases, *self.grammar.words) for w in phrase.split()}
        return tuple(sorted(w for w in known if len(w) >= 4 and w.isascii() and w.isalpha()))

    @cached_property
    def han_index(self) -> HanIndex:
        """Chinese phrases by their sound: what typing the wrong characters is read as."""
        return HanIndex.build(p for p in (*self.phrases, *self.grammar.words) if has_han(p))


def _add(found: dict[str, list[Entry]], phrases: Iterable[str], entry: Entry, *, inflect: bool = True) -> None:
    for phrase in phrases:
        folded = fold(phrase)
        for form in forms(folded) if inflect else (folded,):
            if form:
                senses = found.setdefault(form, [])
                if all(e.category != entry.category or e.value != entry.value for e in senses):
                    senses.append(entry)


def _names(item: Any) -> list[str]:
    return [item.name.replace("_", " "), *item.labels.values(), *item.synonyms]


def _add_model(found: dict[str, list[Entry]], model: Model) -> None:
    for metric in model.metrics.values():
        _add(found, _names(metric), Entry("METRIC", Term("metric", (("name", metric.name),))))
    dated = {d for metric in model.metrics.values() for d in metric.time}
    for dataset in model.datasets.values():
        _add(found, _names(dataset), Entry("RECORD" if dataset.name in dated else "THING", dataset.name))
    for item in model.fields.values():
        if item.is_time:
            _add(found, [*item.labels.values(), *item.synonyms], Entry("DATEFIELD", item.id))
        elif item.dimension:
            words = [*item.labels.values(), *item.synonyms] or [item.name.replace("_", " ")]
            _add(found, words, Entry("FIELD", item.id))
        elif item.synonyms and item.datatype in _NUMERIC:
            _add(found, [*item.labels.values(), *item.synonyms], Entry("NUMFIELD", item.id))
    for term in model.terms:
        if term.metric is not None:
            metric_term: Term = Term("metric", (("name", term.metric),))
            if term.where:
                metric_term = Term("only", (("of", metric_term), ("where", condition_of(term.where))))
            _add(found, term.words, Entry("METRIC", metric_term))
        else:
            _add(found, term.words, Entry("MEMBER", condition_of(term.where)))
    for i, absent in enumerate(model.absent):
        _add(found, absent.words, Entry("ABSENT", i))
    for name, funnel in model.funnels.items():
        _add(found, [name.replace("_", " "), *funnel.labels.values()], Entry("FUNNEL", name))


def _words(rules: Grammar, category: str) -> tuple[str, ...]:
    """The words of a category without slots, the longest first."""
    forms = (f for c in rules.constructions.values() if c.category == category for f in c.forms)
    return tuple(sorted((" ".join(map(str, f.parts)) for f in forms), key=len, reverse=True))


def _add_stems(found: dict[str, list[Entry]], model: Model, rules: Grammar) -> None:
    """What a date is the date of ("due", 到期), and what days are counted of ("days overdue", 逾期天数)."""
    dates, days = _words(rules, "DATE_WORD"), _words(rules, "DAYS_WORD")
    for item in model.fields.values():
        if not item.is_time and (item.dimension or item.datatype not in _NUMERIC):
            continue
        category, words = ("DATEVERB", dates) if item.is_time else ("AGED", days)
        for name in map(fold, _names(item)):
            stem = next((s for word in words if (s := _stem(name, word))), None)
            if stem is not None:
                _add(found, [stem], Entry(category, item.id), inflect=False)


def _stem(name: str, word: str) -> str:
    """The name without a word that it begins or ends with; nothing where it does not."""
    if has_han(word):
        return name.removesuffix(word) if name.endswith(word) else ""
    if name.endswith(f" {word}"):
        return name.removesuffix(word).strip()
    return name.removeprefix(word).strip() if name.startswith(f"{word} ") else ""


def _add_members(found: dict[str, list[Entry]], model: Model, members: Mapping[str, Sequence[str]]) -> None:
    people = model.people
    labels = {label for f in model.fields.values() for label in f.labelled_by.values()}  # words of the codes
    taken: dict[str, dict[str, list[tuple[Field, str]]]] = {}  # dataset -> folded word -> whose it is
    for field_id, values in members.items():
        item = model.fields.get(field_id)
        if item is None or not item.dimension or (people is not None and field_id in (people.id, people.email)):
            continue
        if field_id in labels:
            continue
        said = [(value, word) for value in values for word in item.words_of(value)]
        here = taken.setdefault(item.dataset, {})
        for (value, _), phrase in zip(said, fold_all([word for _, word in said]), strict=True):
            here.setdefault(phrase, []).append((item, value))
    keys = {item.id for item in model.fields.values() if is_key(model, item)}
    for phrase, whose in (pair for words in taken.values() for pair in words.items()):
        # a parent company that is a customer too: the customer, unless the field is named
        first = [f for f in whose if f[0].id in keys] or whose
        plural = len(phrase) > 3 and phrase.isalpha() and not has_han(phrase)
        for item, value in whose:
            entry = Entry("MEMBER", _in(item.id, (value,)), 0.0 if (item, value) in first else 1.0, (item.id, value))
            for form in (phrase, phrase + "s") if plural else (phrase,):
                senses = found.setdefault(form, [])
                if entry not in senses:
                    senses.append(entry)


def _add_people(found: dict[str, list[Entry]], model: Model, org: Org) -> None:
    parts: dict[str, list[tuple[Person, tuple[str, str]]]] = {}
    whole: set[str] = set()
    for person in org.people.values():
        member = person_member(model, org, person)
        if member is None:
            continue
        for name in (person.name, *person.aliases):
            _add_person(found, fold(name), person, member, 0.0)
            whole.add(fold(name))
            for piece in _parts_of(name):
                parts.setdefault(fold(piece), []).append((person, member))
            if has_han(name):
                entry = Entry("SURNAME", _person(person, member), 0.0, member)
                if entry not in found.setdefault(name[0], []):
                    found[name[0]].append(entry)
    for piece, whose in parts.items():
        if piece not in whole:
            for person, member in whose:
                _add_person(found, piece, person, member, _PART_OF_NAME)


def _parts_of(name: str) -> list[str]:
    """First and last names; of a Chinese name of three characters and more the given name."""
    pieces = _NAME_WORD.findall(name)
    if len(pieces) == 1:
        return [name[1:]] if has_han(name) and len(name) > 2 else []
    return [p for p in pieces if len(p) > 1]


def _person(person: Person, member: tuple[str, str]) -> Term:
    return Term("person", (("id", person.id), ("where", _in(member[0], (member[1],)))))


def _add_person(
    found: dict[str, list[Entry]], phrase: str, person: Person, member: tuple[str, str], cost: float
) -> None:
    if phrase.isascii():
        _add_person_sense(found.setdefault(phrase + "s", []), person, member, cost + 0.1)  # "james carters deals"
    _add_person_sense(found.setdefault(phrase, []), person, member, cost)


def _add_person_sense(senses: list[Entry], person: Person, member: tuple[str, str], cost: float) -> None:
    same = next((e for e in senses if e.member == member), None)
    if same is not None and same.category == "MEMBER":  # a name that is a member of the people field already
        senses.remove(same)
    senses.append(Entry("PERSON", _person(person, member), cost, member))
