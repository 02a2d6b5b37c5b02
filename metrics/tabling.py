"""Rows of the engine -> the rows, notes and proof of a Table. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from metrics.calendar.binding import Days, bind_when, days_label
from metrics.calendar.units import add_units, bucket_label, unit_start
from metrics.engines.protocol import Result
from metrics.model.schema import Calendar
from metrics.plan.grid.world import World
from metrics.plan.names import NONE_MEMBER
from metrics.plan.noting import of_rows, of_windows
from metrics.query.answer import Cell, Column, MetricNote, Note
from metrics.query.asked import Asked
from metrics.query.family import Family
from metrics.query.measure import Measure
from metrics.query.predicate import And, Compare, In, Known, Not, Or, Predicate, Test, Whose, Within
from metrics.query.table import Proof, Table, Taken
from metrics.telling import Told

__all__ = ["conditions_of", "tabled"]

_ONE_DAY = dt.timedelta(days=1)
_OF = {"metric": "value", "growth": "change_pct"}  # what the parts of an answer are called


def tabled(
    asked: Asked,
    told: Told,
    result: Result,
    notes: Sequence[Note],
    *,
    as_of: dt.datetime,
    max_rows: int,
    total: int | None = None,
    ms: Mapping[str, float] | None = None,
) -> Table:
    """`notes`: of the data as a whole; `total`: rows in all, where that was counted."""
    world, columns, rendered, restricted = told.world, told.columns, told.rendered, told.restricted
    rows = _rows(asked, world, columns, result.rows[:max_rows])
    truncated = result.truncated or len(result.rows) > max_rows
    through = [world.windows.through(m)[0] for m in world.metrics]
    proof = Proof(
        metrics=_definitions(world),
        windows=tuple(_taken(of, days, world.model.calendar) for of, days in world.windows.used),
        conditions=conditions_of(asked, world),
        limit=asked.limit,
        limit_per=asked.limit_per,
        ties=_ties(asked, len(rows)),
        cut=_cut(asked, world),
        before_data=not any(m.snapshot for m in world.metrics) and world.windows.all_before_data(),
        restricted=restricted,
        truncated=truncated,
        total=total,
        as_of=as_of,
        data_through=min((d for d in through if d is not None), default=None),
        data_version=result.data_version,
        sql=rendered.sql,
        params=dict(rendered.params),
        ms=dict(ms or {}),
    )
    hidden = [row[len(columns) :] for row in result.rows[:max_rows]] if world.remarks.aimed else []
    said = [*of_windows(asked, world, disclosed=told.others > 0), *told.notes, *notes]
    said += [*of_rows(asked, columns, rows, others=told.others), *world.remarks.said(hidden, world.org)]
    if restricted:
        said.append(Note(code="channel_restricted" if restricted == "channel" else "restricted"))
    if truncated:
        shown = {"shown": str(len(rows))} | ({"total": str(total)} if total is not None else {})
        said.append(Note(code="truncated", fields=shown))
    # not looked at again cell by cell: all of it was made here, of what engines promise
    return Table.model_construct(asked=asked, columns=tuple(columns), rows=tuple(rows), notes=tuple(said), proof=proof)


def conditions_of(asked: Asked, world: World) -> tuple[Any, ...] | None:
    """`where` and `having` as data; None without either."""
    made = [_condition(p, world) for p in (asked.where, asked.having) if p is not None]
    return ("and", *made) if made else None


def _condition(part: Predicate, world: World) -> Any:
    if isinstance(part, Not):
        return ("not", _condition(part.of, world))
    if isinstance(part, And | Or):
        return (part.kind, *(_condition(p, world) for p in part.of))
    if isinstance(part, In):
        op = "not_in" if part.out else "in"
        return {"on": part.field, "kind": "row", "of": "value", "op": op, "values": list(part.values)}
    if isinstance(part, Compare):
        made: dict[str, Any] = {"on": part.field, "kind": "row", "of": "value", "op": part.op, "value": part.value}
        return made | ({"upper": part.upper} if part.upper is not None else {})
    if isinstance(part, Test):
        of = _OF.get(part.of.kind, part.of.kind)
        made = {"on": part.of.subject(), "kind": "group", "of": of, "op": part.op, "value": _end(part.value)}
        return made | ({"upper": _end(part.upper)} if part.upper is not None else {})
    if isinstance(part, Known):
        return {"on": part.of.subject(), "kind": "group", "of": _OF.get(part.of.kind, part.of.kind), "op": "known"}
    if isinstance(part, Within):
        days = bind_when(part.period, calendar=world.model.calendar, as_of=world.as_of, through=None)
        made = {"on": part.field, "kind": "row", "of": "value", "op": "within"}
        made |= {"period": part.period.model_dump(mode="json", exclude_defaults=True)}
        return made | ({"days": days.full[0]} if len(days.full) == 1 else {})
    if isinstance(part, Whose):
        made = {"on": part.field, "kind": "member", "having": _condition(part.having, world), "scope": part.scope}
        return made | {"period": part.period.model_dump(mode="json", exclude_defaults=True)}
    return part.model_dump(mode="json")


def _end(value: float | Measure | None) -> Any:
    return value.model_dump(mode="json", exclude_defaults=True) if isinstance(value, Family) else value


def _rows(
    asked: Asked, world: World, columns: Sequence[Column], rows: Sequence[Sequence[Any]]
) -> list[tuple[Cell, ...]]:
    """Column by column: most need nothing done. What comes behind `columns` is not shown."""
    told: list[Sequence[Cell]] = list(zip(*rows, strict=True))
    del told[len(columns) :]
    for place, column in enumerate(columns if rows else ()):
        if column.role == "dimension":
            told[place] = [NONE_MEMBER if value is None else value for value in told[place]]
        elif column.role == "time":
            told[place] = [_bucket(asked, world, value) for value in told[place]]
    return list(zip(*told, strict=True))


def _bucket(asked: Asked, world: World, value: Cell) -> Cell:
    return bucket_label(value, str(asked.grain), world.model.calendar) if isinstance(value, dt.date) else value


def _definitions(world: World) -> tuple[MetricNote, ...]:
    return tuple(
        MetricNote(name=m.name, version=m.version, certified=m.certified, expression=m.expression, owner=m.owner)
        for m in world.metrics
    )


def _taken(of: str, days: Days, calendar: Calendar) -> Taken:
    end, label = days.end if days.end is not None else days.start, days_label(days, calendar)
    return Taken(of=of, label=label, start=days.start, end=end, cut=days.cut)


def _ties(asked: Asked, rows: int) -> int:
    return max(0, rows - asked.limit) if asked.limit is not None and not asked.limit_per else 0


def _cut(asked: Asked, world: World) -> tuple[dt.date, ...]:
    """First and last bucket, where the window begins within the one, or ends within the other."""
    shown = [days for of, days in world.windows.used if of == "shown"]
    if asked.grain is None or not shown or shown[0].start is None or shown[0].end is None:
        return ()
    days, grain, calendar = shown[0], asked.grain, world.model.calendar
    assert days.start is not None and days.end is not None
    first, last = unit_start(days.start, grain, calendar), unit_start(days.end - _ONE_DAY, grain, calendar)
    cut = [first] if first < days.start else []
    if add_units(last, grain, 1) > days.end and last not in cut:
        cut.append(last)
    return tuple(cut)
