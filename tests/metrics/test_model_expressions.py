"""Only harmless expressions are parsed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import sqlglot
from claims import claim
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from metrics.model import Dataset, Field
from metrics.model.expressions import (
    BadExpression,
    aggregates_of,
    columns_of,
    expand_field,
    field_references,
    parse_aggregate,
    parse_scalar,
    physical_columns,
)

SCALARS = [
    "amount",
    "closed_on - engaged_on",
    "CURRENT_DATE - engaged_on",
    "a || ' ' || b",
    "CASE WHEN a = 'x' THEN 1 ELSE 0 END",
    "COALESCE(a, b, 0)",
    "NULLIF(a, 0)",
    "CAST(a AS DATE)",
    "a IN ('x', 'y')",
    "NOT a IS NULL",
    "a BETWEEN 1 AND 2",
    "-a * (b + 1) / 2",
    "EXTRACT(YEAR FROM a)",
    "DATE_TRUNC('month', a)",
    "LOWER(TRIM(a))",
    "a LIKE 'x%'",
    "DATE '2024-01-01'",
    "'it''s -- not; a comment'",
    "GREATEST(a, b)",
    "ROUND(a, 2)",
    "CAST(a AS DECIMAL(10, 2))",
]
AGGREGATES = [
    "SUM(d.a)",
    "SUM(d.a) / NULLIF(COUNT(DISTINCT d.b), 0)",
    "AVG(CASE WHEN d.a = 1 THEN d.b END)",
    "MAX(GREATEST(d.a, d.b))",
    "CURRENT_DATE - MAX(d.a)",
    "MEDIAN(d.a)",
    "100 * SUM(d.a) / SUM(e.b)",
    "COALESCE(SUM(d.a), 0)",
    "STDDEV(d.a)",
]
UNSAFE = [
    "(SELECT 1)",
    "a IN (SELECT b FROM c)",
    "EXISTS(SELECT 1)",
    "query('select 1')",
    "query_table('x')",
    "read_csv('/etc/passwd')",
    "read_text('/etc/passwd')",
    "getenv('HOME')",
    "pg_sleep(1)",
    "a; DROP TABLE x",
    "a;",
    "a -- b",
    "a /* b */",
    "/* x */ a",
    "a # b",
    "COLUMNS('a')",
    "*",
    "ROW_NUMBER() OVER ()",
    "SUM(a) OVER (ORDER BY b)",
    "?",
    ":x",
    "$1",
    "@x",
    "{{ x }}",
    "a.b.c.d",
    "a.b.c",
    "CURRENT_TIMESTAMP",
    "NOW()",
    "RANDOM()",
    "UUID()",
    "UNNEST(a)",
    "a -> 'b'",
    "{'a': 1}",
    "[1, 2]",
    "a[1]",
    "x -> x + 1",
    "EXTRACT(EPOCH FROM a)",
    "CAST(a AS BLOB)",
    "CAST(a AS JSON)",
    "a::STRUCT(x INT)",
    "current_setting('memory_limit')",
    "nextval('s')",
    "getvariable('x')",
    "version()",
    "a AS b",
    "PRAGMA version",
    "SET x = 1",
    "ATTACH 'x'",
    "COPY x TO 'y'",
    "a b",
    "",
    "(((((" * 20 + "a" + ")))))" * 20,
    "a + " * 2000 + "a",
    "SUM(",
    "'open",
    "a ~ 'x'",
    "LATERAL x",
    "TABLE x",
    "VALUES (1)",
    "SUM(a) FILTER (WHERE b > 0)",
    "COUNT(*)",
    "SUM(DISTINCT d.a)",
    "COUNT(DISTINCT d.a, d.b)",
    "ARRAY_AGG(d.a)",
    "STRING_AGG(d.a, ',')",
    "ANY_VALUE(d.a)",
    "LIST(d.a)",
    "HISTOGRAM(d.a)",
    "a = ANY(b)",
]


@pytest.mark.parametrize("text", SCALARS)
def test_scalars_are_parsed(text: str) -> None:
    assert parse_scalar(text) == sqlglot.parse_one(text, into=sqlglot.exp.Condition)
    with pytest.raises(BadExpression):
        parse_aggregate(text)


@pytest.mark.parametrize("text", AGGREGATES)
def test_aggregates_are_parsed(text: str) -> None:
    assert aggregates_of(parse_aggregate(text))
    with pytest.raises(BadExpression) as caught:
        parse_scalar(text)
    assert caught.value.kind == "not_scalar"


@pytest.mark.parametrize("text", UNSAFE)
def test_everything_else_is_refused_in_both_places(text: str) -> None:
    for parse in (parse_scalar, parse_aggregate):
        with pytest.raises(BadExpression) as caught:
            parse(text)
        assert caught.value.message and caught.value.fix


@settings(deadline=None)  # the machine may be busy
@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    for parse in (parse_scalar, parse_aggregate):
        try:
            parse(text)
        except BadExpression as bad:
            assert bad.fix
            claim()


def test_callers_own_their_tree() -> None:
    first = parse_scalar("a + b")
    first.set("this", sqlglot.exp.Literal.number(1))
    assert parse_scalar("a + b").sql() == "a + b"


def test_columns_in_reading_order_each_once() -> None:
    assert columns_of(parse_aggregate("SUM(d.b) / SUM(e.a) + SUM(d.b)")) == [("d", "b"), ("e", "a")]


def dataset(fields: Mapping[str, str]) -> Dataset:
    made = {n: Field(id=f"d.{n}", dataset="d", name=n, expression=e) for n, e in fields.items()}
    return Dataset(name="d", table="t", primary_key=(), fields=made)


def test_fields_unfold_to_columns_of_the_table() -> None:
    deals = dataset({"opened": "opened_at", "closed": "closed", "days": "closed - opened", "weeks": "days / 7"})
    assert expand_field(deals, "weeks", table="t").sql() == '("t"."closed" - "t"."opened_at") / 7'
    assert physical_columns(deals, "weeks") == ("closed", "opened_at")
    assert field_references(deals, "weeks") == ("days",)
    assert field_references(deals, "closed") == (), "a field's own name is the column"


def test_a_field_that_refers_to_itself_through_another() -> None:
    with pytest.raises(BadExpression, match="a -> b -> a"):
        expand_field(dataset({"a": "b + 1", "b": "a - 1"}), "a")


_NAMES = sorted({*sqlglot.Dialect.get_or_raise(None).tokenizer_class.KEYWORDS, "amount", "x1", "_a", "IF", "名字", "é"})


@pytest.mark.parametrize("text", [n.lower() for n in _NAMES if n.isidentifier()])
def test_a_name_alone_is_what_the_parser_says_it_is(text: str) -> None:
    """Most fields are names of columns, which are not given to the parser: words of SQL are."""
    try:
        parsed = sqlglot.parse_one(text, into=exp.Condition)
    except sqlglot.errors.SqlglotError:
        parsed = None
    try:
        found = parse_scalar(text)
    except BadExpression:
        assert not isinstance(parsed, exp.Column)
    else:
        assert found == parsed
