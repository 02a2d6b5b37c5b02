"""The published TPC-DS model: its metrics, asked over its fact and dimension tables, give the rows of SQL written by
hand on small random tables."""

from __future__ import annotations

import csv
import datetime as dt
import random
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from metrics import Asked, Metrics, UnsupportedCombination
from metrics.ingest import load
from metrics.model import check_workspace
from metrics.people import Audience, Viewer

SALES = """\
version: 1
people:
  dataset: customer
  id: customer.c_customer_id
  name: customer.customer_full_name
  others: [{id: ops, role: ops, sees: all}]
access: {visibility: everyone, public: [store_sales, date_dim, customer, item, store]}
metrics:
  total_sales: {unit: "currency:USD", time: date_dim.d_date}
  total_profit: {unit: "currency:USD", time: date_dim.d_date}
  sales_by_brand: {unit: "currency:USD", time: date_dim.d_date}
  customer_lifetime_value: {unit: "currency:USD", time: snapshot}
  store_productivity: {unit: "currency:USD", time: snapshot}
"""
TABLES = {
    "store_sales": "ss_sold_date_sk ss_item_sk ss_customer_sk ss_store_sk ss_ticket_number ss_quantity ss_sales_price"
    " ss_ext_sales_price ss_net_profit",
    "date_dim": "d_date_sk d_date d_year d_quarter_name d_month_name",
    "customer": "c_customer_sk c_customer_id c_first_name c_last_name c_email_address",
    "item": "i_item_sk i_item_id i_item_desc i_brand i_category i_current_price",
    "store": "s_store_sk s_store_id s_store_name s_city s_state s_number_employees",
}
KEYS = {
    "store_sales": "ss_item_sk, ss_ticket_number",
    "date_dim": "d_date_sk",
    "customer": "c_customer_sk",
    "item": "i_item_sk",
    "store": "s_store_sk",
}
DECIMALS = ("ss_sales_price", "ss_ext_sales_price", "ss_net_profit", "i_current_price")
INTEGERS = ("d_year", "ss_quantity", "s_number_employees", "ss_ticket_number")
FIRST = dt.date(2001, 1, 1)
AS_OF = dt.datetime(2002, 12, 31, 12, tzinfo=dt.UTC)


def _rows(seed: int) -> dict[str, list[tuple[Any, ...]]]:
    dice = random.Random(seed)
    days = [FIRST + dt.timedelta(days=n) for n in range(730)]
    tables: dict[str, list[tuple[Any, ...]]] = {
        "date_dim": [(2450000 + n, d, d.year, f"{d.year}Q{(d.month + 2) // 3}", f"{d:%B}") for n, d in enumerate(days)],
        "customer": [(n, f"C{n:03}", dice.choice("ABC"), dice.choice(["Li", "Ott"]), f"c{n}@x") for n in range(40)],
        "item": [(n, f"I{n:03}", "", dice.choice(["b1", "b2", ""]), dice.choice("xyz"), n) for n in range(25)],
        "store": [(n, f"S{n}", f"Store {n}", "", dice.choice(["TN", "CA", ""]), 5 + n) for n in range(6)],
    }
    tables["store_sales"] = [
        (
            2450000 + dice.randrange(730) if dice.random() > 0.03 else "",
            dice.randrange(25),
            dice.randrange(40) if dice.random() > 0.1 else "",
            dice.randrange(5) if dice.random() > 0.1 else "",
            ticket,
            dice.randint(1, 9),
            *(round(dice.uniform(-5, 99), 2) for _ in range(3)),
        )
        for ticket in range(1500)
    ]
    return tables


def _kind(column: str) -> str:
    if column in DECIMALS:
        return '"decimal(12,2)"'
    if column == "d_date":
        return "date"
    return "integer" if column.endswith("_sk") or column in INTEGERS else "text"


