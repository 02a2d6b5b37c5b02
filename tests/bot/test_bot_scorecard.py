"""The scorecard with its targets, stages in their order, what is withheld, what is said once; the collector while
starting."""

from __future__ import annotations

import gc
from dataclasses import replace

from bot_answers import ANNA, NOVEMBER, answer, small_model
from nlq.reading import Issue

from bot.calm_start import without_collector
from bot.natural_order import in_natural_order
from bot.outcome import Outcome
from bot.render.answer import answer_post
from bot.render.charts import chart_of
from bot.render.text import answer_text, failure_text
from bot.wording import headline, words_for
from metrics.query import Compare, Filter, Having, Order, Query, Relative, Target
from metrics.query.answer import Note, Window

MODEL = replace(small_model(), scorecard=("sales", "win_rate"))
THIS_MONTH = Relative(unit="month")
BOARD = Query(metrics=("sales", "win_rate"), period=THIS_MONTH, scope="me", target=Target())
COLUMNS = [
    ("metric", "sales", "currency:CNY"),
    ("target", "sales", "currency:CNY"),
    ("attainment", "sales", "percent"),
    ("gap", "sales", "currency:CNY"),
    ("metric", "win_rate", "percent"),
]
FIGURES = (80, 100, 0.8, 20, 0.25)


def test_a_scorecard_has_a_line_per_metric_with_its_target() -> None:
    made = answer(BOARD, COLUMNS, [FIGURES])
    blocks = answer_post(words_for(MODEL, "en"), Outcome("answered", "en", "", BOARD, made), ANNA).blocks
    table = next(b for b in blocks if b["type"] == "data_table")
    shown = [[cell.get("text") for cell in row] for row in table["rows"]]
    assert shown == [
        ["Number", "Now", "Target", "Of target", "To go"],
        ["Sales", "¥80", "¥100", "80.0%", "¥20"],
        ["Win rate", "25.0%", "–", "–", "–"],
    ]
    assert (
        headline(words_for(MODEL, "en"), made)
        == "Scorecard (you), this month (1–22 Nov 2026): 0 of 1 targets reached so far"
    )
    lines = [line.split() for line in answer_text(words_for(MODEL, "en"), made, ANNA).splitlines()]
    assert ["Sales", "¥80", "¥100", "80.0%", "¥20"] in lines


def test_a_target_that_is_met_is_counted() -> None:
    made = answer(BOARD, COLUMNS, [(120, 100, 1.2, -20, 0.25)])
    assert headline(words_for(MODEL, "zh"), made).endswith("1 个目标中已达成 1 个")
    assert "已达成" in answer_text(words_for(MODEL, "zh"), made, ANNA).splitlines()[2]


def test_a_rate_changes_by_points() -> None:
    query = Query(metrics=("win_rate",), period=THIS_MONTH, compare=Compare(to="previous"))
    columns = [
        ("metric", "win_rate", "percent"),
        ("previous", "win_rate", "percent"),
        ("change", "win_rate", "percent"),
        ("change_pct", "win_rate", "percent"),
    ]
    previous = Window(label="previous", start=NOVEMBER.start, end=NOVEMBER.end)
    made = answer(query, columns, [(0.25, 0.5, -0.25, -0.5)], windows=(NOVEMBER, previous))
    assert "25.0%, ▼ -25.0 pts against 50.0%" in headline(words_for(MODEL, "en"), made)


def test_a_count_is_said_and_not_drawn() -> None:
    query = Query(metrics=("sales",), by=("reps.id",), period=THIS_MONTH, tally=True, everyone=True)
    made = answer(query, [("count", "reps.id", "count")], [(16,)])
    post = answer_post(
        words_for(MODEL, "en"), Outcome("answered", "en", "", query, made, assumptions=("default_metric:sales",)), ANNA
    )
    assert (
        [b["type"] for b in post.blocks] == ["section", "context"]
        and post.text.startswith("16 reps\n")
        and "No number" not in post.text
    )


def staged() -> object:
    fields = dict(MODEL.datasets["products"].fields)
    fields["name"] = replace(fields["name"], member_order=("Lead", "Offer", "Won"))
    return replace(MODEL, datasets={**MODEL.datasets, "products": replace(MODEL.datasets["products"], fields=fields)})


def test_stages_come_in_their_order_unless_another_is_asked_for() -> None:
    rows = [("Won", 9), ("Lead", 5), ("Odd", 4), ("Offer", 3)]
    columns = [("dimension", "products.name", "text"), ("metric", "sales", "currency:CNY")]
    plain = Query(metrics=("sales",), by=("products.name",), period=THIS_MONTH)
    ordered = in_natural_order(staged(), answer(plain, columns, rows))  # type: ignore[arg-type]
    assert [row[0] for row in ordered.rows] == ["Lead", "Offer", "Won", "Odd"]
    asked = plain.model_copy(update={"order": Order()})
    assert in_natural_order(staged(), answer(asked, columns, rows)).rows == tuple(rows)  # type: ignore[arg-type]


