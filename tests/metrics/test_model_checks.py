"""One thing broken at a time: the problem names the file, the line, the key, and a fix."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_workspace import MODEL, REPS, SALES, SOURCES, edit, line_of, write

from metrics.errors import ModelError, Problem
from metrics.model import check_workspace, load_model

Case = tuple[str, str, str, str, str, str]
M, S, R = "model.yaml", "sales.yaml", "sources.yaml"
TEXTS = {M: MODEL, S: SALES, R: SOURCES}
FIELDS = "semantic_model.shop.datasets.orders.fields"
METRICS = "semantic_model.shop.metrics"


def problems_of(folder: Path, **texts: str) -> list[Problem]:
    return check_workspace(write(folder, **texts), env={})


def test_the_workspace_is_fine_before_it_is_broken(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == []


# file, what is replaced, by what, the fragment on the line the problem must name, the key, part of the message or fix
CASES: dict[str, Case] = {
    "unknown field in a metric": (
        M,
        "SUM(orders.amount)",
        "SUM(orders.amuont)",
        "SUM(orders.amuont)",
        f"{METRICS}.sales.expression",
        "Did you mean amount?",
    ),
    "unknown dataset in a metric": (
        M,
        "SUM(orders.amount)",
        "SUM(order.amount)",
        "SUM(order.amount)",
        f"{METRICS}.sales.expression",
        "no dataset order.",
    ),
    "column without its dataset": (
        M,
        "SUM(orders.amount)",
        "SUM(amount)",
        "SUM(amount)",
        f"{METRICS}.sales.expression",
        "Write orders.amount.",
    ),
    "unknown column in a field": (
        M,
        "paid_on - ordered_on",
        "payed_on - ordered_on",
        "payed_on -",
        f"{FIELDS}.days_to_pay.expression",
        "Did you mean paid_on",
    ),
    "field over another dataset": (
        M,
        "paid_on - ordered_on",
        "reps.team",
        "reps.team}",
        f"{FIELDS}.days_to_pay.expression",
        "not a column of orders",
    ),
    "not an aggregate": (
        M,
        "SUM(orders.amount)",
        "orders.amount",
        "expression: orders.amount}",
        f"{METRICS}.sales.expression",
        "not an aggregate",
    ),
    "nested aggregate": (
        M,
        "SUM(orders.amount)",
        "SUM(AVG(orders.amount))",
        "SUM(AVG",
        f"{METRICS}.sales.expression",
        "nested",
    ),
    "column outside the aggregate": (
        M,
        "SUM(orders.amount)",
        "SUM(orders.amount) / orders.amount",
        "/ orders.amount",
        f"{METRICS}.sales.expression",
        "outside an aggregate",
    ),
    "aggregate in a field": (
        M,
        "paid_on - ordered_on",
        "MAX(paid_on)",
        "MAX(paid_on)",
        f"{FIELDS}.days_to_pay.expression",
        "Move the aggregate",
    ),
    "a query in a metric": (
        M,
        "SUM(orders.amount)",
        '"SUM((SELECT 1))"',
        "SELECT 1",
        f"{METRICS}.sales.expression",
        "holds a query",
    ),
    "a table function": (
        M,
        "SUM(orders.amount)",
        "\"SUM(read_csv('/etc/passwd'))\"",
        "read_csv",
        f"{METRICS}.sales.expression",
        "not allowed",
    ),
    "an unknown function in a field": (
        M,
        "paid_on - ordered_on",
        "\"getenv('HOME')\"",
        "getenv",
        f"{FIELDS}.days_to_pay.expression",
        "getenv() is not allowed",
    ),
    "two datasets without a relationship": (
        M,
        "from_columns: [rep], to_columns: [rep_id]}",
        (
            "from_columns: [rep], to_columns: [rep_id]}\n      - {name: x, from: reps, to: nowhere, from_columns:"
            " [team], to_columns: [a]}"
        ),
        "name: x,",
        "semantic_model.shop.relationships.x.to",
        "no dataset nowhere",
    ),
    "relationship to a column that is no key": (
        M,
        "to_columns: [rep_id]",
        "to_columns: [team]",
        "order_rep",
        "semantic_model.shop.relationships.order_rep.to_columns",
        "not a key of reps",
    ),
    "relationship over an unknown column": (
        M,
        "from_columns: [rep]",
        "from_columns: [repp]",
        "order_rep",
        "semantic_model.shop.relationships.order_rep.from_columns",
        "Did you mean rep",
    ),
    "two metrics of one name": (
        M,
        "- name: orders_placed",
        "- name: sales",
        "- name: sales\n        expression: {dialects: [{dialect: ANSI_SQL, expression: COUNT",
        f"{METRICS}.sales.name",
        "defined twice",
    ),
    "no ANSI expression": (
        M,
        "ANSI_SQL, expression: SUM",
        "DAX, expression: SUM",
        "DAX",
        f"{METRICS}.sales.expression",
        "no ANSI_SQL",
    ),
    "dataset over a query": (
        M,
        "source: reps",
        "source: select 1",
        "source: select 1",
        "semantic_model.shop.datasets.reps.source",
        "not the name of a table",
    ),
    "dataset without a table": (
        M,
        "source: reps",
        "source: repz",
        "source: repz",
        "semantic_model.shop.datasets.reps.source",
        "Did you mean reps?",
    ),
    "a word claimed by two metrics": (
        M,
        "[number of orders]",
        "[Turnover]",
        "[Turnover]",
        f"{METRICS}.orders_placed.ai_context.synonyms.0",
        "metric sales",
    ),
    "a word claimed by a term": (
        S,
        "[big orders]",
        "[SELLER]",
        "[SELLER]",
        "terms.0.words.0",
        "the field reps.full_name",
    ),
    "a label that is another's synonym": (
        S,
        "{en: Channel, zh: 渠道}",
        "{en: Turnover}",
        "{en: Turnover}",
        "fields.orders.channel.labels.en",
        "the metric sales",
    ),
    "metric without a time field": (
        S,
        "time: orders.ordered_on, owner",
        "owner",
        "  sales: {",
        "metrics.sales",
        "no time field for orders",
    ),
    "metric that sales.yaml does not know": (
        S,
        "  orders_placed: {unit: count, time: orders.ordered_on, direction: down, basis: working_days}\n",
        "",
        "metrics:",
        "metrics.orders_placed",
        "no time field",
    ),
    "the state now, of which nothing lies ahead": (
        S,
        "orders_placed: {unit: count, time: orders.ordered_on,",
        "orders_placed: {unit: count, time: snapshot, ahead: true,",
        "  orders_placed: {",
        "metrics.orders_placed.ahead",
        "nothing of it lies ahead",
    ),
    "time field of text": (
        S,
        "time: orders.ordered_on, owner",
        "time: orders.channel, owner",
        "  sales: {",
        "metrics.sales.time",
        "is a String, not a date",
    ),
    "unknown time field": (
        S,
        "time: orders.ordered_on, owner",
        "time: orders.order_on, owner",
        "  sales: {",
        "metrics.sales.time",
        "Did you mean orders.ordered_on",
    ),
    "dataset without an access rule": (
        S,
        "  public: [reps]\n",
        "",
        "access:",
        "access",
        "reps has no access rule",
    ),
    "dataset both owned and public": (
        S,
        "public: [reps]",
        "public: [reps, orders]",
        "public: [reps, orders]",
        "access.public.1",
        "both public and owned",
    ),
    "time field out of reach": (
        S,
        "time: orders.ordered_on, owner",
        "time: {reps: orders.ordered_on, orders: orders.paid_on}, owner",
        "  sales: {",
        "metrics.sales.time.reps",
        "no relationship that leads to orders.ordered_on",
    ),
    "name that is not plain": (
        M,
        "- name: orders_placed",
        "- name: orders-placed",
        "orders-placed",
        f"{METRICS}.orders-placed.name",
        "not a plain name",
    ),
    "two columns that differ in case": (
        R,
        "      channel: {",
        "      Amount: {type: text}\n      channel: {",
        "Amount:",
        "tables.orders.columns.Amount",
        "one name in the store",
    ),
    "bounds of another type": (
        R,
        "between: [2020-01-01, 2030-12-31]",
        "between: [soon, later]",
        "between",
        "tables.orders.columns.ordered_on.between",
        "is no date",
    ),
    "decimals that do not fit": (
        R,
        "decimal(10,2)",
        "decimal(2,10)",
        "decimal(2,10)",
        "tables.orders.columns.amount.type",
        "more decimals than digits",
    ),
    "owner that is no text": (
        S,
        "owners: {orders: orders.rep}",
        "owners: {orders: orders.days_to_pay}",
        "orders.days_to_pay",
        "access.owners.orders",
        "ids of people are text",
    ),
    "owner that is no field": (
        S,
        "owners: {orders: orders.rep}",
        "owners: {orders: orders.repp}",
        "orders.repp",
        "access.owners.orders",
        "Did you mean orders.rep",
    ),
    "cycle among others": (
        S,
        "{id: boss, role: lead, sees: all}",
        "{id: boss, role: lead, sees: all, manager: chief}",
        "{id: boss",
        "people.others.boss.manager",
        "boss -> chief -> boss",
    ),
    "manager of others who is nobody": (
        S,
        "manager: boss}",
        "manager: bossy}",
        "{id: chief",
        "people.others.chief.manager",
        "nobody known",
    ),
    "manager in rows who is nobody": (
        S,
        "    - {id: chief, role: manager, manager: boss}\n",
        "",
        "  manager: reps.manager",
        "people.manager",
        "chief, the manager of 2 people",
    ),
    "unknown key": (
        S,
        "default_metric:",
        "defualt_metric:",
        "defualt_metric",
        "defualt_metric",
        "Did you mean default_metric?",
    ),
    "unknown key of a metric": (
        S,
        "version: 3, certified",
        "version: 3, certifed",
        "certifed",
        "metrics.sales.certifed",
        "Did you mean certified?",
    ),
    "unknown unit": (
        S,
        "unit: count",
        "unit: pieces",
        "unit: pieces",
        "metrics.orders_placed.unit",
        "expected a unit",
    ),
    "unknown metric in the scorecard": (
        S,
        "scorecard: [sales, orders_placed]",
        "scorecard: [sale]",
        "scorecard",
        "scorecard.0",
        "Did you mean sales?",
    ),
    "unknown timezone": (
        S,
        "Asia/Shanghai",
        "Asia/Shangai",
        "Shangai",
        "calendar.timezone",
        "Did you mean Asia/Shanghai",
    ),
    "a fiscal year named by neither end": (
        S,
        "fiscal_year_start: 4",
        "fiscal_year_start: 4\n  fiscal_year_named_by: ending",
        "named_by",
        "calendar.fiscal_year_named_by",
        "Did you mean end",
    ),
    "unknown period": (
        S,
        "this_quarter",
        "this_quater",
        "this_quater",
        "calendar.default_period",
        "Did you mean this_quarter",
    ),
    "unknown part of a country": (
        S,
        "holidays: CN",
        "holidays: DE-XX",
        "holidays: DE-XX",
        "calendar.holidays",
        "or DE-BY for a part",
    ),
    "country that YAML reads as no": (
        S,
        "holidays: CN",
        "holidays: NO",
        "holidays: NO",
        "calendar.holidays",
        "Put it in quotes.",
    ),
    "a target without a targets section": (
        S,
        "unit: count,",
        "unit: count, target: true,",
        "target: true",
        "metrics.orders_placed.target",
        "no `targets:` section",
    ),
    "a condition with two operators": (
        S,
        "ge: 1000}",
        "ge: 1000, lt: 5}",
        "lt: 5",
        "terms.0.where",
        "exactly one of",
    ),
    "one word for two members": (
        S,
        "shop: [store]",
        "shop: [Online]",
        "orders.channel",
        "fields.orders.channel.values.shop",
        "stands for shop and for web",
    ),
    "missing section": (
        S,
        "access:\n  visibility: org_tree\n  owners: {orders: orders.rep}\n  public: [reps]\n",
        "",
        "version: 1",
        "",
        "'access' is missing",
    ),
    "missing file": (
        R,
        "path: orders.csv",
        "path: order.csv",
        "path: order.csv",
        "tables.orders.path",
        "does not exist",
    ),
    "missing column": (
        R,
        "from: Order No",
        "from: Order Nr",
        "from: Order Nr",
        "tables.orders.columns.order_id",
        "Did you mean Order No",
    ),
    "bad type": (
        R,
        '"decimal(10,2)"',
        "decimal",
        "type: decimal",
        "tables.orders.columns.amount.type",
        "expected a type",
    ),
    "reference to an unknown table": (
        R,
        "to: reps.rep_id",
        "to: rep.rep_id",
        "to: rep.rep_id",
        "tables.orders.references.rep.to",
        "Did you mean reps?",
    ),
    "reference to an unknown column": (
        R,
        "to: reps.rep_id",
        "to: reps.rep",
        "to: reps.rep",
        "tables.orders.references.rep.to",
        "Did you mean rep_id?",
    ),
    "key that is no column": (
        R,
        "key: [rep_id]",
        "key: [rep_no]",
        "key: [rep_no]",
        "tables.reps.key",
        "no column rep_no",
    ),
    "one side of a relationship without a key": (
        R,
        "    key: [rep_id]\n",
        "",
        "  reps:",
        "tables.reps",
        "nothing makes rep_id unique",
    ),
    "date kept as text": (
        R,
        "paid_on: {type: date}",
        "paid_on: {type: text}",
        "paid_on: {type: text}",
        "tables.orders.columns.paid_on.type",
        "Set `type: date`",
    ),
    "reference of another type": (
        R,
        "rep: {type: text, required: true}",
        "rep: {type: integer, required: true}",
        "rep: {to:",
        "tables.orders.references.rep",
        "reps.rep_id is text",
    ),
    "variable that is not set": (
        R,
        "path: reps.csv",
        "path: ${NO_SUCH_NAME}/reps.csv",
        "NO_SUCH_NAME",
        "tables.reps.path",
        "Set NO_SUCH_NAME",
    ),
    "through a column that is no date": (
        R,
        "{max: ordered_on}",
        "{max: channel}",
        "{max: channel}",
        "tables.orders.through.max",
        "not a date column",
    ),
    "unknown version": (
        R,
        "version: 1",
        "version: 2",
        "version: 2",
        "version",
        "Write `version: 1`",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_problem_names_file_line_key_and_fix(name: str, tmp_path: Path) -> None:
    file, old, new, at, key, says = CASES[name]
    text = edit(TEXTS[file], old, new)
    found = problems_of(tmp_path, **{file.removesuffix(".yaml"): text})
    hits = [p for p in found if p.file == file and (says in p.message or says in p.fix)]
    assert hits, f"no problem says {says!r}; found: {[str(p) for p in found]}"
    assert hits[0].file == file
    assert hits[0].line == line_of(text, at)
    assert hits[0].key == key
    assert hits[0].fix


def test_a_join_of_two_types(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        sources=edit(SOURCES, "rep_id: {type: text, required: true}", "rep_id: {type: integer, required: true}"),
    )
    (join,) = [p for p in found if "never meet" in p.message]
    assert (join.file, join.line, join.key) == (
        M,
        line_of(MODEL, "order_rep"),
        "semantic_model.shop.relationships.order_rep.from_columns",
    )


def test_fields_that_go_in_a_circle(tmp_path: Path) -> None:
    text = edit(
        edit(MODEL, "expression: paid_on}", "expression: days_to_pay}"),
        "expression: paid_on - ordered_on",
        "expression: paid_on",
    )
    found = [p for p in problems_of(tmp_path, model=text) if "refers to itself" in p.message]
    assert {(p.key, p.line) for p in found} == {
        (f"{FIELDS}.paid_on.expression", line_of(text, "expression: days_to_pay}")),
        (f"{FIELDS}.days_to_pay.expression", line_of(text, "expression: paid_on}")),
    }


def test_a_word_of_a_metric_and_a_field(tmp_path: Path) -> None:
    text = edit(MODEL, "[channel, 渠道]", "[channel, 销售额]")
    (found,) = problems_of(tmp_path, model=text)
    assert found.file == M
    assert found.line == line_of(text, "[channel, 销售额]")
    assert found.key == f"{FIELDS}.channel.ai_context.synonyms.1"
    assert "the metric sales" in found.message


def test_two_shortest_ways_are_ambiguous(tmp_path: Path) -> None:
    second = (
        "      - {name: order_helper, from: orders, to: reps, from_columns: [channel], to_columns: [rep_id]}\n   "
        " metrics:\n"
    )
    text = edit(MODEL, "    metrics:\n", second)
    (found,) = problems_of(tmp_path, model=text)
    assert (found.file, found.line, found.key) == (
        M,
        line_of(text, "order_helper"),
        "semantic_model.shop.relationships.order_helper",
    )
    assert "order_rep" in found.message and "order_helper" in found.message


def test_a_circle_through_rows_and_others(tmp_path: Path) -> None:
    reps = edit(REPS, "r1,Ann Li,chief", "r1,Ann Li,r2").replace("r2,Bo Wang,chief", "r2,Bo Wang,r1")
    found = check_workspace(write(tmp_path, files={"reps.csv": reps}), env={})
    (circle,) = found
    assert (circle.file, circle.line, circle.key) == (S, line_of(SALES, "  manager: reps.manager"), "people.manager")
    assert "r1 -> r2 -> r1" in circle.message


def test_a_warning_does_not_stop_the_model(tmp_path: Path) -> None:
    sales = edit(SALES, "  manager: reps.manager\n", "")
    (found,) = problems_of(tmp_path, sales=sales)
    assert found.severity == "warning"
    assert load_model(tmp_path).people is not None


def test_a_synonym_of_two_things_is_asked_back_and_a_word_of_ours_is_not_taken(tmp_path: Path) -> None:
    (found,) = problems_of(tmp_path, model=edit(MODEL, "[number of orders]", "[Turnover]"))
    assert found.severity == "warning" and "asks back" in found.message
    (found,) = problems_of(tmp_path, model=edit(MODEL, "[number of orders]", "[sales]"))
    assert found.severity == "error", "the name of a metric"


def test_all_problems_come_at_once_in_order(tmp_path: Path) -> None:
    model = edit(edit(MODEL, "SUM(orders.amount)", "SUM(orders.amuont)"), "datatype: Integer", "datatype: Int")
    sales = edit(edit(SALES, "holidays: CN", "holidays: ZZ"), "unit: count", "unit: pieces")
    sources = edit(SOURCES, "path: reps.csv", "path: nobody.csv")
    found = problems_of(tmp_path, model=model, sales=sales, sources=sources)
    assert [p.file for p in found] == [M, M, S, S, R]
    assert [p.line for p in found[:2]] == sorted(p.line for p in found[:2])
    with pytest.raises(ModelError) as caught:
        load_model(tmp_path)
    assert len(caught.value.problems) == 4


BROKEN: dict[str, tuple[str, int, str]] = {
    "a: [1\nb: 2\n": ("is not valid YAML", 2, ""),
    "version: 1\nversion: 1\n": ("is given twice (first on line 1)", 2, "version"),
    "": ("the file is empty", 1, ""),
    "a: &x [*x]\n": ("unfolds without end", 1, "a.0"),
    "a: 2024-02-31\n": ("cannot be read as a value", 1, "a"),
    "on: 1\n": ("is not text in YAML", 1, ""),
    "a: !!python/object:os.system 1\n": ("cannot be read as a value", 1, "a"),
}


@pytest.mark.parametrize("text", BROKEN)
def test_broken_yaml_is_a_problem_with_a_line(text: str, tmp_path: Path) -> None:
    says, line, key = BROKEN[text]
    found = [p for p in problems_of(tmp_path, sales=text) if p.file == S]
    hits = [p for p in found if says in p.message]
    assert hits, [str(p) for p in found]
    assert (hits[0].line, hits[0].key) == (line, key)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    (nothing,) = check_workspace(tmp_path, env={})
    assert str(tmp_path) in nothing.file and "paceline init" in nothing.fix
    write(tmp_path)
    for name in (M, R):
        (tmp_path / name).unlink()
    found = [p for p in check_workspace(tmp_path, env={}) if "does not exist" in p.message]
    assert [p.file for p in found] == [M, R]


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / S).write_bytes(SALES.encode("gb18030"))
    (found,) = [p for p in check_workspace(tmp_path, env={}) if p.file == S]
    assert "not UTF-8" in found.message
    assert found.line == line_of(SALES, "销售")
