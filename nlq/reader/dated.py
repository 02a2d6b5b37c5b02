"""Rows picked by a date of theirs. A month without a year is the last that has begun, or the next: of what is looked
back on (an order, a visit) the last, of what is looked forward to (due, expiring) the next; of any other date it may be
either."""

from __future__ import annotations

from metrics.model.schema import Model
from nlq.reader.constructions import NotAReading
from nlq.reader.terms import Term, Value

__all__ = ["dated"]

_YEARLESS = frozenset({"named", "day_of_year", "holiday"})
_SAID = frozenset({"year", "of", "coming"})


def dated(condition: Term, model: Model) -> Term:
    """{kind: within}, within_ahead (the next), within_own (a date of what is named, `of`) as the first of these. Raises
    NotAReading for what the date is not likely."""
    field: Value = condition["field"]
    period: Value = condition["period"]
    if condition.kind == "within_own":
        item, of = model.fields.get(str(field)), model.fields.get(str(condition["of"]))
        if item is None or of is None or item.dataset != of.dataset:
            raise NotAReading("a date of something else")
        return Term("within", (("field", field), ("period", period)))
    yearless = period.kind in _YEARLESS and all(name not in _SAID for name, _ in period.args)
    if condition.kind == "within_ahead" and not yearless:
        raise NotAReading("it says which year")
    ahead = {time for metric in model.metrics.values() if metric.ahead for time in metric.time.values()}
    back = {time for metric in model.metrics.values() if not metric.ahead for time in metric.time.values()}
    if model.people is not None:
        back |= {f for f in (model.people.active_from, model.people.active_to) if f is not None}
    if condition.kind == "within":
        if yearless and field in ahead - back:
            raise NotAReading("what is to come")
        return condition
    if field in back - ahead:
        raise NotAReading("what has been")
    return Term("within", (("field", field), ("period", period.with_(coming=True))))
