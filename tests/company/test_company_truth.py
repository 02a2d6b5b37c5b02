"""Every metric of the demo company against SQL written by hand over the loaded tables, and totals added up from the
files."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from metrics import Metrics
from metrics.model import check_workspace
from metrics.people import Audience, Viewer
from metrics.query import AllTime, Compare, Filter, Query, Relative, Target

AS_OF = dt.datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))  # the day of demo_workspace
OCTOBER = Relative(unit="month", offset=-1)
DM = Audience.only_viewer()

_MONTH = "BETWEEN DATE '2026-10-01' AND DATE '2026-10-31'"
_TODAY = "DATE '2026-11-20'"
_WON = "count(*) FILTER (WHERE stage = 'Won')"
_CLOSED = "count(*) FILTER (WHERE stage IN ('Won', 'Lost'))"

# metric -> (SQL of one number, whether it is a state now). {who} stands for a condition on rep_id.
TRUTH: dict[str, tuple[str, bool]] = {
    "sales": (f"SELECT sum(amount) FROM order_lines WHERE order_date {_MONTH} AND {{who}}", False),
    "orders": (f"SELECT count(DISTINCT order_id) FROM order_lines WHERE order_date {_MONTH} AND {{who}}", False),
    "units_sold": (f"SELECT sum(quantity) FROM order_lines WHERE order_date {_MONTH} AND {{who}}", False),
    "average_order_value": (
        (
            f"SELECT avg(total) FROM (SELECT sum(amount) AS total FROM order_lines WHERE order_date {_MONTH} AND"
            " {who} GROUP BY order_id)"
        ),
        False,
    ),
    "gross_profit": (f"SELECT sum(amount - cost) FROM order_lines WHERE order_date {_MONTH} AND {{who}}", False),
    "gross_margin": (
        f"SELECT 1 - sum(cost)::DOUBLE / sum(amount)::DOUBLE FROM order_lines WHERE order_date {_MONTH} AND {{who}}",
        False,
    ),
    "new_customers": (
        (
            "WITH firsts AS (SELECT customer_id, min(order_date) AS day, arg_min(rep_id, line_id) AS rep_id FROM"
            " order_lines JOIN customers USING (customer_id) WHERE order_date = first_order_on GROUP BY 1) SELECT"
            f" count(*) FROM firsts WHERE day {_MONTH} AND {{who}}"
        ),
        False,
    ),
    "buying_customers": (
        f"SELECT count(DISTINCT customer_id) FROM order_lines WHERE order_date {_MONTH} AND {{who}}",
        False,
    ),
    "active_customers": (
        "SELECT count(*) FROM (SELECT owner_id AS rep_id FROM customers WHERE status = 'Active') WHERE {who}",
        True,
    ),
    "customer_growth": (
        (
            "SELECT count(*) FILTER (WHERE event = 'New') - count(*) FILTER (WHERE event = 'Lost') "
            f"FROM customer_events WHERE happened_on {_MONTH} AND {{who}}"
        ),
        False,
    ),
    "lost_customers": (f"SELECT count(*) FROM renewals WHERE outcome = 'Lost' AND due_on {_MONTH} AND {{who}}", False),
    "churn_rate": (
        (
            "WITH due AS (SELECT customer_id, max((outcome = 'Lost')::INT) AS gone FROM renewals WHERE outcome <>"
            f" 'Pending' AND due_on {_MONTH} AND {{who}} GROUP BY 1) SELECT avg(gone) FROM due"
        ),
        False,
    ),
    "renewal_rate": (
        (
            f"SELECT avg((outcome = 'Renewed')::INT) FROM renewals WHERE outcome <> 'Pending' AND due_on {_MONTH} AND"
            " {who}"
        ),
        False,
    ),
    "renewals_due": (f"SELECT count(*) FROM renewals WHERE due_on {_MONTH} AND {{who}}", False),
    "collections": (f"SELECT sum(amount_paid) FROM receivables WHERE paid_on {_MONTH} AND {{who}}", False),
    "amount_due": (f"SELECT sum(amount_due) FROM receivables WHERE due_on {_MONTH} AND {{who}}", False),
    "collection_rate": (
        f"SELECT sum(amount_paid)::DOUBLE / sum(amount_due)::DOUBLE FROM receivables WHERE due_on {_MONTH} AND {{who}}",
        False,
    ),
    "outstanding": ("SELECT sum(amount_due) - sum(amount_paid) FROM receivables WHERE {who}", True),
    "overdue": (
        f"SELECT sum(amount_due) - sum(amount_paid) FROM receivables WHERE due_on < {_TODAY} AND {{who}}",
        True,
    ),
    "visits": (
        f"SELECT count(*) FROM activities WHERE activity_type = 'On-site visit' AND activity_on {_MONTH} AND {{who}}",
        False,
    ),
    "customers_visited": (
        (
            "SELECT count(*) FROM (SELECT 1 FROM activities WHERE activity_type = 'On-site visit' AND activity_on"
            f" {_MONTH} AND {{who}} GROUP BY customer_id)"
        ),
        False,
    ),
    "calls": (
        f"SELECT count(*) FROM activities WHERE activity_type = 'Phone call' AND activity_on {_MONTH} AND {{who}}",
        False,
    ),
    "follow_ups": (
        (
            f"SELECT count(*) FROM activities WHERE activity_type = 'Follow-up message' AND activity_on {_MONTH} AND"
            " {who}"
        ),
        False,
    ),
    "activity_count": (f"SELECT count(*) FROM activities WHERE activity_on {_MONTH} AND {{who}}", False),
    "last_contact": (
        "SELECT max(activity_on) FROM activities JOIN customers USING (customer_id) WHERE status = 'Active' AND {who}",
        True,
    ),
    "idle_days": (
        (
            f"SELECT {_TODAY} - max(activity_on) FROM activities JOIN customers USING (customer_id) WHERE status ="
            " 'Active' AND {who}"
        ),
        True,
    ),
    "quotes": (f"SELECT count(*) FROM quotes WHERE quoted_on {_MONTH} AND {{who}}", False),
    "quoted_amount": (f"SELECT sum(amount) FROM quotes WHERE quoted_on {_MONTH} AND {{who}}", False),
    "contracts_signed": (
        f"SELECT count(*) FROM opportunities WHERE stage = 'Won' AND closed_on {_MONTH} AND {{who}}",
        False,
    ),
    "contract_value": (
        f"SELECT sum(amount) FROM opportunities WHERE stage = 'Won' AND closed_on {_MONTH} AND {{who}}",
        False,
    ),
    "signing_rate": (
        (
            f"SELECT (SELECT count(*) FROM contracts WHERE signed_on {_MONTH} AND {{who}})::DOUBLE / (SELECT count(*)"
            f" FROM quotes WHERE quoted_on {_MONTH} AND {{who}})"
        ),
        False,
    ),
    "quote_to_contract": (
        (
            "SELECT avg((opportunity_id IN (SELECT opportunity_id FROM contracts))::INT) FROM quotes WHERE quoted_on"
            f" {_MONTH} AND {{who}}"
        ),
        False,
    ),
    "won_deals": (f"SELECT {_WON} FROM opportunities WHERE closed_on {_MONTH} AND {{who}}", False),
    "lost_deals": (
        f"SELECT count(*) FILTER (WHERE stage = 'Lost') FROM opportunities WHERE closed_on {_MONTH} AND {{who}}",
        False,
    ),
    "win_rate": (f"SELECT {_WON}::DOUBLE / {_CLOSED} FROM opportunities WHERE closed_on {_MONTH} AND {{who}}", False),
    "key_account_win_rate": (
        (
            f"SELECT {_WON}::DOUBLE / {_CLOSED} FROM opportunities WHERE closed_on {_MONTH} AND {{who}} "
            "AND customer_id IN (SELECT customer_id FROM customers WHERE customer_type = 'Key account')"
        ),
        False,
    ),
    "sales_cycle": (
        f"SELECT avg(closed_on - created_on) FROM opportunities WHERE stage = 'Won' AND closed_on {_MONTH} AND {{who}}",
        False,
    ),
    "new_deals": (f"SELECT count(*) FROM opportunities WHERE created_on {_MONTH} AND {{who}}", False),
    "open_deals": ("SELECT count(*) FROM opportunities WHERE closed_on IS NULL AND {who}", True),
    "open_pipeline": ("SELECT sum(amount) FROM opportunities WHERE closed_on IS NULL AND {who}", True),
    "stage_entries": (f"SELECT count(*) FROM stage_history WHERE entered_on {_MONTH} AND {{who}}", False),
    "stage_conversion": (f"SELECT avg(moved_on) FROM stage_history WHERE entered_on {_MONTH} AND {{who}}", False),
}

# What the product page and the issue name, and where it is.
NAMED = {
    "sales": "sales",
    "signing rate": "signing_rate",
    "collection rate": "collection_rate",
    "gross margin": "gross_margin",
    "customer growth": "customer_growth",
    "new customers": "new_customers",
    "key-account win rate": "key_account_win_rate",
    "follow-ups": "follow_ups",
    "stage conversion": "stage_conversion",
    "renewal rate": "renewal_rate",
    "churn": "churn_rate",
    "average order value": "average_order_value",
    "visits": "visits",
    "calls": "calls",
    "quotes": "quotes",
    "contracts": "contracts_signed",
    "collections": "collections",
    "win rate": "win_rate",
    "pipeline": "open_pipeline",
    "neglected customers": "idle_days",
    "拜访": "visits",
    "签约率": "signing_rate",
    "回款率": "collection_rate",
    "毛利率": "gross_margin",
    "客户增长": "customer_growth",
    "新客户": "new_customers",
    "大客户赢单率": "key_account_win_rate",
    "跟进": "follow_ups",
    "阶段转化率": "stage_conversion",
    "续约率": "renewal_rate",
    "流失率": "churn_rate",
    "客单价": "average_order_value",
}


@pytest.fixture(scope="module")
def workspace(demo_workspace: Path) -> Path:
    return demo_workspace


@pytest.fixture(scope="module")
def metrics(workspace: Path) -> Iterator[Metrics]:
    opened = Metrics.open(workspace)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def store(workspace: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the loaded tables, to ask by hand."""
    (snapshot,) = (workspace / "var" / "store").glob("snapshot_*.duckdb")
    copy = workspace / "by_hand.duckdb"
    shutil.copy(snapshot, copy)
    connection = duckdb.connect(str(copy), read_only=True)
    yield connection
    connection.close()


