"""Names in a Query are those of the model; an unknown one is answered with the nearest that exist."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Mapping

from metrics.errors import UnknownName, UnsupportedCombination
from metrics.model.schema import Field, Metric, Model
from metrics.plan.bound import Condition
from metrics.query import Filter, Query, Value
from metrics.query.asked import GRAINS, Asked
from metrics.query.family import Family

__all__ = ["NONE_MEMBER", "all_known", "all_known_of", "condition_of", "field_named", "metric_named", "unit_of"]

NONE_MEMBER = "(none)"
_NUMBERS = {"Integer", "Decimal", "Float"}


def metric_named(model: Model, name: str) -> Metric:
    found = model.metrics.get(name)
    if found is None:
        raise _unknown("unknown_metric", name, model.metrics)
    return found


def field_named(model: Model, name: str) -> Field:
    found = model.fields.get(name)
    if found is None:
        raise _unknown("unknown_field", name, model.fields)
    return found


def unit_of(model: Model, name: str) -> str:
    """Of the values of a field: its own, or "date", "number", "text"."""
    field = field_named(model, name)
    dates = ("Date", "DateTime", "DateTimeTz")
    known = "date" if field.datatype in dates else "number" if field.datatype in _NUMBERS else "text"
    return field.unit or known


def condition_of(model: Model, wanted: Filter, members: Mapping[str, Collection[str]]) -> Condition:
    """A filter with its values read by the field's datatype. A text member that does not exist is an UnknownName, so
    that a slip never becomes a confident zero."""
    field = field_named(model, wanted.field)
    values = tuple(_typed(field, v) for v in wanted.values)
    if wanted.op in ("in", "not_in"):
        known = members.get(field.id)
        if known is not None:
            values = tuple(_member(model, field, v, known) for v in values)
        return Condition(field.id, wanted.op, values)
    if len(values) != (2 if wanted.op == "between" else 1) or any(v is None for v in values):
        raise UnsupportedCombination("filter_values", subject=field.id, fields={"op": wanted.op})
    if any(isinstance(v, bool) for v in values):
        raise UnsupportedCombination("filter_values", subject=field.id, fields={"op": wanted.op})
    return Condition(field.id, wanted.op, values)


def _member(model: Model, field: Field, value: Value | dt.date, known: Collection[str]) -> Value | dt.date:
    if not isinstance(value, str) or value in known:
        return value
    folded = [m for m in known if m.casefold() == value.casefold()]
    if len(folded) == 1:
        return folded[0]
    open_to_all = model.access.visibility == "everyone" or model.access.owners.get(field.dataset) == ""
    raise _unknown("unknown_member", value, known if open_to_all else (), field=field.id)


def _unknown(code: str, name: str, known: Collection[str], **fields: str) -> UnknownName:
    from metrics.nearest import nearest  # here: most names are known

    return UnknownName(code, subject=name, suggestions=nearest(name, known), fields=fields)


def _typed(field: Field, value: Value) -> Value | dt.date:
    if value is None or value == NONE_MEMBER:
        return None
    typed = _read(field, value)
    if isinstance(typed, float) and not math.isfinite(typed):
        raise UnsupportedCombination("filter_type", subject=str(value), fields={"field": field.id})
    return typed


def _read(field: Field, value: Value) -> Value | dt.date:
    try:
        if field.datatype == "Date" or field.datatype in ("DateTime", "DateTimeTz"):
            return dt.date.fromisoformat(str(value)[:10])
        if field.datatype in _NUMBERS and isinstance(value, str):
            return float(value) if any(c in value for c in ".eE") else int(value)
        if field.datatype == "Boolean" and isinstance(value, str):
            return {"true": True, "false": False}[value.casefold()]
    except (ValueError, KeyError):
        raise UnsupportedCombination("filter_type", subject=str(value), fields={"field": field.id}) from None
    if field.datatype in _NUMBERS and isinstance(value, bool):
        raise UnsupportedCombination("filter_type", subject=str(value), fields={"field": field.id})
    if field.datatype == "String" and not isinstance(value, str):
        return str(value)
    return value


def all_known(model: Model, query: Query) -> bool:
    """Whether every metric and field that the query names is in the model: one that was kept for a while may speak of
    what is there no more."""
    metrics = {*query.metrics, *(h.metric for h in query.having)}
    fields = {*query.by, *(f.field for f in query.where)}
    if query.order is not None and query.order.metric is not None:
        metrics.add(query.order.metric)
    if query.rank is not None:
        fields.add(query.rank.over)
    if query.share is not None:
        fields.update(query.share.lift)
    return metrics <= model.metrics.keys() and fields <= model.fields.keys()


_OF_METRICS = ("metric", "beside")
_OF_FIELDS = ("field", "over", "lift", "since", "first", "last", "by")


def all_known_of(model: Model, asked: Asked | Family) -> bool:
    """As `all_known`, of a question of the algebra or of an analysis."""
    metrics: set[str] = set()
    fields: set[str] = set(asked.fields) if isinstance(asked, Asked) else set()
    for part in (p for whole in (asked.families() if isinstance(asked, Asked) else (asked,)) for p in whole.walk()):
        for name in type(part).model_fields:
            value = getattr(part, name)
            said = [v for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, str)]
            if name in _OF_METRICS or (name == "name" and part.kind == "metric"):
                metrics.update(said)
            elif name in _OF_FIELDS or (name == "name" and part.kind == "field"):
                fields.update(v for v in said if v not in GRAINS)
            elif name == "more":  # of a what-if
                closing = [m.closing for m in value if m.closing is not None]
                metrics.update(
                    m for more in (*value, *closing) for m in (more.metric, getattr(more, "count", None)) if m
                )
                conditions = (p for c in closing if c.where is not None for p in c.where.walk())
                fields.update(f for p in conditions if isinstance(f := getattr(p, "field", None), str))
    return metrics <= model.metrics.keys() and fields <= model.fields.keys()
