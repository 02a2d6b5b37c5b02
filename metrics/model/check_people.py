"""Checks of the org tree: nobody is above themself, and every manager is somebody."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping

import duckdb
from sqlglot import exp

from metrics.errors import LoadError, Problem
from metrics.model.expressions import BadExpression, expand_field
from metrics.model.identities import identity_fields, is_column
from metrics.model.schema import PeopleFields
from metrics.model.source_files import names_of, opened, records
from metrics.model.sources import Column, Table
from metrics.model.workspace import Workspace
from metrics.people.org_tree import find_cycle

__all__ = ["id_types", "org_tree"]

_MOST_NAMED = 10


def org_tree(work: Workspace) -> Iterator[Problem]:
    """Cycles in `people.others`, and, where the source of the people can be read, in the rows with them."""
    others = {p.id: p.manager_id for p in work.model.others}
    listed = work.sales_file.data.get("people", {}) if isinstance(work.sales_file.data, dict) else {}
    places = (
        {str(o.get("id")): i for i, o in enumerate(listed.get("others") or []) if isinstance(o, dict)}
        if isinstance(listed, dict)
        else {}
    )
    rows = _manager_of_rows(work)
    said = {
        p: m for p, m in others.items() if m is not None or p not in (rows or {})
    }  # beats the row of the same person
    cycle = find_cycle(others) or find_cycle({**(rows or {}), **said})
    if cycle:
        named = next((places[p] for p in cycle if p in places), None)
        path = ("people", "manager") if named is None else ("people", "others", named, "manager")
        route = " -> ".join(cycle)
        yield work.in_sales(path, f"the org tree goes in a circle: {route}.", "Let the one at the top have no manager.")
    if rows is None:
        return
    known = {*others, *rows}
    for person, manager in [(p, m) for p, m in others.items() if m is not None and m not in known]:
        yield work.in_sales(
            ("people", "others", places.get(person, 0), "manager"),
            f"the manager {manager} of {person} is nobody known.",
            "Add them to people.others.",
        )
    lost = sorted({m for m in rows.values() if m is not None and m not in known})
    for manager in lost[:_MOST_NAMED]:
        count = sum(1 for m in rows.values() if m == manager)
        message = f"{manager}, the manager of {count} people, is no row of the people dataset and not in others."
        yield work.in_sales(("people", "manager"), message, f"Add {{id: {manager}, role: manager}} to people.others.")


def id_types(work: Workspace) -> Iterator[Problem]:
    """A column of whole numbers that holds ids of people is said to hold numbers: it is read as text then. Both ends of
    a relationship between such columns are fields, of which the same is known."""
    model = work.model
    ids = identity_fields(model)
    for field_id in sorted(ids):
        field = model.fields[field_id]
        known, dataset = work.table_columns(field.dataset) or {}, model.datasets[field.dataset]
        column = expand_field(dataset, field.name).name if is_column(dataset, field) else ""
        if field.datatype is None and known.get(column, "text") != "text":
            message = f"the ids or codes in {field_id} are {known[column]}, and the field has no datatype."
            yield work.in_model(f"field:{field_id}", (), message, "Add `datatype: Integer`.")
    for link in model.relationships:
        for ends in zip(link.source_columns, link.target_columns, strict=False):
            said = [f"{d}.{c}" for d, c in zip((link.source, link.target), ends, strict=True)]
            types = [
                (work.table_columns(d) or {}).get(c, "text")
                for d, c in zip((link.source, link.target), ends, strict=True)
            ]
            missing = [s for s in said if s not in model.fields]
            if missing and types != ["text", "text"] and any(s in ids for s in said):
                message = f"{missing[0]} holds ids or codes that are whole numbers, and is no field."
                yield work.in_model(
                    f"relationship:{link.name}", (), message, "Make it a field with `datatype: Integer`."
                )


def _manager_of_rows(work: Workspace) -> Mapping[str, str | None] | None:
    """Person -> manager as the source files say, the first table of people before the others; None when that cannot be
    told before a load."""
    people = work.model.people
    if work.sources is None or people is None or all(p.manager is None for p in (people, *people.more)):
        return None
    found: dict[str, str | None] = {}
    for one in (people, *people.more):
        rows = _rows_of(work, one)
        if rows is None:
            return None
        for person, manager in rows:
            if person and found.get(person) is None:
                found[person] = manager if manager != person else None
    return found


def _rows_of(work: Workspace, people: PeopleFields) -> list[tuple[str | None, str | None]] | None:
    table = work.sources.tables.get(work.model.datasets[people.dataset].table) if work.sources is not None else None
    if table is None or "${" in str(table.path):
        return None
    identity = _column(work, table, people.id)
    manager = _column(work, table, people.manager) if people.manager is not None else identity  # nobody's, then
    if identity is None or manager is None:
        return None
    try:
        return _read_pairs(table, identity, manager)
    except (LoadError, csv.Error, duckdb.Error):
        return None  # reported with the file


def _column(work: Workspace, table: Table, field_id: str) -> Column | None:
    field = work.model.fields[field_id]
    try:
        tree = expand_field(work.model.datasets[field.dataset], field.name)
    except BadExpression:
        return None
    column = tree.this if isinstance(tree, exp.Cast) else tree  # an id kept as a number
    return table.columns.get(column.name) if isinstance(column, exp.Column) else None


def _read_pairs(table: Table, first: Column, second: Column) -> list[tuple[str | None, str | None]]:
    if table.format == "parquet":
        source = exp.func("read_parquet", exp.Literal.string(str(table.path)))
        wanted = [exp.cast(exp.column(c.source, quoted=True), "TEXT") for c in (first, second)]
        with opened(table), duckdb.connect() as con:
            rows = con.execute(exp.select(*wanted).from_(source).sql(dialect="duckdb")).fetchall()
        return [(_clean(table, first, r[0]), _clean(table, second, r[1])) for r in rows]
    with records(table) as (reader, _):
        names = names_of(reader)
        if first.source not in names or second.source not in names:
            raise LoadError([])
        a, b = names.index(first.source), names.index(second.source)
        return [(_clean(table, first, r[a]), _clean(table, second, r[b])) for r in reader if len(r) == len(names)]


def _clean(table: Table, column: Column, text: str | None) -> str | None:
    if text is None:
        return None
    text = text.strip() if column.trim else text
    return None if text == "" or text in table.nulls else column.values.get(text, text)