def _number(metrics: Metrics, query: Query, person: str) -> object:
    answer = metrics.answer(query, viewer=Viewer.of(metrics.org.people[person]), audience=DM, as_of=AS_OF)
    assert len(answer.rows) == 1
    return answer.rows[0][[c.role for c in answer.columns].index("metric")]


def _by_hand(store: duckdb.DuckDBPyConnection, metric: str, who: str) -> object:
    row = store.execute(TRUTH[metric][0].replace("{who}", who)).fetchone()
    assert row is not None
    return float(row[0]) if isinstance(row[0], Decimal) else row[0]


def test_the_workspace_has_no_problem(workspace: Path) -> None:
    assert [str(p) for p in check_workspace(workspace, env={})] == []


def test_every_named_metric_is_there_and_every_metric_has_a_truth(metrics: Metrics) -> None:
    spoken = {
        w.casefold(): m.name for m in metrics.model.metrics.values() for w in (m.name, *m.synonyms, *m.labels.values())
    }
    assert {word: spoken.get(word) for word in NAMED} == NAMED
    assert set(TRUTH) == set(metrics.model.metrics)
    for metric in metrics.model.metrics.values():
        assert metric.description and metric.owner and {"en", "zh"} <= set(metric.labels), metric.name
        assert any(w.isascii() for w in metric.synonyms) and any(not w.isascii() for w in metric.synonyms), metric.name
        assert metric.snapshot == TRUTH[metric.name][1]