def test_what_is_withheld_is_named_and_the_restriction_said_once() -> None:
    query = Query(
        metrics=("sales",),
        by=("reps.region",),
        period=THIS_MONTH,
        where=(Filter(field="reps.region", values=("East", "West")),),
    )
    columns = [("dimension", "reps.region", "text"), ("metric", "sales", "currency:CNY")]
    made = answer(
        query, columns, [("West", 5)], notes=(Note(code="restricted"), Note(code="to_date")), restricted="org_tree"
    )
    text = answer_text(words_for(MODEL, "en"), made, ANNA)
    assert "East: nothing that you may see." in text and "West: nothing" not in text
    assert text.count("may see") == 2 and "To date" not in text  # in the headline, and of East


def test_rows_that_fulfil_a_condition_are_counted_and_the_condition_is_short() -> None:
    having = Having(metric="sales", of="attainment", op="lt", value=0.5)
    query = Query(metrics=("sales",), by=("reps.id",), period=THIS_MONTH, having=(having,), target=Target())
    made = answer(
        query, [("dimension", "reps.id", "text"), ("metric", "sales", "currency:CNY")], [("Anna", 5), ("Ben", 3)]
    )
    assert (
        headline(words_for(MODEL, "en"), made)
        == "Sales by Rep · under 50% of target, this month (1–22 Nov 2026): 2 found"
    )


def test_two_periods_need_no_chart_and_the_caption_is_short() -> None:
    query = Query(metrics=("sales",), period=THIS_MONTH, compare=Compare(to="previous"))
    columns = [
        ("time", "", "text"),
        ("metric", "sales", "currency:CNY"),
        ("change", "sales", "currency:CNY"),
        ("change_pct", "sales", "percent"),
    ]
    previous = Window(label="previous", start=NOVEMBER.start, end=NOVEMBER.end)
    made = answer(
        query,
        columns,
        [("2026-10-01..2026-10-22", 10, None, None), ("2026-11-01..2026-11-22", 12, 2, 0.2)],
        windows=(NOVEMBER, previous),
    )
    words = words_for(MODEL, "en")
    assert chart_of(words, made, most_series=6) is None
    table = next(
        b
        for b in answer_post(words, Outcome("answered", "en", "", query, made), ANNA).blocks
        if b["type"] == "data_table"
    )
    assert table["caption"] == "Sales"
    assert [cell["text"] for cell in table["rows"][2]][1:] == ["¥12", "+¥2", "▲ +20.0%"]


def test_the_months_of_a_year_are_on_one_page() -> None:
    query = Query(metrics=("sales",), grain="month", period=Relative(unit="year"))
    made = answer(
        query, [("time", "", "text"), ("metric", "sales", "currency:CNY")], [(f"2026-{n:02d}", n) for n in range(1, 12)]
    )
    table = next(
        b
        for b in answer_post(words_for(MODEL, "en"), Outcome("answered", "en", "", query, made), ANNA).blocks
        if b["type"] == "data_table"
    )
    assert table["page_size"] == 11


def test_weeks_fit_an_axis_in_both_languages() -> None:
    query = Query(metrics=("sales",), grain="week", period=THIS_MONTH)
    made = answer(
        query, [("time", "", "text"), ("metric", "sales", "currency:CNY")], [("2026-09-28", 1), ("2026-10-12", 2)]
    )
    labels = {}
    for language in ("en", "zh"):
        chart = chart_of(words_for(MODEL, language), made, most_series=6)
        assert chart is not None
        labels[language] = chart["chart"]["axis_config"]["categories"]
    assert labels == {"en": ["28 Sep–4 Oct", "12–18 Oct"], "zh": ["9/28–10/4", "10/12–10/18"]}


def test_a_number_of_rows_is_no_year() -> None:
    query = Query(metrics=("sales",), by=("reps.id",), period=THIS_MONTH)
    note = Note(code="truncated", fields={"shown": "1000", "total": "1982"})
    made = answer(
        query, [("dimension", "reps.id", "text"), ("metric", "sales", "currency:CNY")], [("Anna", 5)], notes=(note,)
    )
    assert words_for(MODEL, "zh").notes(made) == ["共 1,982 行，显示前 1,000 行。"]


def test_definitions_are_in_the_language_of_the_asker_where_there_is_one() -> None:
    metric = replace(MODEL.metrics["sales"], definitions={"zh": "赢单金额"})
    model = replace(MODEL, metrics={**MODEL.metrics, "sales": metric})
    assert words_for(model, "zh").meaning("sales") == "赢单金额"
    assert words_for(model, "en").meaning("sales") == "Value of deals won"


def test_several_unknown_words_are_one_sentence() -> None:
    issues = tuple(Issue("unknown_word", word, (0, 1)) for word in ("foo", "bar"))
    said = failure_text(words_for(MODEL, "en"), Outcome("not_understood", "en", issues=issues))
    assert said == "I don't know “foo” and “bar” here."


def test_the_collector_is_off_only_inside() -> None:
    assert gc.isenabled()
    with without_collector():
        assert not gc.isenabled()
        with without_collector():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
