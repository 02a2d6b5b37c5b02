"""Whether a question can be one of its numbers: they are recorded by whatever it is broken down and picked by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from metrics.model.joins import reachable
from metrics.model.schema import Metric, Model
from metrics.query.asked import Asked
from nlq.reader.rows import DATASET

__all__ = ["reaches"]


def reaches(meaning: object, model: Model) -> bool:
    """Of what is no plain question it is not known, and taken to be so."""
    if not isinstance(meaning, Asked):
        return True
    asked = meaning.model_dump(mode="json")
    said = {*(asked.get("by") or ()), *_picked(asked.get("where"))}
    datasets = {model.fields[f].dataset for f in said if f in model.fields}
    names = {str(t["name"]) for t in _terms(asked.get("show")) if t.get("kind") == "metric"}
    known = [model.metrics[n] for n in names if n in model.metrics]
    return all(datasets <= set(led) for metric in known for led in _led(metric, model))


def _led(metric: Metric, model: Model) -> Iterator[set[str]]:
    """What the rows it is made of lead to; those that others of them lead to are told of these."""
    own = {d for d in DATASET.findall(metric.expression) if d in model.datasets}
    to = {d: {*reachable(model, d)} - {d} for d in own}
    yield from (to[d] | {d} for d in own if not any(d in to[other] for other in own))


def _picked(where: Any) -> Iterator[str]:
    for term in _terms(where):
        if term.get("kind") == "in" and isinstance(term.get("field"), str):
            yield term["field"]


def _terms(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _terms(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _terms(inner)
