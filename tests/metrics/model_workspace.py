"""A small correct workspace as text, for tests that break one thing in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

MODEL = """\
version: "0.2.0.dev0"
semantic_model:
  - name: shop
    datasets:
      - name: orders
        source: orders
        primary_key: [order_id]
        fields:
          - name: order_id
            expression: {dialects: [{dialect: ANSI_SQL, expression: order_id}]}
            datatype: String
          - name: rep
            expression: {dialects: [{dialect: ANSI_SQL, expression: rep}]}
            datatype: String
          - name: ordered_on
            expression: {dialects: [{dialect: ANSI_SQL, expression: ordered_on}]}
            datatype: Date
          - name: paid_on
            expression: {dialects: [{dialect: ANSI_SQL, expression: paid_on}]}
            datatype: Date
          - name: amount
            expression: {dialects: [{dialect: ANSI_SQL, expression: amount}]}
            datatype: Decimal
          - name: channel
            expression: {dialects: [{dialect: ANSI_SQL, expression: channel}]}
            datatype: String
            dimension: {is_time: false}
            ai_context: {synonyms: [channel, 渠道]}
          - name: days_to_pay
            expression: {dialects: [{dialect: ANSI_SQL, expression: paid_on - ordered_on}]}
            datatype: Integer
      - name: reps
        source: reps
        primary_key: [rep_id]
        fields:
          - name: rep_id
            expression: {dialects: [{dialect: ANSI_SQL, expression: rep_id}]}
            datatype: String
          - name: full_name
            expression: {dialects: [{dialect: ANSI_SQL, expression: full_name}]}
            datatype: String
            dimension: {is_time: false}
            ai_context: {synonyms: [rep, seller]}
          - name: manager
            expression: {dialects: [{dialect: ANSI_SQL, expression: manager}]}
            datatype: String
          - name: team
            expression: {dialects: [{dialect: ANSI_SQL, expression: team}]}
            datatype: String
            dimension: {is_time: false}
    relationships:
      - {name: order_rep, from: orders, to: reps, from_columns: [rep], to_columns: [rep_id]}
    metrics:
      - name: sales
        expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.amount)}]}
        ai_context: {synonyms: [turnover, 销售额]}
      - name: orders_placed
        expression: {dialects: [{dialect: ANSI_SQL, expression: COUNT(orders.order_id)}]}
        ai_context: {synonyms: [number of orders]}
"""

SALES = """\
version: 1
organisation: Shop
languages: [en, zh]
people:
  dataset: reps
  id: reps.rep_id
  name: reps.full_name
  manager: reps.manager
  team: reps.team
  others:
    - {id: boss, role: lead, sees: all}
    - {id: chief, role: manager, manager: boss}
calendar:
  timezone: Asia/Shanghai
  fiscal_year_start: 4
  week_start: sunday
  holidays: CN
  days_off: [2024-03-15]
  default_period: this_quarter
access:
  visibility: org_tree
  owners: {orders: orders.rep}
  public: [reps]
metrics:
  sales: {unit: "currency:CNY", time: orders.ordered_on, owner: Ops, version: 3, certified: true,
    labels: {en: Sales, zh: 销售}}
  orders_placed: {unit: count, time: orders.ordered_on, direction: down, basis: working_days}
fields:
  orders.channel: {labels: {en: Channel, zh: 渠道}, values: {web: [online, 线上], shop: [store]}}
terms:
  - {words: [big orders], where: {field: orders.amount, ge: 1000}}
absent:
  - {words: [refunds], reason: {en: No refunds are stored.}}
default_metric: sales
scorecard: [sales, orders_placed]
"""

SOURCES = """\
version: 1
tables:
  orders:
    path: orders.csv
    key: [order_id]
    sort: ordered_on
    through: {max: ordered_on}
    columns:
      order_id: {from: Order No, type: text, required: true}
      rep: {type: text, required: true}
      ordered_on: {type: date, required: true, between: [2020-01-01, 2030-12-31]}
      paid_on: {type: date}
      amount: {type: "decimal(10,2)", required: true}
      channel: {type: text, map: {WEB: web}, one_of: [web, shop]}
    references:
      rep: {to: reps.rep_id, orphans: reject}
  reps:
    path: reps.csv
    key: [rep_id]
    columns:
      rep_id: {type: text, required: true}
      full_name: {type: text}
      manager: {type: text}
      team: {type: text}
"""

ORDERS = """\
Order No,rep,ordered_on,paid_on,amount,channel
o3,r1,2024-02-03,2024-02-10,30.00,web
o1,r1,2024-01-01,,10.00,WEB
o2,r2,2024-01-02,2024-01-05,20.50,shop
"""

REPS = """\
rep_id,full_name,manager,team
r1,Ann Li,chief,North
r2,Bo Wang,chief,North
"""


def write(
    folder: Path,
    *,
    model: str = MODEL,
    sales: str = SALES,
    sources: str = SOURCES,
    files: Mapping[str, str | bytes] | None = None,
) -> Path:
    """Write a workspace; `files` replaces or adds data files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.yaml").write_text(model, encoding="utf-8")
    (folder / "sales.yaml").write_text(sales, encoding="utf-8")
    (folder / "sources.yaml").write_text(sources, encoding="utf-8")
    for name, content in {"orders.csv": ORDERS, "reps.csv": REPS, **(files or {})}.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def edit(text: str, old: str, new: str) -> str:
    """`text` with its one `old` replaced."""
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
    return text.replace(old, new)


def line_of(text: str, fragment: str) -> int:
    """The 1-based line on which `fragment` first stands."""
    return text[: text.index(fragment)].count("\n") + 1
