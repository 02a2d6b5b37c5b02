"""A company whose word "orders" is both a number and the rows it counts, and whose questions without a period mean this
month."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from metrics.model.schema import Dataset, Field, Metric
from metrics.query import Relative
from nlq import Lexicon, NotUnderstood, Understood, read

COMPANY = runpy.run_path(str(Path(__file__).parent.parent / "corpus" / "company.py"))
ORG = COMPANY["org"]()


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """The made-up company with order lines (key: the line) and a number of orders; its default period is this month."""
    model = COMPANY["model"]()
    order = Field(
        "lines.order_id",
        "lines",
        "order_id",
        "order_id",
        dimension=True,
        labels={"en": "Order"},
        synonyms=("order number",),
    )
    client = Field(
        "customers.customer",
        "customers",
        "customer",
        "customer",
        dimension=True,
        labels={"en": "Customer"},
        synonyms=("company", "client"),
    )
    customers = replace(model.datasets["customers"], fields={**model.datasets["customers"].fields, "customer": client})
    lines = Dataset("lines", "lines", ("line_id",), {"order_id": order})
    orders = Metric(
        "orders",
        "COUNT(DISTINCT lines.order_id)",
        unit="count",
        time={"lines": "lines.day"},
        labels={"en": "Orders"},
        synonyms=("number of orders",),
    )
    bigger = replace(
        model,
        datasets={**model.datasets, "customers": customers, "lines": lines},
        metrics={**model.metrics, "orders": orders},
        default_period=Relative(unit="month"),
    )
    return Lexicon.build(bigger, COMPANY["MEMBERS"], ORG)


def _read(lexicon: Lexicon, text: str) -> Any:
    return read(text, lexicon=lexicon, asker=ORG.people["o1"], as_of=COMPANY["AS_OF"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "customers with more than 3 orders last month",
            {"m": "orders", "by": "customer", "p": "prev month", "having": "orders gt 3"},
        ),
        (
            "products with at least 20 orders last month",
            {"m": "orders", "by": "product", "p": "prev month", "having": "orders ge 20"},
        ),
        ("sales/orders last month", {"m": ["sales", "orders"], "p": "prev month"}),
        (
            "sales and orders and visits by team last month",
            {"m": ["sales", "orders", "visits"], "by": "team", "p": "prev month"},
        ),
        (
            "orders, sales and visits by team last month",
            {"m": ["orders", "sales", "visits"], "by": "team", "p": "prev month"},
        ),
        ("sales by company last month", {"m": "sales", "by": "customer", "p": "prev month"}),
        ("sales per company last month", {"m": "sales", "by": "customer", "p": "prev month"}),
        ("company sales last month", {"m": "sales", "p": "prev month"}),
        ("sales growth", {"m": "sales", "p": "this month", "vs": "previous"}),
        ("sales growth this quarter", {"m": "sales", "p": "this quarter", "vs": "previous"}),
        ("monthly sales growth", {"m": "sales", "grain": "month", "vs": "previous"}),
    ],
)
def test_read_as(lexicon: Lexicon, text: str, expected: dict[str, Any]) -> None:
    reading = _read(lexicon, text)
    assert isinstance(reading, Understood), reading
    assert reading.query == COMPANY["query"](expected)


def test_sales_by_order_is_a_breakdown(lexicon: Lexicon) -> None:
    reading = _read(lexicon, "sales by order last month")
    assert isinstance(reading, Understood)
    assert reading.query.by == ("lines.order_id",)


def test_growth_without_a_period_says_which_was_taken(lexicon: Lexicon) -> None:
    assert "default_period" in _read(lexicon, "sales growth").assumptions
    assert "default_period" not in _read(lexicon, "sales growth this quarter").assumptions


def test_a_condition_without_groups_is_declined(lexicon: Lexicon) -> None:
    assert isinstance(_read(lexicon, "number of visits with more than 3 orders"), NotUnderstood)
