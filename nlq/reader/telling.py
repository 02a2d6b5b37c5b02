"""Whether two readings are answered by the same rows: then nobody need be asked which is meant."""

from __future__ import annotations

from metrics.model.schema import Model
from metrics.query.asked import Asked
from metrics.query.predicate import And, Compare, Predicate, Test, Within
from nlq.keys import is_key

__all__ = ["told"]

Records = tuple[str, frozenset[str], str, object, object]  # what counts them, where, their days, whose, by what


def told(one: object, two: object, model: Model | None = None) -> bool:
    """Whether one of two meanings tells but more of each row than the other; or one tells which they are, and so how
    many, that the other counts."""
    if not (isinstance(one, Asked) and isinstance(two, Asked)):
        return False
    if model is not None and (records := _records(one, model)) is not None and records == _records(two, model):
        return True
    if model is not None and (_are_late(one, two, model) or _are_late(two, one, model)):
        return True
    shown = set(map(repr, one.show)), set(map(repr, two.show))
    if not (shown[0] <= shown[1] or shown[0] >= shown[1]) or set(one.by) != set(two.by):
        return False
    alike: dict[str, object] = {"show": one.show, "by": one.by}
    if one.limit is None and two.limit is None:  # the same rows in another order
        alike["order"] = one.order
    if one.limit is not None and {one.having, two.having} <= {None, *map(_some, (one, two))}:  # the best are some
        alike["having"] = one.having
    if _tested(one.having) == _tested(two.having):
        alike["having"] = one.having
    if one.limit is None and one.order and not two.limit_per:
        alike["limit"] = None
    return two.model_copy(update=alike) == one


def _tested(having: Predicate | None) -> frozenset[str]:
    """What is said of groups; that there is some of what there is so much of goes without saying."""
    tests = having.of if isinstance(having, And) else () if having is None else (having,)
    more = {repr(t.of) for t in tests if isinstance(t, Test) and t.op in ("gt", "ge") and t.value}
    some = [t for t in tests if isinstance(t, Test) and (t.op, t.value) == ("gt", 0) and repr(t.of) in more]
    return frozenset(repr(t) for t in tests if t not in some)


def _records(asked: Asked, model: Model) -> Records | None:
    """The records that are counted, or listed each with what it has; None where it is something else."""
    first = asked.show[0]
    if asked.order or asked.limit or asked.limit_per:
        return None
    name, test, by = getattr(first, "name", None), asked.having, asked.by
    if first.kind == "count_of" and all(m.kind == "across" for m in asked.show[1:]) and test is None:
        name, test = None, getattr(first, "having", None)
        key = str(getattr(first, "over", ""))
    elif len(asked.by) == 1 and all(m.kind == "field" for m in asked.show):
        name, key, by = None, asked.by[0], ()
    elif first.kind == "metric" and len(asked.show) == 1 and test is None:
        key = None
    else:
        return None
    if key is not None:
        if not isinstance(test, Test) or (test.op, test.value) != ("gt", 0) or test.of.kind != "metric":
            return None
        if key not in model.fields or not is_key(model, model.fields[key]):
            return None
        name = getattr(test.of, "name", None)
    metric = model.metrics.get(str(name))
    if metric is None or metric.unit != "count" or len(metric.time) != 1:
        return None
    (dataset, day), *_ = metric.time.items()
    if key is not None and model.fields[key].dataset != dataset:
        return None
    where = list(asked.where.of) if isinstance(asked.where, And) else [asked.where] if asked.where is not None else []
    period: object = asked.period
    within = [w for w in where if isinstance(w, Within) and w.field == day]
    if len(within) == 1 and getattr(asked.period, "kind", "all") == "all" and metric.ahead:
        where.remove(within[0])
        period = within[0].period
    return metric.name, frozenset(map(repr, where)), repr(period), asked.scope, by


def _are_late(one: Asked, two: Asked, model: Model) -> bool:
    """Whether the records with an amount that is overdue are listed, or those with an amount that are late."""
    where, having = two.where, (one.having, two.having)
    if one.by != two.by or one.where is not None or (one.scope, one.period) != (two.scope, two.period):
        return False
    if not isinstance(where, Compare) or (where.op, where.value) != ("gt", 0) or one.limit or two.limit:
        return False
    some = [h for h in having if isinstance(h, Test) and (h.op, h.value) == ("gt", 0) and h.of.kind == "metric"]
    metrics = [model.metrics.get(str(getattr(h.of, "name", ""))) for h in some]
    due = where.field.rpartition(".")[0]
    return len(metrics) == 2 and all(
        m is not None and m.snapshot and m.unit.startswith("currency") and f"{due}." in m.expression for m in metrics
    )


def _some(asked: Asked) -> Predicate | None:
    """What it is said to have of, where it is no more than that there are some."""
    having = asked.having
    return having if isinstance(having, Test) and (having.op, having.value) == ("gt", 0) else None
