"""In a channel everybody sees only what every member may see. Reps see their own rows, managers those below them, ops
all."""

from __future__ import annotations

import json
from typing import Any

from slack_floor import Floor, shown


async def settled(floor: Floor, channel: str, *, public: int, private: int) -> None:
    await floor.workspace.until(
        lambda: (
            len(floor.posted(channel, to_all=True)) == public and len(floor.posted(channel, to_all=False)) == private
        )
    )


async def test_own_numbers_asked_in_a_channel_go_to_the_asker(floor: Floor) -> None:
    await floor.workspace.mention("U0R1", "C0ALL", "my revenue this month")
    await settled(floor, "C0ALL", public=1, private=1)
    (line,), (own,) = floor.posted("C0ALL", to_all=True), floor.posted("C0ALL", to_all=False)
    assert "privately" in line["text"] and "<@U0R1>" in line["text"] and "€" not in shown(line)
    assert "€100" in own["text"]
    assert own in floor.workspace.messages("C0ALL", viewer="U0R1")
    assert own not in floor.workspace.messages("C0ALL", viewer="U0R2")


async def test_own_place_asked_in_a_channel_goes_to_the_asker(floor: Floor) -> None:
    await floor.workspace.mention("U0R1", "C0ALL", "my ranking in revenue this quarter")
    await settled(floor, "C0ALL", public=1, private=1)
    assert "2nd" not in shown(floor.posted("C0ALL", to_all=True)[0])
    assert "2nd of 6" in floor.posted("C0ALL", to_all=False)[0]["text"]


async def test_a_public_leaderboard_is_public(floor: Floor) -> None:
    answer = await floor.ask("U0R1", "C0ALL", "wins by rep this year")
    assert not answer.get("is_ephemeral") and "Chen Yu" in shown(answer)


async def test_part_for_all_and_the_whole_for_the_asker(floor: Floor) -> None:
    # ops and the manager of Alpha (North): both see North's 200, only ops sees South's 250
    await floor.workspace.mention("U0OPS", "C0TWO", "revenue by region this month")
    await settled(floor, "C0TWO", public=1, private=1)
    (public,), (own,) = floor.posted("C0TWO", to_all=True), floor.posted("C0TWO", to_all=False)
    assert "€200" in shown(public) and "€250" not in shown(public) and "(what everyone here may see)" in shown(public)
    assert "€250" in shown(own) and "€200" in shown(own)


async def test_strangers_in_a_channel_may_see_nothing(floor: Floor) -> None:
    await floor.workspace.mention("U0OPS", "C0MIX", "revenue this month")
    await settled(floor, "C0MIX", public=1, private=1)
    assert "€" not in shown(floor.posted("C0MIX", to_all=True)[0])
    assert "€450" in floor.posted("C0MIX", to_all=False)[0]["text"]


async def test_strangers_are_told_how_to_be_linked(floor: Floor) -> None:
    answer = await floor.dm("U0WHO", "revenue this month")
    assert "/kpi-admin link" in answer["text"] and "€" not in answer["text"]
    await floor.workspace.mention("U0WHO", "C0MIX", "revenue this month")
    await settled(floor, "C0MIX", public=0, private=1)


async def test_what_the_asker_may_not_see_is_not_told_to_anyone(floor: Floor) -> None:
    await floor.workspace.mention("U0M1", "C0TWO", "revenue in South this month")
    await settled(floor, "C0TWO", public=0, private=1)
    assert "€" not in shown(floor.posted("C0TWO", to_all=False)[0])


async def test_who_joins_changes_what_is_shown(floor: Floor) -> None:
    first = await floor.ask("U0OPS", "C0BOSS", "revenue this month")
    assert "€450" in first["text"] and not first.get("is_ephemeral")
    floor.workspace.ledger.conversations["C0BOSS"].members.append("U0R1")
    joined = {"type": "member_joined_channel", "channel": "C0BOSS", "user": "U0R1"}
    floor.workspace.hub.emit(joined)
    acked = floor.workspace.socket.acked  # who joins and who asks at the same moment come in any order
    await floor.workspace.until(
        lambda: any(e["payload"].get("event", {}).get("type") == joined["type"] for e, _ in acked)
    )
    await floor.workspace.mention("U0OPS", "C0BOSS", "revenue this month")
    await settled(floor, "C0BOSS", public=2, private=1)
    assert "€" not in shown(floor.posted("C0BOSS", to_all=True)[1])


async def test_a_button_answers_whoever_presses_it_under_their_own_permission(floor: Floor) -> None:
    board = await floor.ask("U0OPS", "C0ALL", "wins by rep this year")
    sql = json.loads(
        next(
            e["value"]
            for b in board["blocks"]
            if b["type"] == "actions"
            for e in b["elements"]
            if e["action_id"] == "show_sql"
        )
    )
    assert sql["q"]["show"] == [{"kind": "metric", "name": "wins"}]
    # A button made for ops, with a query that ops alone may see in full, pressed by a rep:
    asked = {
        "show": [{"kind": "metric", "name": "revenue"}],
        "period": {"kind": "units", "unit": "month"},
        "by": ["reps.name"],
    }
    forged = json.dumps({"l": "en", "q": asked})
    message = await floor.dm("U0R1", "my revenue this month")
    patched: dict[str, Any] = next(b for b in message["blocks"] if b["type"] == "actions")
    stored = next(
        m
        for m in floor.workspace.ledger.conversations[floor.workspace.channel_id("U0R1")].messages
        if m["ts"] == message["ts"]
    )
    for block in stored["blocks"]:
        for element in block.get("elements", []):
            if element.get("action_id") == "step_trend":
                element["value"] = forged
    assert patched
    await floor.workspace.click("U0R1", "U0R1", stored, action_id="step_trend")
    answer = await floor.workspace.wait_for_message("U0R1", floor.workspace.by_app(after=message["ts"]))
    assert "€100" in shown(answer) and "€250" not in shown(answer)


async def test_where_the_members_may_not_be_read_the_answer_is_private(floor: Floor) -> None:
    floor.workspace.faults.error("conversations.members", "missing_scope", times=5)
    await floor.workspace.mention("U0OPS", "C0BOSS", "revenue this month")
    await settled(floor, "C0BOSS", public=1, private=1)
    assert "€" not in shown(floor.posted("C0BOSS", to_all=True)[0])


async def test_what_only_some_may_know_is_in_public_like_what_never_was(floor: Floor) -> None:
    # r1 owns deal d02, and r2, who reads along, may not see it; d77 is no deal at all
    await floor.workspace.mention("U0R1", "C0ALL", "revenue of d02 in March 2023")
    await settled(floor, "C0ALL", public=1, private=1)
    (said,), (own,) = floor.posted("C0ALL", to_all=True), floor.posted("C0ALL", to_all=False)
    assert "€200" in own["text"] and "€" not in shown(said)
    await floor.workspace.mention("U0R1", "C0ALL", "revenue of d77 in March 2023")
    await settled(floor, "C0ALL", public=2, private=1)
    assert floor.posted("C0ALL", to_all=True)[1]["text"] == said["text"].replace("d02", "d77")
