"""The resolved model says what the two files say."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from model_workspace import MODEL, SALES, edit, write

from metrics.errors import ModelError
from metrics.model import load_model
from metrics.model.period_words import PERIOD_WORDS, period_of_word
from metrics.query import AllTime, Filter, Relative, Rolling


def test_the_whole_small_model(tmp_path: Path) -> None:
    model = load_model(write(tmp_path))
    sales = model.metrics["sales"]
    assert (sales.unit, sales.time, sales.owner, sales.version, sales.certified) == (
        "currency:CNY",
        {"orders": "orders.ordered_on"},
        "Ops",
        3,
        True,
    )
    assert (
        sales.labels == {"en": "Sales", "zh": "销售"}
        and sales.higher_is_better
        and sales.additive
        and not sales.snapshot
    )
    placed = model.metrics["orders_placed"]
    assert placed.labels == {"en": "Orders placed"}, "the name made readable"
    assert not placed.higher_is_better and placed.working_day_basis
    assert model.calendar.timezone == "Asia/Shanghai"
    assert (model.calendar.fiscal_year_start, model.calendar.week_start, model.calendar.holidays) == (4, 6, "CN")
    assert model.calendar.fiscal_year_named_by == "start"
    assert model.calendar.days_off == {dt.date(2024, 3, 15)}
    assert model.default_period == Relative(unit="quarter")
    assert model.access.visibility == "org_tree" and model.access.owners == {"orders": "orders.rep", "reps": ""}
    assert model.people is not None and model.people.name == "reps.full_name" and model.people.region is None
    boss, chief = model.others
    assert (boss.sees, boss.role, boss.sells, chief.manager_id, chief.name) == ("all", "lead", False, "boss", "chief")
    assert model.terms[0].where == (Filter(field="orders.amount", op="ge", values=(1000,)),)
    assert model.fields["orders.channel"].member_synonyms == {"web": ("online", "线上"), "shop": ("store",)}
    assert model.fields["orders.days_to_pay"].labels == {"en": "Days to pay"}
    assert model.absent[0].reason["en"] == "No refunds are stored."
    assert (model.default_metric, model.scorecard, model.languages) == (
        "sales",
        ("sales", "orders_placed"),
        ("en", "zh"),
    )


def test_a_fiscal_year_may_be_named_by_its_end(tmp_path: Path) -> None:
    said = edit(SALES, "fiscal_year_start: 4", "fiscal_year_start: 4\n  fiscal_year_named_by: end")
    assert load_model(write(tmp_path, sales=said)).calendar.fiscal_year_named_by == "end"


@pytest.mark.parametrize(
    ("expression", "additive"),
    [
        ("SUM(orders.amount)", True),
        ("COUNT(orders.order_id)", True),
        ("(SUM(CASE WHEN orders.channel = 'web' THEN orders.amount END))", True),
        ("COUNT(DISTINCT orders.rep)", False),
        ("SUM(orders.amount) / COUNT(orders.order_id)", False),
        ("AVG(orders.amount)", False),
        ("MAX(orders.amount)", False),
        ("SUM(orders.amount) - SUM(orders.amount) * 0.2", True),
        ("(SUM(orders.amount) - COUNT(orders.order_id)) / 1000", True),
        ("-SUM(orders.amount) + COUNT(orders.order_id)", True),
        ("SUM(orders.amount) - COUNT(DISTINCT orders.rep)", False),
        ("SUM(orders.amount) * SUM(orders.amount)", False),
        ("1000 / SUM(orders.amount)", False),
        ("SUM(orders.amount) + 1", False),
    ],
)
def test_additive_is_what_adds_up(expression: str, additive: bool, tmp_path: Path) -> None:
    model = load_model(
        write(tmp_path, model=edit(MODEL, "expression: SUM(orders.amount)", f'expression: "{expression}"'))
    )
    assert model.metrics["sales"].additive is additive


def test_a_metric_over_two_facts_names_the_time_of_each(tmp_path: Path) -> None:
    visits = """\
      - name: visits
        source: visits
        fields:
          - {name: visit_id, expression: {dialects: [{dialect: ANSI_SQL, expression: visit_id}]}}
          - {name: visited_on, datatype: Date, expression: {dialects: [{dialect: ANSI_SQL, expression: visited_on}]}}
    relationships:
"""
    model = edit(
        edit(MODEL, "    relationships:\n", visits), "SUM(orders.amount)", "SUM(orders.amount) / COUNT(visits.visit_id)"
    )
    sales = edit(
        edit(SALES, "public: [reps]", "public: [reps, visits]"),
        "time: orders.ordered_on, owner",
        "time: {orders: orders.ordered_on, visits: visits.visited_on}, owner",
    )
    assert load_model(write(tmp_path, model=model, sales=sales)).metrics["sales"].time == {
        "orders": "orders.ordered_on",
        "visits": "visits.visited_on",
    }


def test_snapshot_metrics_have_no_time(tmp_path: Path) -> None:
    metric = load_model(
        write(tmp_path, sales=edit(SALES, "time: orders.ordered_on, owner", "time: snapshot, owner"))
    ).metrics["sales"]
    assert metric.snapshot and metric.time == {}


def test_targets_and_where_and_sees(tmp_path: Path) -> None:
    targets = """\
      - name: quotas
        source: quotas
        fields:
          - {name: rep, datatype: String, expression: {dialects: [{dialect: ANSI_SQL, expression: rep}]}}
          - {name: month, datatype: Date, expression: {dialects: [{dialect: ANSI_SQL, expression: month}]}}
          - {name: metric, datatype: String, expression: {dialects: [{dialect: ANSI_SQL, expression: metric}]}}
          - {name: amount, datatype: Decimal, expression: {dialects: [{dialect: ANSI_SQL, expression: amount}]}}
    relationships:
"""
    sales = edit(
        SALES, "unit: count,", "unit: count, target: true, where: [{field: orders.channel, not_in: [null, shop]}],"
    )
    sales = edit(sales, "owners: {orders: orders.rep}", "owners: {orders: orders.rep, quotas: quotas.rep}")
    sales = edit(
        sales, "{id: boss, role: lead, sees: all}", "{id: boss, role: lead, sees: {reps.team: [North, South]}}"
    )
    sales += (
        "targets: {dataset: quotas, person: quotas.rep, month: quotas.month, metric: quotas.metric, amount:"
        " quotas.amount}\n"
    )
    model = load_model(write(tmp_path, model=edit(MODEL, "    relationships:\n", targets), sales=sales))
    assert model.targets is not None and model.targets.month == "quotas.month"
    assert model.metrics["orders_placed"].has_target and not model.metrics["sales"].has_target
    assert model.metrics["orders_placed"].where == (Filter(field="orders.channel", op="not_in", values=(None, "shop")),)
    assert model.others[0].sees == (("reps.team", ("North", "South")),)


def test_the_example_workspace_loads(root: Path) -> None:
    model = load_model(root / "examples" / "crm")
    assert model.default_period == AllTime()
    assert model.metrics["open_value"].snapshot and model.metrics["sales_cycle"].time == {"deals": "deals.closed_on"}
    assert len(model.others) == 10 and len(model.metrics) == 13


def test_period_words() -> None:
    assert period_of_word("Last Month") == Relative(unit="month", offset=-1)
    assert period_of_word("last_30_days") == Rolling(unit="day", count=30)
    assert period_of_word("sometime") is None
    assert all(period_of_word(w) == p for w, p in PERIOD_WORDS.items())


@pytest.mark.parametrize(
    ("listed", "wrong"),
    [
        ("[orders]", "orders is no catalogue: it is not public."),
        ("[reps]", "reps is no catalogue: it holds people."),
        ("[parcels]", "there is no dataset parcels."),
    ],
)
def test_a_catalogue_is_nobodys(listed: str, wrong: str, tmp_path: Path) -> None:
    said = edit(SALES, "visibility: org_tree", f"visibility: org_tree\n  catalogues: {listed}")
    with pytest.raises(ModelError) as raised:
        load_model(write(tmp_path, sales=said))
    assert [p.message for p in raised.value.problems] == [wrong]
