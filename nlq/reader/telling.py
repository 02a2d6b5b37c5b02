"""Whether two readings are answered by the same rows: then nobody need be asked which is meant."""

from __future__ import annotations

from metrics.query.asked import Asked
from metrics.query.predicate import Predicate, Test

__all__ = ["told"]


def told(one: object, two: object) -> bool:
    """Whether one of two meanings tells but more of each row than the other."""
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
    return two.model_copy(update=alike) == one


def _some(asked: Asked) -> Predicate | None:
    """What it is said to have of, where it is no more than that there are some."""
    having = asked.having
    return having if isinstance(having, Test) and (having.op, having.value) == ("gt", 0) else None
