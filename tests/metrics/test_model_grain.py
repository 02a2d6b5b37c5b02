"""Grain: which aggregates take a value more often than it is there. Both ways, and by hand over rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from model_workspace import MODEL, SALES, SOURCES, edit, line_of, write

from metrics.errors import ModelError
from metrics.model import check_workspace, load_model
from metrics.model.check_grain import repeated
from metrics.model.expressions import aggregates_of, parse_aggregate
from metrics.model.schema import Dataset, Field, Model, Relationship

KEYS = {
    "lines": ("line_id", "order_id", "product", "qty", "amount", "note"),
    "orders": ("order_id", "customer", "subtotal", "status", "freight"),
    "customers": ("customer", "age", "tier"),
    "products": ("product", "price", "cost"),
    "slips": ("order_id", "weight"),  # one for each order
}


def _dataset(name: str, columns: tuple[str, ...]) -> Dataset:
    fields = {c: Field(f"{name}.{c}", name, c, c) for c in columns}
    return Dataset(name, name, columns[:1], fields)


def _link(source: str, target: str, column: str) -> Relationship:
    return Relationship(f"{source}_{target}", source, target, (column,), (column,))


SHOP = Model(
    name="shop",
    datasets={name: _dataset(name, columns) for name, columns in KEYS.items()},
    relationships=(
        _link("lines", "orders", "order_id"),
        _link("orders", "customers", "customer"),
        _link("lines", "products", "product"),
        _link("slips", "orders", "order_id"),
    ),
    metrics={},
)

SAFE = [
    "SUM(lines.amount)",
    "SUM(orders.subtotal)",
    "AVG(customers.age)",
    "SUM(lines.qty * products.price)",
    "SUM(lines.qty * (products.price - products.cost))",
    "SUM((products.price - products.cost) * lines.qty)",
    "SUM(CASE WHEN orders.status = 'won' THEN lines.amount END)",
    "SUM(CASE WHEN orders.status = 'won' AND lines.qty > 0 THEN 1 ELSE 0 END)",
    "SUM(CASE WHEN customers.tier = 'key' THEN orders.subtotal ELSE 0 END)",
    "COUNT(CASE WHEN customers.tier = 'key' THEN lines.line_id END)",
    "COUNT(DISTINCT CASE WHEN lines.qty > 0 THEN orders.order_id END)",
    "COUNT(DISTINCT orders.customer)",
    "MAX(CASE WHEN lines.qty > 0 THEN orders.subtotal END)",
    "MIN(CASE WHEN lines.qty > 0 THEN customers.age END)",
    "SUM(orders.freight * lines.amount / orders.subtotal)",
    "SUM(orders.subtotal) / COUNT(lines.line_id)",
    "SUM(orders.subtotal) - SUM(lines.amount)",
    "SUM(COALESCE(lines.amount, lines.qty * products.price, 0))",
    "SUM(ROUND(lines.qty * products.price, 2))",
    "SUM(CASE WHEN slips.weight > 5 THEN orders.subtotal END)",  # one slip for each order
    "SUM(slips.weight + orders.freight)",
    "SUM(NULLIF(lines.amount, orders.subtotal))",
    "AVG(lines.amount - lines.qty * products.cost)",
]
# expression -> (goes over, takes too often)
WRONG = {
    "SUM(CASE WHEN lines.qty > 0 THEN orders.subtotal END)": ("lines", "orders"),
    "SUM(CASE WHEN lines.qty > 0 THEN lines.amount ELSE orders.subtotal END)": ("lines", "orders"),
    "SUM(orders.subtotal - lines.amount)": ("lines", "orders"),
    "SUM(-(orders.subtotal + 0 * 1) + lines.amount)": ("lines", "orders"),
    "SUM(lines.qty * products.price + orders.freight)": ("lines", "orders"),
    "SUM(COALESCE(lines.amount, orders.subtotal))": ("lines", "orders"),
    "SUM(CAST(CASE WHEN lines.note = 'x' THEN orders.subtotal END AS DOUBLE))": ("lines", "orders"),
    "SUM(ROUND(CASE WHEN lines.qty > 0 THEN orders.subtotal END, 2))": ("lines", "orders"),
    "AVG(CASE WHEN lines.qty > 0 THEN orders.subtotal END)": ("lines", "orders"),
    "MEDIAN(CASE WHEN orders.status = 'won' THEN customers.age END)": ("orders", "customers"),
    "COUNT(CASE WHEN lines.qty > 0 THEN orders.order_id END)": ("lines", "orders"),
    "COUNT(CASE WHEN orders.status = 'won' THEN customers.customer END)": ("orders", "customers"),
    "STDDEV(CASE WHEN lines.qty > 0 THEN customers.age END)": ("lines", "customers"),
    "SUM(CASE WHEN lines.qty > 0 THEN orders.subtotal * 2 END)": ("lines", "orders"),
    "SUM(GREATEST(lines.amount, orders.subtotal))": ("lines", "orders"),
    "SUM(CASE WHEN slips.weight > 5 THEN customers.age END)": ("slips", "customers"),
    "SUM(lines.amount) + SUM(CASE WHEN lines.qty > 0 THEN orders.subtotal END)": ("lines", "orders"),
    "SUM((lines.qty - orders.freight) * (products.price - lines.amount))": ("lines", "orders"),
}


def _found(expression: str) -> list[tuple[str, str]]:
    nodes = aggregates_of(parse_aggregate(expression))
    return [(fine, coarse) for node in nodes for fine, coarse, _ in repeated(node, SHOP)]


@pytest.mark.parametrize("expression", SAFE)
def test_an_expression_that_takes_each_value_once(expression: str) -> None:
    assert _found(expression) == []


@pytest.mark.parametrize("expression", WRONG)
def test_an_expression_that_takes_a_value_too_often(expression: str) -> None:
    assert WRONG[expression] in _found(expression)


def test_what_is_refused_is_wrong_over_rows() -> None:
    """Three orders of 100, 27 lines in each: the subtotals are 300, and the refused sum is 27 times that."""
    con = duckdb.connect()
    con.execute("CREATE TABLE orders AS SELECT i AS order_id, 100 AS subtotal FROM range(3) t(i)")
    con.execute("CREATE TABLE lines AS SELECT i AS line_id, i % 3 AS order_id, 1 AS qty FROM range(81) t(i)")
    joined = "FROM lines JOIN orders USING (order_id)"

    def one(value: str) -> int:
        row = con.execute(f"SELECT {value} {joined}").fetchone()
        assert row is not None
        return int(row[0])

    assert one("SUM(CASE WHEN lines.qty > 0 THEN orders.subtotal END)") == 27 * 300
    assert one("COUNT(DISTINCT CASE WHEN lines.qty > 0 THEN order_id END)") == 3
    assert one("MAX(CASE WHEN lines.qty > 0 THEN orders.subtotal END)") == 100


LINES = """\
      - name: lines
        source: lines
        primary_key: [line_id]
        fields:
          - name: line_id
            expression: {dialects: [{dialect: ANSI_SQL, expression: line_id}]}
          - name: order_id
            expression: {dialects: [{dialect: ANSI_SQL, expression: order_id}]}
          - name: qty
            expression: {dialects: [{dialect: ANSI_SQL, expression: qty}]}
    relationships:
      - {name: line_order, from: lines, to: orders, from_columns: [order_id], to_columns: [order_id]}
