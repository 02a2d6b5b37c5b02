"""The words of one deployment: names of metrics, fields, things, members and people, beside those of the constructions.
Built once per data snapshot; immutable afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Self

import ahocorasick

from metrics.model.schema import Model
from metrics.people import Org
from metrics.query import Filter
from nlq.keys import is_key
from nlq.morphology import forms, lemma
from nlq.normalise import fold, has_han
from nlq.reader.constructions import Grammar, grammar
from nlq.reader.deeds import Deeds, deeds_of
from nlq.reader.doing import Doings, doings
from nlq.reader.looking import OWN
from nlq.reader.names import Entry, Names, Sees, names_of
from nlq.reader.numbers import Numerals
from nlq.reader.terms import Term, Value

if TYPE_CHECKING:
    from nlq.reader.han_spelling import HanIndex

__all__ = ["Lexicon", "condition_of"]

_ALSO_DONE = 1.5
_SHORTEST_LINKED, _LINKED = 2, 0.2
_OWN = 0.2
_NUMERIC = ("Integer", "Decimal", "Float", "Double", "Number", "BigInt", "Long")


Found = dict[str, dict[tuple[str, Value], "Entry"]]  # phrase -> its senses, while they are gathered


def condition_of(filters: Sequence[Filter]) -> Term:
    """Row filters of the dictionary as one condition."""
    made = tuple(_in(f.field, tuple(f.values), out=f.op == "not_in") for f in filters)
    return made[0] if len(made) == 1 else Term("and", (("of", made),))


def _in(field_id: str, values: tuple[Any, ...], *, out: bool = False) -> Term:
    return Term("in", (("field", field_id), ("values", values), *((("out", True),) if out else ())))


@dataclass(frozen=True)
class Lexicon:
    """`phrases`: folded phrase -> its senses. `automaton` finds them, and the words of constructions, in a text."""

    model: Model
    org: Org
    phrases: Mapping[str, tuple[Entry, ...]]
    names: Names = field(repr=False)
    grammar: Grammar = field(repr=False)
    automaton: Any = field(repr=False)
    doings: Doings = field(repr=False)

    @classmethod
    def build(
        cls, model: Model, members: Mapping[str, Sequence[str]], org: Org, languages: tuple[str, ...] = ()
    ) -> Self:
        """`members`: field id -> distinct values of that dimension. `languages`: folders of further languages."""
        found: Found = {}
        rules = grammar(languages)
        _add_model(found, model)
        _add_linked(found, rules)
        _add_roles(found, model, rules)
        _add_own(found, model, rules)
        own = deeds_of(model, rules, found)
        _add_deeds(found, model, own)
        _add_stems(found, model, rules, own)
        names = names_of(model, members, org, _words(rules, "PLAIN_NOT"), _words(rules, "PRONOUN"))
        automaton = ahocorasick.Automaton()
        for phrase in found.keys() | names.all.keys() | names.surnames.keys() | rules.words | rules.noise:
            automaton.add_word(phrase, phrase)
        automaton.make_automaton()
        entries = {phrase: tuple(senses.values()) for phrase, senses in found.items()}
        return cls(model, org, entries, names, rules, automaton, doings(model, rules, own))

    def senses(self, phrase: str, sees: Sees | None) -> Sequence[Entry]:
        """What a folded phrase can mean to somebody for whom only some members exist."""
        known = self.phrases.get(phrase, ())
        return (*known, *self.names.senses(phrase, sees)) if phrase in self.names else known

    def quoted(self, name: str, sees: Sees | None) -> tuple[Entry, ...]:
        """What a name in quotes can mean: the members that are written exactly so, else whatever is called that."""
        known = tuple(self.senses(fold(name), sees))
        return tuple(e for e in known if e.member is not None and e.member[1] == name) or known

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """What others have made of these words and keep as long as they are the same."""
        return {}

    @cached_property
    def numerals(self) -> Numerals:
        return Numerals.of(self.grammar)

    @cached_property
    def latin_words(self) -> Mapping[str, tuple[str, ...]]:
        """Every Latin word of four letters or more of any phrase or construction, by its first letter: what typos are
        read as."""
        known = {w for phrase in (*self.phrases, *self.names.all, *self.grammar.words) for w in phrase.split()}
        words = sorted(w for w in known if len(w) >= 4 and w.isascii() and w.isalpha())
        return {letter: tuple(alike) for letter, alike in itertools.groupby(words, key=itemgetter(0))}

    @cached_property
    def han_index(self) -> HanIndex:
        """Chinese phrases by their sound: what typing the wrong characters is read as."""
        from nlq.reader.han_spelling import HanIndex  # here: most questions are spelt right

        noise = self.grammar.noise
        short = {v for v in _words(self.grammar, "VERB") if sum(c not in noise for c in v) < 2}  # 见了 is no 建了
        known = (p for p in (*self.phrases, *self.names.all, *self.grammar.words) if has_han(p))
        return HanIndex.build(p for p in known if p not in short)


def _add(found: Found, phrases: Iterable[str], entry: Entry, *, inflect: bool = True) -> None:
    for phrase in phrases:
        folded = fold(phrase)
        for form in forms(folded) if inflect else (folded,):
            if form:
                found.setdefault(form, {}).setdefault((entry.category, entry.value), entry)


def _many(phrases: Iterable[str], *, anywhere: bool = False) -> list[str]:
    """Those of their forms that are of several: "top customers" are more than one. `anywhere`: contracts signed are so
    too."""
    made = (form.split() for phrase in phrases for form in forms(fold(phrase)))
    return [" ".join(f) for f in made if any(lemma(w) != w for w in (f if anywhere else f[-1:]))]


def _names(item: Any) -> list[str]:
    return [item.name.replace("_", " "), *item.labels.values(), *item.synonyms]


def _add_balances(found: Found, model: Model) -> None:
    """Money that there is, by names that are none of single records: of whose pipeline is the biggest the sum is meant,
    of whose overdue invoice one of them."""
    names = {word for dataset in model.datasets.values() for word in _names(dataset)}
    records = {form for name in names for form in forms(fold(name).split()[-1])}
    for metric in model.metrics.values():
        if metric.snapshot and metric.unit.startswith("currency"):
            sums = [n for n in _names(metric) if not records & set(forms(fold(n).split()[-1]))]
            _add(found, sums, Entry("BALANCE", Term("metric", (("name", metric.name),))))


def _add_model(found: Found, model: Model) -> None:
    for metric in model.metrics.values():
        _add(found, _names(metric), Entry("METRIC", Term("metric", (("name", metric.name),))))
        many = _many(_names(metric), anywhere=metric.unit == "count")
        _add(found, many, Entry("METRIC_MANY", Term("metric", (("name", metric.name),))), inflect=False)
    _add_balances(found, model)
    dated = {d for metric in model.metrics.values() for d in metric.time}
    for dataset in model.datasets.values():
        _add(found, _names(dataset), Entry("RECORD" if dataset.name in dated else "THING", dataset.name))
        if dataset.name in dated:
            _add(found, _many(_names(dataset)), Entry("RECORD_MANY", dataset.name), inflect=False)
    for item in model.fields.values():
        _add(found, [item.id], Entry("COLUMN", item.id), inflect=False)
        if item.is_time:
            _add(found, [*item.labels.values(), *item.synonyms], Entry("DATEFIELD", item.id))
        elif item.dimension:
            words = [*item.labels.values(), *item.synonyms] or [item.name.replace("_", " ")]
            _add(found, words, Entry("FIELD", item.id))
            _add(found, _many(words), Entry("FIELD_MANY", item.id), inflect=False)
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


def _add_linked(found: Found, rules: Grammar) -> None:
    """A number called by two Chinese words, with that between them which joins words: 流失的客户 for 流失客户."""
    links = _words(rules, "LINK")
    for phrase in [p for p in found if len(p) > _SHORTEST_LINKED and all("㐀" <= c <= "鿿" for c in p)]:
        for entry in [e for e in found[phrase].values() if e.category == "METRIC"]:
            places = [at for at in range(2, len(phrase)) if phrase[at:] not in found]  # 下单的客户 are customers
            parted = [phrase[:at] + link + phrase[at:] for link in links for at in places]
            made = Entry("METRIC", entry.value, _LINKED)
            _add(found, [p for p in parted if p not in found], made, inflect=False)


def _words(rules: Grammar, category: str) -> tuple[str, ...]:
    """The words of a category without slots, the longest first."""
    forms = (f for c in rules.constructions.values() if c.category == category for f in c.forms)
    return tuple(sorted((" ".join(map(str, f.parts)) for f in forms), key=len, reverse=True))


def _add_roles(found: Found, model: Model, rules: Grammar) -> None:
    """What a team is called here, where it is not called a team."""
    team = model.fields.get(model.people.team or "") if model.people is not None else None
    if team is not None:
        usual = set(_words(rules, "GROUP"))
        _add(found, [w for w in _names(team) if fold(w) not in usual], Entry("TEAM_NAME", True))


def _add_own(found: Found, model: Model, rules: Grammar) -> None:
    """A field without the name of what it is a field of: the type of a visit is its visit type."""
    dated = {d for metric in model.metrics.values() for d in metric.time}
    for item in model.fields.values():
        if item.dimension and not item.is_time and item.dataset in dated and not is_key(model, item):
            dataset = model.datasets[item.dataset]
            things = {lemma(fold(w)) for w in _names(dataset)} - {""}
            for name in map(fold, (*item.labels.values(), *item.synonyms)):
                rest = next((r for thing in things if (r := _without(name, thing))), "")
                if rest and rest not in found and not rules.is_alone(rest):
                    _add(found, [rest], Entry("GROUP", f"{OWN}{item.id}", _OWN))


def _without(name: str, thing: str) -> str:
    """The rest of a name that begins with a thing; nothing where it does not."""
    if has_han(thing):
        rest = name.removeprefix(thing) if name.startswith(thing) else ""
        return rest if len(rest) > 1 else ""
    return name.removeprefix(f"{thing} ") if name.startswith(f"{thing} ") else ""


def _add_deeds(found: Found, model: Model, own: Deeds) -> None:
    """Verbs of this company; of what its business is, by the number that everybody looks at, they are what is dealt
    in."""
    metric = model.metrics.get(model.default_metric or "")
    dealt = set(metric.time) if metric is not None else set()
    for word, deed in own.items():
        _add(found, [word], Entry("VERB_BARE" if deed.bare else "VERB", deed.metric), inflect=False)
        if dealt & set(model.metrics[deed.metric].time):
            _add(found, [word], Entry("DEALT_BARE" if deed.bare else "DEALT", deed.metric), inflect=False)


def _add_stems(found: Found, model: Model, rules: Grammar, own: Deeds) -> None:
    """What a date is the date of ("due", 到期), and what days are counted of ("days overdue", 逾期天数)."""
    dates, days, done = _words(rules, "DATE_WORD"), _words(rules, "DAYS_WORD"), (*own, *_words(rules, "VERB"))
    for item in model.fields.values():
        if not item.is_time and (item.dimension or item.datatype not in _NUMERIC):
            continue
        category, words = ("DATEVERB", dates) if item.is_time else ("AGED", days)
        for name in map(fold, _names(item)):
            stem = next((s for word in words if (s := _stem(name, word))), None)
            if stem is None or (item.is_time and (stem in found or (stem not in done and rules.is_alone(stem)))):
                continue  # an "order date" is no word for what is ordered, nor a "last day" for what was last
            cost = _ALSO_DONE if stem in done else 0.0  # "did not order this quarter"
            _add(found, [stem], Entry(category, item.id, cost), inflect=False)


def _stem(name: str, word: str) -> str:
    """The name without a word that it begins or ends with; nothing where it does not."""
    if has_han(word):
        return name.removesuffix(word) if name.endswith(word) else ""
    if name.endswith(f" {word}"):
        return name.removesuffix(word).strip()
    return name.removeprefix(word).strip() if name.startswith(f"{word} ") else ""
