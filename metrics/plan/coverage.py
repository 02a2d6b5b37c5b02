"""What a snapshot holds: the last complete day of each dataset, the first day of each time field, and whether every row
is somebody's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlglot import exp

from metrics.engines.protocol import Engine
from metrics.errors import UnsupportedCombination
from metrics.model.expressions import datasets_of_aggregates
from metrics.people import Org
from metrics.plan.bound import Coverage
from metrics.plan.compile import nodes
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import Rows

__all__ = ["coverage_of"]


_MOST_OWNERS = 1_000_000
Source = tuple[str, str]  # dataset, time field id


def coverage_of(prepared: Prepared, engine: Engine, org: Org, *, timeout_s: float) -> Coverage:
    """One small query per time field, once per snapshot: first days, and by owner where rows belong to people.

    Of a table that declares its first complete day, the rows say nothing more of it: before a person's first row in it
    they had none, as long as they were around."""
    model = prepared.model
    through = {d.name: engine.through.get(d.table) for d in model.datasets.values()}
    late_after = {d.name: engine.late_after.get(d.table, 1) for d in model.datasets.values()}
    declared = {d.name: day for d in model.datasets.values() if (day := engine.since.get(d.table)) is not None}
    dated = {
        (d, t) for m in model.metrics.values() for d, t in m.time.items() if d in model.datasets and t in model.fields
    }
    starts: dict[Source, dt.date | None] = {}
    starts_of: dict[Source, dict[str, dt.date]] = {}
    outside: set[str] = set()
    for dataset, time in sorted(dated):
        owner = prepared.owners.get(dataset) or None
        tree = _first_days(prepared, dataset, time, owner)
        found = engine.query(engine.render(tree), timeout_s=timeout_s, max_rows=_MOST_OWNERS, tag=f"start of {time}")
        days = {row[2] if owner else None: row[0] for row in found.rows if isinstance(row[0], dt.date)}
        outside |= {str(row[2]) for row in found.rows if owner and _outside(org, *row)}
        starts[dataset, time] = declared.get(dataset, min(days.values(), default=None))
        if owner is not None:
            starts_of[dataset, time] = {str(who): day for who, day in days.items() if who is not None}
    around = _around_since(starts_of, declared, org)
    starts_of |= {
        source: {who: max(day, declared[source[0]]) for who, day in around.items()}
        for source in starts_of
        if source[0] in declared
    }
    whole = _whole(prepared, engine, timeout_s=timeout_s)
    return Coverage(through, starts, starts_of, late_after, frozenset(outside), whole)


def _whole(prepared: Prepared, engine: Engine, *, timeout_s: float) -> frozenset[str]:
    """Datasets of facts and targets that lead to people, and of which every row does."""
    people, targets = prepared.model.people, prepared.model.targets
    if people is None:
        return frozenset()
    # by what their metrics name: making all of them ready would be a tenth of a start
    named = [d for m in prepared.model.metrics.values() for d in datasets_of_aggregates(m.expression)]
    facts = frozenset[str]().union(*named) & prepared.model.datasets.keys()
    found = set()
    for dataset in sorted(facts | ({targets.dataset} if targets is not None else set())):
        if not _leads(prepared, dataset, people.dataset):
            continue
        rows = Rows(prepared, dataset, dt.date.min)
        nobody = nodes.is_null(rows.field(people.id))
        tree = nodes.select([nodes.number(1)], source=rows.source, joins=rows.joins, where=nobody, limit=1)
        if not engine.query(engine.render(tree), timeout_s=timeout_s, max_rows=1, tag=f"whole {dataset}").rows:
            found.add(dataset)
    return frozenset(found)


def _around_since(
    starts_of: Mapping[Source, Mapping[str, dt.date]], declared: Mapping[str, dt.date], org: Org
) -> dict[str, dt.date]:
    """Person -> their first row in any table that declares its start. Who was hired after that start is left out:
    before they came there is nothing, whatever day is asked about."""
    first: dict[str, dt.date] = {}
    begun = max(declared.values(), default=None)
    for (dataset, _), days in starts_of.items():
        for who, day in days.items() if dataset in declared else ():
            hired = org.people[who].active_from if who in org.people else None
            if begun is None or hired is None or hired < begun:
                first[who] = min(day, first.get(who, day))
    return first


def _outside(org: Org, first: dt.date | None, last: dt.date | None, who: object) -> bool:
    """Whether somebody has a row of a day before they came or after they left."""
    person = org.people.get(str(who))
    if person is None or first is None or last is None:
        return False
    early = person.active_from is not None and first < person.active_from
    return early or (person.active_to is not None and last > person.active_to)


def _first_days(prepared: Prepared, dataset: str, time: str, owner: str | None) -> exp.Select:
    rows = Rows(prepared, dataset, dt.date.min)
    first = nodes.aliased(nodes.cast(exp.Min(this=rows.field(time)), exp.DType.DATE), "first")
    if owner is None:
        return nodes.select([first], source=rows.source, joins=rows.joins)
    whose = rows.field(owner)
    last = nodes.aliased(nodes.cast(exp.Max(this=rows.field(time)), exp.DType.DATE), "last")
    return nodes.select(
        [first, last, nodes.aliased(whose, "owner")], source=rows.source, joins=rows.joins, group=[whose.copy()]
    )


def _leads(prepared: Prepared, dataset: str, people: str) -> bool:
    try:
        return bool(prepared.path(dataset, people))
    except UnsupportedCombination:  # in two ways
        return False
