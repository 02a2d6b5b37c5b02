"""Late data is said in every answer that asks for a day it lacks, in both languages; places over it are refused."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from store_folder import paceline, store

from bot.ask import answer_meaning
from bot.render.text import outcome_text
from bot.runtime import Runtime
from bot.wording import words_for
from metrics import Asked, Audience
from metrics.ingest import load

TUESDAY = "2024-03-12"  # data is complete to Monday
THURSDAY = "2024-03-14"


PLACE = Asked.model_validate(
    {
        "show": [{"kind": "place", "of": {"kind": "metric", "name": "revenue"}, "over": "reps.rep_id", "member": "r1"}],
        "period": {"kind": "units", "unit": "month"},
    }
)
CASES = [
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
]


def lines(workspace: Path, *asked: tuple[str, str]) -> list[dict[str, Any]]:
    """The batch lines of (question, as_of), asked by who sees everything."""
    batch = workspace / "batch.jsonl"
    rows = [{"id": str(n), "q": q, "asker": "ops", "as_of": as_of} for n, (q, as_of) in enumerate(asked)]
    batch.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return [json.loads(line) for line in paceline(workspace, "ask", "--batch", str(batch)).stdout.splitlines()]


def test_in_words_and_in_json(world: Path) -> None:
    for case, made in zip(CASES, lines(world, *((q, as_of) for q, as_of, _, _ in CASES)), strict=True):
        _, _, status, said = case
        late = [text for text in made["notes"] if "late" in text or "迟到" in text]
        assert made["status"] == status, case
        assert said.casefold() in made["text"].casefold(), case
        assert len(late) == (1 if said and status == "answered" else 0), case
        assert said or ("late" not in made["text"] and "迟到" not in made["text"]), case


def test_only_sources_that_are_read_count(world: Path) -> None:
    """Deals are fresh and payments late."""
    sources = world / "sources.yaml"
    text = sources.read_text("utf-8").replace("through: 2024-03-11", "through: 2024-03-13", 1)
    sources.write_text(text.replace("through: 2024-03-11", "through: 2024-03-08"), "utf-8")
    for file in store(world).glob("*.json"):  # else the last complete day of payments goes back
        file.unlink()
    assert load(world, env={}).swapped
    revenue, rate, top, top_collected, weekend, past = lines(
        world,
        ("revenue this month", THURSDAY),
        ("collection rate this month", THURSDAY),
        ("top 3 reps by revenue this month", THURSDAY),
        ("top 3 reps by collected this month", THURSDAY),
        ("collection rate this month", "2024-03-10"),
        ("collection rate this month", "2024-03-08"),
    )
    assert "late" not in revenue["text"]
    assert "payments is late: data since 9 Mar 2024 is missing." in rate["text"]
    assert (top["status"], top_collected["status"]) == ("answered", "stale")
    # on the Sunday payments were not late yet, and the numbers of both end with the earlier
    assert "late" not in weekend["text"]
    assert any("payments is complete to 8 Mar 2024 only, deals to 13 Mar 2024" in note for note in weekend["notes"])
    assert not any("complete to" in note for note in past["notes"])


@pytest.mark.parametrize(
    ("late_after", "late"),
    [
        ("3", False),
        pytest.param("2", True, marks=pytest.mark.nightly),
        pytest.param("false", False, marks=pytest.mark.nightly),
    ],
)
def test_a_source_says_how_late_is_late(world: Path, late_after: str, late: bool) -> None:
    """Thursday evening lacks Tuesday and Wednesday, which is not too much for a source that may lack them."""
    sources = world / "sources.yaml"
    text = sources.read_text("utf-8").replace(
        "through: 2024-03-11", f"through: 2024-03-11\n    late_after: {late_after}"
    )
    sources.write_text(text, "utf-8")
    assert load(world, env={}).swapped
    runtime = Runtime.open(world, {"PACELINE_STATE_URL": "sqlite://"})
    moment = dt.datetime(2024, 3, 14, 9, tzinfo=dt.UTC)
    assert bool(runtime.metrics.stale(moment)) is late, "digests wait for the same sources"
    outcome = answer_meaning(
        runtime,
        PLACE,
        asker=runtime.metrics.org.people["ops"],
        audience=Audience.only_viewer(),
        as_of=moment,
        language="en",
    )
    assert outcome.status == ("stale" if late else "answered")
    runtime.close()


def test_a_button_under_an_old_answer_is_no_way_round(world_workspace: Path) -> None:
    runtime = Runtime.open(world_workspace, {"PACELINE_STATE_URL": "sqlite://"})
    for day, status in ((12, "answered"), (14, "stale")):
        outcome = answer_meaning(
            runtime,
            PLACE,
            asker=runtime.metrics.org.people["ops"],
            audience=Audience.only_viewer(),
            as_of=dt.datetime(2024, 3, day, 9, tzinfo=dt.UTC),
            language="zh",
        )
        assert outcome.status == status
    assert "迟到" in outcome_text(words_for(runtime.metrics.model, "zh"), outcome)
    runtime.close()
