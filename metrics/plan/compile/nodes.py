"""Small builders of syntax-tree nodes. Every literal of a query is made here, so hostile text stays a value.

Each call gives a new node: a node has one parent, so trees are never shared between two places.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence

from sqlglot import exp

from metrics.errors import CompileError, UnsupportedCombination
from metrics.query import Value

__all__ = [
    "add",
    "aggregates",
    "aliased",
    "all_of",
    "any_of",
    "cast",
    "coalesce",
    "col",
    "cte_select",
    "date",
    "ident",
    "in_list",
    "is_null",
    "literal",
    "never_null",
    "number",
    "ordered",
    "ratio",
    "same",
    "select",
    "sub",
    "table",
    "text",
    "where_true",
    "window",
]

Node = exp.Expr

# Names and types stand in as many places as they are said: nothing is put in their place, nor asked what they are in.
_TYPES = {kind: exp.DataType(this=kind, nested=False) for kind in (exp.DType.DOUBLE, exp.DType.DATE)}
_NAMES: dict[str, exp.Identifier] = {}
_MOST_NAMES = 10_000


def ident(name: str) -> exp.Identifier:
    known = _NAMES.get(name)
    if known is None:
        if len(_NAMES) >= _MOST_NAMES:
            _NAMES.clear()
        known = _NAMES[name] = exp.Identifier(this=name, quoted=True)
    return known


def col(name: str, of: str | None = None) -> exp.Column:
    """A column, always quoted: names come from models."""
    return exp.Column(this=ident(name), table=ident(of)) if of else exp.Column(this=ident(name))


def table(name: str, alias: str | None = None) -> exp.Table:
    if alias is None or alias == name:
        return exp.Table(this=ident(name))
    return exp.Table(this=ident(name), alias=exp.TableAlias(this=ident(alias)))


def text(value: str) -> exp.Literal:
    """A string literal. Raises UnsupportedCombination for control characters, which no member of a dimension has."""
    if any(ord(c) < 32 or ord(c) == 127 for c in value):
        raise UnsupportedCombination("control_character", subject=repr(value[:40]))
    return exp.Literal(this=value, is_string=True)


def number(value: float) -> Node:
    """A number literal. Raises CompileError for infinities and NaN."""
    if isinstance(value, float) and not math.isfinite(value):
        raise CompileError(f"not a finite number: {value}")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    made = exp.Literal(this=repr(abs(value)), is_string=False)
    return exp.Neg(this=made) if value < 0 else made


def date(day: dt.date) -> Node:
    return exp.Cast(this=exp.Literal(this=day.isoformat(), is_string=True), to=_TYPES[exp.DType.DATE])


def literal(value: Value | dt.date) -> Node:
    """Any filter value as a typed literal; None is NULL."""
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, dt.date):
        return date(value)
    return text(value) if isinstance(value, str) else number(value)


def cast(node: Node, kind: exp.DType) -> Node:
    return exp.Cast(this=node, to=_TYPES.get(kind) or exp.DataType(this=kind, nested=False))


def ratio(above: Node, below: Node) -> Node:
    """A division that is exact on every engine and NULL over zero."""
    return exp.Div(
        this=cast(above, exp.DType.DOUBLE),
        expression=cast(exp.Nullif(this=below, expression=exp.Literal(this="0", is_string=False)), exp.DType.DOUBLE),
        typed=False,
        safe=False,
    )


def coalesce(node: Node, instead: Node | None = None) -> Node:
    """The value, or `instead` (0) where it is NULL."""
    return exp.Coalesce(this=node, expressions=[instead or exp.Literal(this="0", is_string=False)])


def never_null(node: Node) -> bool:
    """Whether that can be told by looking at it: a count, or what has something put in its place."""
    if isinstance(node, exp.Coalesce):
        return any(isinstance(instead, exp.Literal) for instead in node.expressions)
    return isinstance(node, exp.Count)


def aggregates(node: Node) -> bool:
    """Whether rows are made into one in it. What a window function gives is one of each row."""
    todo: list[Node] = [node]
    while todo:
        one = todo.pop()
        if isinstance(one, exp.Window):
            todo += [*one.this.iter_expressions(), *(part for part in one.iter_expressions() if part is not one.this)]
        elif isinstance(one, exp.AggFunc):
            return True
        elif not isinstance(one, exp.Query):  # which has rows of its own
            todo += one.iter_expressions()
    return False


def where_true(condition: Node | None, value: Node) -> Node:
    """The value where the condition holds, else NULL. None: it always holds."""
    return value if condition is None else exp.Case(ifs=[exp.If(this=condition, true=value)])


def add(nodes: Sequence[Node]) -> Node:
    made = nodes[0]
    for node in nodes[1:]:
        made = exp.Add(this=made, expression=_grouped(node))
    return made


def sub(left: Node, right: Node) -> Node:
    return exp.Sub(this=left, expression=_grouped(right))


def _grouped(node: Node) -> Node:
    return exp.Paren(this=node) if isinstance(node, exp.Binary | exp.Not) else node


def all_of(nodes: Iterable[Node]) -> Node | None:
    return _chain(exp.And, nodes)


def any_of(nodes: Iterable[Node]) -> Node | None:
    made = _chain(exp.Or, nodes)
    return exp.Paren(this=made) if isinstance(made, exp.Or) else made


def _chain(kind: type[exp.And] | type[exp.Or], nodes: Iterable[Node]) -> Node | None:
    made: Node | None = None
    for node in nodes:
        node = exp.Paren(this=node) if isinstance(node, exp.Or | exp.And) else node
        made = node if made is None else kind(this=made, expression=node)
    return made


def is_null(node: Node, *, negated: bool = False) -> Node:
    made = exp.Is(this=_grouped(node), expression=exp.Null())
    return exp.Not(this=made) if negated else made


def same(left: Node, right: Node) -> Node:
    """Equality under which NULL equals NULL."""
    return exp.NullSafeEQ(this=left, expression=right)


def in_list(node: Node, values: Iterable[Value | dt.date]) -> Node:
    return exp.In(this=node, expressions=[literal(v) for v in values])


def aliased(node: Node, name: str) -> exp.Alias:
    return exp.Alias(this=node, alias=ident(name))


def ordered(node: Node, *, descending: bool = False) -> exp.Ordered:
    """NULLs last, whichever way."""
    return exp.Ordered(this=node, desc=descending, nulls_first=False)


def window(
    call: Node, *, by: Sequence[Node] = (), order: Sequence[exp.Ordered] = (), running: bool = False
) -> exp.Window:
    """An inline window; `running`: rows from the first to the current one."""
    spec = (
        exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW") if running else None
    )
    return exp.Window(
        this=call,
        partition_by=list(by) or None,
        order=exp.Order(expressions=list(order)) if order else None,
        spec=spec,
        over="OVER",
    )


def select(
    outputs: Sequence[Node],
    *,
    source: Node | None = None,
    joins: Sequence[exp.Join] = (),
    where: Node | None = None,
    group: Sequence[Node] = (),
    order: Sequence[exp.Ordered] = (),
    limit: int | None = None,
    distinct: bool = False,
) -> exp.Select:
    """One SELECT with named outputs; absent parts are left out."""
    made = exp.Select(expressions=list(outputs))
    if source is not None:
        made.set("from_", exp.From(this=source))
    if joins:
        made.set("joins", list(joins))
    if where is not None:
        made.set("where", exp.Where(this=where))
    if group:
        made.set("group", exp.Group(expressions=list(group)))
    if order:
        made.set("order", exp.Order(expressions=list(order)))
    if limit is not None:
        made.set("limit", exp.Limit(expression=exp.Literal(this=str(limit), is_string=False)))
    if distinct:
        made.set("distinct", exp.Distinct())
    return made


def cte_select(ctes: Sequence[tuple[str, exp.Query]], final: exp.Select) -> exp.Select:
    """`final` with its common table expressions, in order."""
    if ctes:
        made = [exp.CTE(this=query, alias=exp.TableAlias(this=ident(name))) for name, query in ctes]
        final.set("with_", exp.With(expressions=made))
    return final


def counted(tree: exp.Select) -> exp.Select:
    """How many rows a statement gives, as a statement."""
    tables = tree.args.get("with_")
    tree.set("with_", None)
    tree.set("order", None)
    tree.set("limit", None)
    rows = exp.Subquery(this=tree, alias=exp.TableAlias(this=ident("_all")))
    made = select([aliased(exp.Count(this=exp.Star()), "rows")], source=rows)
    if tables is not None:
        made.set("with_", tables)
    return made
