"""Of whom a member is known: in tables whose rows belong to people it exists for who may see one of its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from metrics.engines.protocol import Columns, Rendered
from metrics.loaded import Loaded
from metrics.plan.bound import Condition
from metrics.plan.compile import nodes
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import Rows
from metrics.policy import restrict

__all__ = ["owners_of_members"]

Member = tuple[str, str]  # field, value


def owners_of_members(
    members: Sequence[Member], loaded: Loaded, prepared: Prepared, run: Callable[[Rendered], Columns]
) -> dict[Member, frozenset[str]]:
    """Member -> who owns a row of it; of those that are in no list of members, nothing."""
    found: dict[Member, set[str]] = {m: set() for m in members if m[0] in loaded.known}
    for field_id in dict.fromkeys(field for field, _ in found):
        dataset = prepared.field_of(field_id).dataset
        values = tuple(value for field, value in found if field == field_id)
        rows = Rows(prepared, dataset, dt.date.min)
        rows.keep(Condition(field_id, "in", values))
        outputs = [
            nodes.aliased(rows.field(prepared.owners[dataset]), "owner"),
            nodes.aliased(rows.field(field_id), "v"),
        ]
        tree = nodes.select(
            outputs, source=rows.source, joins=rows.joins, where=nodes.all_of(rows.where), distinct=True
        )
        restrict(tree, None, prepared=prepared)
        for owner, value in zip(*run(loaded.engine.render(tree)).columns, strict=True):
            found[field_id, str(value)].add(str(owner))
    return {member: frozenset(owners) for member, owners in found.items()}
