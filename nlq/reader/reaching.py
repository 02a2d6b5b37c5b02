"""Whether a question can be one of its numbers: they are recorded by whatever it is broken down and picked by."""

from __future__ import annotations

from collections.abc import Iterator

from metrics.kinds import metric as kinds
from metrics.model.joins import reachable
from metrics.model.schema import Metric, Model
from metrics.query.asked import Asked
from metrics.query.predicate import In
from nlq.reader.rows import DATASET

__all__ = ["reaches"]


def reaches(meaning: object, model: Model) -> bool:
    """Of what is no plain question it is not known, and taken to be so."""
    if not isinstance(meaning, Asked):
        return True
    where = () if meaning.where is None else meaning.where.walk()
    said = {*meaning.by, *(part.field for part in where if isinstance(part, In))}
    datasets = {model.fields[f].dataset for f in said if f in model.fields}
    if not datasets:
        return True
    shown = (part for measure in meaning.show for part in measure.walk())
    known = [model.metrics[p.name] for p in shown if isinstance(p, kinds.Metric) and p.name in model.metrics]
    return all(datasets <= led for metric in known for led in _led(metric, model))


def _led(metric: Metric, model: Model) -> Iterator[set[str]]:
    """What the rows it is made of lead to; those that others of them lead to are told of these."""
    own = {d for d in DATASET.findall(metric.expression) if d in model.datasets}
    to = {d: {*reachable(model, d)} - {d} for d in own}
    yield from (to[d] | {d} for d in own if not any(d in to[other] for other in own))
