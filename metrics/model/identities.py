"""Ids of people, and codes that have labels, are text wherever they are used: those that a table keeps as whole numbers
are read as text.

Who asks, who is above whom, whose rows these are, a target's person: all of it is compared with ids from Slack, from
sales.yaml and from other tables, some of which hold letters. So the conversion stands in the field itself, once, and
nothing that uses the field needs to know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sqlglot import exp

from metrics.model.expressions import BadExpression, expand_field, parse_scalar
from metrics.model.schema import Dataset, Field, Model

__all__ = ["identity_fields", "is_column", "with_text_ids"]

NUMBERED = "Integer"


def identity_fields(model: Model) -> frozenset[str]:
    """The fields that hold ids of people: their own, their manager's, owners of rows, persons of targets; codes that
    have labels; and what relationships join with one of these."""
    said = {*model.access.owners.values(), *model.access.belongs.values()}
    said |= {field.id for field in model.fields.values() if field.coded}
    if model.people is not None:
        for people in (model.people, *model.people.more):
            said |= {people.id, people.manager or "", people.history.person if people.history else ""}
    if model.targets is not None:
        said.add(model.targets.person)
    found = said & model.fields.keys()
    pairs = set(_joined(model))
    while more := {b for a, b in pairs if a in found and b not in found}:
        found |= more
    return frozenset(found)


def _joined(model: Model) -> Iterator[tuple[str, str]]:
    """Fields that a relationship makes equal, both ways round."""
    for link in model.relationships:
        for here, there in zip(link.source_columns, link.target_columns, strict=False):
            one, other = f"{link.source}.{here}", f"{link.target}.{there}"
            if one in model.fields and other in model.fields:
                yield from ((one, other), (other, one))


def is_column(dataset: Dataset, field: Field) -> bool:
    """Whether the field is a plain column of its table. A number that is worked out is nobody's id."""
    try:
        return isinstance(expand_field(dataset, field.name), exp.Column)
    except BadExpression:
        return False


def with_text_ids(model: Model) -> Model:
    """The same model, with ids that are columns of whole numbers as text."""
    numbered = {
        f for f in identity_fields(model) if model.fields[f].datatype == NUMBERED and is_column(*_home(model, f))
    }
    if not numbered:
        return model
    datasets = {name: replace(d, fields=_as_text(d.fields, numbered)) for name, d in model.datasets.items()}
    return replace(model, datasets=datasets)


def _home(model: Model, field_id: str) -> tuple[Dataset, Field]:
    field = model.fields[field_id]
    return model.datasets[field.dataset], field


def _as_text(fields: Mapping[str, Field], numbered: set[str]) -> dict[str, Field]:
    return {name: _text(f) if f.id in numbered else f for name, f in fields.items()}


def _text(field: Field) -> Field:
    tree = exp.cast(parse_scalar(field.expression), exp.DType.VARCHAR)
    return replace(field, expression=tree.sql(), datatype="String")
