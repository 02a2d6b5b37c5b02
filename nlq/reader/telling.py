"""Whether two readings are answered by the same rows: then nobody need be asked which is meant."""

from __future__ import annotations

from metrics.query.asked import Asked
from metrics.query.predicate import And, Predicate, Test

__all__ = ["told"]


def told(one: object, two: object) -> bool:
    """Whether one of two meanings tells but more of each row than the other, or the rows behind the first as well."""
    if not (isinstance(one, Asked) and isinstance(two, Asked)):
        return False
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


def _some(asked: Asked) -> Predicate | None:
    """What it is said to have of, where it is no more than that there are some."""
    having = asked.having
    return having if isinstance(having, Test) and (having.op, having.value) == ("gt", 0) else None
