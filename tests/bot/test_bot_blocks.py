"""Whatever an answer holds, its message keeps Slack's limits. The judge is the local workspace's own checker."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from typing import Any

import pytest
from bot_answers import CYCLE, SALES, WIN_RATE, answered, asked, small_model, table
from claims import claim
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render.answer import answer_post
from bot.render.blocks import (
    Button,
    actions,
    clip,
    context,
    data_table,
    escape,
    message_blocks,
    preformatted,
    section,
    text_size,
)
from bot.render.cells import Cell
from bot.render.charts import chart_of
from bot.wording import TableWords, words_for
from localslack.block_check import check_blocks, refuse_bad_message
from metrics.kinds.change import Growth
from metrics.kinds.share import Share
from metrics.query.asked import Asked, Order

MODEL = small_model()
WORDS = words_for(MODEL, "en")

ugly = st.text(max_size=120) | st.sampled_from(
    ["", " ", "<!channel>", "<@U1>", "a|b", "```", "&amp;", "李" * 90, "x\ny", "=1+1"]
)
number = st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(10**12), 10**12)


def refusals(blocks: Any) -> list[str]:
    """What Slack would say against the blocks; totals of a message raise."""
    refuse_bad_message(list(blocks))
    return list(check_blocks(list(blocks), "message"))


@given(
    rows=st.lists(st.tuples(ugly | st.none(), number, number), max_size=130),
    language=st.sampled_from(["en", "zh"]),
    share=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_any_breakdown_is_a_valid_message(rows: list[Any], language: str, share: bool) -> None:
    beside = Share(of=SALES) if share else Growth(of=SALES)
    check_post(asked(SALES, beside, by=("reps.region",), order=(Order(by=SALES),)), rows, language)
    if rows:
        claim()


@given(
    values=st.lists(st.tuples(number, number), min_size=1, max_size=40),
    grain=st.sampled_from(["day", "week", "month", "quarter", "year"]),
    language=st.sampled_from(["en", "zh"]),
)
@settings(max_examples=60, deadline=None)
def test_any_trend_is_a_valid_message(values: list[Any], grain: Any, language: str) -> None:
    starts = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[grain]
    rows = [(dt.date(1990, 1, 1) + dt.timedelta(days=starts * i), a, b) for i, (a, b) in enumerate(values)]
    check_post(asked(SALES, WIN_RATE, by=(grain,)), rows, language)
    claim()


def check_post(question: Asked, rows: list[Any], language: str) -> None:
    outcome = answered(table(question, rows), language, reading="how it was read <b>")
    buttons = [Button("Break down", "step_breakdown_1", "v" * 1999), Button("CSV", "get_csv", "v")]
    post = answer_post(words_for(MODEL, language), outcome, buttons=buttons, rated="r")
    for blocks in (list(post.blocks), list(post.plain)):
        assert not refusals(blocks)
        json.dumps(list(blocks), allow_nan=False)
        assert len({b["block_id"] for b in blocks}) == len(blocks)
    assert post.text and "<!channel>" not in post.text
    assert not [b for b in post.plain if b["type"] in ("data_table", "data_visualization")]


def test_block_ids_are_the_same_every_time() -> None:
    outcome = answered(table(asked(SALES, by=("reps.region",)), [("East", 1), ("West", 2)]))
    assert answer_post(WORDS, outcome).blocks == answer_post(WORDS, outcome).blocks


def test_names_cannot_call_the_channel() -> None:
    rows = [("<!channel> R&D", 2.0), ("<@U123>", 1.0)]
    made = table(asked(SALES, by=("reps.region",), order=(Order(by=SALES),)), rows)
    post = answer_post(WORDS, answered(made, reading="sales of <!here>"))
    for block in post.blocks:
        if block["type"] in ("section", "context"):
            assert "<!" not in json.dumps(block) and "<@" not in json.dumps(block)
    assert "&lt;!channel&gt; R&amp;D" in post.blocks[0]["text"]["text"]
    shown = next(b for b in post.blocks if b["type"] == "data_table")
    assert shown["rows"][1][0] == {"type": "raw_text", "text": "<!channel> R&D"}  # raw text is shown as it is


@given(st.text("ab&<> \n中", min_size=20, max_size=400), st.integers(2, 60))
def test_clip_never_cuts_an_entity(text: str, most: int) -> None:
    cut = clip(escape(text), most)
    assert len(cut) <= most
    whole = cut[:-1] if cut.endswith("…") and len(escape(text)) > most else cut
    assert all(part.startswith(("amp;", "lt;", "gt;")) for part in whole.split("&")[1:])
    if "&" in escape(text) and len(escape(text)) > most:
        claim()


def test_ragged_empty_and_odd_cells() -> None:
    table, shown = data_table(
        ["a", "b"], [[Cell("x", Decimal("1.5"))], [Cell("", math.nan), Cell("\n", math.inf)]], "c"
    )  # type: ignore[arg-type]
    assert shown == 2 and table is not None and not refusals(message_blocks([table]))
    assert table["rows"][1][0] == {"type": "raw_number", "value": 1.5, "text": "x"}
    assert [cell["type"] for cell in table["rows"][2]] == ["raw_text", "raw_text"]


def test_no_rows_no_table() -> None:
    assert data_table(["a"], [], "c") == (None, 0)
    assert data_table([], [[]], "c") == (None, 0)


def test_long_tables_are_cut_and_say_so() -> None:
    rows = [(f"member number {i} with a rather long name", float(i)) for i in range(500)]
    made = table(asked(SALES, by=("reps.id",), order=(Order(by=SALES),)), rows)
    post = answer_post(WORDS, answered(made))
    drawn = next(b for b in post.blocks if b["type"] == "data_table")
    shown = len(drawn["rows"]) - 1
    assert f"first {shown} of 500 rows" in json.dumps(post.blocks)
    assert text_size(list(post.blocks)) <= 13_000


def test_one_table_and_two_charts_at_most() -> None:
    drawn, _ = data_table(["a"], [[Cell("x")]], "c")
    made = table(BREAKDOWN, [("East", 1), ("West", 2)])
    bars = chart_of(TableWords(WORDS, made), most_series=6)
    assert drawn is not None and bars is not None
    kinds = [b["type"] for b in message_blocks([drawn, bars, bars, bars, drawn, section("x")])]
    assert (kinds.count("data_table"), kinds.count("data_visualization"), kinds.count("section")) == (1, 2, 1)


def test_a_fence_in_sql_cannot_close_the_code_block() -> None:
    block = preformatted("select '```' -- <b>")
    assert block["text"]["text"].count("```") == 2


def test_too_many_lines_and_buttons() -> None:
    assert len(context([f"line {i}" for i in range(23)])) == 3
    assert context(["", "  "]) == []
    made = actions([Button("b" * 100, f"a{i}", "v" * (2001 if i == 0 else 5)) for i in range(40)])
    assert len(made[0]["elements"]) <= 25 and not refusals(message_blocks(made))
    assert all(element["action_id"] != "a0" for element in made[0]["elements"])


# --- charts ----------------------------------------------------------------------------------------------------------


BREAKDOWN = asked(SALES, by=("reps.region",))


def chart(question: Asked, rows: Any, most: int = 6) -> Any:
    made = chart_of(TableWords(WORDS, table(question, rows)), most_series=most)
    assert made is None or most > 6 or not refusals(message_blocks([made]))  # the local workspace takes six
    return made


def test_breakdown_is_bars_and_negatives_are_fine() -> None:
    made = chart(BREAKDOWN, [("East", 5.0), ("West", -2.0)])
    assert made["chart"]["type"] == "bar"
    assert [p["value"] for p in made["chart"]["series"][0]["data"]] == [5.0, -2.0]


@pytest.mark.parametrize(
    "rows",
    [[("East", 5.0)], [("East", 5.0), ("West", None)], [(f"r{i}", 1.0) for i in range(13)]],
    ids=["one bar", "a hole", "too many"],
)
def test_no_chart_where_it_would_mislead(rows: Any) -> None:
    assert chart(BREAKDOWN, rows) is None


def test_names_that_are_cut_alike_stay_apart() -> None:
    made = chart(BREAKDOWN, [("a very long region name, east", 1.0), ("a very long region name, west", 2.0)])
    categories = made["chart"]["axis_config"]["categories"]
    assert len(set(categories)) == 2 and all(len(c) <= 20 for c in categories)


def test_shares_of_the_whole_are_a_pie_and_parts_are_not() -> None:
    question = asked(SALES, Share(of=SALES), by=("reps.region",))
    assert chart(question, [("East", 6.0, 0.6), ("West", 4.0, 0.4)])["chart"]["type"] == "pie"
    assert chart(question, [("East", 6.0, 0.6), ("West", 1.0, 0.1)])["chart"]["type"] == "bar"
    assert chart(question, [("East", 6.0, 1.2), ("West", -1.0, -0.2)])["chart"]["type"] == "bar"
    seven = [(f"r{i}", 1.0, 1 / 7) for i in range(7)]
    assert chart(question, seven)["chart"]["type"] == "bar"
    assert chart(question, seven, most=12)["chart"]["type"] == "pie"


def test_trend_is_a_line_of_the_last_twenty() -> None:
    rows = [(dt.date(2024 + i // 12, i % 12 + 1, 1), float(i)) for i in range(26)]
    made = chart(asked(SALES, by=("month",)), rows)
    assert made["chart"]["type"] == "line"
    assert (
        made["chart"]["axis_config"]["categories"][-1] == "Feb 2026"
        and len(made["chart"]["axis_config"]["categories"]) == 20
    )
    assert made["chart"]["series"][0]["data"][-1]["value"] == 25.0


def test_trend_by_member_has_a_line_each_and_no_invented_zeros() -> None:
    rows = [("2026-10", "East", 1.0), ("2026-11", "East", 2.0), ("2026-11", "West", 3.0)]
    made = chart(asked(SALES, by=("month", "reps.region")), rows)
    assert [s["name"] for s in made["chart"]["series"]] == ["East"]


def test_an_axis_of_percent_counts_in_percent() -> None:
    made = chart(asked(WIN_RATE, by=("reps.region",)), [("East", 0.45), ("West", 0.3)])
    assert [p["value"] for p in made["chart"]["series"][0]["data"]] == [45.0, 30.0]
    assert made["chart"]["axis_config"]["y_label"] == "Win rate (%)" and made["title"] == "Win rate by Region"


def test_changes_carry_marks() -> None:
    made = table(asked(CYCLE, Growth(of=CYCLE), by=("reps.region",)), [("East", 40.0, -0.2), ("West", 50.0, 0.25)])
    drawn = next(b for b in answer_post(WORDS, answered(made)).blocks if b["type"] == "data_table")
    assert [row[2]["text"] for row in drawn["rows"][1:]] == ["▼ -20.0% (better)", "▲ +25.0% (worse)"]
