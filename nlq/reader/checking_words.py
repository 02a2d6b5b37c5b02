"""Words of the workspace that are words of the language of questions as well: a question with one is read in two ways,
or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from metrics.errors import ModelError, Problem
from metrics.model.loading import load_model
from metrics.model.schema import Model
from nlq.normalise import fold
from nlq.reader.constructions import grammar
from nlq.reader.patterns import words_of

__all__ = ["check_spoken"]

_SAID_ALONE = frozenset({"PART", "VIEW", "WHEN"})


def check_spoken(workspace: Path) -> list[Problem]:
    """Warnings about names that say something else by themselves ("total", "this month")."""
    try:
        model = load_model(workspace)
    except ModelError:
        return []
    spoken = _spoken()
    found = []
    for key, words in _names(model):
        for word in dict.fromkeys(words):
            if tuple(words_of(fold(word))) in spoken:
                message = f"{word!r} says something else in a question: there it is no name of this."
                found.append(Problem("model.yaml", 0, key, message, "Take another word.", "warning"))
    return found


def _spoken() -> frozenset[tuple[str, ...]]:
    """What says something without any name beside it, and says not what is asked about."""
    rules = grammar()
    alone = {
        tuple(map(str, form.parts))
        for c in rules.constructions.values()
        if c.category in _SAID_ALONE and not c.plain and not _names_a_number(c.means)
        for form in c.forms
        if all(isinstance(part, str) for part in form.parts)
    }
    return frozenset(alone | {tuple(words_of(word)) for word in rules.noise})


def _names_a_number(means: Any) -> bool:
    """ "Sales" is what everybody asks about anyway; a funnel that is a number as well is asked back."""
    return isinstance(means, Mapping) and bool({"about", "act"} & means.keys())


def _names(model: Model) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Of numbers: what is broken down by is called a team all the same."""
    for metric in model.metrics.values():
        yield f"metrics.{metric.name}", (*metric.labels.values(), *metric.synonyms)
    for term in model.terms:
        yield f"terms.{term.words[0]}", term.words
