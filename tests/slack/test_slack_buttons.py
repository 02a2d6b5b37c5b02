"""SQL, CSV, 👍/👎, definition, trend."""

from __future__ import annotations

import csv
import io

from slack_floor import Floor, shown


async def test_sql_opens_before_the_one_who_asked(floor: Floor) -> None:
    answer = await floor.dm("U0R1", "my revenue this month")
    await floor.workspace.click("U0R1", "U0R1", answer, action_id="show_sql")
    modal = await floor.workspace.wait_for_modal("U0R1")
    text = str(modal["blocks"])
    assert "SELECT\\n" in text and "\\nFROM " in text and modal["type"] == "modal"
    assert floor.workspace.modal("U0R2") is None


async def test_csv_comes_as_a_file_in_the_dm(floor: Floor) -> None:
    answer = await floor.dm("U0OPS", "revenue by region this quarter")
    await floor.workspace.click("U0OPS", "U0OPS", answer, action_id="get_csv")
    posted = await floor.workspace.wait_for_message("U0OPS", lambda m: bool(m.get("files")))
    name = posted["files"][0]["name"]
    assert name == "revenue_2024-03-11.csv"
    stored = next(f for f in floor.workspace.ledger.files.values() if f.name == name)
    rows = list(csv.reader(io.StringIO(stored.content.decode("utf-8-sig"))))
    assert rows == [["Region", "Revenue"], ["South", "1210"], ["North", "940"]]


async def test_csv_of_what_not_all_may_see_goes_to_the_dm(floor: Floor) -> None:
    await floor.workspace.mention("U0OPS", "C0TWO", "revenue by region this month")
    await floor.workspace.until(lambda: bool(floor.posted("C0TWO", to_all=True)))
    public = floor.posted("C0TWO", to_all=True)[0]
    await floor.workspace.click("U0OPS", "C0TWO", public, action_id="get_csv")
    await floor.workspace.wait_for_message("U0OPS", lambda m: bool(m.get("files")))
    assert not [m for m in floor.workspace.messages("C0TWO") if m.get("files")]


async def test_thumbs_are_kept(floor: Floor) -> None:
    answer = await floor.dm("U0R1", "my revenue this month")
    value = next(b for b in answer["blocks"] if b["type"] == "context_actions")["elements"][0]["negative_button"][
        "value"
    ]
    await floor.workspace.click("U0R1", "U0R1", answer, action_id="answer_feedback", value=value)
    await floor.workspace.wait_for_message("U0R1", floor.workspace.by_app(after=answer["ts"]))
    assert floor.runtime.state.feedback.counts("answer") == {"down": 1}


async def test_definition_and_trend(floor: Floor) -> None:
    answer = await floor.dm("U0R1", "my revenue this quarter")
    await floor.workspace.click("U0R1", "U0R1", answer, action_id="step_definition")
    definition = await floor.workspace.wait_for_message("U0R1", floor.workspace.by_app(after=answer["ts"]))
    assert "SUM(CASE WHEN deals.stage" in shown(definition) and "certified" in shown(definition)
    await floor.workspace.click("U0R1", "U0R1", answer, action_id="step_trend")
    trend = await floor.workspace.wait_for_message("U0R1", floor.workspace.by_app(after=definition["ts"]))
    assert "by week" in trend["text"]


async def test_a_button_that_is_too_old_says_so(floor: Floor) -> None:
    answer = await floor.dm("U0R1", "my revenue this quarter")
    stored = floor.workspace.ledger.conversations[floor.workspace.channel_id("U0R1")].find(answer["ts"])
    assert stored is not None
    for block in stored["blocks"]:
        for element in block.get("elements", []):
            if element.get("action_id") == "step_trend":
                element["value"] = "@0123456789abcdef"
    await floor.workspace.click("U0R1", "U0R1", stored, action_id="step_trend")
    said = await floor.workspace.wait_for_message("U0R1", floor.workspace.by_app(after=answer["ts"]))
    assert "too old" in said["text"]
