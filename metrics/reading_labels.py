"""Labels of codes as the rows hold them: read once from each version of the data, beside the members of fields."""

from __future__ import annotations

import uuid

from sqlglot import exp

from metrics.engines.protocol import Engine
from metrics.model.expressions import expand_field
from metrics.model.labels import key_of_labels
from metrics.model.schema import Dataset, Labels, Model

__all__ = ["read_labels"]

_MOST = 200_000
_TIMEOUT_S = 60


def read_labels(model: Model, engine: Engine) -> dict[str, dict[str, Labels]]:
    """Field id -> member -> language -> label, for every field that is `labelled_by` another. Of several labels for one
    member the first in the order of the alphabet; empty ones are none."""
    found: dict[str, dict[str, Labels]] = {}
    for field in model.fields.values():
        for language, label in field.labelled_by.items():
            home = model.datasets[model.fields[label].dataset]
            key = key_of_labels(model, field, label)
            if key is None:
                continue  # said by the check of the model
            query = _labels_query(home, key, model.fields[label].name)
            result = engine.query(engine.render(query), timeout_s=_TIMEOUT_S, max_rows=_MOST, tag=uuid.uuid4().hex)
            for member, text in result.rows:
                found.setdefault(field.id, {}).setdefault(str(member), {})[language] = str(text)  # type: ignore[index]
    return found


def _labels_query(home: Dataset, key: str, label: str) -> exp.Select:
    """SELECT member, min(label) of the rows that have both."""
    member, text = (_text(home, column) for column in (key, label))
    named = [exp.alias_(member, "member", quoted=True), exp.alias_(exp.Min(this=text), "label", quoted=True)]
    empty = exp.Or(
        this=exp.Is(this=member.copy(), expression=exp.null()),
        expression=exp.EQ(
            this=exp.func("COALESCE", text.copy(), exp.Literal.string("")), expression=exp.Literal.string("")
        ),
    )
    return (
        exp.select(*named)
        .from_(exp.Table(this=exp.to_identifier(home.table, quoted=True)))
        .where(exp.not_(exp.paren(empty)))
        .group_by(member.copy())
        .order_by(member.copy())
    )


def _text(home: Dataset, column: str) -> exp.Expr:
    """A field, or a column that is no field, as text."""
    if column in home.fields:
        tree = expand_field(home, column, table=home.table)
    else:
        tree = exp.column(exp.to_identifier(column, quoted=True), table=exp.to_identifier(home.table, quoted=True))
    return exp.cast(tree, exp.DType.VARCHAR)
