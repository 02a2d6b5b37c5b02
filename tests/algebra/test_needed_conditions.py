"""What holds wherever another condition does is left out of a question, and no row is told differently for it."""

from __future__ import annotations

import operator
from itertools import product

from metrics.query.asked import Asked
from metrics.query.measure import Measure
from metrics.query.predicate import And, Compare, Predicate

HOLDS = {"gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le, "eq": operator.eq}
SALES = Measure._member({"kind": "metric", "name": "sales"})


def _compare(op: str, value: int, field: str = "orders.amount") -> Compare:
    return Compare.model_validate({"field": field, "op": op, "value": value})


def _holds(where: Predicate | None, row: int) -> bool:
    if isinstance(where, And):
        return all(_holds(part, row) for part in where.of)
    assert isinstance(where, Compare)
    return bool(HOLDS[where.op](row, where.value))


def test_the_same_rows_are_told() -> None:
    shorter = 0
    for (one, first), (two, second) in product(product(HOLDS, range(-2, 3)), repeat=2):
        both = And(of=(_compare(one, first), _compare(two, second)))
        where = Asked(show=(SALES,), where=both).where
        assert all(_holds(where, row) == _holds(both, row) for row in range(-4, 5)), both
        shorter += where != both
    assert shorter > 100


def test_other_fields_have_conditions_of_their_own() -> None:
    both = And(of=(_compare("gt", 30), _compare("gt", 0, "orders.discount")))
    assert Asked(show=(SALES,), where=both).where == both
