"""Tables whose rows are held against what sales.yaml says of them: before a load, and as they are loaded."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb

from metrics.errors import LoadError, ModelError, Problem
from metrics.ingest.history_rows import history_problems
from metrics.ingest.table import TableBuilder
from metrics.ingest.target_rows import target_problems
from metrics.model.loading import load_model
from metrics.model.schema import Model
from metrics.model.sources import Table, read_sources
from metrics.model.yaml_file import read_yaml

__all__ = ["check_rows", "row_checks"]

RowCheck = Callable[[duckdb.DuckDBPyConnection, TableBuilder, Model], list[Problem]]


def row_checks(model: Model) -> Mapping[str, RowCheck]:
    """By the name of the table, once its rows are typed."""
    checks: dict[str, RowCheck] = {}
    if model.targets is not None:
        checks[model.datasets[model.targets.dataset].table] = target_problems
    if model.people is not None and model.people.history is not None:
        checks[model.datasets[model.people.history.dataset].table] = history_problems
    return checks


def check_rows(workspace: Path, *, env: Mapping[str, str]) -> list[Problem]:
    """Of a workspace that is not loaded. Nothing where its files have other problems: these are told elsewhere."""
    try:
        model = load_model(workspace)
    except ModelError:
        return []
    sources, problems = read_sources(read_yaml(workspace / "sources.yaml"), workspace, env)
    if problems:
        return []
    tables = ((sources.tables.get(table), check) for table, check in row_checks(model).items())
    return [p for table, check in tables if table is not None for p in _of_file(table, check, model)]


def _of_file(table: Table, check: RowCheck, model: Model) -> list[Problem]:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        builder = TableBuilder(con, table, Path(folder), model.calendar)
        try:
            builder.rows()
            return check(con, builder, model)
        except (LoadError, duckdb.Error, OSError):
            return []
