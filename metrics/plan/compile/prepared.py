"""What is worked out once per model: parsed expressions, the measures of each metric, join paths.

A *measure* is one aggregate over one fact dataset. A metric is arithmetic over measures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlglot import exp

from metrics.errors import CompileError, UnsupportedCombination
from metrics.model.expressions import AGGREGATES, BadExpression, expand_field, parse_aggregate
from metrics.model.ownership import owners_of
from metrics.model.schema import Field, Metric, Model, Relationship
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node

__all__ = ["Measure", "Prepared", "PreparedMetric"]


@dataclass(frozen=True, eq=False)
class Measure:
    """One aggregate. `condition` is what a row must meet to count at all (the WHEN of SUM(CASE WHEN … THEN x END)) and
    `plain` the aggregate without it; `filled`: no rows mean 0, not n/a (sums and counts)."""

    text: str
    call: Node
    dataset: str
    uses: tuple[str, ...]
    filled: bool
    condition: Node | None = None
    condition_text: str = ""
    plain: Node | None = None


@dataclass(frozen=True, eq=False)
class PreparedMetric:
    """A metric as a tree over its measures (placeholders named by their number)."""

    metric: Metric
    tree: Node
    measures: tuple[Measure, ...]
    divides: bool  # holds a division: a ratio, aggregated part by part and divided last

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(m.dataset for m in self.measures))

    def value(self, measure: Callable[[int], Node], as_of: dt.date) -> Node:
        """The metric's expression with its measures put in; sums and counts without rows are 0."""

        def put(number: int) -> Node:
            node = measure(number)
            return nodes.coalesce(node) if self.measures[number].filled and not nodes.never_null(node) else node

        return instantiate(self.tree, as_of, put)


def instantiate(tree: Node, as_of: dt.date, put: Callable[[int], Node] | None = None) -> Node:
    """A copy of `tree` with CURRENT_DATE as `as_of` and placeholders filled. One pass: sqlglot's own copy takes twice
    as long."""
    made = type(tree)
    if made is exp.Identifier:
        return tree
    if made is exp.Literal:
        return exp.Literal(**tree.args)
    if made is exp.Column and tree.args.keys() == _OF_COLUMN:  # most are
        return exp.Column(**tree.args)
    if made is exp.CurrentDate:
        return nodes.date(as_of)
    if made is exp.Placeholder:
        if put is None:
            raise CompileError("a placeholder outside a metric")
        return put(int(tree.name))
    args: dict[str, object] = {}
    for key, value in tree.args.items():
        kind = type(value)
        if kind is list:
            args[key] = [instantiate(v, as_of, put) if isinstance(v, exp.Expr) else v for v in value]
        elif kind is str or kind is bool:
            args[key] = value
        elif isinstance(value, exp.Expr):
            args[key] = instantiate(value, as_of, put)
        elif value is not None:
            args[key] = value
    return made(**args)


_MOST_DAYS = 10_000
_OF_COLUMN = {"this", "table"}


