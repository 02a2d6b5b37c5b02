"""Checks of sources.yaml against the model and against the files it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from metrics.errors import LoadError, Problem
from metrics.model.expressions import BadExpression, expand_field
from metrics.model.schema import Dataset, Field
from metrics.model.shapes import did_you_mean
from metrics.model.source_files import file_columns
from metrics.model.sources import Table
from metrics.model.workspace import Workspace

__all__ = ["column_types", "files", "reference_types", "tables_of_datasets"]

_FITS = {
    "String": ("text",),
    "Integer": ("integer",),
    "Decimal": ("decimal", "integer", "float"),
    "Float": ("float", "decimal", "integer"),
    "Boolean": ("boolean",),
    "Date": ("date",),
    "DateTime": ("datetime", "date"),
    "DateTimeTz": ("datetime",),
}
_WANTED = {
    "String": "text",
    "Integer": "integer",
    "Decimal": "decimal(18,2)",
    "Float": "float",
    "Boolean": "boolean",
    "Date": "date",
}


def tables_of_datasets(work: Workspace) -> Iterator[Problem]:
    """Every dataset has a table, every table serves a dataset."""
    if work.sources is None:
        return
    for dataset in work.model.datasets.values():
        if dataset.table not in work.sources.tables:
            fix = did_you_mean(
                dataset.table, work.sources.tables, otherwise=f"Add `{dataset.table}:` to tables in sources.yaml."
            )
            yield work.in_model(
                f"dataset:{dataset.name}", ("source",), f"there is no table {dataset.table} in sources.yaml.", fix
            )
    used = {d.table for d in work.model.datasets.values()}
    for name in work.sources.tables:
        if name not in used:
            message = f"the table {name} belongs to no dataset."
            yield work.in_sources(
                ("tables", name), message, "Add a dataset to model.yaml, or remove the table.", severity="warning"
            )


def column_types(work: Workspace) -> Iterator[Problem]:
    """A field that is a plain column has the column's kind of value: a date kept as text sorts wrongly and counts
    nothing."""
    for dataset in work.model.datasets.values():
        known = work.table_columns(dataset.name)
        if known is None:
            continue
        for field in dataset.fields.values():
            column = _plain_column(dataset, field)
            kind = known.get(column or "")
            fits = _FITS.get(field.datatype or "")
            if kind is None or fits is None or kind.split("(")[0] in fits:
                continue
            message = f"is {kind}, and the field {field.id} is a {field.datatype}."
            fix = f"Set `type: {_WANTED.get(field.datatype or '', 'datetime')}`, or correct the datatype in model.yaml."
            yield work.in_sources(("tables", dataset.table, "columns", column or "", "type"), message, fix)


def _plain_column(dataset: Dataset, field: Field) -> str | None:
    try:
        tree = expand_field(dataset, field.name)
    except BadExpression:
        return None
    return tree.name if isinstance(tree, exp.Column) else None


def reference_types(work: Workspace) -> Iterator[Problem]:
    """Both ends of a reference are of one type; one end of text and one of numbers never meet."""
    for table in work.sources.tables.values() if work.sources is not None else ():
        for reference in table.references:
            other = work.sources.tables.get(reference.table) if work.sources is not None else None
            target = other.columns.get(reference.target) if other is not None else None
            here = table.columns[reference.column]
            if target is not None and target.type != here.type:
                message = f"is {here.type}, and {reference.table}.{reference.target} is {target.type}."
                yield work.in_sources(
                    ("tables", table.name, "references", reference.column), message, "Give both columns the same type."
                )


def files(work: Workspace) -> Iterator[Problem]:
    """The files exist, can be read, and have the columns; dates of `through` files too."""
    for table in work.sources.tables.values() if work.sources is not None else ():
        here = ("tables", table.name)
        through = table.through.file
        if through is not None and "${" not in str(through) and not through.is_file():
            yield work.in_sources(
                (*here, "through"), f"{through} does not exist.", "Let the export write the last complete day into it."
            )
        if "${" in str(table.path):
            continue  # reported: the variable is not set
        try:
            names = file_columns(table)
        except LoadError as error:
            for problem in error.problems:
                yield (
                    replace(problem, file=work.sources_file.file, line=work.sources_file.line((*here, "path")))
                    if work.sources_file
                    else problem
                )
            continue
        yield from _columns_of_file(work, table, names)


def _columns_of_file(work: Workspace, table: Table, names: list[str]) -> Iterator[Problem]:
    for column in table.columns.values():
        hits = names.count(column.source)
        path = ("tables", table.name, "columns", column.name)
        if hits == 0:
            listed = ", ".join(names[:20]) or "(none)"
            fix = did_you_mean(column.source, names, otherwise=f"The columns of the file are {listed}.")
            if len(names) == 1 and (other := re.search(r"[;\t|]", names[0])):
                fix = f"The header looks separated by {other.group()!r}: set `delimiter`."
            yield work.in_sources(path, f"{table.path.name} has no column {column.source}.", fix)
        elif hits > 1:
            yield work.in_sources(
                path, f"{table.path.name} has {hits} columns named {column.source}.", "Rename one in the file."
            )
