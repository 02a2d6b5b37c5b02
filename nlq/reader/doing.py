"""What is done to what ("deals won", "who visited most"): which metric counts that, by the words of the metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from metrics.model.schema import Metric, Model
from nlq.morphology import lemma
from nlq.normalise import fold, has_han
from nlq.reader.constructions import Grammar, NotAReading
from nlq.reader.terms import Term, Value

__all__ = ["Doings", "doings", "resolve_done"]

Doings = Mapping[tuple[str, str, str], tuple[str, ...]]  # (unit, dataset or "", verb) -> metrics, the plainest first


def doings(model: Model, grammar: Grammar) -> Doings:
    """Of every count (and number of days), which verbs its names have."""
    spoken = {
        "".join(str(part) for part in form.parts)
        if has_han(str(form.parts[0]))
        else " ".join(map(str, form.parts)): str(construction.means)
        for construction in grammar.constructions.values()
        if construction.category == "VERB"
        for form in construction.forms
    }
    found: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    for metric in model.metrics.values():
        unit = "money" if metric.unit.startswith("currency") else metric.unit
        if unit not in ("count", "days", "money"):
            continue
        lengths: dict[str, int] = {}
        for name in _names(metric):
            for verb in {v for word, v in spoken.items() if _has(name, word) and (unit != "money" or len(word) > 1)}:
                lengths[verb] = min(lengths.get(verb, 99), len(name))
        for verb, length in lengths.items():
            for dataset in ("", *metric.time):
                found.setdefault((unit, dataset, verb), []).append((length, metric.name))
    return {key: tuple(name for _, name in sorted(metrics)) for key, metrics in found.items()}


def _names(metric: Metric) -> list[str]:
    return [fold(n) for n in (metric.name.replace("_", " "), *metric.labels.values(), *metric.synonyms)]


def _has(name: str, word: str) -> bool:
    if has_han(word):
        return word in name
    return f" {word} " in f" {name} " or f" {word} " in f" {' '.join(lemma(w) for w in name.split())} "


def resolve_done(known: Doings, model: Model) -> Callable[[Value], Value]:
    """A check for measures: {kind: done, verb, record} becomes the metric that counts it, else that of the money;
    {kind: averaged} the metric that is an average as it is."""

    def resolved(value: Value) -> Value:
        if not isinstance(value, Term) or value.kind not in ("done", "idle", "averaged"):
            return value
        if value.kind == "averaged":
            return _averaged(value["of"], model)
        units = ("days",) if value.kind == "idle" else ("count", "money")
        record, verb = str(value.get("record") or ""), str(value["verb"])
        metrics = next((found for unit in units if (found := known.get((unit, record, verb), ()))), ())
        if not metrics:
            raise NotAReading("no metric counts that")
        return Term("metric", (("name", metrics[0]),))

    return resolved


def _averaged(measure: Value, model: Model) -> Value:
    """The average of what is none is of something: of whom or of what days has to be said."""
    metric = model.metrics[str(measure["name"])]
    if metric.additive or metric.unit == "count":
        raise NotAReading("the average of what")
    return measure
