"""The scorecard with its targets, stages in their order, what is withheld, what is said once; the collector while
starting."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import Any

from bot_answers import NOVEMBER, OCTOBER, SALES, WIN_RATE, aimed, answered, asked, compared, only, small_model, table

from bot.calm_start import without_collector
from bot.natural_order import in_natural_order
from bot.outcome import Outcome
from bot.render.answer import answer_post
from bot.render.charts import chart_of
from bot.render.text import answer_text, failure_text
from bot.wording import TableWords, headline, words_for
from bot.wording.notes import notes
from metrics.kinds.folded import CountOf
from metrics.kinds.if_any import IfAny
from metrics.kinds.target import Attainment, Gap, Target
from metrics.model.schema import Model
from metrics.query.answer import Note
from metrics.query.asked import Order
from metrics.query.predicate import Test as Condition
from metrics.query.table import Table
from metrics.query.when import Units
from nlq import Issue

MODEL = replace(small_model(), scorecard=("sales", "win_rate"))
BOARD = asked(*aimed(SALES), WIN_RATE, scope="me")
FIGURES = (80, 100, 0.8, 20, 0.25)


def told(made: Table, language: str = "en") -> TableWords:
    return TableWords(words_for(MODEL, language), made)


def drawn(made: Table, language: str = "en") -> list[dict[str, Any]]:
    """The blocks of the message."""
    return list(answer_post(words_for(MODEL, language), answered(made, language)).blocks)


def data_table(made: Table) -> dict[str, Any]:
    return next(b for b in drawn(made) if b["type"] == "data_table")


def test_a_scorecard_has_a_line_per_metric_with_its_target() -> None:
    made = table(BOARD, [FIGURES])
    shown = [[cell.get("text") for cell in row] for row in data_table(made)["rows"]]
    assert shown == [
        ["Number", "Now", "Target", "Of target", "To go"],
        ["Sales", "¥80", "¥100", "80.0%", "¥20"],
        ["Win rate", "25.0%", "–", "–", "–"],
    ]
    assert headline(told(made)) == "Scorecard (you), this month (1–22 Nov 2026): 0 of 1 targets reached so far"
    lines = [line.split() for line in answer_text(told(made)).splitlines()]
    assert ["Sales", "¥80", "¥100", "80.0%", "¥20"] in lines


def test_a_target_that_is_met_is_counted() -> None:
    made = table(BOARD, [(120, 100, 1.2, -20, 0.25)])
    assert headline(told(made, "zh")).endswith("1 个目标中已达成 1 个")
    assert "已达成" in answer_text(told(made, "zh")).splitlines()[2]


def test_what_means_nothing_on_a_scorecard_keeps_its_place() -> None:
    """A target that is asked for where there is one stands among the targets, not among the numbers."""
    wanted = [kind(metric="win_rate") for kind in (Target, Attainment, Gap)]
    made = table(
        asked(*aimed(SALES), WIN_RATE, *(IfAny(of=m) for m in wanted), scope="me"), [(*FIGURES, None, None, None)]
    )
    assert [cell["text"] for cell in data_table(made)["rows"][2]] == ["Win rate", "25.0%", "n/a", "n/a", "n/a"]


def test_a_rate_changes_by_points() -> None:
    made = table(asked(*compared(WIN_RATE)), [(0.25, 0.5, -0.25, -0.5)], windows=(NOVEMBER, OCTOBER))
    assert "25.0%, ▼ -25.0 pts against 50.0%" in headline(told(made))


def test_a_count_is_said_and_not_drawn() -> None:
    made = table(asked(CountOf(over="reps.id", of=SALES), population="all"), [(16,)])
    post = answer_post(words_for(MODEL, "en"), answered(made, assumptions=("default_metric:sales",)))
    assert [b["type"] for b in post.blocks] == ["section", "context"]
    assert post.text.startswith("16 reps\n") and "No number" not in post.text


def staged() -> Model:
    fields = dict(MODEL.datasets["products"].fields)
    fields["name"] = replace(fields["name"], member_order=("Lead", "Offer", "Won"))
    return replace(MODEL, datasets={**MODEL.datasets, "products": replace(MODEL.datasets["products"], fields=fields)})


def test_stages_come_in_their_order_unless_another_is_asked_for() -> None:
    rows = [("Won", 9), ("Lead", 5), ("Odd", 4), ("Offer", 3)]
    plain = asked(SALES, by=("products.name",))
    ordered = in_natural_order(staged(), table(plain, rows))
    assert [row[0] for row in ordered.rows] == ["Lead", "Offer", "Won", "Odd"]
    other = asked(SALES, by=("products.name",), order=(Order(by=SALES),))
    assert in_natural_order(staged(), table(other, rows)).rows == tuple(rows)


def test_what_is_withheld_is_named_and_the_restriction_said_once() -> None:
    question = asked(SALES, by=("reps.region",), where=only("reps.region", "East", "West"))
    made = table(question, [("West", 5)], notes=(Note(code="restricted"), Note(code="to_date")), restricted="org_tree")
    text = answer_text(told(made))
    assert "East: nothing that you may see." in text and "West: nothing" not in text
    assert text.count("may see") == 2 and "To date" not in text  # in the headline, and of East


def test_rows_that_fulfil_a_condition_are_counted_and_the_condition_is_short() -> None:
    having = Condition(of=Attainment(metric="sales"), op="lt", value=0.5)
    made = table(asked(SALES, by=("reps.id",), having=having), [("Anna", 5), ("Ben", 3)])
    assert headline(told(made)) == "Sales by Rep · under 50% of target, this month (1–22 Nov 2026): 2 found"


def test_two_periods_need_no_chart() -> None:
    made = table(asked(*compared(SALES)), [(12, 10, 2, 0.2)], windows=(NOVEMBER, OCTOBER))
    assert chart_of(told(made), most_series=6) is None
    shown = next(b for b in drawn(made) if b["type"] == "section" and "fields" in b)
    texts = [field["text"] for field in shown["fields"]]
    assert any("+¥2" in text for text in texts) and any("▲ +20.0%" in text for text in texts)
    assert any("1–22 Oct 2026" in text and "¥10" in text for text in texts)


def test_the_months_of_a_year_are_on_one_page() -> None:
    question = asked(SALES, by=("month",), period=Units(unit="year"))
    made = table(question, [(f"2026-{n:02d}", n) for n in range(1, 12)])
    assert data_table(made)["page_size"] == 11


def test_weeks_fit_an_axis_in_both_languages() -> None:
    made = table(asked(SALES, by=("week",)), [("2026-09-28", 1), ("2026-10-12", 2)])
    labels = {}
    for language in ("en", "zh"):
        chart = chart_of(told(made, language), most_series=6)
        assert chart is not None
        labels[language] = chart["chart"]["axis_config"]["categories"]
    assert labels == {"en": ["28 Sep–4 Oct", "12–18 Oct"], "zh": ["9/28–10/4", "10/12–10/18"]}


def test_a_number_of_rows_is_no_year() -> None:
    note = Note(code="truncated", fields={"shown": "1000", "total": "1982"})
    made = table(asked(SALES, by=("reps.id",)), [("Anna", 5)], notes=(note,))
    assert notes(told(made, "zh")) == ["共 1,982 行，显示前 1,000 行。"]


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
