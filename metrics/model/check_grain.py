"""Whether a metric adds up a value more often than it is there: what stands once in an order, once for each of its
lines.

An aggregate goes over the rows of one dataset, the finest it names (`fact_of`). A value of a coarser one is repeated
there. That does no harm in a condition, as a factor of a value of the row, under DISTINCT, or where the greatest or the
smallest is wanted; added up, averaged or counted by itself, it is too much, unless it is a price or the like. Which of
the two it is, sales.yaml says (`per_row`); of events, and of what somebody owns, it must.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from metrics.errors import Problem
from metrics.model.expressions import BadExpression, aggregates_of, columns_of, parse_aggregate
from metrics.model.joins import fact_of, shortest_routes
from metrics.model.sales import fact_datasets
from metrics.model.schema import Model
from metrics.model.workspace import Workspace

__all__ = ["multiplied_rows", "repeated"]

Terms = frozenset[frozenset[str]]  # what is added up: of which datasets each summand takes its value

_UNTROUBLED = (exp.Min, exp.Max)  # the same row twice changes nothing
_THROUGH = (exp.Paren, exp.Neg, exp.Cast, exp.TryCast, exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Nullif)


def multiplied_rows(work: Workspace) -> Iterator[Problem]:
    """Every aggregate adds up values that stand once in each row of the dataset it goes over, or are meant so."""
    model = work.model
    events = {fact for m in model.metrics.values() for fact in fact_datasets(model, m)}
    events |= {name for name, owner in model.access.owners.items() if owner}
    for metric in model.metrics.values():
        try:
            tree = parse_aggregate(metric.expression)
        except BadExpression:
            continue  # reported with the expression
        for node in aggregates_of(tree):
            for fine, coarse, columns in repeated(node, model):
                if set(columns) <= set(metric.per_row):
                    continue
                message = (
                    f"{node.sql()} takes {' and '.join(columns)} once for every row of {fine}, and many rows of"
                    f" {fine} belong to one of {coarse}: it is counted several times."
                )
                severity = "error" if coarse in events else "warning"
                fix = _fix(node, fine, coarse, metric.name, columns)
                yield work.in_model(f"metric:{metric.name}", ("expression",), message, fix, severity=severity)


def _fix(node: exp.Expr, fine: str, coarse: str, metric: str, columns: tuple[str, ...]) -> str:
    if isinstance(node, exp.Count):
        return f"Write COUNT(DISTINCT …) to count the rows of {coarse}, or count a field of {fine}."
    said = f"`per_row: [{', '.join(columns)}]` under metrics.{metric} in sales.yaml"
    return (
        f"Take a field of {fine}, or let the condition too name fields of {coarse} only. Where it is meant so: {said}."
    )


def repeated(aggregate: exp.Expr, model: Model) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(dataset the aggregate goes over, coarser dataset, columns of that one) for each value that would be taken more
    than once."""
    fine = fact_of(model, {d for d, _ in columns_of(aggregate)})
    if fine is None or isinstance(aggregate, _UNTROUBLED) or isinstance(aggregate.this, exp.Distinct):
        return
    found: set[str] = set()
    for term in sorted(_terms(aggregate.this), key=sorted):
        if term and not any(_once(model, fine, dataset) for dataset in term):
            found |= term
    for coarse in sorted(found):
        columns = tuple(f"{d}.{c}" for d, c in _values(aggregate.this) if d == coarse)
        yield fine, coarse, columns


def _once(model: Model, fine: str, dataset: str) -> bool:
    """Whether no two rows of `fine` belong to the same row of the dataset: each step goes from key to key."""
    for route in shortest_routes(model, fine, dataset):
        keys = [(model.datasets[step.source].primary_key, step.source_columns) for step in route]
        if all(key and set(key) <= set(columns) for key, columns in keys):
            return True
    return False


def _terms(node: exp.Expr) -> Terms:
    """Multiplied out: a * (b - c) has the summands a * b and a * c. A condition decides whether, not what."""
    if isinstance(node, _THROUGH):
        return _terms(node.this)
    if isinstance(node, exp.Add | exp.Sub):
        return _terms(node.left) | _terms(node.right)
    if isinstance(node, exp.Mul):
        return frozenset(a | b for a in _terms(node.left) for b in _terms(node.right))
    if isinstance(node, exp.Div):
        below = _datasets(node.right)
        return frozenset(a | below for a in _terms(node.left))
    if isinstance(node, exp.Case | exp.If | exp.Coalesce | exp.Greatest | exp.Least):
        return frozenset(term for branch in _branches(node) for term in _terms(branch))
    return frozenset({_datasets(node)})


def _branches(node: exp.Expr) -> Iterable[exp.Expr]:
    """The values one of which the node has."""
    if isinstance(node, exp.Case):
        branches = [branch.args["true"] for branch in node.args["ifs"]]
        return [*branches, *([node.args["default"]] if node.args.get("default") is not None else [])]
    if isinstance(node, exp.If):
        return [node.args[part] for part in ("true", "false") if node.args.get(part) is not None]
    return [node.this, *node.expressions]


def _datasets(node: exp.Expr) -> frozenset[str]:
    return frozenset(d for d, _ in columns_of(node))


def _values(node: exp.Expr) -> list[tuple[str, str]]:
    """Columns that are part of the value, each once; not those of conditions."""
    if isinstance(node, exp.Case | exp.If | exp.Coalesce | exp.Greatest | exp.Least):
        return list(dict.fromkeys(c for branch in _branches(node) for c in _values(branch)))
    if isinstance(node, (*_THROUGH, exp.Add, exp.Sub, exp.Mul, exp.Div)):
        parts = [p for p in (node.args.get("this"), node.args.get("expression")) if isinstance(p, exp.Expr)]
        return list(dict.fromkeys(c for part in parts for c in _values(part)))
    return columns_of(node)
