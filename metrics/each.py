"""One statement for everybody: which questions can be asked for many people at once, and how the rows are dealt out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metrics.compile.prepared import Prepared
from metrics.people import Org, Person
from metrics.query import Query

__all__ = ["Cut", "cuts_of"]


@dataclass(frozen=True)
class Cut:
    """People whose answers come out of one statement."""

    people: frozenset[str]
    query: Query


def cuts_of(query: Query, people: Sequence[Person], *, prepared: Prepared, org: Org) -> list[Cut]:
    return []
