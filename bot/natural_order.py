"""Rows in the order of what they are about: the stages of a funnel one after the other, not by size."""

from __future__ import annotations

from metrics.model.schema import Model
from metrics.query.table import Table

__all__ = ["in_natural_order"]


def in_natural_order(model: Model, table: Table) -> Table:
    """The same rows, ordered by the members' own order (`order` in sales.yaml) where the question asked for no other
    order.

    Members that the order does not name come last, as they were.
    """
    asked = table.asked
    if len(asked.by) != 1 or asked.grain is not None or asked.limit is not None or asked.order:
        return table
    found = model.fields.get(asked.by[0])
    if found is None or not found.member_order or table.proof.truncated:
        return table
    place = {member: n for n, member in enumerate(found.member_order)}
    rows = sorted(table.rows, key=lambda row: place.get(str(row[0]), len(place)))
    return table.model_copy(update={"rows": tuple(rows)})
