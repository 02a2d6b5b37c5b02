"""The rules under which one tree means the same on every engine, checked on the SQL of every truth case."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml
from sqlglot import exp

from metrics import Audience, Filter, Metrics, Query, UnsupportedCombination, UserError, Viewer
from metrics.engines.protocol import Rendered

TESTS = Path(__file__).parent.parent
sys.path.append(str(TESTS / "world"))
engine_world = importlib.import_module("engine_world")
CASES = yaml.safe_load((TESTS / "truth" / "cases.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    opened = Metrics.open(engine_world.build(tmp_path_factory.mktemp("compile")))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    """Asks for one row: to see that there are any."""
    opened = Metrics.open(engine_world.build(tmp_path_factory.mktemp("few")), max_rows=0)
    yield opened
    opened.close()


def sql_of(metrics: Metrics, case: dict[str, Any]) -> str:
    """With who asks in place of the parameter."""
    sql, params = statement_of(metrics, case)
    for name, value in params.items():
        sql = sql.replace(f"${name}", f"'{value}'")
    return sql


def statement_of(metrics: Metrics, case: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    viewer = Viewer.of(metrics.org.people[case.get("viewer", "ops")])
    audience = (
        Audience.channel(metrics.org.people[p] for p in case["audience"])
        if case.get("audience")
        else Audience.only_viewer()
    )
    return metrics.sql(Query.model_validate(case["query"]), viewer=viewer, audience=audience, as_of=engine_world.AS_OF)


def is_cut_of_a_date(node: exp.Expr) -> bool:
    """The start of the month, quarter or year of a bare column: what every engine cuts alike."""
    cut = node.this if isinstance(node, exp.Cast) and node.to.this == exp.DType.DATE else None
    return (
        isinstance(cut, exp.DateTrunc | exp.TimestampTrunc)
        and isinstance(cut.this, exp.Column)
        and cut.text("unit").upper() in ("MONTH", "QUARTER", "YEAR")
    )


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_canonical(metrics: Metrics, case: dict[str, Any]) -> None:
    tree = sqlglot.parse_one(sql_of(metrics, case), dialect="duckdb")
    assert isinstance(tree, exp.Select)
    assert not list(tree.find_all(exp.Filter, exp.Qualify, exp.Anonymous))
    assert all(not s.args.get("windows") for s in tree.find_all(exp.Select))
    assert all(not j.args.get("using") for j in tree.find_all(exp.Join))
    for group in tree.find_all(exp.Group):
        assert not group.args.get("all") and all(
            isinstance(e, exp.Column) or is_cut_of_a_date(e) for e in group.expressions
        )
    for order in tree.find_all(exp.Ordered):
        assert not isinstance(order.this, exp.Literal)
    for division in tree.find_all(exp.Div):
        assert isinstance(division.this, exp.Cast) and division.this.to.this == exp.DType.DOUBLE
        assert isinstance(division.expression, exp.Cast) and isinstance(division.expression.this, exp.Nullif)


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_no_more_rows_than_are_asked_for(few: Metrics, case: dict[str, Any]) -> None:
    """A statement says how many rows it gives at most, unless there are no more of them."""
    sql, params = statement_of(few, case)
    limit = sqlglot.parse_one(sql, dialect="duckdb").args.get("limit")
    assert limit is None or int(limit.expression.name) == 1
    with few._lease() as loaded:
        rows = loaded.engine.query(Rendered(sql, params), timeout_s=10, max_rows=1000, tag="few").rows
    assert len(rows) <= 1


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_every_owned_table_is_wrapped(metrics: Metrics, case: dict[str, Any]) -> None:
    """Whatever a rep asks, tables with owners are read through their filter, or only the rep's own line leaves."""
    try:
        tree = sqlglot.parse_one(sql_of(metrics, {**case, "viewer": "r1", "audience": None}), dialect="duckdb")
    except UserError:
        return
    query = case["query"]
    full = "rank" in query or "benchmark" in query
    full |= query["metrics"] == ["wins"] and query.get("by") == ["reps.rep_id"]  # a public leaderboard
    for table in tree.find_all(exp.Table):
        if table.name in ("deals", "payments", "quotas", "lines") and not full:
            inner = table.find_ancestor(exp.Select)
            assert inner is not None and "'r1'" in inner.args["where"].sql()


@pytest.mark.parametrize(
    "text", ["O'Hara", 'a"b', "'; DROP TABLE deals; --", "x\\", "{1}", "%s", "$1", "?", "😀", "张伟", "a" * 5000]
)
def test_hostile_text_stays_a_value(metrics: Metrics, text: str) -> None:
    query = Query(metrics=("wins",), where=(Filter(field="deals.rep_id", values=(text,)),))
    assert engine_world.ask(metrics, query).rows == ((0,),)


@pytest.mark.parametrize("text", ["a\0b", "a\nb", "\x1b[31m", "\x7f"])
def test_control_characters_are_refused(metrics: Metrics, text: str) -> None:
    with pytest.raises(UnsupportedCombination) as caught:
        engine_world.ask(metrics, Query(metrics=("wins",), where=(Filter(field="deals.rep_id", values=(text,)),)))
    assert caught.value.code == "control_character"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"metrics": ["open_deals"], "period": {"kind": "relative", "unit": "month"}}, "snapshot_with_period"),
    ({"metrics": ["open_deals"], "grain": "month"}, "grain_on_snapshot"),
    ({"metrics": ["collected"], "by": ["products.product"]}, "field_unreachable"),
    ({"metrics": ["collected"], "where": [{"field": "deals.stage", "values": ["Won"]}]}, "field_unreachable"),
    (
        {
            "metrics": ["win_rate"],
            "period": {"kind": "relative", "unit": "quarter"},
            "by": ["reps.rep_id"],
            "target": {},
        },
        "target_not_additive",
    ),
    (
        {"metrics": ["win_rate"], "period": {"kind": "relative", "unit": "month"}, "by": ["reps.team"], "target": {}},
        "target_not_additive",
    ),
    (
        {
            "metrics": ["revenue"],
            "period": {"kind": "relative", "unit": "month"},
            "where": [{"field": "products.product", "values": ["Car"]}],
            "target": {},
        },
        "target_with_product_filter",
    ),
    ({"metrics": ["wins"], "period": {"kind": "relative", "unit": "month"}, "target": {}}, "no_target"),
    ({"metrics": ["revenue"], "target": {}}, "target_period"),
    ({"metrics": ["revenue"], "period": {"kind": "relative", "unit": "week"}, "target": {}}, "target_period"),
    ({"metrics": ["win_rate"], "by": ["reps.team"], "share": {}}, "share_of_ratio"),
    ({"metrics": ["revenue"], "compare": {"to": "previous"}}, "compare_all_time"),
    ({"metrics": ["revenue"], "scope": "me"}, "me_does_not_sell"),
    ({"metrics": ["revenue"], "period": {"kind": "relative", "unit": "month", "offset": 1}}, "future_period"),
    ({"metrics": ["revenue"], "tally": True}, "tally_without_by"),
]


@pytest.mark.parametrize(("query", "code"), REFUSED, ids=[f"{c}-{i}" for i, (_, c) in enumerate(REFUSED)])
def test_what_means_nothing_is_refused_by_code(metrics: Metrics, query: dict[str, Any], code: str) -> None:
    with pytest.raises(UnsupportedCombination) as caught:
        engine_world.ask(metrics, Query.model_validate(query))
    assert caught.value.code == code
