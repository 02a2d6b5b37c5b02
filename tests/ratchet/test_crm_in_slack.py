"""The real-world questions asked in the local workspace, as the people who ask them: the real app over real sockets.

What the bot posts must show the first number of the gold table (the first name, where it has no number), wherever the
batch answers it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.stage import Stage, open_stage

pytestmark = pytest.mark.shared
Json = dict[str, Any]


def _as_shown(value: Any) -> Iterator[str]:
    """How a gold value may stand in a message."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float):
        yield f"{abs(value):,.0f}"
        yield f"{abs(value):,.2f}".rstrip("0").rstrip(".")
        yield f"{abs(value):,.1f}"
        yield f"{abs(value) * 100:.1f}%"
        yield str(value)


def _is_shown(value: Any, shown: str) -> bool:
    return any(text in shown for text in _as_shown(value))


def _telling(row: list[Any]) -> Any:
    """The first number of a gold row, else its first cell; months and quarters are worded too freely to be looked
    for."""
    return next((v for v in row if isinstance(v, int | float)), row[0])


async def _ask(stage: Stage, user: str, question: Json) -> str:
    """Everything the app says to the last question of a thread."""
    first = await stage.workspace.dm(user, (question["thread"] or [question["q"]])[0])
    answer = await stage.workspace.wait_for_message(user, stage.workspace.by_app(after=first["ts"]), timeout=20)
    for text in [*question["thread"][1:], question["q"]] if question["thread"] else []:
        said = await stage.workspace.dm(user, text, thread_ts=first["ts"])
        answer = await stage.workspace.wait_for_message(
            user, stage.workspace.by_app(after=said["ts"], thread_ts=first["ts"]), timeout=20
        )
    return json.dumps([answer.get("text"), answer.get("blocks")], ensure_ascii=False)


async def test_questions_in_the_local_workspace(
    crm_workspace: Path, crm_answers: list[tuple[Json, Json]], shared_dir: Path, tmp_path: Path
) -> None:
    env = {
        "PACELINE_STATE_URL": f"sqlite:///{tmp_path / 'state.db'}",
        "PACELINE_CRM_DATA": str(shared_dir / "data" / "crm"),
    }
    missing: list[tuple[str, str]] = []
    async with open_stage(crm_workspace, env, clock_at=None, folder=None) as stage:
        users = {person: user for user, person in stage.cast.person_of.items()}
        for question, answer in crm_answers:
            if answer["status"] != "answered" or not question["sql"]:
                continue
            shown = await _ask(stage, users[question["asker"]], question)
            golds = [question["result"], *(a["result"] for a in question.get("accept", ()))]
            if not any(not gold or _is_shown(_telling(gold[0]), shown) for gold in golds):
                missing.append((question["id"], shown[:300]))
    assert missing == []
