"""Who is there in which bucket: a member who is employed on one of its days, and whoever has rows in it. As if each
bucket were asked about by itself: nobody counts in a month before they came or after they left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from metrics.plan.bound import Peers
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.present import peers_select
from metrics.plan.compile.rows import BUCKET_COLUMNS, DATE_DIM
from metrics.plan.grid.group import later
from metrics.plan.grid.windows import Buckets, Moved
from metrics.plan.grid.world import World

__all__ = ["Members", "days_of_buckets", "there_in_buckets", "within"]


@dataclass(frozen=True, slots=True)
class Members:
    """A table with the keys of everything that has rows. `dated`: and with their buckets, which are looked at from so
    many buckets later as `shifts` says (0: from themselves)."""

    table: str
    dated: bool
    shifts: tuple[int, ...] = (0,)


def there_in_buckets(
    world: World, tables: Sequence[Members], keys: Sequence[str], peers: Peers, buckets: Buckets, shown: str
) -> exp.Query:
    """Rows (k0, …, t): who is there when. `shown`: the table of the buckets."""
    days = world.name("d")
    moved = world.windows.calendar_days(buckets.window, buckets.grain, buckets.days.end)
    world.ctes.append((days, _only_of(days_of_buckets(moved, buckets.grain), shown)))
    made: exp.Query = peers_select(world.prepared, peers, keys, world.as_of, buckets=days)
    for one in tables:
        for part in _with_rows(world, one, keys, buckets.grain, shown):
            made = exp.Union(this=made, expression=part, distinct=True)
    return made


def _with_rows(world: World, one: Members, keys: Sequence[str], grain: str, shown: str) -> list[exp.Select]:
    columns: list[Node] = [nodes.col(f"k{i}", one.table) for i in range(len(keys))]
    source = world.table(one.table)
    if not one.dated:
        every = exp.Join(this=nodes.table(shown), kind="CROSS")
        return [nodes.select([*columns, nodes.col("t", shown)], source=source, joins=[every])]
    made = []
    for shift in one.shifts:
        bucket = later(nodes.col("t", one.table), grain, shift)
        listed = exp.In(this=bucket.copy(), query=exp.Subquery(this=_buckets_of(shown)))
        outputs = [*(c.copy() for c in columns), nodes.aliased(bucket, "t")]
        made.append(nodes.select(outputs, source=source.copy(), where=listed))
    return made


def days_of_buckets(moved: Moved, grain: str) -> exp.Select:
    """First day and the day after the last of each bucket t, as far as the window goes."""
    day, bucket = nodes.col("day", DATE_DIM), nodes.col(BUCKET_COLUMNS[grain], DATE_DIM)
    one = exp.Interval(this=exp.Literal(this="1", is_string=True), unit=exp.Var(this="DAY"))
    after = nodes.cast(exp.Add(this=exp.Max(this=day), expression=one), exp.DType.DATE)
    outputs = [
        nodes.aliased(later(bucket, grain, moved.lag), "t"),
        nodes.aliased(exp.Min(this=day.copy()), "first"),
        nodes.aliased(after, "last"),
    ]
    where = nodes.any_of(within(start, end) for start, end in moved.days.spans)
    return nodes.select(outputs, source=nodes.table(DATE_DIM), where=where, group=[bucket.copy()])


def _only_of(days: exp.Select, shown: str) -> exp.Select:
    listed = exp.In(this=nodes.col("t"), query=exp.Subquery(this=_buckets_of(shown)))
    return nodes.select(
        [exp.Star()], source=exp.Subquery(this=days, alias=exp.TableAlias(this=nodes.ident("d"))), where=listed
    )


def _buckets_of(shown: str) -> exp.Select:
    return nodes.select([nodes.col("t", shown)], source=nodes.table(shown))


def within(start: dt.date | None, end: dt.date) -> Node:
    """The days of the calendar table from `start` on, before `end`."""
    day = nodes.col("day", DATE_DIM)
    before = exp.LT(this=day, expression=nodes.date(end))
    if start is None:
        return before
    return exp.And(this=exp.GTE(this=day.copy(), expression=nodes.date(start)), expression=before)
