"""Words that are a member's and something else's: found among the members of sales.yaml, and among the rows loaded."""

from __future__ import annotations

from pathlib import Path

from model_workspace import MODEL, SALES, edit, line_of, write

from bot.commands.load import report_lines
from metrics.ingest import WordTwice, load
from metrics.model import check_workspace, load_model
from metrics.model.shared_words import shared_words


def test_case_width_and_spaces_do_not_count(tmp_path: Path) -> None:
    model = load_model(write(tmp_path))
    found = [
        s.other
        for m in ("Turnover", "ＴＵＲＮＯＶＥＲ", "number  of orders", "orders placed", "渠道", "big orders")
        for s in shared_words(model, {"orders.channel": (m,)})
    ]
    placed = "the metric orders_placed"
    assert found == ["the metric sales"] * 2 + [placed] * 2 + ["the field orders.channel", "the term 'big orders'"]


def test_words_for_a_member_count_too_and_others_do_not(tmp_path: Path) -> None:
    model = load_model(write(tmp_path, sales=edit(SALES, "web: [online, 线上]", "web: [online, turnover]")))
    assert [(s.word, s.member) for s in shared_words(model, {"orders.channel": ("web", "shop")})] == [
        ("turnover", "web")
    ]
    assert list(shared_words(model, {"orders.amount": ("sales",), "no.field": ("sales",)})) == []


def test_a_term_for_just_that_member_is_no_second_meaning(tmp_path: Path) -> None:
    term = "  - {words: [web], where: {field: orders.channel, in: [web]}}\n"
    model = load_model(write(tmp_path, sales=edit(SALES, "absent:\n", term + "absent:\n")))
    assert list(shared_words(model, {"orders.channel": ("web",)})) == []
    wider = term.replace("in: [web]", "in: [web, shop]")
    model = load_model(write(tmp_path, sales=edit(SALES, "absent:\n", wider + "absent:\n")))
    assert [s.other for s in shared_words(model, {"orders.channel": ("web",)})] == ["the term 'web'"]


def test_check_warns_of_members_that_sales_yaml_names(tmp_path: Path) -> None:
    sales = edit(SALES, "shop: [store]", "shop: [turnover]")
    (problem,) = check_workspace(write(tmp_path, sales=sales), env={})
    assert problem.severity == "warning" and problem.line == line_of(sales, "shop: [turnover]")
    assert "the member shop and for the metric sales" in problem.message


def test_load_warns_of_members_that_only_the_rows_know(tmp_path: Path) -> None:
    model = edit(MODEL, "synonyms: [turnover, 销售额]", "synonyms: [turnover, north]")
    folder = write(tmp_path, model=model)
    assert check_workspace(folder, env={}) == []
    twice = (WordTwice(word="North", field="reps.team", member="North", other="the metric sales"),)
    report = load(folder, env={})
    assert report.words == twice
    said = "warning: 'North' is a member of reps.team and a word for the metric sales: questions with it ask back"
    assert said in report_lines(report)
    again = load(folder, env={})
    assert again.unchanged and again.words == twice
    assert load(write(tmp_path / "other"), env={}).words == ()
