"""`Table` -> `Answer`: columns called as a `Query` calls them, two windows as two rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from metrics.adapter.asking import Adapted, Shown
from metrics.model.schema import Metric
from metrics.query import Query
from metrics.query.answer import Answer, Cell, Column, MetricNote, Note, Receipt, Window
from metrics.query.table import Proof, Table

__all__ = ["definition", "shaped"]


def shaped(made: Adapted, query: Query, table: Table) -> Answer:
    """The answer to `query`, the one that was asked."""
    keys = len(table.asked.by)
    first = [_first_column(table, field) for field, _ in made.first]
    columns = [*first, *table.columns[:keys]]
    columns += [_named(s, c) for s, c in zip(made.shown, table.columns[keys:], strict=True) if not s.hidden]
    kept = [*range(keys), *(keys + i for i, s in enumerate(made.shown) if not s.hidden)]
    told = tuple(value for _, value in made.first)
    rows = [(*told, *(row[i] for i in kept)) for row in table.rows]
    rows = [row for row in rows if not made.first or _placed(columns, row)]
    if made.pivot:
        columns, rows = _pivot(columns, rows, table.proof)
    return Answer(
        query=query,
        columns=tuple(columns),
        rows=tuple(rows),
        notes=_notes(made, table, rows),
        receipt=_receipt(table.proof, len(rows)),
    )


def _first_column(table: Table, field: str) -> Column:
    return Column(name=field, role="dimension", of=field, unit="text")


def _named(shown: Shown, column: Column) -> Column:
    return Column(name=shown.name or f"{shown.of}{shown.suffix}", role=shown.role, of=shown.of, unit=column.unit)


def _placed(columns: Sequence[Column], row: Sequence[Cell]) -> bool:
    """Whether the one asked about is among the peers at all: then it is known of how many."""
    return any(c.role == "n" and row[i] is not None for i, c in enumerate(columns))


def _pivot(
    columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]], proof: Proof
) -> tuple[list[Column], list[tuple[Cell, ...]]]:
    """One row of two windows -> a row per window, the earlier first; what compares them stands on the later."""
    kept = [c for c in columns if c.role != "previous"]
    period = Column(name="period", role="time", of="period", unit="text")
    if not rows:
        return [period, *kept], []
    values = dict(zip((c.name for c in columns), rows[0], strict=True))
    before = [values[f"{c.name}_previous"] if c.role == "metric" else None for c in kept]
    after = [values[c.name] for c in kept]
    labels = {of: next((w.label for w in proof.windows if w.of == of), "") for of in ("shown", "compared")}
    return [period, *kept], [(labels["compared"], *before), (labels["shown"], *after)]


def _notes(made: Adapted, table: Table, rows: Sequence[tuple[Cell, ...]]) -> tuple[Note, ...]:
    notes = list(table.notes)
    peers = next((i for i, s in enumerate(made.shown) if s.role == "n" and s.hidden), None)
    if peers is not None and table.rows:  # of one: over how many the average is
        notes.append(Note(code="benchmark_peers", fields={"n": str(table.rows[0][len(table.asked.by) + peers])}))
    if made.first and not rows:
        notes.append(Note(code="not_ranked", fields={"n": "1", "why": "no_peer"}))
    return tuple(notes)


def _receipt(proof: Proof, rows: int) -> Receipt:
    labels = {"shown": "current", "compared": "previous", "condition": "condition"}
    windows = [
        Window(label=labels[w.of], start=w.start, end=w.end or w.start or dt.date.max, cut=w.cut) for w in proof.windows
    ]
    return Receipt(
        metrics=proof.metrics,
        windows=tuple(sorted(windows, key=lambda w: w.label)),
        conditions=proof.conditions,
        limit=proof.limit,
        limit_per=proof.limit_per,
        ties=proof.ties,
        cut=proof.cut,
        as_of=proof.as_of,
        data_through=proof.data_through,
        data_version=proof.data_version,
        sql=proof.sql,
        params=proof.params,
        restricted=proof.restricted,
        truncated=proof.truncated,
        total_rows=proof.total if proof.total is not None else rows,
        ms=proof.ms,
    )


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
