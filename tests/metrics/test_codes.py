"""Fields of codes, from the files to the reply: rows hold the code, people read its label in their language."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from model_workspace import MODEL, SALES, SOURCES, edit, line_of, write

from bot.ask import ask
from bot.batch import answer_lines
from bot.cli import main
from bot.clock import MovableClock
from bot.render.answer import answer_post
from bot.render.spreadsheet import answer_csv
from bot.runtime import Runtime
from bot.wording import TableWords, words_for
from metrics.checking_labels import check_labels
from metrics.ingest import load
from metrics.model import check_workspace
from metrics.people import Audience

AS_OF = dt.datetime(2024, 2, 5, 9, tzinfo=dt.UTC)

ORDERS = """\
Order No,rep,ordered_on,paid_on,amount,channel
o1,r1,2024-01-01,,10.00,N1
o2,r2,2024-01-02,,20.50,3
o3,r1,2024-02-03,,30.00,N1
o4,r2,2024-02-04,,7.00,3
o5,r1,2024-02-05,,4.00,X9
"""
FILES = {"orders.csv": ORDERS}
IN_YAML = edit(
    edit(
        SALES,
        "orders.channel: {labels: {en: Channel, zh: 渠道}, values: {web: [online, 线上], shop: [store]}}",
        "orders.channel: {labels: {en: Channel, zh: 渠道}, "
        "values: {N1: {labels: {en: Web shop, zh: 网店}, synonyms: [online]},\n"
        '    "3": {labels: {en: Branch, zh: 门店}}}}',
    ),
    "default_period: this_quarter",
    "default_period: all",
)
PLAIN_SOURCES = edit(SOURCES, "{type: text, map: {WEB: web}, one_of: [web, shop]}", "{type: text}")

IN_TABLE = edit(
    IN_YAML,
    'values: {N1: {labels: {en: Web shop, zh: 网店}, synonyms: [online]},\n    "3": {labels: {en: Branch, zh: 门店}}}}',
    "values: {N1: [online]}, labelled_by: {en: channels.name, zh: channels.name_zh}}",
).replace("public: [reps]", "public: [reps, channels]")
CHANNELS = "code,name,name_zh\nN1,Web shop,网店\n3,Branch,门店\nN7,Fair,展会\n"
CHANNEL_FIELDS = "".join(
    f"          - {{name: {n}, expression: {{dialects: [{{dialect: ANSI_SQL, expression: {n}}}]}}, datatype: String}}\n"
    for n in ("code", "name", "name_zh")
)
TABLE_MODEL = edit(
    edit(
        MODEL,
        "    relationships:\n",
        "      - name: channels\n        source: channels\n        primary_key: [code]\n        fields:\n"
        + CHANNEL_FIELDS
        + "    relationships:\n"
        "      - {name: order_channel, from: orders, to: channels, from_columns: [channel], to_columns: [code]}\n",
    ),
    "to_columns: [rep_id]}\n",
    "to_columns: [rep_id]}\n",
)
TABLE_SOURCES = PLAIN_SOURCES + (
    "  channels:\n    path: channels.csv\n    key: [code]\n    columns:\n"
    "      code: {type: text, required: true}\n      name: {type: text}\n      name_zh: {type: text}\n"
)


def opened(folder: Path) -> Runtime:
    assert load(folder, env={}).swapped
    return Runtime.open(folder, {"PACELINE_STATE_URL": "sqlite://"}, MovableClock(AS_OF))


@pytest.fixture(scope="module", params=["sales.yaml", "a table"])
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("codes")
    if request.param == "a table":
        write(
            folder, model=TABLE_MODEL, sales=IN_TABLE, sources=TABLE_SOURCES, files={**FILES, "channels.csv": CHANNELS}
        )
    else:
        write(folder, sales=IN_YAML, sources=PLAIN_SOURCES, files=FILES)
    made = opened(folder)
    yield made
    made.close()


def asked(runtime: Runtime, text: str) -> dict[str, Any]:
    line = json.dumps({"id": 1, "q": text, "asker": "boss"})
    (found,) = answer_lines(runtime, [line], as_of=AS_OF)
    return found


@pytest.mark.parametrize(
    ("text", "labels"),
    [("sales by channel", ("Web shop", "Branch", "X9")), ("按渠道的销售额", ("网店", "门店", "X9"))],
)
def test_rows_hold_codes_and_text_their_labels(runtime: Runtime, text: str, labels: tuple[str, ...]) -> None:
    found = asked(runtime, text)
    assert found["status"] == "answered", found
    assert {row[0]: row[1] for row in found["rows"]} == {"N1": 40.0, "3": 27.5, "X9": 4.0}
    assert all(label in found["text"] for label in labels)
    assert "N1" not in found["text"]


@pytest.mark.parametrize(
    ("text", "code", "label", "value"),
    [
        ("sales of Web shop", "N1", "web shop", 40.0),
        ("sales of online", "N1", "web shop", 40.0),
        ("sales of N1", "N1", "web shop", 40.0),
        ("sales of channel N1", "N1", "web shop", 40.0),
        ("sales for channel 3", "3", "branch", 27.5),
        ("sales of 门店", "3", "门店", 27.5),
        ("网店的销售额", "N1", "网店", 40.0),
        ("N1的销售额", "N1", "网店", 40.0),
        ("门店的销售额", "3", "门店", 27.5),
        ("Branch的销售额", "3", "门店", 27.5),
        ("渠道3的销售额", "3", "门店", 27.5),
    ],
)
def test_a_member_is_named_by_label_or_code(runtime: Runtime, text: str, code: str, label: str, value: float) -> None:
    found = asked(runtime, text)
    assert found["status"] == "answered", found
    assert found["query"]["where"] == {"kind": "in", "field": "orders.channel", "values": [code]}
    assert found["rows"] in ([[value]], [[code, value]])
    assert label in found["text"].casefold() and label in found["reading"].casefold()
    if code == "N1":
        assert "N1" not in found["text"]


@pytest.mark.parametrize("text", ["top 3 reps by sales", "sales of the last 3 months", "销售额前3名的销售员"])
def test_a_number_that_is_a_code_too_stays_a_number(runtime: Runtime, text: str) -> None:
    found = asked(runtime, text)
    assert found["status"] in ("answered", "not_understood"), found
    if found["query"] is not None:
        assert "where" not in found["query"]


def test_what_was_read_is_read_again(runtime: Runtime) -> None:
    for text in ("sales of N1", "门店的销售额", "sales excluding Branch", "按渠道的销售额"):
        first = asked(runtime, text)
        again = asked(runtime, first["reading"])
        assert again["query"] == first["query"], (text, first["reading"])


def test_chart_table_and_file_show_labels(runtime: Runtime) -> None:
    person = runtime.metrics.org.people["boss"]
    for text, first in (("sales by channel", "Web shop"), ("按渠道的销售额", "网店")):
        outcome = ask(runtime, text, asker=person, audience=Audience.only_viewer(), as_of=AS_OF)
        assert outcome.table is not None
        words = words_for(runtime.metrics.model, outcome.language)
        blocks = json.dumps(answer_post(words, outcome).blocks, ensure_ascii=False)
        chart = next(b for b in answer_post(words, outcome).blocks if b["type"] == "data_visualization")
        assert first in json.dumps(chart, ensure_ascii=False) and "N1" not in blocks
        rows = list(csv.reader(io.StringIO(answer_csv(TableWords(words, outcome.table)).removeprefix("\ufeff"))))
        assert rows[1] == [first, "40"] and rows[-1] == ["X9", "4"]


def test_a_leader_is_called_by_the_label(runtime: Runtime) -> None:
    assert "Web shop" in asked(runtime, "which channel has the highest sales")["text"].splitlines()[0]
    assert "网店" in asked(runtime, "哪个渠道销售额最高")["text"].splitlines()[0]


@pytest.mark.parametrize("kind", ["integer", "text"])
def test_codes_that_are_numbers_are_read_as_text(tmp_path: Path, kind: str) -> None:
    """A column of whole numbers on both ends of the relationship, as exports of a CRM have it."""
    number = kind == "integer"
    model = TABLE_MODEL
    for column in ("channel", "code"):
        old = (
            f"expression: {column}}}]}}, datatype: String"
            if column == "code"
            else (f"expression: {column}}}]}}\n            datatype: String")
        )
        model = edit(model, old, old.replace("String", "Integer" if number else "String"))
    sources = TABLE_SOURCES.replace("channel: {type: text}", f"channel: {{type: {kind}}}")
    sources = sources.replace("code: {type: text", f"code: {{type: {kind}")
    files = {
        "orders.csv": ORDERS.replace("N1", "1").replace("X9", "9"),
        "channels.csv": CHANNELS.replace("N1", "1").replace("N7", "7"),
    }
    sales = edit(IN_TABLE, "values: {N1: [online]}", 'values: {"1": [online]}')
    runtime = opened(write(tmp_path, model=model, sales=sales, sources=sources, files=files))
    try:
        for text in ("sales of Web shop", "网店的销售额", "sales of online"):
            found = asked(runtime, text)
            assert found["query"]["where"] == {"kind": "in", "field": "orders.channel", "values": ["1"]}, found
            assert found["rows"] == [[40.0]]
        assert {row[0] for row in asked(runtime, "sales by channel")["rows"]} == {"1", "3", "9"}
    finally:
        runtime.close()


def test_new_rows_bring_new_labels(tmp_path: Path) -> None:
    files = {**FILES, "channels.csv": CHANNELS}
    folder = write(tmp_path, model=TABLE_MODEL, sales=IN_TABLE, sources=TABLE_SOURCES, files=files)
    runtime = opened(folder)
    try:
        assert "Web shop" in asked(runtime, "sales of N1")["text"]
        (folder / "channels.csv").write_text(CHANNELS.replace("Web shop", "Online shop"), encoding="utf-8")
        assert load(folder, env={}).swapped
        assert runtime.refresh_lexicon()
        assert "Online shop" in asked(runtime, "sales of N1")["text"]
        assert asked(runtime, "sales of online shop")["rows"] == [[40.0]]
    finally:
        runtime.close()


def test_two_codes_with_one_label_are_told_apart(tmp_path: Path) -> None:
    files = {**FILES, "channels.csv": CHANNELS.replace("Branch", "Web shop")}
    folder = write(tmp_path, model=TABLE_MODEL, sales=IN_TABLE, sources=TABLE_SOURCES, files=files)
    runtime = opened(folder)
    try:
        text = asked(runtime, "sales by channel")["text"]
        assert "Web shop (N1)" in text and "Web shop (3)" in text
        assert asked(runtime, "sales of Web shop")["status"] == "ambiguous"
        assert asked(runtime, "门店的销售额")["rows"] == [[27.5]]
    finally:
        runtime.close()
    (problem,) = [p for p in check_labels(folder) if "is the label of" in p.message]
    assert "'Web shop' is the label of 3, N1" in problem.message and problem.severity == "warning"


def problems(folder: Path) -> list[tuple[str, str, str]]:
    return [(p.severity, p.key, p.message) for p in check_workspace(folder, env={})]


def test_check_finds_labels_that_cannot_work(tmp_path: Path) -> None:
    good = {"model": TABLE_MODEL, "sources": TABLE_SOURCES, "files": {**FILES, "channels.csv": CHANNELS}}
    assert problems(write(tmp_path / "good", sales=IN_TABLE, **good)) == []  # type: ignore[arg-type]
    assert problems(write(tmp_path / "yaml", sales=IN_YAML, sources=PLAIN_SOURCES, files=FILES)) == []
    alike = edit(IN_YAML, "zh: 门店", "zh: 网店")
    assert problems(write(tmp_path / "alike", sales=alike, sources=PLAIN_SOURCES, files=FILES)) == [
        ("error", "fields.orders.channel.values.3", "'网店' stands for 3 and for N1.")
    ]
    half = edit(IN_YAML, "{en: Branch, zh: 门店}", "{en: Branch}")
    assert problems(write(tmp_path / "half", sales=half, sources=PLAIN_SOURCES, files=FILES)) == [
        ("warning", "fields.orders.channel.values.3", "there is no label in zh for 3.")
    ]
    english = edit(IN_TABLE, "{en: channels.name, zh: channels.name_zh}", "{en: channels.name}")
    assert problems(write(tmp_path / "english", sales=english, **good)) == [  # type: ignore[arg-type]
        ("warning", "fields.orders.channel.labelled_by", "there is no label in zh for orders.channel.")
    ]
    both = edit(IN_TABLE, "{en: channels.name, zh: channels.name_zh}", "channels.name")
    assert problems(write(tmp_path / "both", sales=both, **good)) == []  # type: ignore[arg-type]
    lost = edit(
        TABLE_MODEL,
        "      - {name: order_channel, from: orders, to: channels, from_columns: [channel], to_columns: [code]}\n",
        "",
    )
    assert [p[2] for p in problems(write(tmp_path / "lost", sales=IN_TABLE, **{**good, "model": lost}))] == [  # type: ignore[arg-type]
        "nothing says which row of channels a member of orders.channel is."
    ]
    nobody = edit(IN_TABLE, "channels.name_zh", "channels.name_fr")
    assert "there is no field channels.name_fr." in [
        p[2] for p in problems(write(tmp_path / "no", sales=nobody, **good))
    ]  # type: ignore[arg-type]


def test_labels_are_compared_with_the_rows(tmp_path: Path) -> None:
    sales = edit(IN_YAML, '"3": {labels', 'N8: {labels: {en: Fair, zh: 展会}},\n    "3": {labels')
    folder = write(tmp_path, sales=sales, sources=PLAIN_SOURCES, files=FILES)
    assert check_labels(folder) == []  # nothing is loaded
    load(folder, env={})
    found = [(p.severity, p.line, p.message) for p in check_labels(folder)]
    assert found == [
        ("warning", line_of(sales, "N8: {"), "N8 has a label, and no row of orders has N8 in channel."),
        ("warning", line_of(sales, "orders.channel:"), "1 members of orders.channel have no label in en: X9."),
        ("warning", line_of(sales, "orders.channel:"), "1 members of orders.channel have no label in zh: X9."),
    ]
    assert main(["-w", str(folder), "check"]) == 0


def test_labels_of_rows_that_not_everybody_may_see_are_refused(tmp_path: Path) -> None:
    """A label says something about a row: whoever reads a code in an order need not see that row."""
    model = edit(
        TABLE_MODEL, CHANNEL_FIELDS, CHANNEL_FIELDS + CHANNEL_FIELDS.splitlines(True)[0].replace("code", "rep")
    )
    sales = edit(IN_TABLE, "owners: {orders: orders.rep}", "owners: {orders: orders.rep, channels: channels.rep}")
    sales = edit(sales, "public: [reps, channels]", "public: [reps]")
    sources = TABLE_SOURCES.replace("      name: {type: text}\n", "      name: {type: text}\n      rep: {type: text}\n")
    files = {**FILES, "channels.csv": CHANNELS.replace("code,", "rep,code,").replace("\n", "\nr1,", 3)}
    (problem,) = check_workspace(write(tmp_path, model=model, sales=sales, sources=sources, files=files), env={})
    assert problem.message == "the labels stand in channels, whose rows not everybody may see."


def test_a_field_of_labels_may_be_a_dimension_too(tmp_path: Path) -> None:
    """Its words then mean the code that they label: asking which of the two is meant would ask nothing."""
    old = "expression: name}]}, datatype: String}"
    model = edit(TABLE_MODEL, old, old.removesuffix("}") + ", dimension: {is_time: false}}")
    files = {**FILES, "channels.csv": CHANNELS}
    runtime = opened(write(tmp_path, model=model, sales=IN_TABLE, sources=TABLE_SOURCES, files=files))
    try:
        found = asked(runtime, "sales of Web shop")
        assert (found["status"], found["rows"]) == ("answered", [[40.0]])
    finally:
        runtime.close()
