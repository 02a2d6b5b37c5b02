"""Expressions of the model: parsed once, and only from a list of harmless node types.

What is not on the list is refused: subqueries, statements, table functions, window functions, placeholders, comments,
functions sqlglot does not know. So no text in a model file can do more than compute a value from the columns of its
row.
"""

from __future__ import annotations

from functools import lru_cache

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from metrics.model.schema import Dataset

__all__ = [
    "AGGREGATES",
    "BadExpression",
    "aggregates_of",
    "columns_of",
    "datasets_of_aggregates",
    "expand_field",
    "field_references",
    "is_average",
    "is_sum",
    "parse_aggregate",
    "parse_scalar",
    "physical_columns",
]

_DIALECT = sqlglot.Dialect.get_or_raise(None)
_WORDS_OF_SQL = {*_DIALECT.tokenizer_class.KEYWORDS, *_DIALECT.parser_class.NO_PAREN_FUNCTION_PARSERS}
_LONGEST = 4_000
_DEEPEST = 60

AGGREGATES: tuple[type[exp.Expr], ...] = (
    exp.Sum,
    exp.Count,
    exp.Avg,
    exp.Min,
    exp.Max,
    exp.Median,
    exp.Stddev,
    exp.StddevPop,
    exp.StddevSamp,
    exp.Variance,
    exp.VariancePop,
)

_SCALAR_NODES: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.Column,
        exp.Identifier,
        exp.Literal,
        exp.Boolean,
        exp.Null,
        exp.Paren,
        exp.Neg,
        exp.Add,
        exp.Sub,
        exp.Mul,
        exp.Div,
        exp.IntDiv,
        exp.Mod,
        exp.Not,
        exp.And,
        exp.Or,
        exp.EQ,
        exp.NEQ,
        exp.GT,
        exp.GTE,
        exp.LT,
        exp.LTE,
        exp.NullSafeEQ,
        exp.NullSafeNEQ,
        exp.Is,
        exp.In,
        exp.Between,
        exp.Like,
        exp.ILike,
        exp.Escape,
        exp.Case,
        exp.If,
        exp.Coalesce,
        exp.Nullif,
        exp.Greatest,
        exp.Least,
        exp.Cast,
        exp.TryCast,
        exp.DataType,
        exp.DataTypeParam,
        exp.Abs,
        exp.Round,
        exp.Floor,
        exp.Ceil,
        exp.Sqrt,
        exp.Pow,
        exp.Exp,
        exp.Ln,
        exp.Sign,
        exp.Upper,
        exp.Lower,
        exp.Trim,
        exp.Length,
        exp.Substring,
        exp.Concat,
        exp.DPipe,
        exp.Left,
        exp.Right,
        exp.Replace,
        exp.StartsWith,
        exp.CurrentDate,
        exp.Extract,
        exp.Year,
        exp.Quarter,
        exp.Month,
        exp.Day,
        exp.DateTrunc,
        exp.DateDiff,
        exp.DateAdd,
        exp.DateSub,
        exp.Interval,
        exp.Var,
    }
)
_AGGREGATE_NODES = _SCALAR_NODES | set(AGGREGATES) | {exp.Distinct}
_DATE_PARTS = frozenset({"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"})
_CAST_TYPES = frozenset(
    {
        exp.DataType.Type.DATE,
        exp.DataType.Type.INT,
        exp.DataType.Type.BIGINT,
        exp.DataType.Type.SMALLINT,
        exp.DataType.Type.DOUBLE,
        exp.DataType.Type.FLOAT,
        exp.DataType.Type.DECIMAL,
        exp.DataType.Type.VARCHAR,
        exp.DataType.Type.TEXT,
        exp.DataType.Type.BOOLEAN,
        exp.DataType.Type.TIMESTAMP,
    }
)


class BadExpression(Exception):
    """An expression that is refused. `kind`: "syntax" | "unsafe" | "not_aggregate" | "nested" | "raw_column"."""

    def __init__(self, kind: str, message: str, fix: str) -> None:
        self.kind = kind
        self.message = message
        self.fix = fix
        super().__init__(message)


def parse_scalar(text: str) -> exp.Expr:
    """A row-level expression as a tree of its own (callers may change it). Raises BadExpression."""
    return _scalar(text).copy()


def parse_aggregate(text: str) -> exp.Expr:
    """A metric expression: aggregates over "dataset.field" columns, combined by arithmetic. Raises BadExpression."""
    return _aggregate(text).copy()


@lru_cache(maxsize=4096)
def datasets_of_aggregates(text: str) -> tuple[frozenset[str], ...]:
    """The datasets that each aggregate of a metric expression names, in their order. Raises BadExpression."""
    return tuple(frozenset(d for d, _ in columns_of(node)) for node in aggregates_of(_aggregate(text)))


def is_sum(text: str) -> bool:
    """Whether a metric expression is made of SUMs and COUNTs, not of distinct values, so that months add up to the
    quarter: one of them, those added or taken from each other (sales less cost), or a fixed multiple."""
    tree = _outermost(text)
    return tree is not None and _adds_up(tree)


