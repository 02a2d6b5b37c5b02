"""The text of a statement reads as the one that sqlglot writes, and is no longer."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.generators.duckdb import DuckDBGenerator

from metrics import Metrics
from metrics.engines.duckdb_engine import DuckdbEngine
from metrics.engines.duckdb_text import duckdb_text
from metrics.engines.protocol import Rendered
from metrics.errors import UserError
from metrics.plan.compile import nodes

sys.path.append(str(Path(__file__).parent.parent / "algebra"))
from algebra import answered
from random_questions import Questions
from test_random import AS_OF, VIEWERS


def by_sqlglot(tree: exp.Expr) -> str:
    return DuckDBGenerator(dialect=Dialect.get_or_raise("duckdb")).generate(tree, copy=True)


def read(text: str) -> exp.Expr:
    return sqlglot.parse_one(text, dialect="duckdb")


@pytest.fixture(scope="module")
def demo(demo_workspace: Path) -> Iterator[Metrics]:
    metrics = Metrics.open(demo_workspace)
    yield metrics
    metrics.close()


def test_statements_of_random_questions(demo: Metrics, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    def render(_: DuckdbEngine, tree: exp.Query) -> Rendered:
        nonlocal compared
        wanted = by_sqlglot(tree)
        written = duckdb_text(tree)
        assert read(written) == read(wanted)
        assert len(written) <= len(wanted)
        compared += 1
        return Rendered(written)

    monkeypatch.setattr(DuckdbEngine, "render", render)
    people = demo.org.people
    for seed, viewer in enumerate((VIEWERS["demo"], next(p.id for p in people.values() if p.sees == "all"))):
        questions = Questions(demo.model, demo.members, AS_OF["demo"], 70 + seed)
        for _ in range(60):
            try:
                answered(demo, questions.question(), people[viewer], AS_OF["demo"])
            except UserError:
                continue
    assert compared > 80


def test_what_is_shorter_than_by_sqlglot() -> None:
    known = nodes.is_null(nodes.col("a"), negated=True)
    tree = nodes.select([known], where=exp.LT(this=nodes.col("b"), expression=nodes.date(dt.date(2024, 2, 29))))
    written = duckdb_text(tree)
    assert written == """SELECT "a" IS NOT NULL WHERE "b" < DATE '2024-02-29'"""
    assert read(written) == read(by_sqlglot(tree))


@pytest.mark.parametrize(
    "node",
    [
        nodes.text('O\'Brien \\ "x"'),
        nodes.col('odd"name', "a b"),
        nodes.number(-2.5),
        nodes.ordered(nodes.col("a"), descending=True),
        exp.Ordered(this=nodes.col("a"), desc=True, nulls_first=True),
        exp.Ordered(this=nodes.col("a")),
        exp.Count(this=exp.Star(), big_int=True),
        exp.Count(this=exp.Distinct(expressions=[nodes.col("a"), nodes.col("b")])),
        nodes.cast(nodes.col("a"), exp.DType.BIGINT),
        exp.In(this=nodes.col("a"), query=exp.Subquery(this=nodes.select([nodes.number(1)]))),
        exp.Div(this=nodes.col("a"), expression=nodes.col("b"), typed=True, safe=True),
        nodes.select([exp.Star()], source=nodes.table("t", "u"), limit=3, distinct=True),
        nodes.cast(nodes.col("a"), exp.DType.VARCHAR),
        exp.Star(except_=[exp.to_identifier("a")]),
        exp.DateTrunc(this=nodes.col("a"), unit=exp.Var(this="MONTH")),
        exp.DateTrunc(this=nodes.col("a"), unit=exp.Var(this="WEEK")),
        exp.DateTrunc(this=nodes.col("a"), unit=exp.Literal.string("ISOWEEK")),
        exp.DateTrunc(this=nodes.col("a"), unit=exp.Var(this="DAY"), input_type_preserved=True),
        exp.DateDiff(this=nodes.col("a"), expression=nodes.col("b"), unit=exp.Var(this="MONTH")),
        exp.DateDiff(this=nodes.col("a"), expression=nodes.text("2026-01-01"), unit=exp.Var(this="DAY")),
        exp.DateDiff(this=nodes.col("a"), expression=nodes.col("b")),
        exp.GroupConcat(this=exp.Distinct(expressions=[nodes.col("a")]), separator=nodes.text(",")),
        exp.GroupConcat(this=exp.Distinct(expressions=[nodes.col("a"), nodes.col("b")]), separator=nodes.text(",")),
        exp.GroupConcat(this=nodes.col("a")),
        exp.Abs(this=nodes.col("a")),
        exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
        exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING"),
        exp.WindowSpec(kind="GROUPS", start="1", start_side="PRECEDING", end="1", end_side="FOLLOWING"),
        exp.WindowSpec(kind="ROWS", start=nodes.number(2), start_side="PRECEDING", end="CURRENT ROW"),
        exp.WindowSpec(kind="ROWS", start="1", start_side="PRECEDING", end="CURRENT ROW", exclude=exp.var("TIES")),
        exp.Case(this=nodes.col("a"), ifs=[exp.If(this=nodes.number(1), true=nodes.text("x"))]),
    ],
    ids=lambda n: type(n).__name__,
)
def test_what_is_out_of_the_ordinary_is_left_to_sqlglot(node: exp.Expr) -> None:
    wanted = by_sqlglot(node)
    assert duckdb_text(node) == wanted  # type: ignore[arg-type]
