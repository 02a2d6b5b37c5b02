"""How a question is said: the same constructions, the other way round. What is said is read again, and said more
carefully where it would be read as anything else: with brackets, in the plain forms, with names in quotes."""

from __future__ import annotations

from collections.abc import Iterator

from metrics.query.asked import Asked
from metrics.query.measure import Measure
from metrics.query.predicate import Predicate
from metrics.query.query import Value
from metrics.query.when import When
from nlq.reader.asking import Definition, Meaning
from nlq.reader.lexicon import Lexicon
from nlq.reader.naming import member_label
from nlq.reader.read import read
from nlq.reader.sentence import Plan, plans, sentence
from nlq.reader.speaking import Care, Speaker
from nlq.reader.terms import Term, term_of

__all__ = ["Unsayable", "said", "said_condition", "said_measure", "said_member", "said_when"]

_MOST_KEPT = 20_000


class Unsayable(Exception):
    """Some part of it has no construction, or what is said of it is read as something else: then `nearly` says it."""

    def __init__(self, why: str, nearly: str = "") -> None:
        super().__init__(why)
        self.nearly = nearly


def said(meaning: Meaning, lexicon: Lexicon, language: str) -> str:
    """A question in words that are read as the same question. Raises Unsayable."""
    first, unsaid = None, ""
    for care in Care:
        for text, missing in _sentences(meaning, lexicon, language, care):
            unsaid = missing or unsaid
            if text is None:
                continue
            first = first or text
            if [f.meaning for f in read(text, lexicon).near] == [meaning]:
                return _capital(text)
    raise Unsayable(unsaid if first is None else "not read back", _capital(first or ""))


def _sentences(meaning: Meaning, lexicon: Lexicon, language: str, care: Care) -> Iterator[tuple[str | None, str]]:
    speaker = _speaker(lexicon, language, care)
    if isinstance(meaning, Asked):
        seen: set[str] = set()
        for plan in plans(meaning, speaker):
            text, missing = sentence(plan, speaker)
            if text is None or text not in seen:
                seen.add(text or "")
                yield text, missing
        return
    yield sentence(Plan(_acted(meaning)), speaker)


def _acted(meaning: Meaning) -> dict[str, object]:
    """The frame of what is wanted other than numbers."""
    if isinstance(meaning, Definition):
        return {"act": Term("define"), "about": tuple(Term("metric", (("name", n),)) for n in meaning.metrics)}
    made = term_of(meaning.model_dump(mode="json", exclude_defaults=True))
    args = dict(made.args)
    frame: dict[str, object] = {}
    if "metric" in args:
        frame["about"] = (Term("metric", (("name", args.pop("metric")),)),)
    for slot in ("period", "scope"):
        if slot in args:
            frame[slot] = args.pop(slot)
    if "where" in args:
        frame["where"] = (args.pop("where"),)
    return {"act": Term(made.kind, tuple(args.items())), **frame}


def _speaker(lexicon: Lexicon, language: str, care: Care) -> Speaker:
    key = ("speaker", language, care)
    speaker = lexicon.kept.get(key)
    if speaker is None or len(speaker.made) > _MOST_KEPT:
        speaker = lexicon.kept[key] = Speaker(lexicon, language, care)
    assert isinstance(speaker, Speaker)
    return speaker


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _in_words(part: Measure | Predicate | When, categories: tuple[str, ...], lexicon: Lexicon, language: str) -> str:
    value = term_of(part.model_dump(mode="json", exclude_defaults=True))
    for care in (Care.BRACKETS, Care.PLAIN):
        for category in categories:
            words = _speaker(lexicon, language, care).say(category, value)
            if words is not None:
                return words.text
    raise Unsayable(part.kind)


def said_measure(measure: Measure, lexicon: Lexicon, language: str) -> str:
    """The name of a column. Raises Unsayable."""
    return _capital(_in_words(measure, ("MEASURE",), lexicon, language))


def said_when(when: When, lexicon: Lexicon, language: str) -> str:
    """A period: "this month". Raises Unsayable."""
    return _in_words(when, ("WHEN",), lexicon, language)


def said_condition(predicate: Predicate, lexicon: Lexicon, language: str) -> str:
    """A condition on rows or on groups. Raises Unsayable."""
    return _in_words(predicate, ("C_WHERE", "C_COND"), lexicon, language)


def said_member(field_id: str, value: Value, lexicon: Lexicon, language: str) -> str:
    """A member in the language of whoever asks."""
    item = lexicon.model.fields.get(field_id)
    return str(value) if item is None else member_label(item, str(value), language)