def _adds_up(tree: exp.Expr) -> bool:
    if isinstance(tree, exp.Paren | exp.Neg):
        return _adds_up(tree.this)
    if isinstance(tree, exp.Add | exp.Sub):
        return _adds_up(tree.left) and _adds_up(tree.right)
    if isinstance(tree, exp.Mul):
        return any(_is_number(a) and _adds_up(b) for a, b in ((tree.left, tree.right), (tree.right, tree.left)))
    if isinstance(tree, exp.Div):
        return _adds_up(tree.left) and _is_number(tree.right)
    return isinstance(tree, exp.Sum | exp.Count) and not isinstance(tree.this, exp.Distinct)


def _is_number(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Literal) and not tree.is_string


def is_average(text: str) -> bool:
    """Whether a metric expression is a ratio or a mean: of whatever group, its average is itself."""
    tree = _outermost(text)
    return isinstance(tree, exp.Div | exp.Avg) and not _adds_up(tree)


def _outermost(text: str) -> exp.Expr | None:
    """What a metric expression is, without brackets; None of a bad one."""
    try:
        tree = _aggregate(text)
    except BadExpression:
        return None
    while isinstance(tree, exp.Paren):
        tree = tree.this
    return tree


@lru_cache(maxsize=4096)
def _scalar(text: str) -> exp.Expr:
    tree = _parse(text)
    found = next((n for n in tree.walk() if isinstance(n, exp.AggFunc)), None)
    if found is not None:
        message = f"{_show(found)} adds rows up; a field is one value of one row."
        raise BadExpression("not_scalar", message, "Move the aggregate into a metric.")
    _allow(tree, _SCALAR_NODES)
    return tree


@lru_cache(maxsize=4096)
def _aggregate(text: str) -> exp.Expr:
    tree = _parse(text)
    _allow(tree, _AGGREGATE_NODES)
    found = aggregates_of(tree)
    if not found:
        raise BadExpression(
            "not_aggregate", "is not an aggregate: it gives one value per row.", "Put it in SUM(…), COUNT(…), AVG(…)."
        )
    for node in found:
        outer = node.find_ancestor(*AGGREGATES)
        if outer is not None:
            raise BadExpression("nested", f"{_show(node)} is nested in another aggregate.", "Aggregate once.")
    for column in tree.find_all(exp.Column):
        if column.find_ancestor(*AGGREGATES) is None:
            message = f"{_show(column)} stands outside an aggregate."
            raise BadExpression("raw_column", message, f"Write SUM({_show(column)}) or MAX({_show(column)}).")
    for node in found:
        if node.find(exp.Column) is None:
            fix = "Name a field: COUNT(dataset.key) counts rows."
            raise BadExpression(
                "not_aggregate", f"{_show(node)} names no field, so nobody knows whose rows it counts.", fix
            )
    return tree


def _parse(text: str) -> exp.Expr:
    if not text.strip():
        raise BadExpression("syntax", "the expression is empty.", "Write an expression.")
    if len(text) > _LONGEST:
        raise BadExpression("unsafe", f"is longer than {_LONGEST} characters.", "Split it over several fields.")
    if text.isascii() and text.isidentifier() and text.upper() not in _WORDS_OF_SQL:
        return exp.column(text)  # what most fields are: a parser need not be asked
    try:
        tokens = sqlglot.tokenize(text)
        if any(t.comments for t in tokens):
            raise BadExpression("unsafe", "holds an SQL comment.", "Put remarks in `description`.")
        if any(t.token_type == TokenType.SEMICOLON for t in tokens):
            raise BadExpression("unsafe", "holds a semicolon.", "Write one expression, not statements.")
        if _depth(tokens) > _DEEPEST:
            raise BadExpression("unsafe", "is nested too deeply.", "Split it over several fields.")
        trees = _DIALECT.parser().parse_into(exp.Condition, tokens, text)
    except SqlglotError as error:
        first = str(error).splitlines()[0]
        raise BadExpression(
            "syntax", f"cannot be read as an SQL expression ({first}).", "Correct the expression."
        ) from None
    except RecursionError:
        raise BadExpression("unsafe", "is nested too deeply.", "Split it over several fields.") from None
    if not trees or trees[0] is None:
        raise BadExpression("syntax", "cannot be read as an SQL expression.", "Correct the expression.")
    return trees[0]


def _depth(tokens: list[sqlglot.Token]) -> int:
    deepest = depth = 0
    for token in tokens:
        if token.token_type in (TokenType.L_PAREN, TokenType.CASE):
            depth += 1
            deepest = max(deepest, depth)
        elif token.token_type in (TokenType.R_PAREN, TokenType.END):
            depth -= 1
    return deepest


