"""The batch contract: the same order, every key, one object per line whatever the line holds."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from claims import claim
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.batch import BadAsOf, answer_lines, parse_as_of
from bot.clock import MovableClock
from bot.runtime import Runtime
from metrics.query.asked import Asked

AS_OF = dt.datetime(2024, 3, 12, 9, 0, tzinfo=dt.UTC)
KEYS = [
    "id",
    "status",
    "reading",
    "query",
    "columns",
    "rows",
    "sql",
    "params",
    "choices",
    "issues",
    "notes",
    "windows",
    "conditions",
    "limit",
    "limit_per",
    "ties",
    "data_through",
    "text",
    "ms",
]


@pytest.fixture(scope="module")
def runtime(world_workspace: Path) -> Iterator[Runtime]:
    made = Runtime.open(world_workspace, {"PACELINE_STATE_URL": "sqlite://"}, MovableClock(AS_OF))
    yield made
    made.close()


def answered(runtime: Runtime, *lines: dict[str, Any] | str) -> list[dict[str, Any]]:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    objects = list(answer_lines(runtime, texts, as_of=AS_OF))
    for made in objects:
        assert list(made) == KEYS
        json.dumps(made, allow_nan=False)
        assert made["status"] in ("answered", "ambiguous", "not_understood", "denied", "stale", "error")
        assert made["text"] and set(made["ms"]) == {"read", "compile", "execute", "total"}
        assert (made["status"] == "answered") == (made["query"] is not None)
        assert all(len(row) == len(made["columns"]) for row in made["rows"])
    return objects


def test_one_answer_holds_everything(runtime: Runtime) -> None:
    (made,) = answered(
        runtime, {"id": 7, "q": "revenue by region this month", "asker": "Olga Ops", "as_of": "2024-03-12"}
    )
    assert (made["id"], made["status"]) == (7, "answered")
    assert made["rows"] == [["South", 250], ["North", 200]]
    assert [(c["role"], c["label"], c["unit"]) for c in made["columns"]] == [
        ("dimension", "Region", "text"),
        ("metric", "Revenue", "currency:EUR"),
    ]
    assert Asked.model_validate(made["query"]).by == ("reps.region",)
    assert "SELECT" in made["sql"] and made["data_through"] == "2024-03-11" and made["reading"]
    assert any("11 Mar 2024" in note for note in made["notes"]) and "€250" in made["text"]
    assert made["windows"] == [{"of": "shown", "start": "2024-03-01", "end": "2024-03-12"}]
    assert (made["conditions"], made["limit"], made["limit_per"], made["ties"]) == (None, None, [], 0)


def test_askers_by_id_name_and_who_does_not_exist(runtime: Runtime) -> None:
    question = {"q": "my revenue this month", "as_of": "2024-03-12"}
    made = answered(
        runtime,
        *(
            {"id": n, "asker": who, **question}
            for n, who in enumerate(["r2", "Bob Wu", "bob wu", "Nobody", None, 7, "Anna Li"])
        ),
    )
    assert [m["rows"] for m in made[:3]] == [[[100]]] * 3
    # two people are called Anna Li: a name that is not enough is nobody
    assert [(m["status"], m["issues"][0]["code"]) for m in made[3:]] == [("denied", "unknown_asker")] * 4


def test_as_of_is_the_end_of_the_day_or_a_moment(runtime: Runtime) -> None:
    made = answered(
        runtime,
        {"id": 1, "q": "revenue this month", "asker": "ops", "as_of": "2024-02-29"},
        {"id": 2, "q": "revenue this month", "asker": "ops", "as_of": "yesterday"},
    )
    assert made[0]["rows"] == [[700]] and made[1]["issues"][0]["code"] == "bad_as_of"
    assert parse_as_of("2024-02-29").hour == 23 and parse_as_of("2024-02-29T08:00:00+02:00").hour == 8
    with pytest.raises(BadAsOf):
        parse_as_of("2024-02-30")


def test_threads_are_read_in_order(runtime: Runtime) -> None:
    (made,) = answered(
        runtime,
        {
            "id": 1,
            "q": "by region",
            "asker": "ops",
            "thread": ["how many flurbs", "revenue this month"],
            "as_of": "2024-03-12",
        },
    )
    assert made["rows"] == [["South", 250], ["North", 200]]


def test_channels_show_what_all_may_see(runtime: Runtime) -> None:
    made = answered(
        runtime,
        *(
            {"id": a, "q": "my revenue this month", "asker": "r1", "as_of": "2024-03-12", "audience": a}
            for a in ("dm", "channel")
        ),
    )
    assert made[0]["rows"] == [[100]]
    assert made[1]["status"] == "denied" and made[1]["rows"] == [] and "channel" in made[1]["text"]


def test_statuses(runtime: Runtime) -> None:
    made = answered(
        runtime,
        {"id": 1, "q": "Anna Li's revenue this year", "asker": "ops"},
        {"id": 2, "q": "how many flurbs", "asker": "ops"},
        {"id": 3, "q": "revenue of Chen Yu this month", "asker": "r1"},
        {"id": 4, "q": "多少 flurbs", "asker": "ops"},
    )
    assert [m["status"] for m in made] == ["ambiguous", "not_understood", "denied", "not_understood"]
    assert len(made[0]["choices"]) == 2 and all(Asked.model_validate(c["query"]) for c in made[0]["choices"])
    assert made[1]["issues"][0]["span"] == [9, 15] and "flurbs" in made[1]["text"]
    assert "€" not in made[2]["text"]


def test_bad_lines_are_errors_and_the_others_go_on(runtime: Runtime) -> None:
    good = json.dumps({"id": "ok", "q": "wins this month", "asker": "ops"})
    lines = [
        good,
        "not json",
        "[]",
        "",
        '{"id": 3, "q": 5, "asker": "ops"}',
        '{"id": 4, "q": "x", "asker": "ops", "thread": "y"}',
        '{"id":5,"q":"x","asker":"ops","audience":"all"}',
        "[" * 5000,
        good,
    ]
    made = answered(runtime, *lines)
    assert [m["id"] for m in made] == ["ok", None, None, 3, 4, 5, None, "ok"]
    assert [m["status"] for m in made] == ["answered"] + ["error"] * 6 + ["answered"]
    assert "Line 2" in made[1]["text"]


def test_our_own_fault_costs_one_line(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    real = runtime.metrics.tell

    def sometimes(asked: Asked, **more: Any) -> Any:
        if any(m.subject() == "wins" for m in asked.show):
            raise ZeroDivisionError("secret")
        return real(asked, **more)

    monkeypatch.setattr(runtime.metrics, "tell", sometimes)
    made = answered(
        runtime, {"id": 1, "q": "wins this month", "asker": "ops"}, {"id": 2, "q": "revenue this month", "asker": "ops"}
    )
    assert [(m["id"], m["status"]) for m in made] == [(1, "error"), (2, "answered")]
    assert made[0]["issues"][0]["code"] == "internal" and "secret" not in json.dumps(made[0])


@given(st.text(max_size=300) | st.text(alphabet="revenue 我本月 by region %$;'\"\\\x00\u202e<@>", max_size=200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_one_object(runtime: Runtime, text: str) -> None:
    (made,) = answered(runtime, {"id": text, "q": text, "asker": "ops"})
    assert made["id"] == text and made["issues"] is not None
    assert not any(issue["code"] == "internal" for issue in made["issues"])
    claim()


def test_a_definition_has_a_row_for_each_metric(runtime: Runtime) -> None:
    (made,) = answered(runtime, {"id": 1, "q": "definition of revenue", "asker": "r1"})
    assert made["query"] == {"define": ["revenue"]}
    row = dict(zip((c["name"] for c in made["columns"]), made["rows"][0], strict=True))
    assert row["metric"] == "revenue" and "amount" in row["expression"].lower()
