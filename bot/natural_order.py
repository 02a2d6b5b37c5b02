"""Rows in the order of what they are about: the stages of a funnel one after the other, not by size."""

from __future__ import annotations

from metrics.model.schema import Model
from metrics.query.answer import Answer

__all__ = ["in_natural_order"]


def in_natural_order(model: Model, answer: Answer) -> Answer:
    """The same rows, ordered by the members' own order (`order` in sales.yaml) where the question asked for no other
    order.

    Members that the order does not name come last, as they were.
    """
    query = answer.query
    if len(query.by) != 1 or query.grain is not None or query.limit is not None or query.rank is not None:
        return answer
    if query.order is not None or answer.receipt.truncated:
        return answer
    found = model.fields.get(query.by[0])
    at = next((i for i, c in enumerate(answer.columns) if c.role == "dimension"), None)
    if found is None or not found.member_order or at is None:
        return answer
    place = {member: n for n, member in enumerate(found.member_order)}
    rows = sorted(answer.rows, key=lambda row: place.get(str(row[at]), len(place)))
    return answer.model_copy(update={"rows": tuple(rows)})
