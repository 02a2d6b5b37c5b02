"""The page in a real browser, with a small app of the test's own behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from localslack import LocalWorkspace, WorkspaceChannel, WorkspaceUser

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Awaitable[Any]]

PEOPLE = [
    WorkspaceUser(
        "U0ANNA", "Anna Schmidt", "anna@example.com", "Asia/Shanghai", "en-US", "Rep", suggestions=("How am I doing?",)
    ),
    WorkspaceUser("U0LI", "李雷", "li@example.com", "Asia/Shanghai", "zh-CN", "Manager"),
]


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def number(value: float, text: str) -> dict[str, Any]:
    return {"type": "raw_number", "value": value, "text": text}


def answer_blocks(question: str) -> list[dict[str, Any]]:
    names = ["Beta", "Alpha", "Gamma"]
    rows = [[{"type": "raw_text", "text": n}, number(v, f"¥{v}")] for n, v in zip(names, (20, 100, 3), strict=True)]
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": f"*You asked:* {question}"}},
        {
            "type": "data_visualization",
            "title": "Sales by product",
            "chart": {
                "type": "bar",
                "series": [
                    {
                        "name": "Sales",
                        "data": [{"label": n, "value": v} for n, v in zip(names, (20, 100, -3), strict=True)],
                    }
                ],
                "axis_config": {"categories": names},
            },
        },
        {
            "type": "data_table",
            "caption": "Products",
            "page_size": 2,
            "rows": [[{"type": "raw_text", "text": "Product"}, {"type": "raw_text", "text": "Sales"}], *rows],
        },
        {
            "type": "actions",
            "block_id": "next",
            "elements": [{"type": "button", "action_id": "more", "text": plain("Tell me more")}],
        },
    ]


MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "name",
    "title": plain("Your name"),
    "submit": plain("Save"),
    "blocks": [
        {
            "type": "input",
            "block_id": "n",
            "label": plain("Name"),
            "element": {"type": "plain_text_input", "action_id": "typed"},
        }
    ],
}


@pytest.fixture
async def workspace() -> AsyncIterator[LocalWorkspace]:
    async def forward() -> str:
        moved.append(86400.0)
        return "A day later"

    moved: list[float] = []
    made = LocalWorkspace(
        PEOPLE,
        [WorkspaceChannel("C0SALES", "sales", ("U0ANNA", "U0LI"))],
        controls={"next working morning": forward},
        clock=lambda: 1_795_741_200.0 + sum(moved),
        timezone="Asia/Shanghai",
        commands=frozenset({"/kpi"}),
    )
    await made.start()
    client = AsyncWebClient(token=made.tokens.bot, base_url=made.api_url)
    app = AsyncApp(client=client)

    @app.event("message")
    async def message(event: dict[str, Any], say: Any) -> None:
        if event.get("channel_type") == "im" and not event.get("bot_id"):
            await say(text="answer", blocks=answer_blocks(event["text"]))

    @app.event("app_mention")
    async def mention(event: dict[str, Any], say: Any) -> None:
        await say(text=f"<@{event['user']}> in the thread", thread_ts=event["ts"])

    @app.action("more")
    async def more(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.view("name")
    async def named(ack: Any, view: dict[str, Any], body: dict[str, Any], client: AsyncWebClient) -> None:
        value = view["state"]["values"]["n"]["typed"]["value"]
        if value == "x":
            await ack(response_action="errors", errors={"n": "Longer, please"})
            return
        await ack()
        await client.chat_postMessage(channel=body["user"]["id"], text=f"Hello {value} <script>alert(1)</script>")

    @app.command("/kpi")
    async def kpi(ack: Any) -> None:
        await ack("just for you")

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        if event["tab"] == "home":
            view = {"type": "home", "blocks": [{"type": "header", "text": plain("At home")}]}
            await client.views_publish(user_id=event["user"], view=view)

    handler = AsyncSocketModeHandler(app, made.tokens.app)
    await handler.connect_async()
    await made.wait_connected()
    yield made
    await handler.close_async()
    await made.stop()


async def test_a_question_is_asked_and_its_answer_read(workspace: LocalWorkspace, open_page: OpenPage) -> None:
    page = await open_page(workspace.url)
    await page.click("text=How am I doing?")
    answer = page.locator(".by-app").last
    await answer.locator("text=You asked:").wait_for()
    assert "How am I doing?" in await answer.inner_text()
    assert await answer.locator("svg path.bar").count() == 3
    cells = answer.locator(".data-table tbody th")
    assert await cells.all_inner_texts() == ["Beta", "Alpha"]
    await answer.locator("button.sort", has_text="Sales").click()
    assert await cells.all_inner_texts() == ["Gamma", "Beta"]
    await answer.locator("[aria-label='Next page']").click()
    assert await cells.all_inner_texts() == ["Alpha"]


async def test_a_modal_shows_errors_keeps_what_was_typed_and_saves(
    workspace: LocalWorkspace, open_page: OpenPage
) -> None:
    page = await open_page(workspace.url)
    await page.fill("#composer-main", "hi")
    await page.press("#composer-main", "Enter")
    await page.click("text=Tell me more")
    dialog = page.locator("dialog[open]")
    await dialog.locator("input").fill("x")
    await dialog.locator("text=Save").click()
    await dialog.locator("text=Longer, please").wait_for()
    assert await dialog.locator("input").input_value() == "x"
    await dialog.locator("input").fill("Ann")
    await page.keyboard.press("Enter")
    await page.locator("text=Hello Ann").wait_for()
    assert await page.locator("dialog[open]").count() == 0
    assert "<script>alert(1)</script>" in await page.locator(".by-app").last.inner_text()


async def test_a_mention_is_completed_and_answered_beside_the_channel(
    workspace: LocalWorkspace, open_page: OpenPage
) -> None:
    page = await open_page(workspace.url + "/#sales")
    await page.locator("#composer-main").press_sequentially("@pac")
    await page.locator(".completions >> text=Paceline").wait_for()
    await page.press("#composer-main", "Enter")
    assert await page.input_value("#composer-main") == "@Paceline "
    await page.locator("#composer-main").press_sequentially("本月销售额")
    await page.press("#composer-main", "Enter")
    await page.locator("#thread >> text=in the thread").wait_for()
    assert await page.locator("#thread .mention.me").inner_text() == "@Anna Schmidt"
    assert workspace.messages("#sales")[0]["text"] == "<@U0PACELINE> 本月销售额"


async def test_a_command_is_answered_to_its_user_alone(workspace: LocalWorkspace, open_page: OpenPage) -> None:
    page = await open_page(workspace.url + "/#sales")
    await page.locator("#composer-main").press_sequentially("/k")
    await page.press("#composer-main", "Tab")
    await page.press("#composer-main", "Enter")
    await page.locator(".ephemeral >> text=just for you").wait_for()
    await page.click(".who-button")
    await page.click(".people >> text=李雷")
    await page.locator(".who-text >> text=李雷").wait_for()
    assert await page.locator("text=just for you").count() == 0
    assert await page.get_attribute("html", "lang") == "zh"


async def test_home_the_clock_and_a_narrow_screen(workspace: LocalWorkspace, open_page: OpenPage) -> None:
    page = await open_page(workspace.url, width=390, height=844)
    await page.click("role=tab[name=Home]")
    await page.locator(".home >> text=At home").wait_for()
    before = await page.inner_text(".clock-now b")
    await page.click(".clock-button")
    await page.locator(".toast >> text=A day later").wait_for()
    assert await page.inner_text(".clock-now b") != before
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.click("[aria-label='Open the sidebar']")
    await page.click(".sidebar >> text=sales")
    await page.locator("h1 >> text=sales").wait_for()


async def test_an_input_method_choosing_characters_does_not_send(
    workspace: LocalWorkspace, open_page: OpenPage
) -> None:
    page = await open_page(workspace.url)
    await page.fill("#composer-main", "xiaoshou")
    await page.dispatch_event("#composer-main", "keydown", {"key": "Enter", "isComposing": True})
    assert workspace.messages("U0ANNA") == []
    assert await page.input_value("#composer-main") == "xiaoshou"
