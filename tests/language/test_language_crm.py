"""The questions of the shared CRM data set, read against the CRM workspace: what may be answered, what must be
declined."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metrics.model import load_model
from metrics.people import Org, Person
from metrics.query.asked import Asked
from nlq import Ambiguous, Before, Lexicon, NotUnderstood, Several, Understood, understand

DECLINED = {"crm-080": "unread", "crm-120": "no_data"}
NOT_YET: frozenset[str] = frozenset()  # declined, and should be read; may only become fewer


def _column(path: Path, name: str) -> tuple[str, ...]:
    with path.open(encoding="utf-8-sig", newline="") as rows:
        return tuple(sorted({row[name].strip() for row in csv.DictReader(rows) if row[name].strip()}))


@pytest.fixture(scope="module")
def crm(shared_dir: Path, root: Path) -> tuple[Lexicon, Org, list[dict[str, Any]]]:
    """Lexicon and people made from the raw files, without a store, so that only the language is tested."""
    folder = shared_dir / "data" / "crm"
    model = load_model(root / "examples" / "crm")
    members = {
        "agents.agent": _column(folder / "sales_teams.csv", "sales_agent"),
        "agents.manager": _column(folder / "sales_teams.csv", "manager"),
        "agents.region": _column(folder / "sales_teams.csv", "regional_office"),
        "accounts.account": _column(folder / "accounts.csv", "account"),
        "accounts.sector": _column(folder / "accounts.csv", "sector"),
        "accounts.parent": _column(folder / "accounts.csv", "subsidiary_of"),
        "accounts.location": _column(folder / "accounts.csv", "office_location"),
        "products.product": _column(folder / "products.csv", "product"),
        "products.series": _column(folder / "products.csv", "series"),
        "deals.stage": ("Prospecting", "Engaging", "Won", "Lost"),
        "deals.deal_id": _column(folder / "sales_pipeline.csv", "opportunity_id"),
    }
    people: dict[str, Person] = {}
    with (folder / "sales_teams.csv").open(encoding="utf-8-sig", newline="") as rows:
        for row in csv.DictReader(rows):
            people[row["sales_agent"]] = Person(
                row["sales_agent"],
                row["sales_agent"],
                team=row["manager"],
                region=row["regional_office"],
                manager_id=row["manager"],
            )
            people[row["manager"]] = Person(
                row["manager"],
                row["manager"],
                role="manager",
                team=row["manager"],
                region=row["regional_office"],
                sells=False,
            )
    people["Sales Ops"] = Person("Sales Ops", "Sales Ops", role="ops", sells=False, sees="all")
    for region in ("East", "West", "Central"):
        people[f"{region} regional lead"] = Person(
            f"{region} regional lead", f"{region} regional lead", role="lead", region=region, sells=False
        )
    org = Org(people)
    questions = [
        json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines() if line
    ]
    return Lexicon.build(model, members, org), org, questions


def _read(lexicon: Lexicon, org: Org, case: dict[str, Any]) -> Any:
    asker, before = org.people[case["asker"]], None
    for text in case.get("thread", ()):
        earlier = understand(text, lexicon=lexicon, asker=asker, before=before)
        if isinstance(earlier, Understood) and isinstance(earlier.meaning, Asked):
            before = Before(earlier.meaning)
    return understand(case["q"], lexicon=lexicon, asker=asker, before=before)


def test_every_question_is_read_or_declined_as_it_should_be(crm: tuple[Lexicon, Org, list[dict[str, Any]]]) -> None:
    lexicon, org, questions = crm
    wrong: list[str] = []
    for case in questions:
        reading = _read(lexicon, org, case)
        if case["id"] in DECLINED:
            good = isinstance(reading, NotUnderstood) and DECLINED[case["id"]] in {i.code for i in reading.issues}
        else:
            good = isinstance(reading, Understood)
        if case["id"] in NOT_YET:
            assert isinstance(reading, NotUnderstood), f"{case['id']} is read now: take it out of the list"
        elif not good:
            wrong.append(f"{case['id']}: {case['q']}: {reading}")
    assert not wrong, "\n".join(wrong)


def _real(shared_dir: Path) -> Iterator[dict[str, Any]]:
    for line in (shared_dir / "data" / "real_questions.jsonl").read_text(encoding="utf-8").splitlines():
        if line:
            yield json.loads(line)


def test_real_questions_end_in_a_reading_or_in_a_word_that_is_named(
    crm: tuple[Lexicon, Org, list[dict[str, Any]]], shared_dir: Path
) -> None:
    lexicon, org, _ = crm
    for case in _real(shared_dir):
        reading = understand(case["q"], lexicon=lexicon, asker=org.people["Sales Ops"])
        assert isinstance(reading, Understood | Several | Ambiguous | NotUnderstood)
        if isinstance(reading, NotUnderstood):
            assert reading.issues
            assert all(i.text or i.reason or i.code in ("no_metric", "sql", "unread") for i in reading.issues), case[
                "q"
            ]


@pytest.mark.parametrize("word", ["Shell", "churn", "profit", "bonus", "headphones", "法定代表人", "标准差"])
def test_questions_about_what_is_not_there_are_never_answered(
    crm: tuple[Lexicon, Org, list[dict[str, Any]]], word: str
) -> None:
    lexicon, org, _ = crm
    for text in (f"revenue by region for {word}", f"{word} by region", f"各区域{word}的销售额"):
        assert isinstance(understand(text, lexicon=lexicon, asker=org.people["Sales Ops"]), NotUnderstood), text
