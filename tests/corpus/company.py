"""A small made-up company for the language tests: a model, its members and its people, and short names for
expectations.

Loaded with `runpy.run_path` (test folders are no packages). Nothing here comes from a store.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from metrics.model.schema import (
    Absent,
    Dataset,
    Field,
    Metric,
    Model,
    PeopleFields,
    TargetFields,
    Term,
)
from metrics.people import Org, Person
from metrics.query import Filter, Query
from nlq import Lexicon

AS_OF = dt.date(2026, 5, 20)  # a Wednesday


def _field(
    dataset: str, name: str, en: str = "", zh: str = "", synonyms: str = "", *, dimension: bool = True, **more: Any
) -> Field:
    labels = {k: v for k, v in (("en", en), ("zh", zh)) if v}
    return Field(
        f"{dataset}.{name}",
        dataset,
        name,
        more.pop("expression", name),
        dimension=dimension,
        labels=labels,
        synonyms=tuple(s.strip() for s in synonyms.split(",") if s.strip()),
        **more,
    )


def _dataset(name: str, key: str, *fields: Field, synonyms: tuple[str, ...] = ()) -> Dataset:
    return Dataset(name, name, (key,), {f.name: f for f in fields}, synonyms=synonyms)


def _metric(name: str, expression: str, unit: str, time: str, en: str, zh: str, synonyms: str, **more: Any) -> Metric:
    return Metric(
        name,
        expression,
        unit=unit,
        time={time.split(".")[0]: time} if time else {},
        snapshot=not time,
        labels={"en": en, "zh": zh},
        synonyms=tuple(s.strip() for s in synonyms.split(",")),
        **more,
    )


def model() -> Model:
    deals = _dataset(
        "deals",
        "deal_id",
        _field("deals", "deal_id", "Deal", "商机", "deal, opportunity"),
        _field("deals", "stage", "Stage", "阶段", "status", member_synonyms={"Won": ("赢单",), "Lost": ("丢单",)}),
        _field("deals", "amount", "Deal value", "单笔金额", "deal amount", dimension=False, datatype="Decimal"),
        _field(
            "deals",
            "age",
            "Days open",
            "停留天数",
            "open for, stalled, stuck, 停滞",
            dimension=False,
            datatype="Integer",
            expression="CURRENT_DATE - opened_on",
        ),
        synonyms=("deals", "opportunities", "单子"),
    )
    customers = _dataset(
        "customers",
        "customer",
        _field("customers", "customer", "Customer", "客户", "account, client, 公司"),
        _field(
            "customers",
            "type",
            "Customer type",
            "客户类型",
            "segment",
            member_synonyms={"Key account": ("key accounts", "大客户")},
        ),
        _field("customers", "employees", "Employees", "员工数", "headcount", dimension=False, datatype="Integer"),
        synonyms=("customers", "accounts"),
    )
    products = _dataset(
        "products",
        "product",
        _field("products", "product", "Product", "产品", "item"),
        _field("products", "line", "Product line", "产品线", "category"),
        synonyms=("products",),
    )
    reps = _dataset(
        "reps",
        "rep_id",
        _field("reps", "rep_id"),
        _field("reps", "name", "Rep", "销售员", "rep, sales rep, seller"),
        _field("reps", "team", "Team", "团队", "sales team, 小组"),
        _field(
            "reps",
            "region",
            "Region",
            "区域",
            "territory, 大区",
            member_synonyms={"East": ("东区", "华东"), "West": ("西区",), "North": ("北区",)},
        ),
        _field("reps", "manager_id", dimension=False),
        synonyms=("reps",),
    )
    metrics = (
        _metric(
            "sales",
            "SUM(deals.amount)",
            "currency:USD",
            "deals.closed_on",
            "Sales",
            "销售额",
            "revenue, turnover, rev, 业绩, 营收",
            has_target=True,
            shown_with=("won_deals",),
        ),
        _metric(
            "won_deals",
            "SUM(CASE WHEN deals.stage = 'Won' THEN 1 ELSE 0 END)",
            "count",
            "deals.closed_on",
            "Deals won",
            "成单数",
            "wins, won deals, units sold, 赢单数",
        ),
        _metric(
            "lost_deals",
            "SUM(CASE WHEN deals.stage = 'Lost' THEN 1 ELSE 0 END)",
            "count",
            "deals.closed_on",
            "Deals lost",
            "丢单数",
            "lost deals",
            higher_is_better=False,
        ),
        _metric("win_rate", "A / B", "percent", "deals.closed_on", "Win rate", "赢单率", "close rate, 胜率"),
        _metric("margin", "A / C", "percent", "deals.closed_on", "Gross margin", "毛利率", "margin, profit margin"),
        _metric(
            "average_deal",
            "A / D",
            "currency:USD",
            "deals.closed_on",
            "Average deal size",
            "客单价",
            "avg deal size, average order value",
        ),
        _metric(
            "sales_cycle",
            "AVG(deals.days)",
            "days",
            "deals.closed_on",
            "Sales cycle",
            "销售周期",
            "time to close, 成交周期",
            higher_is_better=False,
        ),
        _metric(
            "new_deals",
            "COUNT(deals.deal_id)",
            "count",
            "deals.opened_on",
            "New deals",
            "新增商机",
            "new opportunities, deals created",
        ),
        _metric(
            "open_deals",
            "SUM(CASE WHEN deals.stage = 'Open' THEN 1 END)",
            "count",
            "",
            "Open deals",
            "在跟商机",
            "open opportunities",
        ),
        _metric(
            "pipeline",
            "SUM(CASE WHEN deals.stage = 'Open' THEN deals.amount END)",
            "currency:USD",
            "",
            "Pipeline",
            "商机金额",
            "open pipeline",
        ),
        _metric(
            "new_customers",
            "COUNT(x.y)",
            "count",
            "deals.closed_on",
            "New customers",
            "新客户数",
            "new accounts, 新客户",
        ),
        _metric(
            "visits",
            "COUNT(visits.id)",
            "count",
            "visits.day",
            "Visits",
            "拜访量",
            "customer visits, 拜访",
            has_target=True,
        ),
        _metric("collection_rate", "A / E", "percent", "deals.due_on", "Collection rate", "回款率", "payment rate"),
        _metric(
            "idle_days",
            "CURRENT_DATE - MAX(visits.day)",
            "days",
            "",
            "Days without contact",
            "未跟进天数",
            "no contact, not contacted, without contact, 没有跟进, 没跟进",
            higher_is_better=False,
        ),
    )
    return Model(
        name="company",
        datasets={d.name: d for d in (deals, customers, products, reps)},
        relationships=(),
        metrics={m.name: m for m in metrics},
        people=PeopleFields(
            "reps", "reps.rep_id", "reps.name", team="reps.team", region="reps.region", manager="reps.manager_id"
        ),
        targets=TargetFields("targets", "a", "b", "c", "d"),
        default_metric="sales",
        scorecard=("sales", "won_deals", "win_rate"),
        terms=(Term(("renewals", "renewal business", "续约"), (Filter(field="customers.type", values=("Renewal",)),)),),
        absent=(
            Absent(
                ("salary", "commission", "提成", "工资"), {"en": "Pay is not stored here.", "zh": "这里没有薪酬数据。"}
            ),
        ),
        languages=("en", "zh"),
    )


MEMBERS = {
    "deals.stage": ("Open", "Won", "Lost"),
    "customers.customer": ("Apple", "Blue Sky Ltd", "Hilltop", "Zenith & Co", "长江电力"),
    "customers.type": ("Key account", "Small business", "Renewal"),
    "products.product": ("Apple", "Falcon 300", "Falcon 500", "Cloudbox", "Sensor Kit"),
    "products.line": ("Hardware", "Software"),
    "reps.name": ("Anna Lee", "Anna Brown", "Tom Becker", "Priya Nair", "张伟", "李娜", "Summer Jones"),
    "reps.team": ("Red", "Blue Team", "猎鹰"),
    "reps.region": ("East", "West", "North"),
}


def org() -> Org:
    def rep(key: str, name: str, team: str, region: str, *aliases: str) -> Person:
        return Person(key, name, aliases, team=team, region=region, manager_id="m1")

    people = [
        rep("r1", "Anna Lee", "Red", "East"),
        rep("r2", "Anna Brown", "Red", "East"),
        rep("r3", "Tom Becker", "Blue Team", "West"),
        rep("r4", "Priya Nair", "Blue Team", "West"),
        rep("r5", "张伟", "猎鹰", "North", "Wei Zhang"),
        rep("r6", "李娜", "猎鹰", "North", "Li Na"),
        rep("r7", "Summer Jones", "Red", "East"),
        Person("m1", "Martin Cole", role="manager", team="Red", region="East", sells=False),
        Person("l1", "Erin Walsh", role="lead", region="East", sells=False),
        Person("o1", "Olga Ops", role="ops", sells=False, sees="all"),
    ]
    return Org({p.id: p for p in people})


def lexicon() -> Lexicon:
    return Lexicon.build(model(), MEMBERS, org())


FIELDS = {
    "rep": "reps.name",
    "team": "reps.team",
    "region": "reps.region",
    "product": "products.product",
    "line": "products.line",
    "manager": "reps.manager_id",
    "customer": "customers.customer",
    "type": "customers.type",
    "deal": "deals.deal_id",
    "stage": "deals.stage",
    "amount": "deals.amount",
    "age": "deals.age",
    "employees": "customers.employees",
}


def period(text: str) -> dict[str, Any]:
    """ "this month", "month-2", "last 6 week", "2026-Q2", "Q3", "M3", "2026-M3", "2026", "2026-03-01..2026-06-01",
    "all", "ago: this month"."""
    if text == "all":
        return {"kind": "all"}
    if text.startswith("ago: "):
        return {"kind": "year_ago", "of": period(text[5:])}
    if ".." in text:
        start, end = text.split("..")
        return {"kind": "between", "start": start, "end": end}
    words = text.split()
    if words[0] in ("this", "prev"):
        return {"kind": "relative", "unit": words[1], "offset": 0 if words[0] == "this" else -1}
    if words[0] == "last":
        return {"kind": "rolling", "unit": words[2], "count": int(words[1])}
    if text[-2:-1] == "-" and text.split("-")[0] in ("day", "week", "month", "quarter", "year"):
        return {"kind": "relative", "unit": text.split("-")[0], "offset": -int(text[-1])}
    year, _, name = text.rpartition("-")
    if name.isdigit() and not year:
        return {"kind": "named", "unit": "year", "year": int(name)}
    unit = {"Q": "quarter", "M": "month", "H": "half", "W": "week"}[name[0]]
    return {"kind": "named", "unit": unit, "index": int(name[1:]), "year": int(year) if year else None}


def _values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def query(short: dict[str, Any]) -> Query:
    """An expectation in short form: m(etrics), by, p(eriod), where, not, rows ("amount gt 5000"), having ("win_rate lt
    0.5"), top/bottom (limit), sort (high/low), vs, and any field of Query as it is."""
    full: dict[str, Any] = {}
    for key, value in short.items():
        if key == "m":
            full["metrics"] = _values(value)
        elif key == "by":
            full["by"] = [FIELDS[v] for v in _values(value)]
        elif key == "p":
            full["period"] = period(str(value))
        elif key in ("where", "not"):
            full.setdefault("where", []).extend(
                {"field": FIELDS[f], "op": "in" if key == "where" else "not_in", "values": _values(v)}
                for f, v in value.items()
            )
        elif key == "rows":
            for row in _values(value):
                field, op, *numbers = row.split()
                full.setdefault("where", []).append(
                    {"field": FIELDS[field], "op": op, "values": [int(n) for n in numbers]}
                )
        elif key == "having":
            for row in _values(value):
                metric, op, number, *upper = row.split()
                metric, _, of = metric.partition(".")
                full.setdefault("having", []).append(
                    {
                        "metric": metric,
                        "of": of or "value",
                        "op": op,
                        "value": float(number),
                        "upper": float(upper[0]) if upper else None,
                    }
                )
        elif key in ("top", "bottom"):
            full["order"] = {"descending": key == "top"}
            full["limit"] = value
        elif key == "sort":
            full["order"] = {"descending": value == "high"}
        elif key == "by_change":
            full["order"] = {"by": "change", "descending": value == "high"}
        elif key == "vs":
            full["compare"] = {"to": value if value in ("previous", "year_ago") else period(value)}
        elif key == "rank":
            full["rank"] = (
                value
                if isinstance(value, dict)
                else {"over": FIELDS[value]}
                if value in FIELDS
                else {"over": "reps.name", "member": value}
            )
        elif key == "lift":
            full["share"] = {"lift": [FIELDS[v] for v in _values(value)]}
        else:
            full[key] = value
    return Query.model_validate(full)