class Prepared:
    """A model made ready for planning. Built once per model; its answers are cached; safe to share between threads."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.owners = owners_of(model)
        self.datasets_by_table = {d.table: d.name for d in model.datasets.values()}
        self._metrics: dict[str, PreparedMetric] = {}
        self._sources: dict[str, tuple[str, ...]] = {}
        self._days: tuple[dt.date | None, dict[Hashable, Any]] = (None, {})
        self._fields: dict[str, Node] = {}
        self._paths: dict[tuple[str, str], tuple[Relationship, ...] | None] = {}
        self._held: dict[tuple[str, str], tuple[str, str] | None] = {}
        self._outgoing: dict[str, list[Relationship]] = {}
        self.dated = "" if model.people is None else model.people.dated
        for link in (*model.relationships, *_links_of_targets(model), *_link_of_history(model)):
            key = model.datasets[link.target].primary_key
            if not key or set(link.target_columns) == set(key):  # else one row could meet many: never joined
                self._outgoing.setdefault(link.source, []).append(link)

    def metric(self, name: str) -> PreparedMetric:
        if name not in self._metrics:
            self._metrics[name] = self._prepare(self.model.metrics[name])
        return self._metrics[name]

    def sources(self, name: str) -> tuple[str, ...]:
        """The datasets whose completeness a metric needs: those of its rows and those that date them."""
        known = self._sources.get(name)
        if known is None:
            dating = (self.model.fields[t].dataset for t in self.model.metrics[name].time.values())
            known = self._sources[name] = tuple(dict.fromkeys((*self.metric(name).datasets, *dating)))
        return known

    def days_on(self, day: dt.date) -> dict[Hashable, Any]:
        """What periods are on a day, by all that this depends on: filled by who works them out."""
        known, days = self._days
        if known != day or len(days) > _MOST_DAYS:
            _, days = self._days = (day, {})
        return days

    def field(self, field_id: str, as_of: dt.date) -> Node:
        """The row-level expression of a field over its table, which is known by the dataset's name."""
        if field_id not in self._fields:
            made = self.model.fields[field_id]
            self._fields[field_id] = _canonical(
                expand_field(self.model.datasets[made.dataset], made.name, table=made.dataset)
            )
        return instantiate(self._fields[field_id], as_of)

    def join_column(self, dataset: str, column: str, as_of: dt.date) -> Node:
        """A column named by a relationship: a field of the dataset, or a column of its table."""
        if column in self.model.datasets[dataset].fields:
            return self.field(f"{dataset}.{column}", as_of)
        return nodes.col(column, dataset)

    def field_of(self, field_id: str) -> Field:
        return self.model.fields[field_id]

    def path(self, source: str, target: str) -> tuple[Relationship, ...] | None:
        """The shortest way from many to one; () for itself, None where there is none. Raises UnsupportedCombination
        when two ways are equally short."""
        key = (source, target)
        if key not in self._paths:
            self._paths[key] = self._search(source, target)
        return self._paths[key]

    def leads(self, source: str, target: str) -> bool:
        """Whether a row of the one tells one row of the other; of the history of people that of its own day."""
        if self.path(source, target) is not None:
            return True
        people = self.model.people
        if people is None or not self.dated or target != self.dated or source == people.dataset:
            return False  # a person alone tells no day
        return self.path(source, people.dataset) is not None

    def _search(self, source: str, target: str) -> tuple[Relationship, ...] | None:
        found: list[tuple[Relationship, ...]] = [()] if source == target else []
        frontier: list[tuple[Relationship, ...]] = [()]
        seen = {source}
        while frontier and not found:
            longer = [(*p, link) for p in frontier for link in self._outgoing.get(p[-1].target if p else source, ())]
            longer = [p for p in longer if p[-1].target not in seen]
            found = [p for p in longer if p[-1].target == target]
            seen |= {p[-1].target for p in longer}
            frontier = longer
        if len(found) > 1:
            raise UnsupportedCombination("ambiguous_path", subject=target, fields={"from": source})
        return found[0] if found else None

    def foreign_key(self, source: str, field_id: str) -> tuple[str, str] | None:
        """(dataset, column) that already holds the value of a key field of another dataset, so that filtering needs no
        join."""
        key = (source, field_id)
        if key not in self._held:
            self._held[key] = self._holder(source, field_id)
        return self._held[key]

    def _holder(self, source: str, field_id: str) -> tuple[str, str] | None:
        field = self.model.fields[field_id]
        path = self.path(source, field.dataset)
        if not path or len(path[-1].target_columns) != 1:
            return None
        tree, column = self._fields.get(field_id), path[-1].target_columns[0]
        if tree is None:
            self.field(field_id, dt.date.min)
            tree = self._fields[field_id]
        target = self.join_column(field.dataset, column, dt.date.min)
        return (path[-1].source, path[-1].source_columns[0]) if tree == target else None

    def _prepare(self, metric: Metric) -> PreparedMetric:
        try:
            tree = parse_aggregate(metric.expression)
        except BadExpression as error:
            raise CompileError(f"metric {metric.name}: {error}") from error
        measures: list[Measure] = []
        holder: Node = exp.Paren(this=tree)
        for call in [n for n in holder.walk() if isinstance(n, AGGREGATES)]:
            made = self._measure(metric, call)
            number = next((i for i, m in enumerate(measures) if m.text == made.text), len(measures))
            if number == len(measures):
                measures.append(made)
            call.replace(exp.Placeholder(this=str(number)))
        top = holder.this
        divides = top.find(exp.Div) is not None
        top.pop()
        return PreparedMetric(metric, _canonical(top), tuple(measures), divides)

    def _measure(self, metric: Metric, call: Node) -> Measure:
        used: dict[str, None] = {}
        made = call.copy()
        for column in list(made.find_all(exp.Column)):
            dataset = column.table
            if dataset not in self.model.datasets:
                raise CompileError(f"metric {metric.name}: unknown dataset {dataset!r}")
            used[dataset] = None
            if column.name in self.model.datasets[dataset].fields:
                inner = expand_field(self.model.datasets[dataset], column.name, table=dataset)
                column.replace(inner if isinstance(inner, exp.Column | exp.Literal) else exp.Paren(this=inner))
            else:
                column.replace(nodes.col(column.name, dataset))
        made = _canonical(made)
        condition, plain = _split(made)
        return Measure(
            text=made.sql(),
            call=made,
            dataset=self._fact(metric, tuple(used)),
            uses=tuple(used),
            filled=isinstance(made, exp.Sum | exp.Count),
            condition=condition,
            condition_text=condition.sql() if condition is not None else "",
            plain=plain,
        )

    def _fact(self, metric: Metric, used: Sequence[str]) -> str:
        """The dataset whose rows are aggregated: the one from which all others are reached, many to one."""
        facts = [d for d in used if all(self.path(d, other) is not None for other in used)]
        dated = [d for d in facts if d in metric.time]
        if not facts:
            raise CompileError(f"metric {metric.name}: no dataset of {', '.join(used)} leads to all others")
        return (dated or facts)[0]


