"""What is never so: deals that are lost and still negotiated, the median of one deal each. Its number would be none, or
one, and no answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from metrics.model.schema import Metric, Model
from nlq.keys import is_key
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft
from nlq.reader.frame import name_of
from nlq.reader.meaning import Unanswerable
from nlq.reader.rows import DATASET, told_apart
from nlq.reader.terms import Term, Value, walked

__all__ = ["check_possible", "conditioned", "never"]

_IS = re.compile(r"(\w+)\.(\w+) (?:(=) '([^']*)'|(NOT IN|IN) \(([^)]*)\))")
_REASON = "_reason"
_TEXT = re.compile(r"'([^']*)'")


def check_possible(draft: Draft) -> None:
    """Raises NotAReading."""
    model = draft.model
    names = {name_of(t) for m in (*draft.show, *draft.having) for t in walked(m) if t.kind == "metric"}
    for field, values in _members(draft.where):
        if values == {str(None)} and told_apart(model, field) is not None:
            raise NotAReading("a record that is none")
        if any(_never(name, field, values, model) for name in names):
            raise Unanswerable("what never is so")
    reasons = {field for field, _ in _members(draft.where)} | set(draft.by)
    if any(_without_reason(name, field, model) for field in reasons for name in names):
        raise Unanswerable("a reason that is written of others only")
    for measure in draft.show:
        if isinstance(measure, Term) and measure.kind == "across":
            _check_folded(measure, draft)


def never(metric: Term, conditions: tuple[Value, ...], model: Model) -> bool:
    """Whether no row that a metric counts is one of the members that are said."""
    return any(_never(name_of(metric), field, values, model) for field, values in _members(conditions))


def _members(conditions: tuple[Value, ...] | list[Value]) -> Iterator[tuple[str, frozenset[str]]]:
    """(field, members) of conditions that hold all together."""
    for condition in conditions:
        if condition.kind == "and":
            yield from _members(condition["of"])
        elif condition.kind == "in" and not condition.get("out"):
            yield str(condition["field"]), frozenset(map(str, condition["values"]))


def _never(name: str, field: str, values: frozenset[str], model: Model) -> bool:
    """Whether no row that the metric counts is one of these members."""
    allowed = []
    for m in _IS.finditer(model.metrics[name].expression):
        if not _same(f"{m[1]}.{m[2]}", field, model):
            continue
        said = frozenset(_TEXT.findall(m[6])) if m[6] is not None else frozenset((m[4],))
        allowed.append(bool(values - said) if m[5] == "NOT IN" else bool(values & said))
    return bool(allowed) and not any(allowed)


def conditioned(metric: Metric, field: str, model: Model) -> bool:
    """Whether a metric counts some of its rows by what they say in this field."""
    return any(_same(f"{m[1]}.{m[2]}", field, model) for m in _IS.finditer(metric.expression))


def _without_reason(name: str, field: str, model: Model) -> bool:
    """Whether the metric counts rows of which no reason is written: that for losing a deal is of none that was won."""
    item = model.fields.get(field)
    if item is None or not item.dimension or not item.name.endswith(_REASON):
        return False
    ended = item.name.removesuffix(_REASON)
    there = [
        (f"{m[1]}.{m[2]}", m[4])
        for metric in model.metrics.values()
        if ended in metric.name.split("_") and metric.unit == "count"
        for m in _IS.finditer(metric.expression)
        if m[4] is not None and m[1] == item.dataset
    ]
    if len(set(there)) != 1:
        return False
    (column, value), said = there[0], list(_IS.finditer(model.metrics[name].expression))
    own = [m for m in said if f"{m[1]}.{m[2]}" == column]
    return any(_is_not(m, value) for m in own)


def _is_not(said: re.Match[str], value: str) -> bool:
    """Whether the rows it picks are others than those."""
    named = frozenset(_TEXT.findall(said[6])) if said[6] is not None else frozenset((said[4],))
    return value in named if said[5] == "NOT IN" else value not in named


def _same(column: str, field: str, model: Model) -> bool:
    """Whether a field is that column, or what it leads to."""
    dataset, _, name = column.partition(".")
    home, _, own = field.partition(".")
    return column == field or any(
        (r.source, r.source_columns, r.target, r.target_columns) == (dataset, (name,), home, (own,))
        for r in model.relationships
    )


def _check_folded(measure: Term, draft: Draft) -> None:
    """Of each record there is one; and of what each customer has on average, no single order tells."""
    model, of, over = draft.model, measure["of"], measure["over"]
    item = model.fields.get(str(over))
    if item is None:
        return
    counted = isinstance(of, Term) and of.kind == "metric" and model.metrics[name_of(of)].unit == "count"
    own = counted and set(DATASET.findall(model.metrics[name_of(of)].expression)) == {item.dataset}
    if own and is_key(model, item):
        raise NotAReading("of each of them one")
    if told_apart(model, str(over)) is None and any(told_apart(model, b) is not None for b in draft.by):
        raise NotAReading("an average of one record each")
