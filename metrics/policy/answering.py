"""Whether a table is an answer to whoever asked: one that shows a part for the whole, or nothing at all, is none."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.errors import NotPermitted, UnsupportedCombination
from metrics.model.schema import Model
from metrics.people import Person
from metrics.query.asked import GRAINS, Asked
from metrics.query.predicate import In
from metrics.query.table import Table

__all__ = ["check_answers"]


def check_answers(meaning: object, tables: Sequence[Table], model: Model, asker: Person) -> None:
    """Raises UnsupportedCombination "before_data" where all that is asked about lies before the data, and NotPermitted
    "several" or "only_oneself"."""
    if tables and all(table.proof.before_data and not _tells_something(table) for table in tables):
        since = [note.fields["date"] for table in tables for note in table.notes if note.code == "no_data_before"]
        raise UnsupportedCombination("before_data", fields={"date": min(since)} if since else {})
    restricted = next((table.proof.restricted for table in tables if table.proof.restricted), "")
    if restricted and isinstance(meaning, Asked):
        _check_all_seen(meaning, model, asker, restricted)


def _check_all_seen(asked: Asked, model: Model, asker: Person, why: str) -> None:
    """Where several people or teams are asked for, and only some of them may be seen: of two that are compared one is
    no answer, nor is one's own row one about each of a team."""
    people = model.people
    if people is None:
        return
    each, groups = {people.id, people.name}, {people.team, people.region}
    named = [p for p in (() if asked.where is None else asked.where.walk()) if isinstance(p, In) and not p.out]
    if any(p.field in asked.by and p.field in each | groups and len(p.values) > 1 for p in named):
        raise NotPermitted("several", fields={"why": why})
    oneself = asked.scope == "me" or any(p.field in each for p in named)
    of_group = any(p.field in groups for p in named)
    if asker.sells and of_group and not oneself and each & set(asked.by) and set(asked.by) <= each | groups | GRAINS:
        raise NotPermitted("only_oneself", fields={"why": why})


def _tells_something(table: Table) -> bool:
    """A target of days before the data, say."""
    return any(cell for row in table.rows for cell in row[len(table.asked.by) :])