"""
SOLD = """\
      - name: sold
        expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(CASE WHEN lines.qty > 0 THEN orders.amount END)}]}
"""
LINES_TABLE = """\
  lines:
    path: lines.csv
    key: [line_id]
    columns: {line_id: {type: text}, order_id: {type: text}, qty: {type: integer}}
"""


def test_check_names_the_line_both_tables_and_the_fix(tmp_path: Path) -> None:
    model = edit(MODEL, "    relationships:\n", LINES) + SOLD
    sales = edit(SALES, "owners: {orders: orders.rep}", "owners: {orders: orders.rep, lines: orders.rep}")
    sales = edit(sales, "  sales: {unit", "  sold: {time: orders.ordered_on}\n  sales: {unit")
    files = {"lines.csv": "line_id,order_id,qty\nl1,o1,1\n"}
    folder = write(tmp_path, model=model, sales=sales, sources=SOURCES + LINES_TABLE, files=files)
    (problem,) = check_workspace(folder, env={})
    assert (problem.file, problem.line) == ("model.yaml", line_of(model, "lines.qty > 0"))
    assert problem.severity == "error" and problem.key.endswith("metrics.sold.expression")
    assert "orders.amount once for every row of lines" in problem.message and "one of orders" in problem.message
    assert "Take a field of lines" in problem.fix
    with pytest.raises(ModelError):
        load_model(folder)


PRICES = """\
      - name: prices
        source: prices
        primary_key: [channel]
        fields:
          - name: channel
            expression: {dialects: [{dialect: ANSI_SQL, expression: channel}]}
          - name: price
            expression: {dialects: [{dialect: ANSI_SQL, expression: price}]}
    relationships:
      - {name: order_price, from: orders, to: prices, from_columns: [channel], to_columns: [channel]}
"""
LISTED = """\
      - name: listed
        expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(CASE WHEN orders.rep > '' THEN prices.price END)}]}
"""
PRICES_TABLE = (
    "  prices: {path: prices.csv, key: [channel], columns: {channel: {type: text}, price: {type: integer}}}\n"
)


def test_a_price_of_each_row_is_asked_about_and_may_be_meant(tmp_path: Path) -> None:
    model = edit(MODEL, "    relationships:\n", PRICES) + LISTED
    sales = edit(SALES, "public: [reps]", "public: [reps, prices]")
    sales = edit(sales, "  sales: {unit", "  listed: {time: orders.ordered_on}\n  sales: {unit")
    files = {"prices.csv": "channel,price\nweb,1\n"}
    folder = write(tmp_path / "a", model=model, sales=sales, sources=SOURCES + PRICES_TABLE, files=files)
    (problem,) = check_workspace(folder, env={})
    assert problem.severity == "warning" and "`per_row: [prices.price]` under metrics.listed" in problem.fix
    said = edit(sales, "listed: {time", "listed: {per_row: [prices.price], time")
    folder = write(tmp_path / "b", model=model, sales=said, sources=SOURCES + PRICES_TABLE, files=files)
    assert check_workspace(folder, env={}) == []
    assert load_model(folder).metrics["listed"].per_row == ("prices.price",)
    wrong = edit(sales, "listed: {time", "listed: {per_row: [prices.pirce], time")
    folder = write(tmp_path / "c", model=model, sales=wrong, sources=SOURCES + PRICES_TABLE, files=files)
    assert "Did you mean prices.price or prices.channel?" in {p.fix for p in check_workspace(folder, env={})}