@pytest.mark.parametrize("metric", TRUTH)
@pytest.mark.parametrize(
    ("person", "who"),
    [
        ("OPS", "TRUE"),
        ("L1", "rep_id IN (SELECT rep_id FROM reps WHERE region = 'East')"),
        ("M05", "rep_id IN (SELECT rep_id FROM reps WHERE team = 'Mustang')"),
        ("R001", "rep_id = 'R001'"),
    ],
)
def test_metric(metrics: Metrics, store: duckdb.DuckDBPyConnection, metric: str, person: str, who: str) -> None:
    """Last month, or the state now: of everybody, a region, a team and one rep, each as that person sees it."""
    period = AllTime() if TRUTH[metric][1] else OCTOBER
    got, expected = _number(metrics, Query(metrics=(metric,), period=period), person), _by_hand(store, metric, who)
    if expected is None and metrics.model.metrics[metric].additive:
        expected = 0  # a sum over nothing
    if isinstance(expected, float):
        assert got == pytest.approx(expected, rel=1e-9)
    else:
        assert got == expected
    assert expected is not None or person == "R001", "the larger samples hold something of everything"


def test_totals_added_up_from_the_files(metrics: Metrics, workspace: Path) -> None:
    def rows(name: str) -> list[dict[str, str]]:
        with (workspace / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    people = {r["rep_id"] for r in rows("reps")}
    lines = {
        r["line_id"]: r for r in rows("order_lines") if r["rep_id"] in people and r["order_date"].startswith("2026-10")
    }
    sales = sum(Decimal(r["amount"]) for r in lines.values())
    assert _number(metrics, Query(metrics=("sales",), period=OCTOBER), "OPS") == pytest.approx(float(sales))
    assert _number(metrics, Query(metrics=("new_customers",), period=OCTOBER), "OPS") == sum(
        r["first_order_on"].startswith("2026-10") for r in rows("customers")
    )
    cloud = {r["line_id"]: r for r in lines.values() if r["product"].replace("-", " ") == "Visora Cloud"}
    query = Query(
        metrics=("sales",), period=OCTOBER, where=(Filter(field="products.product", values=("Visora Cloud",)),)
    )
    assert _number(metrics, query, "OPS") == pytest.approx(float(sum(Decimal(r["amount"]) for r in cloud.values())))


def test_attainment_is_actual_over_the_months_target(metrics: Metrics, store: duckdb.DuckDBPyConnection) -> None:
    query = Query(metrics=("sales",), by=("reps.team",), period=OCTOBER, target=Target())
    answer = metrics.answer(query, viewer=Viewer.of(metrics.org.people["OPS"]), audience=DM, as_of=AS_OF)
    roles = [c.role for c in answer.columns]
    got = {row[0]: row[roles.index("attainment")] for row in answer.rows}
    expected = store.execute(
        f"WITH a AS (SELECT team, sum(amount) AS v FROM order_lines JOIN reps USING (rep_id) WHERE order_date {_MONTH}"
        " GROUP BY 1), t AS (SELECT team, sum(amount) AS v FROM targets JOIN reps USING (rep_id) WHERE metric ="
        " 'sales' AND month = DATE '2026-10-01' GROUP BY 1) SELECT team, a.v::DOUBLE / t.v::DOUBLE FROM a JOIN t USING"
        " (team)"
    ).fetchall()
    assert got == {team: pytest.approx(share) for team, share in expected} and len(got) == 10


def test_there_is_a_year_before_to_compare_with(metrics: Metrics, store: duckdb.DuckDBPyConnection) -> None:
    query = Query(metrics=("sales",), period=OCTOBER, compare=Compare(to="year_ago"))
    answer = metrics.answer(query, viewer=Viewer.of(metrics.org.people["OPS"]), audience=DM, as_of=AS_OF)
    values = {row[0]: row[1] for row in answer.rows}
    assert set(values) == {"2025-10", "2026-10"}, "a row per period"
    row = store.execute(
        "SELECT sum(amount) FROM order_lines WHERE year(order_date) = 2025 AND month(order_date) = 10"
    ).fetchone()
    assert row is not None and values["2025-10"] == pytest.approx(float(row[0]))


def test_customers_are_found_that_nobody_calls(metrics: Metrics, store: duckdb.DuckDBPyConnection) -> None:
    rows = store.execute(
        f"SELECT count(*) FROM (SELECT customer_id, {_TODAY} - max(activity_on) AS idle FROM activities JOIN customers"
        " USING (customer_id) WHERE status = 'Active' GROUP BY 1) WHERE idle > 90"
    ).fetchone()
    assert rows is not None and 50 < rows[0] < 300
