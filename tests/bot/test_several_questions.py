"""Several questions in one line: each is answered as if it had been sent by itself, in turn; all of them or none."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ask import ask, gone_on_from, read_thread
from bot.batch import answer_lines
from bot.outcome import Outcome
from bot.render.text import outcome_text
from bot.runtime import Runtime
from bot.wording import words_for
from metrics.people import Audience

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
TWO = [
    ("Kevin Wang", "what's my ranking", ", and who's first?"),
    ("Kevin Wang", "my sales this month", "? how many calls did I make last week?"),
    ("Kevin Wang", "我这个月销售额多少", "？还有上个月拜访了多少次？"),
    ("Kevin Wang", "我这个月排名多少", "，谁第一？"),
    ("Kevin Wang", "my rank this quarter", "? who is first?"),
    ("Kevin Wang", "who is first", ", and what if I win another 100k?"),
    ("Kevin Wang", "how many working days are left", ", and how much do I need per day?"),
    ("Olive Qian", "top 5 customers this month", "; top 5 products this year"),
    ("Olive Qian", "本月销售额是多少", "？另外哪个团队最高"),
    ("Olive Qian", "how fresh is the data", "? sales yesterday?"),
    ("Olive Qian", "今年哪个月新客户最多", "，哪个月最少"),
    ("Marcus Lau", "my team sales this month", "; sales of Jason Lin this month"),
]
ONE = [
    ("Kevin Wang", "my sales this month and my rank"),
    ("Kevin Wang", "my sales this month? and last month?"),
    ("Kevin Wang", "我这个月排名多少？差第一名多少"),
    ("Kevin Wang", "what's my target, and what's my attainment?"),
    ("Olive Qian", "how many deals did we win this month, and how many did we lose?"),
    ("Olive Qian", "sales by team this month, and calls by team"),
    ("Olive Qian", "销售额多少？回款额多少？毛利多少？"),
    ("Olive Qian", "sales this month? by team?"),
    ("Kevin Wang", "hi! what's my rank? thanks!"),
]


@pytest.fixture(scope="module")
def runtime(demo_workspace: Path) -> Iterator[Runtime]:
    opened = Runtime.open(demo_workspace, {"PACELINE_STATE_URL": "sqlite://"})
    yield opened
    opened.close()


def answer(runtime: Runtime, who: str, *texts: str) -> Outcome:
    person = runtime.metrics.org.find(who)
    assert person is not None
    before = read_thread(runtime, texts[:-1], asker=person, as_of=NOON)
    return ask(runtime, texts[-1], asker=person, audience=Audience.only_viewer(), as_of=NOON, before=before)


@pytest.mark.parametrize(("who", "first", "then"), TWO)
def test_each_is_answered_as_if_sent_by_itself(runtime: Runtime, who: str, first: str, then: str) -> None:
    both = answer(runtime, who, first + then)
    assert both.status == "answered" and len(both.parts) == 2
    apart = [answer(runtime, who, first), answer(runtime, who, first, then.lstrip(",?;，？ "))]
    assert [p.meaning for p in both.parts] == [a.meaning for a in apart]
    for part, alone in zip(both.parts, apart, strict=True):
        assert [t.rows for t in part.tables] == [t.rows for t in alone.tables]
    text = outcome_text(words_for(runtime.metrics.model, both.language, runtime.lexicon), both)
    assert all(part.reading in text for part in both.parts)


@pytest.mark.parametrize(("who", "text"), ONE)
def test_what_reads_as_a_whole_is_one_question(runtime: Runtime, who: str, text: str) -> None:
    told = answer(runtime, who, text)
    assert told.status == "answered" and not told.parts and told.table is not None


def test_three_in_a_line(runtime: Runtime) -> None:
    told = answer(runtime, "Kevin Wang", "my rank this month? how many calls last week? and visits?")
    apart = [
        answer(runtime, "Kevin Wang", "my rank this month"),
        answer(runtime, "Kevin Wang", "my rank this month", "how many calls last week?"),
        answer(runtime, "Kevin Wang", "my rank this month", "how many calls last week?", "and visits?"),
    ]
    assert [p.meaning for p in told.parts] == [a.meaning for a in apart]


@pytest.mark.parametrize(
    ("who", "text", "status", "named"),
    [
        ("Kevin Wang", "my sales this month? how many flurbs did I do?", "not_understood", "how many flurbs did I do"),
        ("Kevin Wang", "我这个月销售额多少？我的飞碟数多少？", "not_understood", "我的飞碟数多少"),
        ("Kevin Wang", "my sales this month? sales of Falcon this month?", "denied", "sales of Falcon this month"),
        ("Olive Qian", "Kevin's sales this month? top team?", "not_understood", "Kevin's sales this month"),
        ("Olive Qian", "sales this month; top 3 products in 2022", "not_understood", "top 3 products in 2022"),
    ],
)
def test_all_or_none(runtime: Runtime, who: str, text: str, status: str, named: str) -> None:
    told = answer(runtime, who, text)
    assert told.status == status and not told.parts and told.table is None
    start, end = told.issues[0].span
    assert text[start:end].startswith(named) and told.issues[0].text == text[start:end]
    said = outcome_text(words_for(runtime.metrics.model, told.language, runtime.lexicon), told)
    assert named in said


def test_the_next_question_goes_on_from_the_last(runtime: Runtime) -> None:
    line = "my sales this month? how many calls did I make last week?"
    after = answer(runtime, "Kevin Wang", line, "and this week?")
    apart = answer(
        runtime, "Kevin Wang", "my sales this month", "how many calls did I make last week?", "and this week?"
    )
    assert after.meaning == apart.meaning and after.table is not None
    on = gone_on_from(runtime.metrics.model, answer(runtime, "Kevin Wang", line), None)
    assert on is not None and on.earlier is not None


def test_in_a_batch_they_are_one_table(runtime: Runtime) -> None:
    line = {"id": 7, "q": "my sales this month? how many calls did I make last week?", "asker": "Kevin Wang"}
    (told,) = answer_lines(runtime, [json.dumps(line)], as_of=NOON)
    (one,) = answer_lines(runtime, [json.dumps({**line, "q": "my sales this month"})], as_of=NOON)
    assert told.keys() == one.keys() and told["status"] == "answered"
    assert [c["name"] for c in told["columns"]] == ["question", "sales", "calls"]
    assert [row[0] for row in told["rows"]] == [1, 2] and told["rows"][0][1] == one["rows"][0][0]
    assert told["rows"][0][2] is None and told["rows"][1][1] is None
    assert told["query"] == {"several": [one["query"], told["query"]["several"][1]]}
    assert len(told["windows"]) == 2 and told["sql"].startswith(one["sql"])


# --- a time before all data ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("Olive Qian", "total sales for 2023"),
        ("Olive Qian", "2023年各团队的销售额"),
        ("Olive Qian", "top 5 customers in 2022"),
        ("Olive Qian", "list deals created in 2023"),
        ("Olive Qian", "sales by month in 2023"),
        ("Olive Qian", "how many reps had no sales in 2023"),
        ("Kevin Wang", "my sales in august 2024"),
        ("Olive Qian", "why did sales fall in 2023"),
    ],
)
def test_before_the_data_nothing_is_answered(runtime: Runtime, who: str, text: str) -> None:
    told = answer(runtime, who, text)
    assert told.status == "not_understood" and told.error is not None and told.error.code == "before_data"
    assert told.error.fields == {"date": "2024-10-01"}
    said = outcome_text(words_for(runtime.metrics.model, told.language, runtime.lexicon), told)
    assert "1 Oct 2024" in said or "2024年10月1日" in said


def test_whose_rows_are_hidden_is_told_no_day(runtime: Runtime) -> None:
    told = answer(runtime, "Kevin Wang", "my rank in 2023")
    assert told.error is not None and (told.error.code, told.error.fields) == ("before_data", {})


@pytest.mark.parametrize("text", ["sales in 2024", "sales 2024 vs 2023", "sales by month since january 2024"])
def test_a_time_partly_before_it_is_answered_with_a_note(runtime: Runtime, text: str) -> None:
    told = answer(runtime, "Olive Qian", text)
    assert told.table is not None and told.table.rows
    assert {"no_data_before", "incomplete_first_period"} & {n.code for n in told.table.notes}
