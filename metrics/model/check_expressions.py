"""Checks of the expressions in model.yaml: harmless, of the right kind, and over fields that exist."""

from __future__ import annotations

from collections.abc import Iterator

from metrics.errors import Problem
from metrics.model.expressions import (
    BadExpression,
    aggregates_of,
    columns_of,
    expand_field,
    parse_aggregate,
    parse_scalar,
    physical_columns,
)
from metrics.model.joins import fact_of
from metrics.model.schema import Dataset, Field, Metric
from metrics.model.shapes import did_you_mean
from metrics.model.workspace import Workspace

__all__ = ["field_expressions", "metric_expressions"]

_HERE = ("expression",)


def field_expressions(work: Workspace) -> Iterator[Problem]:
    """Scalar, safe, without going round in circles, over columns of the dataset's own table."""
    for dataset in work.model.datasets.values():
        for field in dataset.fields.values():
            if not field.expression:
                continue  # reported: no ANSI_SQL dialect
            try:
                tree = parse_scalar(field.expression)
                expand_field(dataset, field.name)
            except BadExpression as bad:
                yield work.in_model(f"field:{field.id}", _HERE, bad.message, bad.fix)
                continue
            strangers = [(d, c) for d, c in columns_of(tree) if d not in ("", dataset.name)]
            for other, column in strangers:
                message = f"{other}.{column} is not a column of {dataset.name}."
                fix = f"A field uses its own dataset; use {other}.{column} in the metric instead."
                yield work.in_model(f"field:{field.id}", _HERE, message, fix)
            if not strangers:
                yield from _missing_columns(work, dataset, field)


def _missing_columns(work: Workspace, dataset: Dataset, field: Field) -> Iterator[Problem]:
    known = work.table_columns(dataset.name)
    if known is None:
        return
    for column in physical_columns(dataset, field.name):
        if column not in known:
            names = {*known, *dataset.fields} - {field.name}
            message = f"uses {column}, which is no field of {dataset.name} and no column of the table {dataset.table}."
            fix = did_you_mean(
                column, names, otherwise=f"Add {column} to tables.{dataset.table}.columns in sources.yaml."
            )
            yield work.in_model(f"field:{field.id}", _HERE, message, fix)


def metric_expressions(work: Workspace) -> Iterator[Problem]:
    """An aggregate, safe, over fields that exist; each aggregate adds up the rows of one dataset."""
    for metric in work.model.metrics.values():
        if not metric.expression:
            continue
        try:
            tree = parse_aggregate(metric.expression)
        except BadExpression as bad:
            yield work.in_model(f"metric:{metric.name}", _HERE, bad.message, bad.fix)
            continue
        unknown = [p for d, c in columns_of(tree) if (p := _unknown(work, metric, d, c)) is not None]
        yield from unknown
        if unknown:
            continue
        for node in aggregates_of(tree):
            datasets = {d for d, _ in columns_of(node)}
            if fact_of(work.model, datasets) is None:
                listed = " and ".join(sorted(datasets))
                message = f"{node.sql()} mixes {listed}, and no relationship leads from one to the other."
                yield work.in_model(
                    f"metric:{metric.name}", _HERE, message, "Aggregate each by itself, or add the relationship."
                )


def _unknown(work: Workspace, metric: Metric, dataset: str, column: str) -> Problem | None:
    part = f"metric:{metric.name}"
    model = work.model
    if not dataset:
        homes = [d.name for d in model.datasets.values() if column in d.fields]
        fix = f"Write {' or '.join(f'{h}.{column}' for h in homes)}." if homes else "Write dataset.field."
        return work.in_model(part, _HERE, f"{column} does not say its dataset.", fix)
    if dataset not in model.datasets:
        fix = did_you_mean(dataset, model.datasets, otherwise=f"The datasets are {', '.join(model.datasets)}.")
        return work.in_model(part, _HERE, f"there is no dataset {dataset}.", fix)
    if column not in model.datasets[dataset].fields:
        homes = [f.id for f in model.fields.values() if f.name == column]
        fix = did_you_mean(column, model.datasets[dataset].fields, otherwise="Add it to the fields of the dataset.")
        if homes and not fix.startswith("Did"):
            fix = f"Did you mean {' or '.join(homes)}?"
        return work.in_model(part, _HERE, f"there is no field {column} in {dataset}.", fix)
    return None
