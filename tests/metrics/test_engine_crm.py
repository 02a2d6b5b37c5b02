"""The CRM data set: our rows against SQL over the raw files, read by DuckDB with nothing of ours in between."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from metrics import Audience, Metrics, Query, Viewer
from metrics.ingest import load

AS_OF = dt.datetime(2017, 12, 31, 18, tzinfo=dt.UTC)
WON = "deal_stage = 'Won'"
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("revenue", {"metrics": ["revenue"]}, f"SELECT SUM(close_value), COUNT(*) FROM p WHERE {WON}"),
    (
        "win rate of one rep this month",
        {
            "metrics": ["win_rate"],
            "where": [{"field": "agents.agent", "values": ["Cassey Cress"]}],
            "period": {"kind": "relative", "unit": "month"},
        },
        (
            "SELECT AVG(CASE WHEN deal_stage = 'Won' THEN 1.0 ELSE 0 END), COUNT(*) FILTER (deal_stage = 'Won'),"
            " COUNT(*) FILTER (deal_stage = 'Lost') FROM p WHERE deal_stage IN ('Won', 'Lost') AND sales_agent ="
            " 'Cassey Cress' AND close_date >= '2017-12-01'"
        ),
    ),
    (
        "top customers",
        {
            "metrics": ["revenue"],
            "by": ["accounts.account"],
            "limit": 10,
            "period": {"kind": "named", "unit": "quarter", "index": 4},
        },
        (
            f"SELECT account, SUM(close_value) v, COUNT(*) FROM p WHERE {WON} AND close_date >= '2017-10-01' GROUP BY 1"
            " ORDER BY v DESC, 1 LIMIT 10"
        ),
    ),
    (
        "products, whose spelling is mapped",
        {"metrics": ["won_deals"], "by": ["products.product"]},
        f"SELECT REPLACE(product, 'GTXPro', 'GTX Pro'), COUNT(*) v FROM p WHERE {WON} GROUP BY 1 ORDER BY v DESC, 1",
    ),
    (
        "monthly trend",
        {"metrics": ["revenue"], "grain": "month"},
        f"SELECT strftime(close_date, '%Y-%m'), SUM(close_value) FROM p WHERE {WON} GROUP BY 1 ORDER BY 1",
    ),
    (
        "last six whole weeks",
        {"metrics": ["won_deals"], "grain": "week", "period": {"kind": "rolling", "unit": "week", "count": 6}},
        (
            f"SELECT strftime(date_trunc('week', close_date), '%Y-%m-%d'), COUNT(*) FROM p WHERE {WON} AND close_date"
            " BETWEEN '2017-11-20' AND '2017-12-31' GROUP BY 1 ORDER BY 1"
        ),
    ),
    (
        "month on month",
        {"metrics": ["revenue"], "grain": "month", "compare": {"to": "previous"}},
        (
            f"WITH m AS (SELECT strftime(close_date, '%Y-%m') t, SUM(close_value) v FROM p WHERE {WON} GROUP BY 1) "
            "SELECT t, v, v - LAG(v) OVER (ORDER BY t), v / LAG(v) OVER (ORDER BY t) - 1 FROM m ORDER BY t"
        ),
    ),
    (
        "ranking of those who ever had a deal",
        {"metrics": ["revenue"], "rank": {"over": "agents.agent"}, "period": {"kind": "relative", "unit": "year"}},
        (
            f"SELECT sales_agent, SUM(close_value) v, RANK() OVER (ORDER BY SUM(close_value) DESC) r FROM p WHERE {WON}"
            " GROUP BY 1 ORDER BY r, 1"
        ),
    ),
    (
        "who closed nothing",
        {
            "metrics": ["won_deals"],
            "by": ["agents.agent"],
            "everyone": True,
            "period": {"kind": "relative", "unit": "quarter"},
            "having": [{"metric": "won_deals", "op": "eq", "value": 0}],
        },
        (
            f"SELECT sales_agent, 0 FROM t WHERE sales_agent NOT IN (SELECT sales_agent FROM p WHERE {WON} AND"
            " close_date >= '2017-10-01') ORDER BY 1"
        ),
    ),
    (
        "customers without activity for 60 days",
        {
            "metrics": ["idle_days"],
            "by": ["accounts.account"],
            "where": [{"field": "agents.agent", "values": ["Zane Levy"]}],
            "having": [{"metric": "idle_days", "op": "gt", "value": 60}],
        },
        (
            "SELECT account, DATE '2017-12-31' - MAX(GREATEST(engage_date, COALESCE(close_date, engage_date))) v,"
            " MAX(GREATEST(engage_date, COALESCE(close_date, engage_date))) FROM p WHERE sales_agent = 'Zane Levy' AND"
            " account IS NOT NULL GROUP BY 1 HAVING v > 60 ORDER BY v DESC, 1"
        ),
    ),
    (
        "open pipeline at list price by region",
        {"metrics": ["open_value"], "by": ["agents.region"]},
        (
            "SELECT regional_office, SUM(sales_price) v FROM p JOIN t USING (sales_agent) JOIN products q ON q.product"
            " = REPLACE(p.product, 'GTXPro', 'GTX Pro') WHERE deal_stage IN ('Prospecting', 'Engaging') GROUP BY 1"
            " ORDER BY v DESC"
        ),
    ),
    (
        "share of the top ten customers",
        {"metrics": ["revenue"], "by": ["accounts.account"], "limit": 10, "share": {"together": True}},
        (
            f"WITH a AS (SELECT account, SUM(close_value) v FROM p WHERE {WON} GROUP BY 1) SELECT x, y, x / y FROM"
            " (SELECT SUM(v) x FROM (SELECT v FROM a ORDER BY v DESC LIMIT 10)), (SELECT SUM(v) y FROM a)"
        ),
    ),
    (
        "team average this quarter",
        {
            "metrics": ["revenue"],
            "where": [{"field": "agents.agent", "values": ["Reed Clapper"]}],
            "period": {"kind": "relative", "unit": "quarter"},
            "benchmark": {"of": "team"},
        },
        (
            f"WITH r AS (SELECT sales_agent, SUM(close_value) v FROM p JOIN t USING (sales_agent) WHERE {WON} AND"
            " close_date >= '2017-10-01' AND manager = 'Rocco Neubert' GROUP BY 1) SELECT v, (SELECT AVG(v) FROM r), v"
            " - (SELECT AVG(v) FROM r) FROM r WHERE sales_agent = 'Reed Clapper'"
        ),
    ),
    (
        "excluding a product keeps deals of unknown customers",
        {"metrics": ["open_deals"], "where": [{"field": "accounts.sector", "op": "not_in", "values": ["technology"]}]},
        (
            "SELECT COUNT(*) FROM p LEFT JOIN a USING (account) WHERE deal_stage IN ('Prospecting', 'Engaging') AND"
            " (sector IS NULL OR sector <> 'technolgy')"
        ),
    ),
]


@pytest.fixture(scope="module")
def metrics(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Metrics]:
    workspace = tmp_path_factory.mktemp("crm")
    for file in (root / "examples" / "crm").glob("*.yaml"):
        shutil.copy(file, workspace / file.name)
    load(workspace, env={"PACELINE_CRM_DATA": str(shared_dir / "data" / "crm")})
    opened = Metrics.open(workspace)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def raw(shared_dir: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    for name, file in {"p": "sales_pipeline", "t": "sales_teams", "a": "accounts", "products": "products"}.items():
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv('{shared_dir / 'data' / 'crm' / file}.csv')")
    yield con
    con.close()


def plain(rows: Any) -> list[tuple[Any, ...]]:
    return [
        tuple(v if v is None or isinstance(v, str | dt.date) else pytest.approx(float(v)) for v in row) for row in rows
    ]


@pytest.mark.shared
@pytest.mark.parametrize(("query", "sql"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_crm(metrics: Metrics, raw: duckdb.DuckDBPyConnection, query: dict[str, Any], sql: str) -> None:
    viewer = Viewer.of(metrics.org.people["Sales Ops"])
    answer = metrics.answer(Query.model_validate(query), viewer=viewer, audience=Audience.only_viewer(), as_of=AS_OF)
    wanted = raw.execute(sql).fetchall()
    assert wanted and [tuple(float(v) if isinstance(v, int) else v for v in r) for r in answer.rows] == plain(wanted)