@pytest.fixture(scope="module", params=[1, 2])
def folder(request: pytest.FixtureRequest, shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = shared_dir / "ossie" / "tpcds_semantic_model.yaml"
    if not model.is_file():
        pytest.skip(f"the TPC-DS model is not at {model}")
    made = tmp_path_factory.mktemp("tpcds")
    shutil.copyfile(model, made / "model.yaml")
    (made / "sales.yaml").write_text(SALES, encoding="utf-8")
    sources = ["version: 1", "tables:"]
    for name, rows in _rows(request.param).items():
        columns = TABLES[name].split()
        with (made / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
        listed = ", ".join(f"{c}: {{type: {_kind(c)}}}" for c in columns)
        sources.append(f"  {name}: {{path: {name}.csv, key: [{KEYS[name]}], columns: {{{listed}}}}}")
    (made / "sources.yaml").write_text("\n".join(sources) + "\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def metrics(folder: Path) -> Iterator[Metrics]:
    problems = check_workspace(folder, env={})
    assert [str(p) for p in problems if p.severity == "error"] == []
    twice = [p for p in problems if "is claimed by" in p.message]
    assert len(twice) == 3, "it gives one word to a field and to a metric, three times"
    report = load(folder, env={})
    assert report.swapped and not any(t.rejected for t in report.tables)
    made = Metrics.open(folder)
    yield made
    made.close()


def told(metrics: Metrics, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    who = Viewer.of(metrics.org.people["ops"])
    table = metrics.tell(Asked.model_validate(asked), viewer=who, audience=Audience.only_viewer(), as_of=AS_OF)
    return sorted((tuple(_plain(c) for c in row) for row in table.rows), key=str)


def _plain(cell: Any) -> Any:
    return round(float(cell), 4) if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) else cell


def by_hand(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        for name, columns in TABLES.items():
            kinds = ", ".join(f"'{c}': '{_KINDS.get(_kind(c), 'DECIMAL(12,2)')}'" for c in columns.split())
            read = f"read_csv('{folder / name}.csv', header = true, columns = {{{kinds}}})"
            con.execute(f"CREATE TABLE {name} AS SELECT * FROM {read}")
        con.execute(f"CREATE VIEW sold AS {SOLD}")
        return sorted((tuple(_plain(c) for c in row) for row in con.execute(sql).fetchall()), key=str)


_KINDS = {"integer": "BIGINT", "text": "VARCHAR", "date": "DATE"}
SOLD = """
    SELECT * FROM store_sales LEFT JOIN date_dim ON ss_sold_date_sk = d_date_sk
    LEFT JOIN customer ON ss_customer_sk = c_customer_sk
    LEFT JOIN item ON ss_item_sk = i_item_sk LEFT JOIN store ON ss_store_sk = s_store_sk
"""
SALES_M, PROFIT = {"kind": "metric", "name": "total_sales"}, {"kind": "metric", "name": "total_profit"}
YEAR = {"kind": "units", "unit": "year"}
NONE = "COALESCE(NULLIF({}, ''), '(none)')"
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "everything dated": (
        {"show": [SALES_M, PROFIT]},
        "SELECT SUM(ss_ext_sales_price), SUM(ss_net_profit) FROM sold WHERE d_date IS NOT NULL",
    ),
    "by brand": (
        {"show": [{"kind": "metric", "name": "sales_by_brand"}], "by": ["item.i_brand"], "period": YEAR},
        f"SELECT {NONE.format('i_brand')}, SUM(ss_ext_sales_price) FROM sold WHERE d_year = 2002 GROUP BY 1",
    ),
    "by state and category": (
        {"show": [SALES_M, PROFIT], "by": ["store.s_state", "item.i_category"], "period": YEAR, "population": "rows"},
        f"SELECT {NONE.format('s_state')}, i_category, SUM(ss_ext_sales_price), SUM(ss_net_profit) FROM sold"
        " WHERE d_year = 2002 GROUP BY ALL",
    ),
    "by quarter": (
        {"show": [SALES_M], "by": ["quarter"], "period": YEAR},
        "SELECT replace(d_quarter_name, 'Q', '-Q'), SUM(ss_ext_sales_price) FROM sold WHERE d_year = 2002 GROUP BY 1",
    ),
    "by week": (
        {"show": [SALES_M], "by": ["week"], "period": {"kind": "units", "unit": "month"}},
        "SELECT w::VARCHAR, COALESCE(SUM(ss_ext_sales_price), 0)"
        " FROM (SELECT DISTINCT date_trunc('week', d_date)::DATE AS w"
        " FROM date_dim WHERE d_date >= '2002-12-01') LEFT JOIN (SELECT * FROM sold WHERE d_date >= '2002-12-01') ON"
        " date_trunc('week', d_date) = w GROUP BY 1",
    ),
    "of one category": (
        {"show": [SALES_M], "where": {"kind": "in", "field": "item.i_category", "values": ["x"]}, "period": YEAR},
        "SELECT SUM(ss_ext_sales_price) FROM sold WHERE d_year = 2002 AND i_category = 'x'",
    ),
    "a year before": (
        {"show": [SALES_M, {"kind": "before", "of": SALES_M, "to": "year_ago"}], "period": YEAR},
        "SELECT SUM(ss_ext_sales_price) FILTER (d_year = 2002), SUM(ss_ext_sales_price) FILTER (d_year = 2001)"
        " FROM sold",
    ),
    "over two fact tables": (
        {"show": [{"kind": "metric", "name": "customer_lifetime_value"}]},
        "SELECT (SELECT SUM(ss_ext_sales_price) FROM store_sales)::DOUBLE / (SELECT COUNT(*) FROM customer)",
    ),
    "over two fact tables by what both lead to": (
        {
            "show": [{"kind": "metric", "name": "customer_lifetime_value"}],
            "by": ["customer.c_last_name"],
            "population": "rows",
        },
        "SELECT COALESCE(c_last_name, '(none)'), s / NULLIF(n, 0) FROM (SELECT c_last_name,"
        " SUM(ss_ext_sales_price)::DOUBLE AS s FROM sold GROUP BY 1) LEFT JOIN (SELECT c_last_name, COUNT(*) AS n FROM"
        " customer GROUP BY 1) USING (c_last_name)",
    ),
    "employees are counted once": (
        {"show": [{"kind": "metric", "name": "store_productivity"}], "by": ["store.s_state"], "population": "rows"},
        "SELECT COALESCE(a.k, '(none)'), s / e FROM (SELECT NULLIF(s_state, '') AS k, SUM(ss_ext_sales_price)::DOUBLE"
        " AS s FROM sold GROUP BY 1) a JOIN (SELECT NULLIF(s_state, '') AS k, SUM(s_number_employees) AS e FROM store"
        " GROUP BY 1) b ON a.k IS NOT DISTINCT FROM b.k",
    ),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", CASES)
def test_rows_are_those_of_sql_by_hand(metrics: Metrics, folder: Path, name: str) -> None:
    asked, sql = CASES[name]
    expected = by_hand(folder, sql)
    assert expected
    assert told(metrics, asked) == expected


@pytest.mark.shared
def test_what_one_of_its_fact_tables_does_not_lead_to_is_refused(metrics: Metrics) -> None:
    value = {"kind": "metric", "name": "customer_lifetime_value"}
    with pytest.raises(UnsupportedCombination, match="field_unreachable"):
        told(metrics, {"show": [value], "by": ["item.i_brand"]})
