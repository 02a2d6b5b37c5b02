"""Stored targets, and how much of a period has passed."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from metrics.calendar.binding import Choice, Days, whole_months
from metrics.calendar.workdays import working_days
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar
from metrics.plan.bound import Condition
from metrics.plan.compile import nodes
from metrics.plan.compile.prepared import Measure as Aggregate
from metrics.plan.compile.rows import BUCKET_COLUMNS, DATE_DIM, choice_conditions
from metrics.plan.grid.at import At
from metrics.plan.grid.conditions import fields_of
from metrics.plan.grid.group import Cell, Happened, later
from metrics.plan.grid.num import Num
from metrics.plan.grid.presence import within
from metrics.plan.grid.windows import Moved
from metrics.plan.names import metric_named

__all__ = ["days_of", "target_of"]


def target_of(at: At, name: str) -> Num:
    """The targets of a metric over the whole period of a place, summed. Raises UnsupportedCombination where there are
    none, where the period is not made of theirs, or where they do not add up."""
    world = at.world
    model, metric, fields = world.model, metric_named(world.model, name), world.model.targets
    if fields is None or not metric.has_target:
        raise UnsupportedCombination("no_target", subject=name)
    if at.grain in ("day", "week"):
        raise UnsupportedCombination("target_grain", subject=at.grain)
    there = at.whole()
    if at.grain is None:
        days, lag = there.days(metric), 0
    else:
        moved = world.windows.moved(there.window, metric, at.grain)
        days, lag = moved.days, moved.lag
    every = days.start is None and days.full_end is None
    if not every and (days.start is None or not whole_months(days) or days.unit in ("day", "week")):
        raise UnsupportedCombination("target_period", subject=name)
    conditions = (*at.where, *at.scope)
    for field_id in (*fields_of(conditions), *at.keys):
        if world.prepared.path(fields.dataset, model.fields[field_id].dataset) is None:
            raise UnsupportedCombination("target_with_product_filter", subject=field_id)
    months = (
        0
        if every
        else sum((b.year - a.year) * 12 + b.month - a.month for a, b in days.full if a is not None and b is not None)
    )
    if not metric.additive and not ((months == 1 or at.grain == "month") and _one_person(at)):
        raise UnsupportedCombination("target_not_additive", subject=name)
    at.check()
    amount = world.prepared.field(fields.amount, world.as_of)
    total = Aggregate("target", exp.Sum(this=amount), fields.dataset, (fields.dataset,), filled=False)
    named = Condition(fields.metric, "in", (name,))
    aimed = None if every else Happened(tuple((a, b) for a, b in days.full if b is not None))
    cell = Cell(aimed, (*conditions, named), at.grid.leaned(at.keys), at.grain, lag, at.open)
    return Num(at.grid.aggregate(fields.dataset, fields.month, cell, total))


def _one_person(at: At) -> bool:
    people = at.world.model.people
    if people is None:
        return False
    one = any(
        isinstance(c, Condition) and c.field == people.id and c.op == "in" and len(c.values) == 1
        for c in (*at.where, *at.scope)
    )
    return one or people.id in at.keys or people.name in at.keys


def days_of(at: At, name: str, *, passed: bool, working: bool) -> Num:
    """How many days (working days) the period of a place has, or has had so far. In buckets, of each of them."""
    world = at.world
    metric = metric_named(world.model, name)
    if at.grain is None:
        return at.constant(_count(at.days(metric), world.model.calendar, name, passed=passed, working=working))
    moved = world.windows.moved(at.window, metric, at.grain)
    table = world.name("d")
    world.ctes.append((table, _days(at.grain, moved, passed=passed, working=working)))
    return replace(at, keys=()).beside(table, "days")


def _count(days: Days, calendar: Calendar, name: str, *, passed: bool, working: bool) -> int:
    pieces = days.spans if passed else days.full
    if working and days.only is None:
        closed = [(a, b) for a, b in pieces if a is not None and b is not None]
        counted = sum(working_days(a, b, calendar) for a, b in closed) if len(closed) == len(pieces) else None
    else:
        if working and days.only is not None:
            days = replace(days, only=days.only.also(Choice(working=True)))
        counted = days.happened_days(calendar) if passed else days.all_days(calendar)
    if counted is None:
        raise UnsupportedCombination("days_of_all_time", subject=name)
    return counted


def _days(grain: str, moved: Moved, *, passed: bool, working: bool) -> exp.Select:
    """Of each bucket that holds a day of the window: its days in it, or those of them that have passed."""
    days, bucket = moved.days, nodes.col(BUCKET_COLUMNS[grain], DATE_DIM)
    if passed:
        held = nodes.any_of(within(start, end) for start, end in days.spans)
    elif days.single and days.end is not None:  # whole buckets, up to the one that is running
        held = exp.LT(this=bucket.copy(), expression=nodes.date(days.end))
        if days.start is not None:
            held = exp.And(
                this=exp.GTE(this=nodes.col("day", DATE_DIM), expression=nodes.date(days.start)), expression=held
            )
    else:
        held = nodes.any_of(within(start, end) for start, end in days.full if end is not None)
    conditions = [held if held is not None else exp.Boolean(this=False)]
    if days.only is not None:
        conditions += choice_conditions(days.only, DATE_DIM)
    if working:
        conditions.append(nodes.col("is_workday", DATE_DIM))
    counted = nodes.aliased(exp.Count(this=exp.Star()), "days")
    return nodes.select(
        [nodes.aliased(later(bucket, grain, moved.lag), "t"), counted],
        source=nodes.table(DATE_DIM),
        where=nodes.all_of(conditions),
        group=[bucket.copy()],
    )
