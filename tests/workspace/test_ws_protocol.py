"""The unmodified bolt app over real HTTP and WebSocket: events, commands, actions, modals, Home, files,
reconnection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from localslack import LocalWorkspace

Connect = Callable[..., Awaitable[list[Any]]]
BUTTON = {"type": "button", "action_id": "more", "text": {"type": "plain_text", "text": "More"}, "value": "v1"}
ACTIONS = [{"type": "actions", "block_id": "row", "elements": [BUTTON]}]
MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "edit",
    "title": {"type": "plain_text", "text": "Edit"},
    "submit": {"type": "plain_text", "text": "Save"},
    "private_metadata": "kept",
    "blocks": [
        {
            "type": "input",
            "block_id": "name",
            "label": {"type": "plain_text", "text": "Name"},
            "element": {"type": "plain_text_input", "action_id": "typed"},
        },
        {
            "type": "input",
            "block_id": "kind",
            "optional": True,
            "label": {"type": "plain_text", "text": "Kind"},
            "element": {
                "type": "static_select",
                "action_id": "chosen",
                "options": [{"text": {"type": "plain_text", "text": t}, "value": t.lower()} for t in ("One", "Two")],
            },
        },
    ],
}


async def test_a_mention_is_answered_in_its_thread(workspace: LocalWorkspace, app: AsyncApp, connect: Connect) -> None:
    seen: list[dict[str, Any]] = []

    @app.event("app_mention")
    async def mention(event: dict[str, Any], body: dict[str, Any], say: Any) -> None:
        seen.append(body)
        await say(text=f"heard {event['text']}", thread_ts=event["ts"])

    @app.event("message")
    async def other() -> None: ...

    await connect()
    said = await workspace.say("Anna Schmidt", "#sales", "@Paceline sales < 5 & more")
    answer = await workspace.wait_for_message("#sales", workspace.by_app(after=said["ts"]))
    assert answer["thread_ts"] == said["ts"]
    assert said["text"] == "<@U0PACELINE> sales &lt; 5 &amp; more"
    assert seen[0]["event"]["user"] == "U0ANNA" and seen[0]["event"]["channel"] == "C0SALES"
    assert seen[0]["event_id"].startswith("Ev") and isinstance(seen[0]["event_time"], int)
    assert "channel_type" not in seen[0]["event"]
    root = workspace.messages("#sales")[0]
    assert (root["reply_count"], root["latest_reply"]) == (1, answer["ts"])


async def test_a_dm_is_a_message_event_and_no_mention(
    workspace: LocalWorkspace, app: AsyncApp, connect: Connect
) -> None:
    kinds: list[tuple[str, str]] = []

    @app.event("message")
    async def message(event: dict[str, Any], say: Any) -> None:
        kinds.append((event["type"], event["channel_type"]))
        await say("你好")

    @app.event("app_mention")
    async def mention() -> None:
        kinds.append(("app_mention", ""))

    await connect()
    answer = await workspace.ask("李雷", "dm", "@Paceline 本月销售额")
    assert answer["text"] == "你好"
    assert kinds == [("message", "im")]


async def test_a_channel_without_the_app_sends_it_nothing(
    workspace: LocalWorkspace, app: AsyncApp, connect: Connect
) -> None:
    await connect()
    await workspace.mention("U0ANNA", "#other", "hello?")
    await asyncio.sleep(0.05)
    assert workspace.socket.log == []


async def test_an_unacknowledged_event_comes_again_with_the_same_id(
    workspace: LocalWorkspace, app: AsyncApp, connect: Connect
) -> None:
    await connect()  # no listener: bolt answers 404 and acks nothing
    await workspace.mention("U0ANNA", "#sales", "anyone?")
    await workspace.until(
        lambda: not (len([e for e in workspace.socket.log if e["payload"]["event"]["type"] == "app_mention"]) < 4)
    )
    sent = [e for e in workspace.socket.log if e["payload"]["event"]["type"] == "app_mention"]
    assert [e["retry_attempt"] for e in sent] == [0, 1, 2, 3]
    assert sent[1]["retry_reason"] == "timeout"
    assert len({e["payload"]["event_id"] for e in sent}) == 1
    assert len({e["envelope_id"] for e in sent}) == 4


async def test_each_event_goes_to_one_of_several_connections(
    workspace: LocalWorkspace, app: AsyncApp, connect: Connect
) -> None:
    got: list[str] = []

    @app.event("message")
    async def message(event: dict[str, Any]) -> None:
        got.append(event["text"])

    await connect(3)
    assert workspace.socket.connections == 3
    for n in range(9):
        await workspace.say("U0ANNA", "#sales", f"m{n}")
    await workspace.until(lambda: not (len(got) < 9))
    await asyncio.sleep(0.05)
    assert sorted(got) == [f"m{n}" for n in range(9)]


@pytest.mark.parametrize("how", ["refresh_requested", "drop"])
async def test_it_reconnects_and_misses_nothing(
    workspace: LocalWorkspace, app: AsyncApp, connect: Connect, how: str
) -> None:
    @app.event("message")
    async def message(event: dict[str, Any], say: Any) -> None:
        if not event.get("bot_id"):
            await say("still here")

    await connect()
    await (workspace.socket.drop() if how == "drop" else workspace.disconnect())
    await workspace.dm("U0ANNA", "there?")
    assert (await workspace.wait_for_message("U0ANNA", timeout=10))["text"] == "still here"


async def test_slash_command_ack_and_response_url(workspace: LocalWorkspace, app: AsyncApp, connect: Connect) -> None:
    @app.command("/kpi")
    async def kpi(ack: Any, command: dict[str, Any], respond: Any) -> None:
        await ack(f"working on {command['text']} in {command['channel_name']}")
        await respond("only you")
        await respond(text="all of you", response_type="in_channel")

    await connect()
    done = await workspace.slash("U0LI", "#sales", "/kpi", "my sales")
    assert done.acked
    await workspace.wait_for_message("#sales", lambda m: m["text"] == "all of you")
    texts = [m["text"] for m in workspace.messages("#sales", viewer="U0LI")]
    assert sorted(texts) == ["all of you", "only you", "working on my sales in sales"]
    assert [m["text"] for m in workspace.messages("#sales", viewer="U0ANNA")] == ["all of you"]


async def test_a_silent_command_times_out_as_in_slack(
    workspace: LocalWorkspace, app: AsyncApp, connect: Connect
) -> None:
    await connect()
    done = await workspace.slash("U0LI", "#sales", "/kpi", "x")
    assert not done.acked
    assert 'failed with the error "operation_timeout"' in workspace.messages("#sales", viewer="U0LI")[-1]["text"]


async def test_a_response_url_works_five_times(workspace: LocalWorkspace, app: AsyncApp, connect: Connect) -> None:
    statuses: list[int] = []

    @app.command("/kpi")
    async def kpi(ack: Any, respond: Any) -> None:
        await ack()
        for n in range(6):
            statuses.append((await respond(f"n{n}")).status_code)

    await connect()
    await workspace.slash("U0LI", "#sales", "/kpi")
    await workspace.until(lambda: not (len(statuses) < 6))
    assert statuses == [200] * 5 + [404]


async def test_a_button_sends_block_actions_and_its_message_can_be_replaced(
    workspace: LocalWorkspace, app: AsyncApp, connect: Connect, client: AsyncWebClient
) -> None:
    bodies: list[dict[str, Any]] = []

    @app.action("more")
    async def more(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        bodies.append(body)
        await respond(text="replaced", replace_original=True)

    await connect()
    root = await client.chat_postMessage(channel="#sales", text="first")
    posted = await client.chat_postMessage(channel="C0SALES", text="pick", blocks=ACTIONS, thread_ts=root["ts"])
    message = workspace.messages("#sales")[-1]
    await workspace.click("U0ANNA", "#sales", message, text="More")
    await workspace.wait_for_message("#sales", lambda m: m["text"] == "replaced")
    body = bodies[0]
    assert body["type"] == "block_actions" and body["user"]["id"] == "U0ANNA"
    assert body["container"] == {
        "type": "message",
        "message_ts": posted["ts"],
        "channel_id": "C0SALES",
        "is_ephemeral": False,
        "thread_ts": root["ts"],
    }
    assert body["actions"][0]["value"] == "v1" and body["actions"][0]["block_id"] == "row"
    assert body["message"]["ts"] == posted["ts"] and body["response_url"] and body["trigger_id"]
    assert "blocks" not in workspace.messages("#sales")[-1]


async def test_a_modal_opens_reports_errors_and_is_saved(
    workspace: LocalWorkspace, app: AsyncApp, connect: Connect
) -> None:
    saved: list[dict[str, Any]] = []

    @app.command("/kpi-admin")
    async def admin(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.view("edit")
    async def edit(ack: Any, view: dict[str, Any]) -> None:
        values = view["state"]["values"]
        if values["name"]["typed"]["value"] == "bad":
            await ack(response_action="errors", errors={"name": "not that one"})
            return
        await ack()
        saved.append(view)

    await connect()
    await workspace.slash("U0BOB", "#sales", "/kpi-admin")
    await workspace.wait_for_modal("U0BOB")
    assert await workspace.submit("U0BOB", {}) == {"name": "Please complete this required field."}
    assert await workspace.submit("U0BOB", {"name": "bad"}) == {"name": "not that one"}
    assert workspace.modal("U0BOB") is not None
    assert await workspace.submit("U0BOB", {"name": "good", "chosen": "Two"}) == {}
    assert workspace.modal("U0BOB") is None
    assert saved[0]["private_metadata"] == "kept"
    assert saved[0]["state"]["values"]["kind"]["chosen"]["selected_option"]["value"] == "two"


@pytest.mark.parametrize(("action", "title_after"), [("update", "Second"), ("push", "Second"), ("clear", None)])
async def test_view_response_actions(
    workspace: LocalWorkspace, app: AsyncApp, connect: Connect, action: str, title_after: str | None
) -> None:
    @app.command("/kpi-admin")
    async def admin(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.view("edit")
    async def edit(ack: Any) -> None:
        second = MODAL | {"title": {"type": "plain_text", "text": "Second"}}
        await ack(response_action=action, **({} if action == "clear" else {"view": second}))

    await connect()
    await workspace.slash("U0BOB", "#sales", "/kpi-admin")
    await workspace.wait_for_modal("U0BOB")
    await workspace.submit("U0BOB", {"name": "x"})
    modal = workspace.modal("U0BOB")
    assert (modal["title"]["text"] if modal else None) == title_after
    if action == "push":
        await workspace.close_modal("U0BOB")
        assert (workspace.modal("U0BOB") or {})["title"]["text"] == "Edit"


async def test_a_trigger_works_once_and_not_for_long(
    workspace: LocalWorkspace, app: AsyncApp, connect: Connect
) -> None:
    errors: list[str] = []
    workspace.hub.trigger_life = 0.2

    @app.command("/kpi-admin")
    async def admin(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        if body["text"] == "slow":
            await asyncio.sleep(0.3)
        for _ in range(2):
            try:
                await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
            except SlackApiError as error:
                errors.append(error.response["error"])

    await connect()
    await workspace.slash("U0BOB", "#sales", "/kpi-admin", "fast")
    await workspace.slash("U0BOB", "#sales", "/kpi-admin", "slow")
    await workspace.until(lambda: not (len(errors) < 3))
    assert errors == ["exchanged_trigger_id", "expired_trigger_id", "expired_trigger_id"]


async def test_the_home_tab_is_published_and_its_buttons_work(
    workspace: LocalWorkspace, app: AsyncApp, connect: Connect
) -> None:
    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": ACTIONS})

    @app.action("more")
    async def more(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        assert body["container"]["type"] == "view"
        await client.views_publish(
            user_id=body["user"]["id"],
            view={"type": "home", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Done"}}]},
        )

    await connect()
    await workspace.open_home("U0ANNA")
    await workspace.wait_for_home("U0ANNA")
    await workspace.click_in_view("U0ANNA", action_id="more")
    await workspace.wait_for_home("U0ANNA", lambda v: v["blocks"][0]["type"] == "header")
    assert workspace.home("U0LI") is None


async def test_files_upload_v2(workspace: LocalWorkspace, client: AsyncWebClient) -> None:
    dm = (await client.conversations_open(users="U0LI"))["channel"]["id"]
    await client.files_upload_v2(
        channel=dm, content="地区,销售额\n华东,10\n", filename="sales.csv", initial_comment="as asked"
    )
    message = await workspace.wait_for_message("U0LI")
    assert message["text"] == "as asked"
    file = message["files"][0]
    assert (file["name"], file["filetype"], file["preview"]) == ("sales.csv", "csv", "地区,销售额\n华东,10\n")


async def test_own_messages_come_back_as_events_with_bot_id(
    workspace: LocalWorkspace, app: AsyncApp, connect: Connect, client: AsyncWebClient
) -> None:
    await connect()
    posted = await client.chat_postMessage(channel="C0SALES", text="one")
    await client.chat_update(channel="C0SALES", ts=posted["ts"], text="two")
    await client.chat_delete(channel="C0SALES", ts=posted["ts"])
    await workspace.until(lambda: not (len(workspace.socket.log) < 3))
    events = [e["payload"]["event"] for e in workspace.socket.log]
    assert [e.get("subtype") for e in events] == [None, "message_changed", "message_deleted"]
    assert events[0]["bot_id"] == "B0PACELINE" and events[0]["channel_type"] == "channel"
