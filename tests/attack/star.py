"""A workspace in which rows without an owner lead to rows with one: lines are public, their orders belong to sellers,
and what the lines count is dated, grouped and filtered through the orders."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = ["FIRST_YEAR", "SELLERS", "write_star"]

FIRST_YEAR = 2011
SELLERS = tuple((f"s{n}", f"Seller {name}", "Red" if n <= 6 else "Blue") for n, name in enumerate("ABCDEFGHIJKL", 1))

_FIELDS = {
    "lines": {
        "line_id": "String",
        "order_id": "String",
        "product": "String",
        "amount": "Decimal",
        "shipped_on": "Date",
    },
    "orders": {
        "order_id": "String",
        "rep_id": "String",
        "customer_id": "String",
        "order_date": "Date",
        "way": "String",
    },
    "customers": {"customer_id": "String", "customer": "String"},
    "reps": {"rep_id": "String", "name": "String", "team": "String", "region": "String", "manager": "String"},
}
_SQL = {"String": "text", "Decimal": "decimal(18,2)", "Date": "date"}
_METRICS = {"revenue": "SUM(lines.amount)", "shipped": "SUM(lines.amount)", "order_count": "COUNT(orders.order_id)"}
_JOINS = (("lines", "orders", "order_id"), ("orders", "customers", "customer_id"), ("orders", "reps", "rep_id"))
_SALES = """
version: 1
people:
  dataset: reps
  id: reps.rep_id
  name: reps.name
  manager: reps.manager
  team: reps.team
  region: reps.region
  others:
    - {id: red, name: Rita Red, role: manager, team: Red, region: All}
    - {id: blue, name: Bo Blue, role: manager, team: Blue, region: All}
    - {id: ops, name: Olga Ops, role: ops, sees: all}
calendar: {timezone: UTC}
access:
  visibility: org_tree
  owners: {orders: orders.rep_id}
  public: [lines, customers, reps]
metrics:
  revenue: {unit: "currency:EUR", time: {lines: orders.order_date}}
  shipped: {unit: "currency:EUR", time: lines.shipped_on}
  order_count: {unit: count, time: orders.order_date}
"""


def _rows() -> dict[str, list[Sequence[object]]]:
    draw = random.Random(5)
    made: dict[str, list[Sequence[object]]] = {name: [] for name in _FIELDS}
    made["reps"] = [(i, name, team, "All", team.lower()) for i, name, team in SELLERS]
    made["customers"] = [(f"c{n}", f"Customer {n}") for n in range(60)]
    for number in range(600):
        customer = draw.randrange(60)
        seller = SELLERS[customer % len(SELLERS)][0]
        day = dt.date(FIRST_YEAR, 1, 3) + dt.timedelta(days=draw.randrange(1090))
        made["orders"].append((f"o{number:04d}", seller, f"c{customer}", day, draw.choice(["Shop", "Phone"])))
        for line in range(draw.randrange(1, 4)):
            amount = f"{draw.randrange(10_000, 900_000) / 100:.2f}"
            shipped = day + dt.timedelta(days=2)
            made["lines"].append((f"o{number:04d}-{line}", f"o{number:04d}", draw.choice("PQR"), amount, shipped))
    return made


def write_star(folder: Path) -> None:
    data = folder / "data"
    data.mkdir(parents=True)
    for name, rows in _rows().items():
        with (data / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([list(_FIELDS[name]), *rows])
    (folder / "model.yaml").write_text(_model(), encoding="utf-8")
    (folder / "sales.yaml").write_text(_SALES, encoding="utf-8")
    (folder / "sources.yaml").write_text("\n".join(["version: 1", "tables:", *_sources()]) + "\n", encoding="utf-8")


def _model() -> str:
    def says(expression: str) -> str:
        return f'expression: {{dialects: [{{dialect: ANSI_SQL, expression: "{expression}"}}]}}'

    lines = ['version: "0.2.0.dev0"', "semantic_model:", "  - name: star", "    datasets:"]
    for name, fields in _FIELDS.items():
        lines += [f"      - name: {name}", f"        source: {name}", f"        primary_key: [{next(iter(fields))}]"]
        lines += ["        fields:"]
        for field, kind in fields.items():
            shown = ", dimension: {is_time: false}" if kind == "String" else ""
            lines.append(f"          - {{name: {field}, {says(field)}, datatype: {kind}{shown}}}")
    lines.append("    relationships:")
    for one, other, key in _JOINS:
        named = f"name: {one}_{other}, from: {one}, to: {other}, from_columns: [{key}], to_columns: [{key}]"
        lines.append(f"      - {{{named}}}")
    lines.append("    metrics:")
    lines += [f"      - {{name: {name}, {says(of)}}}" for name, of in _METRICS.items()]
    return "\n".join(lines) + "\n"


def _sources() -> Iterable[str]:
    for name, fields in _FIELDS.items():
        columns = ", ".join(f'{field}: {{type: "{_SQL[kind]}"}}' for field, kind in fields.items())
        through = ", through: 2013-12-30" if name in ("lines", "orders") else ""
        yield f"  {name}: {{path: data/{name}.csv, key: [{next(iter(fields))}], columns: {{{columns}}}{through}}}"
