"""How many people are there: in a window, or on a day of each bucket of it."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from metrics.model.schema import PeopleFields
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.rows import BUCKET_COLUMNS, DATE_DIM, Rows
from metrics.plan.grid.at import At
from metrics.plan.grid.group import later
from metrics.plan.grid.spine import within
from metrics.plan.scope import people_fields

__all__ = ["heads_table"]


def heads_table(at: At, about: tuple[str, ...]) -> str:
    """A table with a row for each combination of `about` (fields that tell of people) and bucket, and their `heads`."""
    world, people = at.world, people_fields(at.world.model)
    place = replace(at, keys=(*about, people.id))
    peers = place.peers()
    assert peers is not None
    rows = Rows(world.prepared, people.dataset, world.as_of)
    keys = [nodes.aliased(rows.field(k), f"k{i}") for i, k in enumerate(about)]
    grouped: list[Node] = [rows.field(k) for k in about]
    counted = nodes.aliased(exp.Count(this=exp.Distinct(expressions=[rows.field(people.id)])), "heads")
    for condition in peers.conditions:
        rows.keep(condition)
    joins: list[exp.Join] = []
    if at.grain is None:
        first, last = _ends(at)
        _there(rows, people, first, last)
    else:
        table = world.name("d")
        world.ctes.append((table, _days(at)))
        joins.append(exp.Join(this=nodes.table(table), kind="CROSS"))
        _there(rows, people, nodes.col("first", table), nodes.col("last", table))
        keys.append(nodes.aliased(nodes.col("t", table), "t"))
        grouped.append(nodes.col("t", table))
    made = nodes.select(
        [*keys, counted],
        source=rows.source,
        joins=[*rows.joins, *joins],
        where=nodes.all_of(rows.where),
        group=grouped,
    )
    name = world.name("h")
    world.ctes.append((name, made))
    return name


def _ends(at: At) -> tuple[Node | None, Node | None]:
    span = at.world.windows.active(at.window)
    end = span.end if not span.empty else span.full_end
    return (nodes.date(span.start) if span.start is not None else None), nodes.date(end)


def _there(rows: Rows, people: PeopleFields, first: Node | None, end: Node | None) -> None:
    """Employed on a day of [first, end); an unknown first or last day is open."""
    if people.active_from is not None and end is not None:
        begun = nodes.any_of(
            [
                nodes.is_null(rows.field(people.active_from)),
                exp.LT(this=rows.field(people.active_from), expression=end),
            ]
        )
        assert begun is not None
        rows.where.append(begun)
    if people.active_to is not None and first is not None:
        left = nodes.any_of(
            [
                nodes.is_null(rows.field(people.active_to)),
                exp.GTE(this=rows.field(people.active_to), expression=first),
            ]
        )
        assert left is not None
        rows.where.append(left)


def _days(at: At) -> exp.Select:
    """First day and the day after the last of each bucket, as far as the window goes."""
    assert at.grain is not None
    moved = at.world.windows.calendar_days(at.window, at.grain)
    day, bucket = nodes.col("day", DATE_DIM), nodes.col(BUCKET_COLUMNS[at.grain], DATE_DIM)
    one = exp.Interval(this=exp.Literal(this="1", is_string=True), unit=exp.Var(this="DAY"))
    after = nodes.cast(exp.Add(this=exp.Max(this=day), expression=one), exp.DType.DATE)
    outputs = [
        nodes.aliased(later(bucket, at.grain, moved.lag), "t"),
        nodes.aliased(exp.Min(this=day.copy()), "first"),
        nodes.aliased(after, "last"),
    ]
    where = nodes.any_of(within(start, end) for start, end in moved.days.spans)
    return nodes.select(outputs, source=nodes.table(DATE_DIM), where=where, group=[bucket.copy()])
