"""Slack's limits, one by one: what is just allowed passes, one more is refused, with Slack's name and pointer."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from localslack import LocalWorkspace
from localslack.block_check import check_blocks, refuse_bad_message
from localslack.refusals import SlackRefusal
from localslack.view_check import accepted_view

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def cell(text: str = "x") -> Block:
    return {"type": "raw_text", "text": text}


def button(n: int = 0, **more: Any) -> Block:
    return {"type": "button", "action_id": f"a{n}", "text": plain("Go"), **more}


def options(count: int) -> list[Block]:
    return [{"text": plain(f"o{n}"), "value": str(n)} for n in range(count)]


def section(text: str = "hi", **more: Any) -> Block:
    return {"type": "section", "text": mrkdwn(text), **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def table(rows: int, columns: int) -> Block:
    return {"type": "table", "rows": [[cell() for _ in range(columns)] for _ in range(rows)]}


def data_table(rows: int, columns: int, **more: Any) -> Block:
    return {
        "type": "data_table",
        "caption": "c",
        "rows": [[cell() for _ in range(columns)] for _ in range(rows)],
        **more,
    }


def chart(
    series: int = 1,
    categories: int = 3,
    *,
    kind: str = "bar",
    title: str = "t",
    names: str = "s{}",
    labels: str = "c{}",
) -> Block:
    wanted = [labels.format(c) for c in range(categories)]
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {
            "type": kind,
            "series": [
                {"name": names.format(s), "data": [{"label": c, "value": 1} for c in wanted]} for s in range(series)
            ],
            "axis_config": {"categories": wanted},
        },
    }


def pie(*values: float) -> Block:
    segments = [{"label": f"p{n}", "value": v} for n, v in enumerate(values)]
    return {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": segments}}


# (what, blocks at the limit, blocks beyond it, part of the refusal)
CASES: list[tuple[str, list[Block], list[Block], str]] = [
    ("blocks", [section()] * 50, [section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    ("section text", [section("x" * 3000)], [section("x" * 3001)], "must be less than 3001 characters"),
    (
        "section fields",
        [{"type": "section", "fields": [mrkdwn("f")] * 10}],
        [{"type": "section", "fields": [mrkdwn("f")] * 11}],
        "no more than 10",
    ),
    (
        "field text",
        [{"type": "section", "fields": [mrkdwn("f" * 2000)]}],
        [{"type": "section", "fields": [mrkdwn("f" * 2001)]}],
        "2001 characters",
    ),
    ("section empty", [section()], [{"type": "section"}], "missing required field"),
    (
        "header",
        [{"type": "header", "text": plain("h" * 150)}],
        [{"type": "header", "text": plain("h" * 151)}],
        "151 characters",
    ),
    (
        "header is plain",
        [{"type": "header", "text": plain("h")}],
        [{"type": "header", "text": mrkdwn("h")}],
        "unsupported type: mrkdwn",
    ),
    (
        "context",
        [{"type": "context", "elements": [mrkdwn("c")] * 10}],
        [{"type": "context", "elements": [mrkdwn("c")] * 11}],
        "no more than 10",
    ),
    ("actions", [actions(*map(button, range(25)))], [actions(*map(button, range(26)))], "no more than 25"),
    ("button text", [actions(button(text=plain("b" * 75)))], [actions(button(text=plain("b" * 76)))], "76 characters"),
    ("button value", [actions(button(value="v" * 2000))], [actions(button(value="v" * 2001))], "2001 characters"),
    ("action_id", [actions(button(1), button(2))], [actions(button(1), button(1))], "already exists"),
    (
        "select options",
        [actions({"type": "static_select", "action_id": "s", "options": options(100)})],
        [actions({"type": "static_select", "action_id": "s", "options": options(101)})],
        "no more than 100",
    ),
    (
        "overflow",
        [actions({"type": "overflow", "action_id": "s", "options": options(5)})],
        [actions({"type": "overflow", "action_id": "s", "options": options(6)})],
        "no more than 5",
    ),
    (
        "radio buttons",
        [actions({"type": "radio_buttons", "action_id": "s", "options": options(10)})],
        [actions({"type": "radio_buttons", "action_id": "s", "options": options(11)})],
        "no more than 10",
    ),
    (
        "block_id unique",
        [section(block_id="a"), section(block_id="b")],
        [section(block_id="a"), section(block_id="a")],
        "already exists",
    ),
    ("block_id length", [section(block_id="a" * 255)], [section(block_id="a" * 256)], "256 characters"),
    (
        "markdown total",
        [{"type": "markdown", "text": "m" * 6000}] * 2,
        [{"type": "markdown", "text": "m" * 6001}] * 2,
        "12001 characters",
    ),
    ("table rows", [table(100, 2)], [table(101, 2)], "no more than 100"),
    ("table cells", [table(2, 20)], [table(2, 21)], "no more than 20"),
    ("one table", [table(2, 2)], [table(2, 2), table(2, 2)], "only_one_table_allowed"),
    (
        "empty cell",
        [{"type": "table", "rows": [[cell("x")]]}],
        [{"type": "table", "rows": [[cell("")]]}],
        "more than 0 characters",
    ),
    ("ragged table", [table(2, 2)], [{"type": "table", "rows": [[cell()], [cell(), cell()]]}], "same number of cells"),
    (
        "no raw_number in table",
        [table(1, 1)],
        [{"type": "table", "rows": [[{"type": "raw_number", "value": 1, "text": "1"}]]}],
        "raw_number",
    ),
    ("data_table rows", [data_table(201, 1)], [data_table(202, 1)], "no more than 201"),
    ("data_table needs a row", [data_table(2, 1)], [data_table(1, 1)], "no less than 2"),
    ("data_table columns", [data_table(2, 20)], [data_table(2, 21)], "no more than 20"),
    (
        "data_table caption",
        [data_table(2, 1)],
        [{k: v for k, v in data_table(2, 1).items() if k != "caption"}],
        "caption",
    ),
    ("data_table page", [data_table(2, 1, page_size=100)], [data_table(2, 1, page_size=101)], "between 1 and 100"),
    (
        "data_table characters",
        [{"type": "data_table", "caption": "c", "rows": [[cell("x" * 10_000)], [cell("x" * 10_000)]]}],
        [{"type": "data_table", "caption": "c", "rows": [[cell("x" * 10_000)], [cell("x" * 10_001)]]}],
        "20001 characters",
    ),
    (
        "data_table header",
        [data_table(2, 1)],
        [{"type": "data_table", "caption": "c", "rows": [[{"type": "rich_text", "elements": []}], [cell()]]}],
        "unsupported cell type: rich_text",
    ),
    ("charts", [chart(), chart()], [chart(), chart(), chart()], "no more than 2 data_visualization"),
    ("chart title", [chart(title="t" * 50)], [chart(title="t" * 51)], "51 characters"),
    ("series", [chart(series=6)], [chart(series=7)], "no more than 6"),
    ("categories", [chart(categories=20)], [chart(categories=21)], "no more than 20"),
    ("series name", [chart(names="n" * 19 + "{}")], [chart(names="n" * 20 + "{}")], "21 characters"),
    ("category label", [chart(labels="n" * 18 + "{}")], [chart(labels="n" * 20 + "{}")], "21 characters"),
    ("unique series", [chart(series=2)], [chart(series=2, names="same")], "unique"),
    ("pie segments", [pie(*[1.0] * 6)], [pie(*[1.0] * 7)], "no more than 6"),
    ("pie values", [pie(0.1)], [pie(0)], "greater than 0"),
    ("surface", [table(1, 1)], [{"type": "alert", "text": plain("x")}], "unsupported type: alert"),
]


@pytest.mark.parametrize(("what", "allowed", "refused", "says"), CASES, ids=[c[0] for c in CASES])
def test_a_limit_holds_exactly(what: str, allowed: list[Block], refused: list[Block], says: str) -> None:
    assert list(check_blocks(copy.deepcopy(allowed), "message")) == []
    problems = list(check_blocks(refused, "message"))
    assert problems and any(says in p for p in problems), problems


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "1", True])
def test_chart_values_are_finite_numbers(value: object) -> None:
    block = chart()
    block["chart"]["series"][0]["data"][0]["value"] = value
    assert any("finite" in p for p in check_blocks([block], "message"))


def test_a_series_has_one_value_for_each_category() -> None:
    block = chart()
    del block["chart"]["series"][0]["data"][0]
    assert any("exactly one value for each category" in p for p in check_blocks([block], "message"))


def test_a_message_too_long_in_all() -> None:
    refuse_bad_message([section("x" * 2900)] * 4)
    with pytest.raises(SlackRefusal, match="msg_blocks_too_long"):
        refuse_bad_message([section("x" * 2900)] * 5)


def modal(**more: Any) -> Block:
    return {"type": "modal", "title": plain("T"), "blocks": [section()], **more}


INPUT = {"type": "input", "label": plain("L"), "element": {"type": "plain_text_input", "action_id": "a"}}
VIEWS: list[tuple[str, Block, Block]] = [
    ("title", modal(title=plain("t" * 24)), modal(title=plain("t" * 25))),
    ("submit", modal(submit=plain("t" * 24)), modal(submit=plain("t" * 25))),
    ("close", modal(close=plain("t" * 24)), modal(close=plain("t" * 25))),
    ("private_metadata", modal(private_metadata="m" * 3000), modal(private_metadata="m" * 3001)),
    ("blocks", modal(blocks=[section()] * 100), modal(blocks=[section()] * 101)),
    ("no tables in modals", modal(), modal(blocks=[table(1, 1)])),
    ("inputs need submit", modal(blocks=[INPUT], submit=plain("OK")), modal(blocks=[INPUT])),
    ("title required", modal(), {"type": "modal", "blocks": []}),
]


@pytest.mark.parametrize(("what", "allowed", "refused"), VIEWS, ids=[v[0] for v in VIEWS])
def test_modal_limits(what: str, allowed: Block, refused: Block) -> None:
    accepted_view(allowed, "modal")
    with pytest.raises(SlackRefusal, match="invalid_arguments") as caught:
        accepted_view(refused, "modal")
    assert caught.value.as_json()["response_metadata"]["messages"]


def test_home_limits() -> None:
    accepted_view({"type": "home", "blocks": [section()] * 100}, "home")
    accepted_view({"type": "home", "blocks": [chart(), data_table(2, 1)]}, "home")
    for blocks in ([section()] * 101, [{"type": "markdown", "text": "x"}]):
        with pytest.raises(SlackRefusal):
            accepted_view({"type": "home", "blocks": blocks}, "home")


def test_a_view_too_large() -> None:
    with pytest.raises(SlackRefusal, match="view_too_large"):
        accepted_view(modal(blocks=[section("长" * 3000)] * 30), "modal")


async def test_the_web_api_says_it_as_slack_does(workspace: LocalWorkspace, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0SALES", text="x", blocks=[table(2, 2), table(2, 2)])
    assert caught.value.response["error"] == "invalid_blocks"
    assert "only_one_table_allowed" in caught.value.response["response_metadata"]["messages"][0]
    assert workspace.messages("#sales") == []


async def test_text_is_cut_at_40000(workspace: LocalWorkspace, client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel="C0SALES", text="x" * 40_001)
    assert answer["response_metadata"]["warnings"] == ["message_truncated"]
    assert len(workspace.messages("#sales")[0]["text"]) == 40_000


ERRORS: list[tuple[str, Callable[[AsyncWebClient], Any], str]] = [
    ("no text", lambda c: c.api_call("chat.postMessage", json={"channel": "C0SALES"}), "no_text"),
    ("unknown channel", lambda c: c.chat_postMessage(channel="C0NONE", text="x"), "channel_not_found"),
    ("not a member", lambda c: c.chat_postMessage(channel="C0OTHER", text="x"), "not_in_channel"),
    ("private channel", lambda c: c.conversations_info(channel="G0NONE"), "channel_not_found"),
    ("unknown user", lambda c: c.users_info(user="U0NONE"), "user_not_found"),
    ("unknown e-mail", lambda c: c.users_lookupByEmail(email="no@example.com"), "users_not_found"),
    ("unknown method", lambda c: c.api_call("chat.shout"), "unknown_method"),
    (
        "blocks that are no JSON",
        lambda c: c.chat_postMessage(channel="C0SALES", text="x", blocks="[{"),
        "invalid_blocks_format",
    ),
    (
        "metadata without payload",
        lambda c: c.chat_postMessage(channel="C0SALES", text="x", metadata={"event_type": "k"}),
        "invalid_metadata_schema",
    ),
    ("no such message", lambda c: c.chat_update(channel="C0SALES", ts="1.0", text="x"), "message_not_found"),
    (
        "ephemeral to a stranger",
        lambda c: c.chat_postEphemeral(channel="C0SALES", user="U0NONE", text="x"),
        "user_not_in_channel",
    ),
    ("no trigger", lambda c: c.views_open(trigger_id="1.2", view=modal()), "invalid_trigger_id"),
    (
        "too many prompts",
        lambda c: c.assistant_threads_setSuggestedPrompts(
            channel_id="C0SALES", thread_ts="1.0", prompts=[{"title": "t", "message": "m"}] * 5
        ),
        "invalid_arguments",
    ),
    ("app token method", lambda c: c.apps_connections_open(app_token="xoxb-local-bot"), "not_allowed_token_type"),
]


@pytest.mark.parametrize(("what", "call", "error"), ERRORS, ids=[e[0] for e in ERRORS])
async def test_error_names(
    client: AsyncWebClient, what: str, call: Callable[[AsyncWebClient], Any], error: str
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await call(client)
    assert caught.value.response["error"] == error
