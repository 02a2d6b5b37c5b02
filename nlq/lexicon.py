"""The vocabulary of one deployment: rule words of the languages, the model's names and synonyms, members and people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import ahocorasick

from metrics.model.schema import Field, Model
from metrics.people import Org, Person
from nlq.cover import Sees, seen_senses
from nlq.grammar import Grammar
from nlq.keys import is_key
from nlq.morphology import forms, lemma
from nlq.normalise import fold, fold_all, has_han
from nlq.vocabulary import vocabulary

__all__ = ["Lexicon"]

_NUMERIC = ("Integer", "Decimal", "Float", "Double", "Number", "BigInt", "Long")
_WORD = re.compile(r"[^\W\d_一-鿿][^\s一-鿿,()（）/]*|[一-鿿]+")


class _Entries:
    """Phrase -> kind -> values, while a lexicon is being built."""

    def __init__(self) -> None:
        self.language: dict[str, dict[str, tuple[Any, ...]]] = {}
        self.model: dict[str, dict[str, tuple[Any, ...]]] = {}

    def add(self, phrase: str, kind: str, value: Any, *, language: bool = False) -> None:
        if not phrase:
            return
        entries = self.language if language else self.model
        senses = entries.get(phrase)
        if senses is None:  # nearly every member: there are tens of thousands
            entries[phrase] = {kind: (value,)}
        elif value not in senses.get(kind, ()):
            senses[kind] = (*senses.get(kind, ()), value)

    def add_all(self, phrases: Iterable[str], kind: str, value: Any, *, inflect: bool = True) -> None:
        for phrase in phrases:
            folded = fold(phrase)
            shorter = " ".join(w for w in folded.split() if "SQUEEZE" not in self.language.get(w, {}))
            if len(shorter.split()) > 1 and shorter != folded:
                self.add(shorter, kind, value)
            for form in forms(folded) if inflect else (folded,):
                if form == folded or kind != "METRIC" or "VERB" not in self.language.get(form, {}):
                    self.add(form, kind, value)


@dataclass(frozen=True)
class Lexicon:
    """Everything `read` looks words up in. Built once per data snapshot; immutable afterwards.

    `phrases`: folded phrase -> kind -> values; `capital`: parts of people's names that are ordinary words too and count
    as names only with a capital letter; `also`: members hidden behind a key of the same dataset (a parent company that
    is a customer too), meant only where their field is named; `verb_metrics`: (dataset or "", verb class) -> counting
    metrics.
    """

    model: Model
    org: Org
    phrases: Mapping[str, Mapping[str, tuple[Any, ...]]]
    capital: Mapping[str, Mapping[str, tuple[Any, ...]]]
    also: Mapping[str, tuple[tuple[str, str], ...]]
    verb_metrics: Mapping[tuple[str, str], tuple[str, ...]]
    automaton: Any = field(repr=False)
    grammar: Grammar = field(repr=False)

    @classmethod
    def build(cls, model: Model, members: Mapping[str, Sequence[str]], org: Org) -> Self:
        """Collect every word that can be understood over this model and these members.

        About 0.3 s for 25,000 members. `members`: field id -> distinct values of that dimension.
        """
        entries = _Entries()
        for phrase, kind, value in vocabulary().words:
            entries.add(phrase, kind, value, language=True)
        _add_model(entries, model)
        also = _add_members(entries, model, members)
        capital = _add_people(entries, model, org)
        _add_generic_fields(entries, model)
        phrases: dict[str, dict[str, tuple[Any, ...]]] = {p: dict(s) for p, s in entries.language.items()}
        for phrase, senses in entries.model.items():
            merged = phrases.get(phrase)
            if merged is None:
                phrases[phrase] = senses
                continue
            if "FILL" in merged and "CAPS" not in merged and len(merged) == 1:
                del merged["FILL"]
            merged.update(senses)
        automaton = ahocorasick.Automaton()
        for phrase, senses in phrases.items():
            strict = phrase not in entries.language
            automaton.add_word(phrase, (len(phrase), senses, strict, phrase))
        automaton.make_automaton()
        kinds = {tuple(senses) for senses in phrases.values()}
        grammar = Grammar.build(vocabulary().rules, (frozenset(k) for k in kinds))
        return cls(model, org, phrases, capital, also, _verb_metrics(model, entries), automaton, grammar)

    @cached_property
    def facts(self) -> frozenset[str]:
        """Datasets with dated rows: what metrics count or add up, rather than what they are about."""
        metrics = self.model.metrics.values()
        return frozenset(d for m in metrics for d in m.time)

    def counted(self, senses: Mapping[str, tuple[Any, ...]]) -> bool:
        """Whether a word stands for rows that metrics count ("deals"), not for things to break down by."""
        return not self.facts.isdisjoint(senses.get("DATASET", ()))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every Latin word of four letters or more that occurs in the vocabulary: what typos are read as."""
        known = {
            word
            for phrase in self.phrases
            for word in phrase.split()
            if len(word) >= 4 and word.isascii() and word.isalpha()
        }
        return tuple(sorted(known))

    @cached_property
    def _phrases_of(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for phrase in self.phrases:
            for word in phrase.split():
                found.setdefault(word, []).append(phrase)
        return {word: tuple(phrases) for word, phrases in found.items()}

    def word_exists(self, word: str, sees: Sees | None) -> bool:
        """Whether a word says anything to an asker for whom not every member exists."""
        return sees is None or any(seen_senses(self.phrases[p], sees) for p in self._phrases_of.get(word, ()))

    @cached_property
    def offers(self) -> frozenset[str]:
        """Single words that say something on their own: what may be suggested for a word that was not read."""
        content = {"METRIC", "FIELD", "NUMFIELD", "DATASET", "MEMBER", "TERM", "MONTH"}
        return frozenset(p for p, senses in self.phrases.items() if content & senses.keys() and " " not in p)

    @cached_property
    def people_words(self) -> frozenset[str]:
        """Words of people's names."""
        return frozenset(w for p in self.org.people.values() for w in fold(p.name).split())

    def senses(self, phrase: str) -> Mapping[str, tuple[Any, ...]]:
        """What a phrase can mean as a whole; empty when it is unknown."""
        return self.phrases.get(fold(phrase), {})


def _names(item: Any) -> list[str]:
    return [item.name.replace("_", " "), *item.labels.values(), *item.synonyms]


def _add_model(entries: _Entries, model: Model) -> None:
    for metric in model.metrics.values():
        entries.add_all(_names(metric), "METRIC", metric.name)
    for dataset in model.datasets.values():
        entries.add_all(_names(dataset), "DATASET", dataset.name)
    for item in model.fields.values():
        if item.is_time:
            continue
        if item.dimension:
            counted = is_key(model, item) and any(item.dataset in m.time for m in model.metrics.values())
            words = [*item.labels.values(), *item.synonyms] or [item.name.replace("_", " ")]
            entries.add_all(words, "FIELD", item.id)
            if counted:
                entries.add_all(words, "DATASET", item.dataset)
        elif item.synonyms and item.datatype in _NUMERIC:
            entries.add_all([*item.labels.values(), *item.synonyms], "NUMFIELD", item.id)
    for i, term in enumerate(model.terms):
        entries.add_all(term.words, "TERM", i)
    for i, absent in enumerate(model.absent):
        entries.add_all(absent.words, "ABSENT", i)


def _add_members(
    entries: _Entries, model: Model, members: Mapping[str, Sequence[str]]
) -> dict[str, tuple[tuple[str, str], ...]]:
    people = model.people
    labels = {label for field in model.fields.values() for label in field.labelled_by.values()}  # words of the codes
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
    also: dict[str, tuple[tuple[str, str], ...]] = {}
    known_by = {item.id for item in model.fields.values() if is_key(model, item)}
    for phrase, found in (pair for words in taken.values() for pair in words.items()):
        if len(found) > 1:
            keys = [f for f in found if f[0].id in known_by]
            if keys and len(keys) < len(found):
                also[phrase] = tuple((item.id, value) for item, value in found if item.id not in known_by)
                found = keys
        plural = len(phrase) > 3 and phrase.isalpha() and not has_han(phrase)
        for item, value in found:
            entries.add(phrase, "MEMBER", (item.id, value))
            if plural:
                entries.add(phrase + "s", "MEMBER", (item.id, value))
    return also


def person_member(model: Model, org: Org, person: Person) -> tuple[str, str] | None:
    """(field id, value) that filters to the rows of a person, or of their team when they do not sell."""
    people = model.people
    if people is None:
        return None
    if person.sells:
        same = [p for p in org.people.values() if p.sells and p.name == person.name]
        return (people.name, person.name) if len(same) == 1 or people.name == people.id else (people.id, person.id)
    if people.manager is not None and person.id in org.reports:
        if any(p.sells for p in (org.people[i] for i in org.reports[person.id])):
            return (people.manager, person.id)
        return None
    return None


def _add_people(entries: _Entries, model: Model, org: Org) -> dict[str, dict[str, tuple[Any, ...]]]:
    """Full names, aliases and their single words. Returns the words that need a capital letter to be names."""
    whole = _Entries()
    part = _Entries()
    for person in org.people.values():
        member = person_member(model, org, person)
        if member is None:
            continue
        names = [person.name, *person.aliases]
        for name in names:
            whole.add(fold(name), "MEMBER", member)
            whole.add(fold(name), "PERSON", person.id)
        for name in names:
            pieces = _WORD.findall(name)
            if len(pieces) > 1:
                for piece in pieces:
                    if len(piece) > 1:
                        part.add(fold(piece), "MEMBER", member)
                        part.add(fold(piece), "PERSON", person.id)
    for phrase, senses in whole.model.items():
        entries.model[phrase] = {
            k: v for k, v in entries.model.get(phrase, {}).items() if k not in ("MEMBER", "PERSON")
        } | senses
    capital: dict[str, dict[str, tuple[Any, ...]]] = {}
    for phrase, senses in part.model.items():
        if phrase in whole.model:
            continue
        if phrase in entries.language or phrase in entries.model or phrase in vocabulary().real:
            capital[phrase] = senses
        else:
            entries.model[phrase] = senses
    return capital


def _add_generic_fields(entries: _Entries, model: Model) -> None:
    """The languages' own words for people, team and region stand for the model's fields unless it uses them itself."""
    people = model.people
    if people is None:
        return
    targets = {"PEOPLEWORD": people.name, "TEAMWORD": people.team, "REGIONWORD": people.region}
    for phrase, senses in entries.language.items():
        for kind, field_id in targets.items():
            if (
                kind in senses
                and field_id is not None
                and not entries.model.get(phrase, {}).keys() & {"FIELD", "METRIC"}
            ):
                entries.add(phrase, "FIELD", field_id)


def _verb_metrics(model: Model, entries: _Entries) -> dict[tuple[str, str], tuple[str, ...]]:
    """Counting metrics by what is done to what: "deals won" -> ("deals", "win"). Verb classes are language data."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for metric in model.metrics.values():
        if metric.unit != "count":
            continue
        for name in _names(metric):
            words = fold(name).split() if name.isascii() else []
            whole = entries.language.get(fold(name), {}).get("VERB", ())  # "closed lost" is lost, not closed
            verbs = set(whole) or {v for w in words for v in entries.language.get(w, {}).get("VERB", ())}
            nouns = {d for w in words for form in (w, lemma(w)) for d in entries.model.get(form, {}).get("DATASET", ())}
            for verb in verbs:
                for noun in nouns or {""}:
                    for key in {(noun, verb), ("", verb)}:
                        if metric.name not in found.get(key, ()):
                            found[key] = (*found.get(key, ()), metric.name)
    return found
