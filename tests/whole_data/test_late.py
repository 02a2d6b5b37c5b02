"""Late data is said in every answer that asks for a day it lacks, in both languages; places over it are refused."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from store_folder import paceline, store

from bot.ask import answer_query
from bot.render.text import outcome_text
from bot.runtime import Runtime
from bot.wording import words_for
from metrics import Audience, Query
from metrics.ingest import load

TUESDAY = "2024-03-12"  # data is complete to Monday
THURSDAY = "2024-03-14"


def line(workspace: Path, question: str, as_of: str) -> dict[str, Any]:
    ran = paceline(workspace, "ask", question, "--as", "ops", "--as-of", as_of, "--json")
    made: dict[str, Any] = json.loads(ran.stdout)
    return made


@pytest.mark.parametrize(
    ("question", "as_of", "status", "said"),
    [
        ("revenue this month", TUESDAY, "answered", ""),
        ("revenue this month", THURSDAY, "answered", "Deals is late: data since 12 Mar 2024 is missing."),
        ("本月 revenue", THURSDAY, "answered", "缺少2024年3月12日以来的数据"),
        ("revenue by rep this month", THURSDAY, "answered", "is late"),
        ("revenue last month", THURSDAY, "answered", ""),
        ("revenue in 2023", THURSDAY, "answered", ""),
        ("revenue from 2024-03-01 to 2024-03-11", THURSDAY, "answered", ""),
        ("revenue from 2024-03-01 to 2024-03-12", THURSDAY, "answered", "is late"),
        ("revenue", THURSDAY, "answered", "is late"),
        ("open deals", THURSDAY, "answered", "is late"),
        ("collected this month", THURSDAY, "answered", "Payments is late"),
        ("top 3 reps by revenue this month", TUESDAY, "answered", ""),
        ("top 3 reps by revenue this month", THURSDAY, "stale", "is late"),
        ("rank reps by revenue this month", THURSDAY, "stale", "is late"),
        ("top 3 reps by revenue last month", THURSDAY, "answered", ""),
        ("top 3 reps by revenue last month", "2024-02-20", "answered", ""),
    ],
)
def test_in_words_and_in_json(world: Path, question: str, as_of: str, status: str, said: str) -> None:
    made = line(world, question, as_of)
    assert made["status"] == status, made
    late = [text for text in made["notes"] if "late" in text or "迟到" in text]
    if not said:
        assert late == [] and "is late" not in made["text"]
    else:
        assert said in made["text"].replace("deals is", "Deals is").replace("payments is", "Payments is"), made["text"]
        assert (len(late) == 1) is (status == "answered")


def test_only_sources_that_are_read_count(world: Path) -> None:
    """Deals are fresh and payments late."""
    sources = world / "sources.yaml"
    text = sources.read_text("utf-8").replace("through: 2024-03-11", "through: 2024-03-13", 1)
    sources.write_text(text.replace("through: 2024-03-11", "through: 2024-03-08"), "utf-8")
    assert load(world, env={}).blocked is not None, "the last complete day of payments went back"
    for file in store(world).glob("*.json"):
        file.unlink()
    assert load(world, env={}).swapped
    assert "late" not in line(world, "revenue this month", THURSDAY)["text"]
    rate = line(world, "collection rate this month", THURSDAY)
    assert "payments is late: data since 9 Mar 2024 is missing." in rate["text"]
    assert line(world, "top 3 reps by revenue this month", THURSDAY)["status"] == "answered"
    assert line(world, "top 3 reps by collected this month", THURSDAY)["status"] == "stale"
    # on the Saturday payments were not late yet, and the numbers of both end with the earlier
    weekend = line(world, "collection rate this month", "2024-03-10")
    assert "late" not in weekend["text"]
    assert any("payments is complete to 8 Mar 2024 only, deals to 13 Mar 2024" in note for note in weekend["notes"])
    assert not any("complete to" in note for note in line(world, "collection rate this month", "2024-03-08")["notes"])


@pytest.mark.parametrize(("late_after", "late"), [("3", False), ("2", True), ("false", False)])
def test_a_source_says_how_late_is_late(world: Path, late_after: str, late: bool) -> None:
    """Thursday evening lacks Tuesday and Wednesday, which is not too much for a source that may lack them."""
    sources = world / "sources.yaml"
    text = sources.read_text("utf-8").replace(
        "through: 2024-03-11", f"through: 2024-03-11\n    late_after: {late_after}"
    )
    sources.write_text(text, "utf-8")
    assert load(world, env={}).swapped
    assert (line(world, "top 3 reps by revenue this month", THURSDAY)["status"] == "stale") is late
    runtime = Runtime.open(world, {"PACELINE_STATE_URL": "sqlite://"})
    moment = dt.datetime(2024, 3, 14, 9, tzinfo=dt.UTC)
    assert bool(runtime.metrics.stale(moment)) is late, "digests wait for the same sources"
    runtime.close()


def test_a_button_under_an_old_answer_is_no_way_round(world_workspace: Path) -> None:
    runtime = Runtime.open(world_workspace, {"PACELINE_STATE_URL": "sqlite://"})
    query = Query.model_validate(
        {
            "metrics": ["revenue"],
            "rank": {"over": "reps.rep_id", "member": "r1"},
            "period": {"kind": "relative", "unit": "month"},
        }
    )
    for day, status in ((12, "answered"), (14, "stale")):
        outcome = answer_query(
            runtime,
            query,
            asker=runtime.metrics.org.people["ops"],
            audience=Audience.only_viewer(),
            as_of=dt.datetime(2024, 3, day, 9, tzinfo=dt.UTC),
            language="zh",
        )
        assert outcome.status == status
    assert "迟到" in outcome_text(words_for(runtime.metrics.model, "zh"), outcome, None)
    runtime.close()
