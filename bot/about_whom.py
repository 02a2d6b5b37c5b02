"""Whom an answer was about: "he" and "her sales" of the next question."""

from __future__ import annotations

from bot.wording.subject import conditions
from metrics.model.schema import Model
from metrics.query.predicate import In
from metrics.query.table import Table
from nlq import Before

__all__ = ["before_of"]


def before_of(model: Model, table: Table) -> Before:
    """What a follow-up goes on from. The person: of the first row, or the one it was narrowed to."""
    people, asked = model.people, table.asked
    if people is None:
        return Before(asked)
    fields = (people.name, people.id)
    for field in fields:
        if field in asked.by and table.rows:
            member = table.rows[0][asked.by.index(field)]
            return Before(asked, (field, str(member)) if member is not None else None)
    for condition in conditions(asked.where):
        if isinstance(condition, In) and condition.field in fields and len(condition.values) == 1 and not condition.out:
            return Before(asked, (condition.field, str(condition.values[0])))
    return Before(asked)
