"""Whom an answer was about: "he" and "her sales" of the next question, "why" of the one that was worst."""

from __future__ import annotations

from bot.wording.subject import conditions
from metrics.model.schema import Model
from metrics.query.asked import GRAINS
from metrics.query.predicate import In, Test
from metrics.query.table import Table
from nlq import Before

__all__ = ["before_of"]

MOST_ROWS = 50


def before_of(model: Model, table: Table, earlier: Before | None = None) -> Before:
    """What a follow-up goes on from. The person: of the first row, or the one it was narrowed to. `earlier`: what was
    asked before it."""
    person, only, rows = _person(model, table), _only(table), _rows(table)
    if earlier is None:
        return Before(table.asked, person, only, rows=rows)
    return earlier.then(table.asked, person, only, rows)


def _only(table: Table) -> tuple[tuple[str, str], ...]:
    """The only row, by what it is one of; nothing where a row is not of one member."""
    by = table.asked.by
    if len(table.rows) != 1 or not by or set(by) & GRAINS or any(cell is None for cell in table.rows[0][: len(by)]):
        return ()
    return tuple((field, str(cell)) for field, cell in zip(by, table.rows[0], strict=False))


def _is_placed(table: Table) -> bool:
    """Whether it is of those at some places of a list: the second, all but the last."""
    having = table.asked.having
    return isinstance(having, Test) and having.of.kind == "place"


def _rows(table: Table) -> tuple[str, ...]:
    """What a list that was cut is by, and who is in it; nothing where that is no list of members."""
    by, cut = table.asked.by, table.asked.limit is not None or _is_placed(table)
    if not cut or len(by) != 1 or by[0] in GRAINS or not 0 < len(table.rows) <= MOST_ROWS:
        return ()
    members = [row[0] for row in table.rows]
    return () if any(m is None for m in members) else (by[0], *map(str, members))


def _person(model: Model, table: Table) -> tuple[str, str] | None:
    people, asked = model.people, table.asked
    if people is None:
        return None
    fields = (people.name, people.id)
    if len(table.rows) > 1 and (asked.limit == 1 or _is_placed(table)):
        return None  # several share the place
    for field in fields:
        if field in asked.by and table.rows:
            member = table.rows[0][asked.by.index(field)]
            return (field, str(member)) if member is not None else None
    for condition in conditions(asked.where):
        if isinstance(condition, In) and condition.field in fields and len(condition.values) == 1 and not condition.out:
            return (condition.field, str(condition.values[0]))
    return None
