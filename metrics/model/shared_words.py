"""Words that are a member's and something else's too: a product named like a metric, a stage named like a field.

What members there are is known from the rows only, so this is asked when they have been loaded, and before that of the
members that sales.yaml names. It is no error: the reader of questions asks what was meant. But somebody who chooses
words should know.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from metrics.model.schema import Field, Metric, Model

__all__ = ["SharedWord", "folded", "shared_words"]


@dataclass(frozen=True, slots=True)
class SharedWord:
    """`word` is (a word for) the `member` of the field with this id, and `other` claims it too: "the metric sales"."""

    word: str
    field: str
    member: str
    other: str


def folded(word: str) -> str:
    """What two spellings of a word have in common: case, width, _ and the number of spaces do not count."""
    return " ".join(unicodedata.normalize("NFKC", word).casefold().replace("_", " ").split())


def shared_words(model: Model, members: Mapping[str, Iterable[str]]) -> Iterator[SharedWord]:
    """Over the members of each field (field id -> members) and the words sales.yaml has for them. A term that stands
    for just that member shares no word with it: it is one."""
    claimed = _claimed(model)
    for field_id, values in members.items():
        field = model.fields.get(field_id)
        if field is None or not field.dimension:
            continue
        for member in values:
            for word in field.words_of(member):
                for other in claimed.get(folded(word), ()):
                    if not _stands_for(model, other, field_id, member):
                        yield SharedWord(word, field_id, member, other)


def _claimed(model: Model) -> Mapping[str, tuple[str, ...]]:
    """Folded word -> what claims it."""
    found: dict[str, dict[str, None]] = {}
    for metric in model.metrics.values():
        for word in (metric.name, *_words(metric)):
            found.setdefault(folded(word), {})[f"the metric {metric.name}"] = None
    for field in model.fields.values():
        for word in _words(field):
            found.setdefault(folded(word), {})[f"the field {field.id}"] = None
    for term in model.terms:
        for word in term.words:
            found.setdefault(folded(word), {})[f"the term {term.words[0]!r}"] = None
    return {word: tuple(owners) for word, owners in found.items()}


def _words(item: Metric | Field) -> tuple[str, ...]:
    return (*item.synonyms, *item.labels.values())


def _stands_for(model: Model, other: str, field_id: str, member: str) -> bool:
    term = next((t for t in model.terms if f"the term {t.words[0]!r}" == other), None)
    if term is None or term.metric is not None or len(term.where) != 1:
        return False
    only = term.where[0]
    return (only.field, only.op, only.values) == (field_id, "in", (member,))
