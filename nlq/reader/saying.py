"""How a question is said: the same constructions, the other way round. What is said is read again, and said more
carefully where it would be read as anything else: with brackets, in the plain forms, with names in quotes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from metrics.query.asked import Asked
from metrics.query.measure import Measure
from metrics.query.predicate import Predicate
from metrics.query.query import Value
from metrics.query.when import When
from nlq.reader.asking import Meaning
from nlq.reader.lexicon import Lexicon
from nlq.reader.naming import member_label
from nlq.reader.phrasing import has_words
from nlq.reader.planning import Plan, plans
from nlq.reader.read import read
from nlq.reader.sentence import Covered, sentence
from nlq.reader.speaking import Care, Speaker
from nlq.reader.terms import term_of

__all__ = ["Unsayable", "said", "said_condition", "said_measure", "said_member", "said_when", "stiffness"]

_MOST_KEPT = 20_000


class Unsayable(Exception):
    """Some part of it has no construction, or what is said of it is read as something else."""


def said(meaning: Meaning, lexicon: Lexicon, language: str, *, strict: bool = False) -> str:
    """A question in words that are read as the same question. `strict`: raises Unsayable where there are none; else it
    is said as people say it: brackets and quotes that do not help only stand in the way."""
    planned = _Again(plans(meaning, _speaker(lexicon, language, Care.NATURAL)))
    first, unsaid = "", ""
    for care in Care:
        for text, missing in _sentences(planned, lexicon, language, care):
            unsaid = missing or unsaid
            first = first or text or ""
            if text is not None and [f.meaning for f in read(text, lexicon).near] == [meaning]:
                return _capital(text)
    if strict:
        raise Unsayable(f"not read back: {first}" if first else f"no words for:{unsaid or ' the whole'}")
    return _capital(first) or _listed(meaning, lexicon, language)


class _Again(Iterable[Plan]):
    """What is found out as it is gone through, as often as one likes."""

    def __init__(self, source: Iterator[Plan]) -> None:
        self.source, self.found = source, list[Plan]()

    def __iter__(self) -> Iterator[Plan]:
        yield from self.found
        for plan in self.source:
            self.found.append(plan)
            yield plan


def stiffness(text: str, lexicon: Lexicon) -> int:
    """How much of it is said in forms that are always unambiguous, and that nobody talks in."""
    agenda = [part for found in read(text, lexicon).near for part in found.parts]
    stiff = 0
    while agenda:
        item = agenda.pop()
        agenda += item.parts
        stiff += item.form is not None and item.form.construction.plain and has_words(item.form.construction)
    return stiff


def _listed(meaning: Meaning, lexicon: Lexicon, language: str) -> str:
    """What is asked about, where nothing better is known."""
    if isinstance(meaning, Asked):
        return ", ".join(said_measure(m, lexicon, language) for m in meaning.show)
    return str(meaning)


def _sentences(
    planned: Iterable[Plan], lexicon: Lexicon, language: str, care: Care
) -> Iterator[tuple[str | None, str]]:
    speaker = _speaker(lexicon, language, care)
    seen: set[str] = set()
    known: Covered = {}
    for plan in planned:
        text, missing = sentence(plan, speaker, known)
        if text is None or text not in seen:
            seen.add(text or "")
            yield text, missing


def _speaker(lexicon: Lexicon, language: str, care: Care) -> Speaker:
    key = ("speaker", language, care)
    speaker = lexicon.kept.get(key)
    if speaker is None or len(speaker.made) > _MOST_KEPT:
        speaker = lexicon.kept[key] = Speaker(lexicon, language, care)
    assert isinstance(speaker, Speaker)
    return speaker


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _in_words(
    part: Measure | Predicate | When, categories: tuple[str, ...], lexicon: Lexicon, language: str
) -> str | None:
    value = term_of(part.model_dump(mode="json", exclude_defaults=True))
    for care in (Care.BRACKETS, Care.PLAIN):
        for category in categories:
            words = _speaker(lexicon, language, care).say(category, value)
            if words is not None:
                return words.text
    return None


def said_measure(measure: Measure, lexicon: Lexicon, language: str) -> str:
    """The name of a column."""
    return _capital(_in_words(measure, ("MEASURE",), lexicon, language) or measure.label())


def said_when(when: When, lexicon: Lexicon, language: str) -> str:
    """A period: "this month"."""
    return _in_words(when, ("WHEN",), lexicon, language) or when.kind


def said_condition(predicate: Predicate, lexicon: Lexicon, language: str) -> str:
    """A condition on rows or on groups."""
    return _in_words(predicate, ("C_WHERE", "C_COND"), lexicon, language) or predicate.kind


def said_member(field_id: str, value: Value, lexicon: Lexicon, language: str) -> str:
    """A member in the language of whoever asks."""
    item = lexicon.model.fields.get(field_id)
    return str(value) if item is None else member_label(item, str(value), language)
