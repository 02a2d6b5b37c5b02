"""What exists for somebody: the members of fields that stand in rows they may see.

A member of a field whose dataset belongs to people (an invoice number, a deal) exists for those who may see one of its
rows; for everybody else it is as unknown as one that was never there. Members of public datasets exist for all.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from metrics.engines.protocol import Engine
from metrics.people.org import members_query
from metrics.plan.compile.prepared import Prepared
from metrics.policy.restriction import restrict
from metrics.policy.sight import Visible

__all__ = ["Lens", "Lenses"]

_MOST_MEMBERS = 50_000  # as many as are known of a field at all
_LENSES_KEPT = 512


class Lens(Mapping[str, Collection[str]]):
    """Field id -> its members, as far as they stand in rows of `rows`; read when first asked for, then kept. Valid for
    one version of the data. Fields that are not in `known` have no list of members."""

    def __init__(
        self, rows: Visible, known: Mapping[str, Collection[str]], prepared: Prepared, engine: Engine, timeout_s: float
    ) -> None:
        self._rows = rows
        self._known = known
        self._prepared = prepared
        self._engine = engine
        self._timeout_s = timeout_s
        self._seen: dict[str, Collection[str]] = {}

    def __getitem__(self, field_id: str) -> Collection[str]:
        known = self._known[field_id]
        if not self._prepared.owners.get(self._prepared.field_of(field_id).dataset):
            return known
        if field_id not in self._seen:
            self._seen[field_id] = self._read(field_id)
        return self._seen[field_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def _read(self, field_id: str) -> frozenset[str]:
        if not self._rows.people:
            return frozenset()
        field = self._prepared.field_of(field_id)
        tree = members_query(self._prepared.model.datasets[field.dataset], field, _MOST_MEMBERS)
        restrict(tree, self._rows, prepared=self._prepared)
        rendered = self._engine.render(tree)
        found = self._engine.query(rendered, timeout_s=self._timeout_s, max_rows=_MOST_MEMBERS, tag=uuid.uuid4().hex)
        return frozenset(str(row[0]) for row in found.rows)


class Lenses:
    """The lenses of one version of the data, those used last kept."""

    def __init__(
        self, known: Mapping[str, Collection[str]], prepared: Prepared, engine: Engine, timeout_s: float
    ) -> None:
        self._make = lru_cache(_LENSES_KEPT)(lambda rows: Lens(rows, known, prepared, engine, timeout_s))

    def of(self, rows: Visible) -> Lens:
        return self._make(rows)
