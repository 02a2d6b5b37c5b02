"""What is kept of a conversation: of this version and of those before."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from bot_answers import SALES, asked, only, small_model, table

from bot.about_whom import before_of
from bot.meanings import before_json, before_kept, is_known, meaning_json, meaning_of, today
from metrics import Metrics, Person
from metrics.analyses.funnel import Funnel
from metrics.analyses.why import Why
from metrics.kinds.metric import Metric
from metrics.query import Query
from metrics.query.asked import Asked
from metrics.query.predicate import In
from metrics.query.when import Units
from nlq import Before, Definition, Meaning

DAY = dt.date(2024, 3, 12)
MODEL = small_model()
REVENUE = Asked(show=(Metric(name="revenue"),), period=Units(unit="month"))


@pytest.fixture(scope="module")
def metrics(world_workspace: Path) -> Iterator[Metrics]:
    opened = Metrics.open(world_workspace)
    yield opened
    opened.close()


@pytest.fixture
def rep(metrics: Metrics) -> Person:
    return metrics.org.people["r1"]


@pytest.mark.parametrize("person", [None, ("reps.name", "Anna Li")])
def test_what_is_gone_on_from_comes_back(metrics: Metrics, rep: Person, person: tuple[str, str] | None) -> None:
    before = Before(REVENUE, person)
    assert before_kept(before_json(before), metrics, rep, DAY) == before


def test_rows_that_were_told_come_back(metrics: Metrics, rep: Person) -> None:
    before = Before(REVENUE, rows=("reps.region", "East", "North"))
    assert before_kept(before_json(before), metrics, rep, DAY) == before
    for rows in (("reps.gone", "East"), ("reps.region",)):
        kept = before_kept(before_json(Before(REVENUE, rows=rows)), metrics, rep, DAY)
        assert kept == Before(REVENUE)


def test_a_question_of_an_older_version_is_gone_on_from(metrics: Metrics, rep: Person) -> None:
    kept = Query.model_validate({"metrics": ["revenue"], "period": {"kind": "relative", "unit": "month"}}).to_json()
    assert before_kept(kept, metrics, rep, DAY) == Before(REVENUE)


@pytest.mark.parametrize(
    "kept",
    [
        "{}",
        "",
        "[]",
        "nonsense",
        '{"asked":7}',
        '{"asked":{"show":[]}}',
        '{"asked":{"show":[{"kind":"metric","name":"gone"}]}}',
        '{"metrics":["gone"]}',
        '{"analysis":{"kind":"nothing"}}',
        "[" * 100_000,
    ],
)
def test_what_cannot_be_gone_on_from_is_nothing(metrics: Metrics, rep: Person, kept: str) -> None:
    assert before_kept(kept, metrics, rep, DAY) is None


def test_nothing_leaves_nothing_to_go_on_from(metrics: Metrics, rep: Person) -> None:
    assert before_kept(before_json(None), metrics, rep, DAY) is None


@pytest.mark.parametrize("meaning", [Definition(("revenue",)), Why(metric="revenue")])
def test_what_is_no_table_is_gone_on_from_too(metrics: Metrics, rep: Person, meaning: Meaning) -> None:
    before = Before(meaning, only=(("reps.region", "East"),))
    earlier = Before(REVENUE, earlier=Before(REVENUE))
    kept = before_kept(before_json(before), metrics, rep, DAY, earlier)
    assert kept == earlier.then(meaning, only=before.only)


def test_the_person_is_the_first_of_the_rows_or_the_only_one() -> None:
    listed = table(asked(SALES, by=("reps.id",)), [("Anna", 5), ("Ben", 3)])
    assert before_of(MODEL, listed).person == ("reps.id", "Anna")
    alone = table(asked(SALES, where=only("reps.id", "Ben")), [(3,)])
    assert before_of(MODEL, alone).person == ("reps.id", "Ben")
    for other in (only("reps.id", "Ben", out=True), only("reps.id", "Anna", "Ben"), only("reps.region", "East")):
        assert before_of(MODEL, table(asked(SALES, where=other), [(3,)])).person is None


def test_meanings_come_back() -> None:
    for meaning in (REVENUE, Definition(("sales",)), Funnel(name="stages"), Query(metrics=("sales",))):
        assert meaning_of(json.loads(json.dumps(meaning_json(meaning)))) == meaning


def test_names_that_are_gone_are_noticed() -> None:
    assert is_known(MODEL, asked(SALES, by=("reps.region",)))
    assert not is_known(MODEL, asked(SALES, by=("reps.city",)))
    assert not is_known(MODEL, asked(Metric(name="profit")))
    assert not is_known(MODEL, asked(SALES, where=In(field="reps.city", values=("Bonn",))))
    assert not is_known(MODEL, Definition(("profit",)))
    assert not is_known(MODEL, Query(metrics=("profit",)))


def test_a_query_that_means_nothing_stands_for_nothing(metrics: Metrics, rep: Person) -> None:
    assert today(Query(metrics=("revenue",), tally=True), metrics, rep, DAY) is None
    assert today(Query(metrics=("revenue",), define=True), metrics, rep, DAY) == Definition(("revenue",))
