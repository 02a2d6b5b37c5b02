"""Rows of the engine -> the typed rows, notes and receipt of an Answer. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from metrics.calendar.periods import Span, bucket_label, span_label
from metrics.engines.protocol import Rendered, Result
from metrics.model.schema import Metric
from metrics.plan.bound import BoundQuery, Condition
from metrics.plan.compile import GROUPS, LINE_ROWS, PEERS, ROWS_READ, Compiled
from metrics.plan.names import NONE_MEMBER
from metrics.policy import OTHERS, Decision
from metrics.query import Query
from metrics.query.answer import Answer, Cell, Column, MetricNote, Note, Receipt, Window

__all__ = ["definition", "shape"]

_SPLIT = frozenset({"previous"})  # roles that are a row of their own in a comparison of two windows


def shape(
    bound: BoundQuery,
    compiled: Compiled,
    result: Result,
    rendered: Rendered,
    *,
    decision: Decision,
    as_of: dt.datetime,
    max_rows: int,
) -> Answer:
    """The answer of a query. `ms` is filled in by the store."""
    width = len(compiled.columns)
    hidden = _hidden(bound, compiled, result)
    rows = [row[:width] for row in result.rows]
    truncated = result.truncated or len(rows) > max_rows
    columns, made = compiled.columns, [_row(bound, compiled.columns, row) for row in rows[:max_rows]]
    notes = list(bound.notes)
    if compiled.pivot:
        columns, made = _pivot(bound, columns, made)
    peers = hidden.get(PEERS)
    if peers is not None:  # per group when there are several, then the number is that of the first row
        notes.append(Note(code="benchmark_peers", fields={} if bound.query.by else {"n": str(peers)}))
    notes += _noticed(bound, columns, made)
    if decision.min_peers and _kept_back(columns, made):
        notes.append(Note(code="too_few_others", fields={"n": str(OTHERS)}))
    if decision.restricted:
        notes.append(Note(code="channel_restricted" if decision.restricted == "channel" else "restricted"))
    total = hidden.get(GROUPS, len(made))
    if truncated:
        notes.append(Note(code="truncated", fields={"shown": str(len(made)), "total": str(total)}))
    receipt = Receipt.model_construct(
        metrics=_definitions(bound),
        windows=_windows(bound),
        filters=tuple(_said(c) for c in bound.conditions),
        rows_read=None if decision.disclosed else hidden.get(ROWS_READ),
        as_of=as_of,
        data_through=bound.through,
        data_version=result.data_version,
        sql=rendered.sql,
        params=dict(rendered.params),
        restricted=decision.restricted,
        truncated=truncated,
        total_rows=total,
        ms={},
    )
    return Answer.model_construct(
        query=bound.query, columns=columns, rows=tuple(made), notes=tuple(notes), receipt=receipt
    )


def _hidden(bound: BoundQuery, compiled: Compiled, result: Result) -> dict[str, int]:
    """The columns that are no part of the answer: equal in all rows, but for the rows read of each line."""
    if not result.rows:  # nothing was read, or nothing of it met the condition, and then nobody has counted it
        return {GROUPS: 0} if bound.query.having else {GROUPS: 0, ROWS_READ: 0}
    if LINE_ROWS in compiled.hidden:
        place = len(compiled.columns) + compiled.hidden.index(LINE_ROWS)
        read = {} if result.truncated else {ROWS_READ: sum(int(row[place] or 0) for row in result.rows)}
    else:
        read = {}
    values = result.rows[0][len(compiled.columns) :]
    return read | {name: int(v) for name, v in zip(compiled.hidden, values, strict=True) if v is not None}


def _row(bound: BoundQuery, columns: Sequence[Column], row: Sequence[Any]) -> tuple[Cell, ...]:
    return tuple(_cell(bound, column, value) for column, value in zip(columns, row, strict=True))


def _cell(bound: BoundQuery, column: Column, value: Any) -> Cell:
    if column.role == "dimension":
        return NONE_MEMBER if value is None else value
    if column.role == "time" and isinstance(value, dt.date):
        return bucket_label(value, str(bound.query.grain), bound.model.calendar)
    made: Cell = value
    return made


def _pivot(
    bound: BoundQuery, columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]
) -> tuple[tuple[Column, ...], list[tuple[Cell, ...]]]:
    """One row of two windows -> a row per window, the earlier first; what compares them stands on the later."""
    kept = [c for c in columns if c.role not in _SPLIT]
    if not rows:
        return (Column(name="period", role="time", of="period", unit="text"), *kept), []
    values = dict(zip((c.name for c in columns), rows[0], strict=True))
    earlier, later = bound.metrics[0].earlier, bound.metrics[0].current
    assert earlier is not None
    calendar = bound.model.calendar
    before = [values[f"{c.name}_previous"] if c.role == "metric" else None for c in kept]
    after = [values[c.name] for c in kept]
    made: list[tuple[Cell, ...]] = [(span_label(earlier, calendar), *before), (span_label(later, calendar), *after)]
    return (Column(name="period", role="time", of="period", unit="text"), *kept), made


def _noticed(bound: BoundQuery, columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]) -> list[Note]:
    """What the rows themselves make worth saying."""
    places = {c.role: i for i, c in enumerate(columns)}
    notes = []
    if any(c.role == "dimension" and r[i] == NONE_MEMBER for r in rows for i, c in enumerate(columns)):
        notes.append(Note(code="null_members"))
    if bound.rank is not None and "rank" in places:
        unranked = sum(r[places["rank"]] is None for r in rows)
        if bound.rank.one and not rows:
            notes.append(Note(code="not_ranked", fields={"n": "1", "why": "no_peer"}))
        elif unranked:
            notes.append(Note(code="not_ranked", fields={"n": str(unranked), "why": "no_value"}))
        if bound.rank.one and rows and rows[0][places["ties"]]:
            notes.append(Note(code="ties", fields={"n": str(rows[0][places["ties"]])}))
    if "change" in places and "change_pct" in places and bound.query.grain is None:
        empty = sum(r[places["change"]] is not None and r[places["change_pct"]] is None for r in rows)
        if empty:
            notes.append(Note(code="empty_base", fields={"n": str(empty)}))
    return notes


def _kept_back(columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]) -> bool:
    """Whether an average, or the gap behind somebody, is not told."""
    places = {c.role: i for i, c in enumerate(columns)}
    if "benchmark" in places:
        return any(row[places["benchmark"]] is None for row in rows)
    if "next_gap" not in places:
        return False
    behind = (row for row in rows if isinstance(row[places["rank"]], int) and row[places["rank"]] != 1)
    return any(row[places["next_gap"]] is None for row in behind)


def _definitions(bound: BoundQuery) -> tuple[MetricNote, ...]:
    return tuple(
        MetricNote.model_construct(
            name=m.metric.name,
            version=m.metric.version,
            certified=m.metric.certified,
            expression=m.metric.expression,
            owner=m.metric.owner,
        )
        for m in bound.metrics
    )


def _windows(bound: BoundQuery) -> tuple[Window, ...]:
    """All windows used, once each, the current one first."""
    spans: list[tuple[str, Span]] = []
    for metric in bound.metrics:
        if not metric.metric.snapshot:
            spans.append(("current", metric.current))
            if metric.earlier is not None:
                spans.append(("previous", metric.earlier))
    if bound.trend is not None and bound.trend.partial is not None:
        spans.append(("previous", bound.trend.partial))
    made = [
        Window.model_construct(label=label, start=s.start, end=s.end, cut=s.cut) for label, s in dict.fromkeys(spans)
    ]
    return tuple(made)


def _said(condition: Condition) -> str:
    """A condition as text for the receipt; words are made in `bot`."""
    values = ", ".join(NONE_MEMBER if v is None else str(v) for v in condition.values)
    return f"{condition.field} {condition.op} {values}"


def definition(
    query: Query, metrics: Sequence[Metric], *, as_of: dt.datetime, through: dt.date | None, version: str
) -> Answer:
    """The definitions of the metrics asked about: one row each."""
    names = ("metric", "description", "expression", "unit", "owner", "version", "certified")
    columns = tuple(Column(name=n, role="text", of=n, unit="text") for n in names)
    rows = tuple((m.name, m.description, m.expression, m.unit, m.owner, m.version, m.certified) for m in metrics)
    notes = tuple(
        MetricNote(name=m.name, version=m.version, certified=m.certified, expression=m.expression, owner=m.owner)
        for m in metrics
    )
    receipt = Receipt(
        metrics=notes, windows=(), as_of=as_of, data_through=through, data_version=version, sql="", total_rows=len(rows)
    )
    return Answer(query=query, columns=columns, rows=rows, receipt=receipt)
