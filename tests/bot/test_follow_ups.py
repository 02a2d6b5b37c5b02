"""A conversation of the demo company, answered: a follow-up keeps the rows that were told, and tells nobody more about
others than a whole question does."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ask import ask, read_thread
from bot.outcome import Outcome
from bot.runtime import Runtime
from metrics.people import Audience
from nlq import Before

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
OF_OTHERS = ["and their collections", "how many visits did they make", "by customer", "by month", "他们的回款"]


@pytest.fixture(scope="module")
def runtime(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = Path(shutil.copytree(demo_workspace, tmp_path_factory.mktemp("follow-ups") / "company"))
    opened = Runtime.open(folder, {}, state_later=True)
    yield opened
    opened.close()


def answer(runtime: Runtime, who: str, *texts: str) -> Outcome:
    """To the last of them."""
    person = runtime.metrics.org.find(who)
    assert person is not None
    before = read_thread(runtime, texts[:-1], asker=person, as_of=NOON)
    return ask(runtime, texts[-1], asker=person, audience=Audience.only_viewer(), as_of=NOON, before=before)


def rows(outcome: Outcome) -> list[tuple[object, ...]]:
    assert outcome.table is not None, outcome
    return [tuple(row) for row in outcome.table.rows]


@pytest.mark.parametrize(
    ("who", "first", "then"),
    [
        ("Olive Qian", "top 3 products by sales this year", "and gross profit?"),
        ("Olive Qian", "今年销售额前三的客户", "拜访几次"),
        ("Olive Qian", "bottom 3 teams by sales last month", "win rate"),
        ("Kevin Wang", "my top 4 customers this year", "what do they owe"),
        ("Olive Qian", "customers with sales over 500k this year", "visits?"),
    ],
)
def test_another_number_is_of_the_same_rows(runtime: Runtime, who: str, first: str, then: str) -> None:
    listed, other = rows(answer(runtime, who, first)), rows(answer(runtime, who, first, then))
    assert {row[0] for row in other} == {row[0] for row in listed}


@pytest.mark.parametrize("then", ["by month", "smallest first", "which one is lowest", "whose are they", "over 400k"])
def test_no_other_row_comes_in(runtime: Runtime, then: str) -> None:
    first = "top 3 customers by sales this year"
    listed = [str(row[0]) for row in rows(answer(runtime, "Olive Qian", first))]
    told = answer(runtime, "Olive Qian", first, then)
    assert told.table is not None and told.table.asked.where is not None
    conditions = [part for part in told.table.asked.where.walk() if getattr(part, "field", "") == "customers.customer"]
    assert [set(getattr(condition, "values", ())) for condition in conditions] == [set(listed)]


@pytest.mark.parametrize("then", [*OF_OTHERS, "the ones under target", "都是哪些客户", "which customers"])
def test_a_rep_learns_no_more_about_others_by_a_follow_up(runtime: Runtime, then: str) -> None:
    assert answer(runtime, "Kevin Wang", "top 3 reps by sales last month").status == "answered"
    assert answer(runtime, "Kevin Wang", "top 3 reps by sales last month", then).status == "denied"


@pytest.mark.parametrize("then", ["the whole team", "company wide?", "and Daniel Wu", "全组呢"])
def test_more_people_than_one_may_see_are_refused(runtime: Runtime, then: str) -> None:
    assert answer(runtime, "Kevin Wang", "my visits this month", then).status == "denied"


@pytest.mark.parametrize("then", ["top 3", "who's the best", "just the worst 3", "best rep this month", "最低的那两个"])
def test_a_cut_of_what_was_not_answered_is_none(runtime: Runtime, then: str) -> None:
    assert answer(runtime, "Olive Qian", "weather by region", then).status == "not_understood"


def test_what_cannot_be_told_is_not_taken_for_something_else(runtime: Runtime) -> None:
    """Targets are of months: what was asked for a week is refused, and not read as a question of its own."""
    assert answer(runtime, "Olive Qian", "sales by team this week", "add the target").status != "answered"


def test_rows_of_a_list_that_was_cut_are_gone_on_from(runtime: Runtime) -> None:
    person = runtime.metrics.org.find("Olive Qian")
    assert person is not None
    cut = read_thread(runtime, ["top 2 products by sales this year"], asker=person, as_of=NOON)
    assert isinstance(cut, Before) and cut.rows == ("products.product", "Sentio S2", "Sentio Pro")
    whole = read_thread(runtime, ["sales by product this year"], asker=person, as_of=NOON)
    assert isinstance(whole, Before) and whole.rows == ()


def test_records_that_cannot_be_are_not_told_as_none(runtime: Runtime) -> None:
    within = answer(runtime, "Olive Qian", "deals over 100k", "under 200k")
    assert within.status == "answered" and rows(within)
    assert answer(runtime, "Olive Qian", "deals over 100k", "under 50k").status == "not_understood"