def _allow(tree: exp.Expr, nodes: frozenset[type[exp.Expr]] | set[type[exp.Expr]]) -> None:
    for node in tree.walk():
        if type(node) not in nodes:
            message, fix = _refusal(node)
            raise BadExpression("unsafe", message, fix)
        reason = _misuse(node)
        if reason:
            raise BadExpression("unsafe", f"{_show(node)}: {reason}", "Write it without.")


def _refusal(node: exp.Expr) -> tuple[str, str]:
    if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        return (
            f"the function {node.name}() is not allowed in a model.",
            "Use the functions listed in the documentation.",
        )
    if isinstance(node, exp.Query | exp.Subquery | exp.Exists):
        return "holds a query.", "Only scalar and aggregate expressions are allowed; join through relationships."
    if isinstance(node, exp.Filter):
        return "uses FILTER, which not every engine has.", "Write SUM(CASE WHEN condition THEN value END)."
    if isinstance(node, exp.Window):
        return "uses a window function.", "Ranking and running totals are made by the question, not by the model."
    if isinstance(node, exp.Star):
        return "counts *, so nobody knows whose rows.", "Write COUNT(dataset.key)."
    if isinstance(node, exp.Placeholder | exp.Parameter):
        return "holds a placeholder.", "Write the value."
    if isinstance(node, exp.CurrentTimestamp):
        return "reads the clock.", "Write CURRENT_DATE: it stands for the day that is asked about."
    return (
        f"{_show(node)} ({type(node).__name__}) is not allowed in a model.",
        "Use scalar and aggregate expressions only.",
    )


def _misuse(node: exp.Expr) -> str:
    """Why a node of an allowed type is still refused; "" when it is not."""
    if isinstance(node, exp.Column) and (node.args.get("db") or node.args.get("catalog")):
        return "a column is named dataset.field."
    if isinstance(node, exp.Identifier) and not node.args.get("quoted") and not node.name.isidentifier():
        return "this is not a name."  # $1 would become a placeholder
    if isinstance(node, exp.Var) and node.name.upper() not in _DATE_PARTS:
        return f"{node.name} is not a day, week, month, quarter or year."
    if isinstance(node, exp.DataType) and node.this not in _CAST_TYPES:
        return "this type is not allowed in a cast."
    if isinstance(node, exp.Distinct) and (not isinstance(node.parent, exp.Count) or len(node.expressions) != 1):
        return "DISTINCT is allowed in COUNT(DISTINCT one_value) only."
    if isinstance(node, exp.Count) and node.expressions:
        return "COUNT takes one value."
    if isinstance(node, exp.DateTrunc):
        unit = node.args.get("unit")
        if not isinstance(unit, exp.Literal | exp.Var) or unit.name.upper() not in _DATE_PARTS:
            return "the unit must be day, week, month, quarter or year."
    return ""


def _show(node: exp.Expr) -> str:
    text = node.sql()
    return text if len(text) <= 60 else text[:57] + "…"


def aggregates_of(tree: exp.Expr) -> list[exp.Expr]:
    """The aggregate nodes of a metric's tree, in reading order (outer ones first when they are nested)."""
    return [n for n in tree.dfs() if isinstance(n, AGGREGATES)]


def columns_of(tree: exp.Expr) -> list[tuple[str, str]]:
    """(dataset or "", name) of every column, in reading order, each once."""
    return list(dict.fromkeys((c.table, c.name) for c in tree.find_all(exp.Column, bfs=False)))


def field_references(dataset: Dataset, name: str) -> tuple[str, ...]:
    """The other fields of the dataset that a field's expression uses. A field's own name means the column in the table.

    Raises BadExpression when the expression does."""
    field = dataset.fields[name]
    return tuple(n for _, n in columns_of(_scalar(field.expression)) if n != name and n in dataset.fields)


def physical_columns(dataset: Dataset, name: str) -> tuple[str, ...]:
    """The columns of the store's table that a field needs, through the other fields it refers to. Raises
    BadExpression."""
    return tuple(dict.fromkeys(c for _, c in columns_of(expand_field(dataset, name))))


def expand_field(dataset: Dataset, name: str, *, table: str | None = None) -> exp.Expr:
    """A field's expression over the physical columns of its table, other fields unfolded; columns are qualified with
    `table` when given. The tree is the caller's own. Raises BadExpression (also for a field that refers to itself)."""
    return _expand(dataset, name, table, ())


def _expand(dataset: Dataset, name: str, table: str | None, above: tuple[str, ...]) -> exp.Expr:
    if name in above:
        route = " -> ".join((*above[above.index(name) :], name))
        raise BadExpression("cycle", f"refers to itself: {route}.", "Let one of them name a column of the table.")
    tree = parse_scalar(dataset.fields[name].expression)

    def unfold(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        if node.name != name and node.name in dataset.fields:
            inner = _expand(dataset, node.name, table, (*above, name))
            return inner if isinstance(inner, exp.Column | exp.Literal) else exp.paren(inner, copy=False)
        return exp.column(exp.to_identifier(node.name, quoted=True), table=exp.to_identifier(table, quoted=True))

    return tree.transform(unfold, copy=False)
