"""Several people around one thread: nobody borrows the permission, the "me" or the buttons of another; what is typed is
disarmed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from slack_floor import Floor, Message, shown


async def answers(floor: Floor, channel: str, thread: str, *, count: int) -> list[Message]:
    def found() -> list[Message]:
        return [
            m
            for m in floor.posted(channel, to_all=True) + floor.posted(channel, to_all=False)
            if m.get("thread_ts") == thread
        ]

    await floor.workspace.until(lambda: len(found()) >= count)
    return found()


async def test_me_is_whoever_asks_also_in_the_thread_of_another(floor: Floor) -> None:
    said = await floor.workspace.mention("U0R1", "C0ALL", "my revenue this month")
    await answers(floor, "C0ALL", said["ts"], count=2)
    await floor.workspace.mention("U0R2", "C0ALL", "and this quarter?", thread_ts=said["ts"])
    await floor.workspace.until(lambda: len(floor.posted("C0ALL", to_all=False)) == 2)
    seen = [m for m in floor.workspace.messages("C0ALL", viewer="U0R2") if m.get("is_ephemeral")]
    assert len(seen) == 1 and "€340" in seen[0]["text"]  # Bob's quarter; Anna's is 600
    assert not any("€" in shown(m) for m in floor.posted("C0ALL", to_all=True))


async def test_a_thread_of_somebody_who_sees_all_opens_nothing_to_others(floor: Floor) -> None:
    said = await floor.workspace.mention("U0OPS", "C0TWO", "revenue in South this month")
    await answers(floor, "C0TWO", said["ts"], count=2)
    await floor.workspace.mention("U0M1", "C0TWO", "and this quarter?", thread_ts=said["ts"])
    await floor.workspace.until(lambda: len(floor.posted("C0TWO", to_all=False)) == 2)
    own = [m for m in floor.workspace.messages("C0TWO", viewer="U0M1") if m.get("is_ephemeral")]
    assert len(own) == 1 and "€" not in shown(own[0]) and "1,210" not in shown(own[0])


@pytest.mark.parametrize("action", ["show_sql", "get_csv", "step_trend"])
async def test_a_button_with_the_numbers_of_others_is_refused_in_words(floor: Floor, action: str) -> None:
    message = await floor.dm("U0R1", "my revenue this month")
    forged = json.dumps(
        {"l": "en", "q": {"metrics": ["revenue"], "where": [{"field": "reps.rep_id", "values": ["r3"]}]}}
    )
    stored: dict[str, Any] = next(
        m
        for m in floor.workspace.ledger.conversations[floor.workspace.channel_id("U0R1")].messages
        if m["ts"] == message["ts"]
    )
    for block in stored["blocks"]:
        for element in block.get("elements", []):
            if element.get("action_id") == action:
                element["value"] = forged
    await floor.workspace.click("U0R1", "U0R1", stored, action_id=action)
    told = await floor.workspace.wait_for_message("U0R1", floor.workspace.by_app(after=message["ts"]))
    assert "may not see the numbers of Chen Yu" in told["text"] and "€" not in shown(told)
    assert floor.workspace.modal("U0R1") is None and not told.get("files")


@pytest.mark.parametrize(
    "typed",
    [
        "revenue of <!channel>",
        "revenue of &lt;!channel&gt;",
        "revenue of <!here|zzqx>",
        "revenue of <https://evil.example|Acme>",
    ],
)
async def test_what_is_typed_pings_nobody_and_links_nowhere(floor: Floor, typed: str) -> None:
    said = await floor.workspace.mention("U0OPS", "C0ALL", typed)
    told = (await answers(floor, "C0ALL", said["ts"], count=1))[0]
    assert not any(raw in shown(told) for raw in ("<!", "<http", "<@U0OPS|", "|Acme>"))
