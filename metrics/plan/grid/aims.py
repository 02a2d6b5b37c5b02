"""Stored targets, and how much of a period has passed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import replace

from sqlglot import exp

from metrics.calendar.binding import Choice, Days
from metrics.calendar.units import MONTHS, add_units, unit_start
from metrics.calendar.workdays import working_days
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar, Metric, TargetFields
from metrics.plan.bound import Condition
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.rows import BUCKET_COLUMNS, DATE_DIM, choice_conditions
from metrics.plan.grid.at import At
from metrics.plan.grid.conditions import fields_of
from metrics.plan.grid.counted_targets import Counted
from metrics.plan.grid.covering import Covering
from metrics.plan.grid.group import Cell, later
from metrics.plan.grid.num import Num
from metrics.plan.grid.presence import within
from metrics.plan.grid.remarks import Aimed
from metrics.plan.grid.summed import Summed, lacking_of
from metrics.plan.grid.tiling import Tiling
from metrics.plan.grid.windows import Moved
from metrics.plan.names import metric_named
from metrics.plan.target_periods import SetTargets, targets_of
from metrics.query.answer import Note

__all__ = ["check_counted_up", "days_of", "target_of"]

_NAMED = 50  # people in a statement, who lack targets
_ONE_DAY = dt.timedelta(days=1)


def target_of(at: At, name: str) -> Num:
    """The sum of the targets of a metric whose periods make up the whole period of a place (see `summed`, `tiling`),
    worked out once. Raises UnsupportedCombination where there are none, where none can tile it, or where they do not
    add up."""
    known, place = at.grid.aims, (name, at.spec())
    if place not in known:
        known[place] = _target(at, name)
    num, remark = known[place]
    remark()
    return num


def _target(at: At, name: str) -> tuple[Num, Callable[[], None]]:
    world = at.world
    model, metric, fields = world.model, metric_named(world.model, name), world.model.targets
    if fields is None or not metric.has_target:
        raise UnsupportedCombination("no_target", subject=name)
    known = targets_of(model, world.target_periods, name)
    set_for = known.periods
    _check_grain(at.grain, set_for, name)
    days, lag = _whole(at, metric)
    if not (days.start is None and days.full_end is None):
        _check_edges(days, set_for, name, model.calendar)
    conditions = (*at.where, *at.scope)
    for field_id in (*fields_of(conditions), *at.keys):
        if not world.prepared.leads(fields.dataset, model.fields[field_id].dataset):
            raise UnsupportedCombination("target_with_product_filter", subject=field_id)
    _check_whole(at, days, set_for)
    if not metric.additive and not (_one_person(at) and _one_period(days, at.grain, set_for)):
        raise UnsupportedCombination("target_not_additive", subject=name)
    at.check()
    taken = _taken(at, metric, fields, days, known)
    place = Cell(None, conditions, at.grid.leaned(at.keys), at.grain, lag, at.open)
    total, said = taken.aggregates(world.prepared, world.as_of)
    cell = taken.cell(place)
    column = None
    if said is not None and at.grid is world.home and not at.open:
        column = at.grid.aggregate(fields.dataset, fields.start, cell, said)

    def remark() -> None:
        if at.grid is world.home and not at.open:
            _remark(at, name, days, known, column)

    return Num(at.grid.aggregate(fields.dataset, fields.start, cell, total)), remark


def _taken(at: At, metric: Metric, fields: TargetFields, days: Days, known: SetTargets) -> Summed | Counted | Tiling:
    """Targets of one length are summed, without those of who is known to lack some; of several, they have to be tiled.
    Nobody is named whose rows are not read, nor where others than the viewer see the statement: there it counts."""
    world, every = at.world, days.start is None and days.full_end is None
    pieces = None if every else days.full
    window = Covering(metric.name, known, pieces, at.grain, _shortest(known.periods) or "month")
    if known.gaps is None:
        return Tiling(window, not metric.additive)
    lacking = lacking_of(known, pieces, at.grain, world.model.calendar)
    who = frozenset[str]().union(*(one.people for one in lacking))
    named = who if not who else None if at.open else world.sight.named(who)
    if named is None or len(named) > _NAMED:
        return Counted(window)
    left = tuple(replace(one, people=one.people & named) for one in lacking)
    return Summed(metric.name, fields.metric, pieces, tuple(one for one in left if one.people), bool(who))


def _check_whole(at: At, days: Days, set_for: Collection[str]) -> None:
    """By team, a target counts where its person is on its first day: that is no answer where they go on in another
    before it is over."""
    world, conditions = at.world, (*at.where, *at.scope)
    dated = [f for f in (*at.keys, *fields_of(conditions)) if world.model.fields[f].dataset == world.prepared.dated]
    if not dated:
        return
    start, end = days.start, days.full_end
    for moves in world.org.moves.values():
        for day in moves:
            inside = (start is None or start < day) and (end is None or day < end)
            if inside and any(p not in MONTHS or unit_start(day, p, world.model.calendar) != day for p in set_for):
                raise UnsupportedCombination("target_transfer", subject=dated[0])


def _remark(at: At, name: str, days: Days, known: SetTargets, said: Callable[[], Node] | None) -> None:
    """As far as targets are set, where the window is longer; and what their rows will say."""
    remarks, first, last = at.world.remarks, known.first, known.last
    late = days.start is not None and first is not None and first > days.start
    early = days.full_end is not None and last is not None and last < days.full_end
    if first is not None and last is not None and (late or early):
        span = f"{first.isoformat()}..{(last - _ONE_DAY).isoformat()}"
        remarks.note(Note(code="target_set", fields={"metric": name, "set": span}))
    if said is not None:
        remarks.add(Aimed(name, days.start, days.full_end, len(known.periods) > 1), Num(said))


def _whole(at: At, metric: Metric) -> tuple[Days, int]:
    """All days of a place, also those to come, and how many buckets later they count."""
    there = at.whole()
    if at.grain is None:
        return there.days(metric), 0
    moved = at.world.windows.moved(there.window, metric, at.grain)
    return moved.days, moved.lag


def _shortest(set_for: Collection[str]) -> str:
    """The shortest unit that targets are set for; "" where they are set between dates only."""
    return min((p for p in set_for if p in MONTHS), key=lambda p: MONTHS[p], default="")


def _check_grain(grain: str | None, set_for: Collection[str], name: str) -> None:
    """Buckets are not shorter than what targets are set for; between dates they may be of any length."""
    shortest = _shortest(set_for) or "month"
    if grain is None or "dates" in set_for or MONTHS.get(grain, 0) >= MONTHS[shortest]:
        return
    raise UnsupportedCombination("target_grain", subject=name, fields={"by": grain, "grain": shortest})


def _check_edges(days: Days, set_for: Collection[str], name: str, calendar: Calendar) -> None:
    """A window begins and ends where targets may: it is made of whole units of the shortest."""
    shortest = _shortest(set_for) or "month"
    edges = [day for piece in days.full for day in piece]
    closed = days.only is None and all(edges)
    units = (
        closed and days.unit not in ("day", "week") and all(unit_start(e, shortest, calendar) == e for e in edges if e)
    )
    if not (units or (closed and "dates" in set_for)):
        raise UnsupportedCombination("target_period", subject=name, fields={"grain": shortest})


def _one_period(days: Days, grain: str | None, set_for: Collection[str]) -> bool:
    """Whether one target can be that of the window, or of each bucket."""
    if "dates" in set_for:
        return True
    if grain is not None or not days.single:
        return grain in set_for
    start, end = days.start, days.full_end
    return start is not None and any(add_units(start, p, 1) == end for p in set_for)


def _one_person(at: At) -> bool:
    people = at.world.model.people
    if people is None:
        return False
    one = any(
        isinstance(c, Condition) and c.field == people.id and c.op == "in" and len(c.values) == 1
        for c in (*at.where, *at.scope)
    )
    return one or people.id in at.keys or people.name in at.keys


def check_counted_up(at: At, name: str) -> None:
    """Raises UnsupportedCombination for what does not grow over a period: half of a month's win rate is expected by
    nobody in the middle of it."""
    prepared = at.world.prepared.metric(name)
    if prepared.divides or not all(m.filled for m in prepared.measures):
        raise UnsupportedCombination("pace_not_additive", subject=name)


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
