"""What is no construction in words: names of the model, members, people, numbers, dates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from metrics.model.schema import Field
from nlq.normalise import fold, has_han
from nlq.reader.figures import said_amount, said_percent
from nlq.reader.lexicon import Lexicon, condition_of
from nlq.reader.names import Entry, people_named
from nlq.reader.terms import Term, Value

__all__ = ["Naming", "member_label"]

_WRITTEN_APART = 0.3  # a name beside which something must be written to tell it from others


def member_label(item: Field, member: str, language: str) -> str:
    """What people who speak that language read for a member: its label, else a word for it in their script."""
    if item.member_labels.get(member):
        return item.label_of(member, language)
    if has_han(member) == (language == "zh"):
        return member
    others = item.member_synonyms.get(member, ())
    return next((w for w in others if has_han(w)), member) if language == "zh" else member


class Naming:
    """`quoted`: members are what the data has, in quotes; `all_quoted`: whatever has a name is."""

    def __init__(self, lexicon: Lexicon, language: str, *, quoted: bool, all_quoted: bool) -> None:
        self.lexicon, self.language, self.quoted, self.all_quoted = lexicon, language, quoted, all_quoted
        self.model = lexicon.model
        people = self.model.people
        self.own = () if people is None else (people.name, people.id)  # a team is not called by who leads it
        self.by_category: dict[str, Callable[[Any], Iterator[tuple[str, float]]]] = {
            "METRIC": self._metric,
            "MEMBER": self._member,
            "PERSON": self._person,
            "FIELD": self._field,
            "DATEFIELD": self._field,
            "NUMFIELD": self._field,
            "COLUMN": self._column,
            "RECORD": self._dataset,
            "THING": self._dataset,
            "FUNNEL": self._funnel,
            "COUNT": self._count,
            "AMOUNT": self._amount,
            "PERCENT": self._percent,
            "YEAR": self._year,
            "HOWMANY": self._how_many,
            "DAYNUM": self._day_number,
            "TEXT": self._text,
            "OPEN": lambda _: iter((("（" if language == "zh" else "(", 0.0),)),
            "CLOSE": lambda _: iter((("）" if language == "zh" else ")", 0.0),)),
        }

    def of(self, category: str, value: Value) -> Iterator[tuple[str, float]]:
        """(words, cost) of each name it has."""
        make = self.by_category.get(category)
        return iter(()) if make is None else make(value)

    def with_args(self, category: str, args: Mapping[str, Value]) -> Value:
        """The one thing of a category that has these arguments."""
        if category == "METRIC" or (category == "MEASURE" and args.keys() == {"name"}):
            name = args.get("name")
            return Term("metric", (("name", name),)) if name in self.model.metrics else None
        if category == "PERSON":
            return next(
                (t for t in people_named(self.model, self.lexicon.org) if all(t.get(k) == v for k, v in args.items())),
                None,
            )
        if args.keys() == {"field", "values"}:
            return Term("in", (("field", args["field"]), ("values", args["values"])))
        return None

    # --- of the model ------------------------------------------------------------------------------------------------

    def _metric(self, value: Value) -> Iterator[tuple[str, float]]:
        if not isinstance(value, Term):
            return
        if value.kind == "metric" and (name := value.get("name")) in self.model.metrics:
            yield self._label(self.model.metrics[name], "METRIC", value), 0.0
        for term in self.model.terms if value.kind == "only" else ():
            if term.metric is not None and term.where:
                inner = Term("metric", (("name", term.metric),))
                if value == Term("only", (("of", inner), ("where", condition_of(term.where)))):
                    yield self._word(term.words), 0.0

    def _label(self, item: Any, category: str, value: Value) -> str:
        """The label in the language, where it is read as this and nothing else; else another word that is."""
        labels = item.labels
        words = [labels.get(self.language), *labels.values(), *item.synonyms, item.name.replace("_", " ")]
        named = [w for w in dict.fromkeys(words) if w]
        first = [w for w in named if has_han(w) == (self.language == "zh")] or named
        for word in (*first, *named):
            entries = self._senses(word)
            same = [e.value == value for e in entries if e.category == category]
            other = category != "METRIC" and any(e.category == "METRIC" for e in entries)
            if same and all(same) and not other and _plain(word):
                return self._name(word)
        return self._name(next((w for w in named if _plain(w)), named[0]))

    def _senses(self, word: str) -> list[Entry]:
        return list(self.lexicon.senses(fold(word), None))

    def _name(self, word: str) -> str:
        return self._quote(word) if self.all_quoted else _inside(word)

    def _word(self, words: Sequence[str]) -> str:
        return next((w for w in words if has_han(w) == (self.language == "zh")), words[0])

    def _field(self, value: Value) -> Iterator[tuple[str, float]]:
        item = self.model.fields.get(value) if isinstance(value, str) else None
        if item is None:
            return
        kinds = {e.category for e in self._entries(item) if e.value == value}
        label = self._label(item, next(iter(kinds), "FIELD"), value)
        if kinds:
            yield label, 0.0

    def _entries(self, item: Field) -> Iterator[Any]:
        for word in (*item.labels.values(), *item.synonyms, item.name.replace("_", " ")):
            yield from (e for e in self._senses(word) if e.category.endswith("FIELD"))

    def _column(self, value: Value) -> Iterator[tuple[str, float]]:
        if isinstance(value, str) and value in self.model.fields:
            yield value, 0.0 if self.quoted else 0.5

    def _dataset(self, value: Value) -> Iterator[tuple[str, float]]:
        item = self.model.datasets.get(value) if isinstance(value, str) else None
        if item is not None:
            yield self._label(item, "RECORD", value), 0.0

    def _funnel(self, value: Value) -> Iterator[tuple[str, float]]:
        funnel = self.model.funnels.get(value) if isinstance(value, str) else None
        if funnel is not None:
            yield funnel.labels.get(self.language) or str(value).replace("_", " "), 0.0

    # --- members and people ------------------------------------------------------------------------------------------

    def _member(self, value: Value) -> Iterator[tuple[str, float]]:
        if not isinstance(value, Term):
            return
        for term in self.model.terms:
            if term.metric is None and condition_of(term.where) == value:
                yield self._word(term.words), 0.0
        if value.kind != "in" or value.get("out") or len(value.get("values")) != 1:
            return
        item, member = self.model.fields.get(value.get("field")), value.get("values")[0]
        if item is None or not isinstance(member, str):
            return
        if self.quoted:
            if any(e.value == value for e in self.lexicon.quoted(member, None)) and '"' not in member:
                yield self._quote(member), 0.0
            return
        for i, word in enumerate(dict.fromkeys((member_label(item, member, self.language), *item.words_of(member)))):
            senses = self._senses(word)
            if any(e.category == "MEMBER" and e.value == value for e in senses):
                yield word, 0.01 * i + _WRITTEN_APART * (len(senses) > 1) + 5.0 * (not _plain(word))

    def _quote(self, text: str) -> str:
        return f"“{text}”" if self.language == "zh" else f'"{text}"'

    def _person(self, value: Value) -> Iterator[tuple[str, float]]:
        person = (
            self.lexicon.org.people.get(value.get("id")) if isinstance(value, Term) and value.kind == "person" else None
        )
        if person is None:
            return
        for i, name in enumerate((person.name, *person.aliases)):
            senses = self._senses(name)
            if any(e.category == "PERSON" and e.value == value for e in senses):
                text = self._quote(name) if self.quoted else name
                own = value.get("where").get("field") in self.own
                yield text, 0.01 * i + _WRITTEN_APART * (len(senses) > 1) + (not own)

    # --- numbers and dates -------------------------------------------------------------------------------------------

    def _count(self, value: Value) -> Iterator[tuple[str, float]]:
        if _number(value) and value == int(value) and 1 <= value <= 4000:
            yield str(int(value)), 0.0

    def _amount(self, value: Value) -> Iterator[tuple[str, float]]:
        if _number(value) and value >= 0:
            yield said_amount(value, self.language), 0.0

    def _percent(self, value: Value) -> Iterator[tuple[str, float]]:
        if _number(value) and value >= 0:
            yield said_percent(value), 0.0

    def _year(self, value: Value) -> Iterator[tuple[str, float]]:
        if _number(value) and 1900 <= value <= 2099:
            yield str(value), 0.0

    def _how_many(self, value: Value) -> Iterator[tuple[str, float]]:
        if _number(value) and value == int(value) and 1 <= value <= 999:
            yield str(int(value)), 0.0

    def _day_number(self, value: Value) -> Iterator[tuple[str, float]]:
        if _number(value) and value == int(value) and 1 <= value <= 31:
            yield str(int(value)), 0.0

    def _text(self, value: Value) -> Iterator[tuple[str, float]]:
        if isinstance(value, str) and value and not re.search(r"[\"“”「」『』《》]", value):
            yield self._quote(value), 0.0


def _number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(word: str) -> bool:
    """Without brackets, which would hold together what is in them."""
    return not re.search(r"[()（）\"“”]", word)


def _inside(label: str) -> str:
    """As it is written inside a sentence: "Win rate" as "win rate"; "KA sales" stays."""
    first = label.split(" ")[0]
    return label[:1].lower() + label[1:] if first[1:].islower() else label
