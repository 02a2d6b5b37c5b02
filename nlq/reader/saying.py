"""How a question is said: the same constructions, the other way round."""

from __future__ import annotations

import metrics.kinds  # noqa: F401  (kinds are known from here on)
from metrics.query.measure import Measure
from metrics.query.predicate import Predicate
from metrics.query.query import Value
from metrics.query.when import When
from nlq.reader.asking import Meaning
from nlq.reader.lexicon import Lexicon

__all__ = ["said", "said_condition", "said_measure", "said_member", "said_when"]


def said(meaning: Meaning, lexicon: Lexicon, language: str) -> str:
    """A question in words that read as the same question."""
    return str(meaning)


def said_measure(measure: Measure, lexicon: Lexicon, language: str) -> str:
    """The name of a column."""
    metric = lexicon.model.metrics.get(measure.subject())
    if metric is not None and measure.kind == "metric":
        return metric.labels.get(language, metric.label)
    return measure.label()


def said_when(when: When, lexicon: Lexicon, language: str) -> str:
    """A period: "this month"."""
    return when.kind


def said_condition(predicate: Predicate, lexicon: Lexicon, language: str) -> str:
    """A condition on rows or on groups."""
    return predicate.kind


def said_member(field_id: str, value: Value, lexicon: Lexicon, language: str) -> str:
    """A member in the language of whoever asks."""
    item = lexicon.model.fields.get(field_id)
    return item.label_of(str(value), language) if item is not None else str(value)