def _canonical(tree: Node) -> Node:
    """Rules that hold on every engine: exact division, no division by zero, medians of doubles."""

    def rewrite(node: Node) -> Node:
        if isinstance(node, exp.Div):
            return nodes.ratio(node.this, node.expression)
        if isinstance(node, exp.Mod | exp.IntDiv):
            node.set("expression", exp.Nullif(this=node.expression, expression=exp.Literal(this="0", is_string=False)))
        if isinstance(node, exp.Median):
            node.set("this", nodes.cast(node.this, exp.DType.DOUBLE))
        return node

    return _bottom_up(tree, rewrite)


def _bottom_up(tree: Node, rewrite: Callable[[Node], Node]) -> Node:
    for node in reversed(list(tree.bfs())):
        if isinstance(node, exp.Div | exp.Mod | exp.IntDiv | exp.Median):
            parent, key, index = node.parent, node.arg_key, node.index
            made = rewrite(node)
            if parent is None:
                tree = made
            elif made is not node:
                assert key is not None
                parent.set(key, made, index=index)
    return tree


def _split(call: Node) -> tuple[Node | None, Node | None]:
    """SUM(CASE WHEN c THEN x END) -> (c, SUM(x)): rows that do not meet c count for nothing. (None, None) elsewhere."""
    holder = call.this.expressions[0] if isinstance(call.this, exp.Distinct) else call.this
    if not isinstance(holder, exp.Case) or holder.this is not None or len(holder.args["ifs"]) != 1:
        return None, None
    default = holder.args.get("default")
    zero = isinstance(default, exp.Literal) and not default.is_string and default.name in ("0", "0.0")
    if default is not None and not isinstance(default, exp.Null) and not (zero and isinstance(call, exp.Sum)):
        return None, None
    branch = holder.args["ifs"][0]
    plain = call.copy()
    inner = plain.this.expressions[0] if isinstance(plain.this, exp.Distinct) else plain.this
    inner.replace(branch.args["true"].copy())
    return branch.this.copy(), plain


def _links_of_targets(model: Model) -> list[Relationship]:
    """Targets lead to people also where the model draws no line between them."""
    fields, people = model.targets, model.people
    if (
        fields is None
        or people is None
        or any(r.source == fields.dataset and r.target == people.dataset for r in model.relationships)
    ):
        return []
    source, target = model.fields[fields.person], model.fields[people.id]
    return [Relationship("targets_people", fields.dataset, people.dataset, (source.name,), (target.name,))]


def _link_of_history(model: Model) -> list[Relationship]:
    """As for targets."""
    people = model.people
    if people is None or people.history is None:
        return []
    history = people.history
    if any(r.source == history.dataset and r.target == people.dataset for r in model.relationships):
        return []
    source, target = model.fields[history.person], model.fields[people.id]
    return [Relationship("history_people", history.dataset, people.dataset, (source.name,), (target.name,))]
