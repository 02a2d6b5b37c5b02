"""What is counted, in money: the amount of the orders, of the deals lost."""

from __future__ import annotations

from metrics.model.schema import Model
from nlq.reader.constructions import NotAReading
from nlq.reader.terms import Term, Value

__all__ = ["worth"]


def worth(measure: Value, model: Model) -> Value:
    """The amount of what a metric counts: the one metric of money over the same rows. Raises NotAReading."""
    if measure.kind != "metric":
        raise NotAReading("worth what")
    counted = model.metrics[measure["name"]]
    if counted.unit.startswith("currency"):
        return measure
    alike = [
        m.name
        for m in model.metrics.values()
        if m.unit.startswith("currency")
        and m.additive
        and dict(m.time) == dict(counted.time)
        and _condition(m.expression) == _condition(counted.expression)
    ]
    if model.default_metric in alike:
        alike = [model.default_metric]
    if len(alike) != 1:
        raise NotAReading("worth what")
    return Term("metric", (("name", alike[0]),))


def _condition(expression: str) -> str:
    """The condition of a conditional aggregate, as it is written."""
    return expression.partition(" WHEN ")[2].partition(" THEN ")[0]
