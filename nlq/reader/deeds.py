"""What is done where a company counts it by a word of its own: people are enrolled by "enrollments", 报名 by 报名数."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

from metrics.model.schema import Metric, Model
from nlq.morphology import is_bare, verbs_of
from nlq.normalise import fold, has_han
from nlq.reader.constructions import Grammar

__all__ = ["Deed", "Deeds", "deeds_of", "words_of_verbs"]


class Deed(NamedTuple):
    """`bare`: the verb as it is in an order to do it ("enroll Kim"), and so never alone what was done."""

    metric: str
    bare: bool


Deeds = Mapping[str, Deed]  # folded word -> the metric that counts it

_Endings = Mapping[str, tuple[str, ...]]  # of a noun -> of the verb
_HAN_VERB = 2  # characters; longer ones are things: 报名客户


def deeds_of(model: Model, grammar: Grammar, known: Container[str] = ()) -> Deeds:
    """Of every number of things done, the verb of its names. What else has a sense of its own (`known`) keeps it."""
    counting = [word for (word,) in _forms(grammar, "COUNTING_WORD")]
    endings = _endings(grammar)
    taken = {" ".join(form) for form in _forms(grammar, "VERB")}
    found: dict[str, set[Deed]] = {}
    for metric in model.metrics.values():
        if metric.unit == "count" and metric.time:
            for verbs in _verbs(metric, counting, endings):
                if not any(v in taken or v in known or grammar.is_alone(v) for v in verbs):
                    for verb in verbs:
                        bare = not has_han(verb) and is_bare(verb)
                        found.setdefault(verb, set()).add(Deed(metric.name, bare))
    return {word: next(iter(deeds)) for word, deeds in sorted(found.items()) if len(deeds) == 1}


def words_of_verbs(grammar: Grammar) -> Mapping[str, str]:
    """Every word of the language for what is done -> what it is called in `means`."""
    return {
        "".join(str(part) for part in form.parts)
        if has_han(str(form.parts[0]))
        else " ".join(map(str, form.parts)): str(construction.means)
        for construction in grammar.constructions.values()
        if construction.category == "VERB" and not construction.cost  # what is less likely meant names no metric
        for form in construction.forms
    }


def _forms(grammar: Grammar, category: str) -> Iterator[tuple[str, ...]]:
    for construction in grammar.constructions.values():
        if construction.category == category:
            yield from (tuple(map(str, form.parts)) for form in construction.forms)


def _endings(grammar: Grammar) -> _Endings:
    made: dict[str, tuple[str, ...]] = {}
    for construction in grammar.constructions.values():
        if construction.category == "DEED_ENDING":
            verbal = tuple("" if ending == "-" else str(ending) for ending in construction.means)
            made |= {str(form.parts[0]): verbal for form in construction.forms}
    return made


def _verbs(metric: Metric, counting: list[str], endings: _Endings) -> Iterator[tuple[str, ...]]:
    """Each with its forms."""
    for name in map(fold, (metric.name.replace("_", " "), *metric.labels.values(), *metric.synonyms)):
        if has_han(name):
            stem = next((name.removesuffix(word) for word in counting if name.endswith(word)), "")
            if len(stem) == _HAN_VERB:
                yield (stem,)
        elif verbs := verbs_of(name, endings):
            yield verbs
