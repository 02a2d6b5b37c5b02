"""What an analysis finds, as a table: in the terminal, in Slack, in both languages."""

from __future__ import annotations

from bot_answers import SALES, asked, small_model, table

from bot.outcome import Outcome
from bot.render.answer import answer_post
from bot.render.text import outcome_text
from bot.wording import words_for
from localslack.block_check import check_blocks
from metrics.analyses.analysis import Fact, Findings, Part
from metrics.analyses.best import Best
from metrics.analyses.outlook import Outlook
from metrics.analyses.why import Why
from metrics.query.answer import Note

MODEL = small_model()
NOW = Part(name="now", table=table(asked(SALES), [(80,)], notes=(Note(code="to_date"), Note(code="ties"))))
CNY = "currency:CNY"


def outcome(findings: Findings, language: str = "en") -> Outcome:
    return Outcome("answered", language, meaning=findings.analysis, findings=findings)


def lines(findings: Findings, language: str = "en") -> list[str]:
    return outcome_text(words_for(MODEL, language), outcome(findings, language)).splitlines()


ALONE = Findings(
    analysis=Outlook(metric="sales"),
    parts=(NOW,),
    facts=(
        Fact(name="actual", value=80.0, unit=CNY, of="sales"),
        Fact(name="likely", value=120.5, unit=CNY, of="sales"),
        Fact(name="months", value=12, unit="count", of="sales"),
    ),
    notes=(Note(code="outlook_open"),),
)
SEVERAL = Findings(
    analysis=Best(metric="sales", beside=("win_rate",)),
    parts=(NOW,),
    facts=(
        Fact(name="people", value=9, unit="count", of="sales"),
        Fact(name="best", value=30.0, unit=CNY, of="sales"),
        Fact(name="best", value=0.5, unit="percent", of="win_rate"),
        Fact(name="other", value=None, unit="percent", of="win_rate"),
    ),
)


def test_of_one_thing_each_fact_has_a_line() -> None:
    said = [line.split() for line in lines(ALONE)]
    assert said[:5] == [
        ["Where", "the", "month", "may", "end"],
        ["What", "Number"],
        ["So", "far", "¥80"],
        ["Likely", "¥121"],
        ["Months", "looked", "at", "12"],
    ]
    assert lines(ALONE, "zh")[:3] == ["本月预计", "项目      数值", "目前       ¥80"]


def test_of_several_things_each_has_a_line() -> None:
    said = [line.split() for line in lines(SEVERAL)]
    assert said[1] == ["What", "People", "The", "best", "The", "others"]
    assert said[2] == ["Sales", "9", "¥30", "–"]
    assert said[3] == ["Win", "rate", "–", "50.0%", "n/a"]


def test_notes_of_its_own_and_of_what_it_asked_are_said_once() -> None:
    text = "\n".join(lines(ALONE))
    assert text.count("No upper end") == 1 and text.count("Equal values share a place") == 1
    assert "To date" not in text  # the dates are in the receipt
    assert "1–22 Nov 2026" in text and "Sales v3" in text


def test_in_slack_it_is_a_table() -> None:
    for findings in (ALONE, SEVERAL):
        post = answer_post(words_for(MODEL, "en"), outcome(findings), rated="r")
        assert not list(check_blocks(list(post.blocks), "message"))
        assert [b["type"] for b in post.blocks][:2] == ["section", "data_table"]


def test_few_facts_about_each_of_many_things_are_a_list() -> None:
    facts = [
        Fact(name="actual", value=80.0, unit=CNY, of="sales"),
        Fact(name="change", value=-20.0, unit=CNY, of="sales"),
    ]
    facts += [Fact(name="strength", value=0.4, unit="percent", of="reps.region")]
    facts += [
        Fact(name="contribution", value=-15.0, unit=CNY, of="reps.region", at=m) for m in ("East", "West", "North")
    ]
    said = lines(Findings(analysis=Why(metric="sales"), parts=(NOW,), facts=tuple(facts)))
    assert said[1].split() == ["Of", "What", "Number"]
    assert [part.strip() for part in said[2].split("  ") if part] == ["Sales", "So far", "¥80"]
    assert said[5].startswith("Region · East") and said[5].endswith("-¥15")
