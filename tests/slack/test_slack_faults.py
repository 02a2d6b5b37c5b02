"""What goes wrong: one reply, never two, nothing leaked."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import sys
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_floor import Floor, kinds, shown
from slack_sdk.signature import SignatureVerifier

from bot import cli
from bot.app import build_app
from bot.runtime import Runtime
from bot.serving import check_tokens, connected
from metrics.errors import CompileError, StaleData, UserError


async def test_refused_blocks_are_sent_again_plainer(floor: Floor) -> None:
    floor.workspace.faults.error("chat.postMessage", "invalid_blocks")
    answer = await floor.dm("U0OPS", "revenue by region this quarter")
    assert "table" in kinds(answer) and not {"data_table", "data_visualization"} & set(kinds(answer))
    floor.workspace.faults.error("chat.postMessage", "invalid_blocks", times=2)
    bare = await floor.dm("U0OPS", "revenue by region this month")
    assert not bare.get("blocks") and "€250" in bare["text"]


async def test_a_rate_limit_is_waited_for(floor: Floor) -> None:
    floor.workspace.faults.rate_limit("chat.postMessage", retry_after=1)
    assert "€100" in (await floor.dm("U0R1", "my revenue this month"))["text"]
    assert len(floor.posted("U0R1", to_all=True)) == 1


async def test_a_lost_response_does_not_post_twice(floor: Floor) -> None:
    floor.workspace.faults.drop_response("chat.postMessage")
    await floor.workspace.dm("U0R1", "my revenue this month")

    def answers() -> int:
        return sum("€100" in m["text"] for m in floor.posted("U0R1", to_all=True))

    await floor.workspace.until(lambda: answers() > 0, timeout=20)
    await asyncio.sleep(0.5)
    assert answers() == 1


async def test_an_event_that_comes_twice_is_answered_once(floor: Floor) -> None:
    channel = floor.workspace.channel_id("U0R1")
    body = {
        "type": "event_callback",
        "team_id": "T0LOCAL",
        "event_id": "Ev0TWICE",
        "event": {
            "type": "message",
            "channel_type": "im",
            "channel": channel,
            "user": "U0R1",
            "text": "my revenue this month",
            "ts": "1.1",
        },
    }
    for _ in range(2):
        response = await floor.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
        assert response.status == 200
    await floor.workspace.wait_for_message("U0R1", floor.workspace.by_app())
    await asyncio.sleep(0.2)
    assert len(floor.posted("U0R1", to_all=True)) == 1


async def test_our_own_faults_show_a_reference_and_no_more(
    floor: Floor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise CompileError("secret column names")

    monkeypatch.setattr(floor.runtime.metrics, "tell", broken)
    answer = await floor.dm("U0R1", "my revenue this month")
    reference = answer["text"].split("logged under ")[1].split(";")[0]
    assert "secret" not in shown(answer)
    assert reference in caplog.text and "secret column names" in caplog.text


async def test_a_bug_in_a_listener_is_one_reply_too(
    floor: Floor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(floor.runtime.metrics, "tell", broken)
    answer = await floor.dm("U0R1", "my revenue this month")
    assert "logged under" in answer["text"] and "secret" not in shown(answer)
    assert "ZeroDivisionError" in caplog.text
    assert len(floor.posted("U0R1", to_all=True)) == 1


async def test_late_data_names_its_source(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: Any, **__: Any) -> None:
        raise StaleData("stale_data", "deals", fields={"since": "2024-03-08"})

    monkeypatch.setattr(floor.runtime.metrics, "tell", late)
    assert "deals is late: data since 8 Mar 2024" in (await floor.dm("U0R1", "my revenue this month"))["text"]


async def test_many_at_once_are_all_answered(floor: Floor) -> None:
    users = ["U0R1", "U0R2", "U0R3", "U0OPS"]
    questions = ["revenue this month", "revenue this quarter", "wins this quarter", "revenue by region this quarter"]
    for question in questions:
        await asyncio.gather(*(floor.workspace.dm(user, question) for user in users))
    await floor.workspace.until(
        lambda: all(len(floor.posted(u, to_all=True)) == len(questions) for u in users), timeout=20
    )


# --- connecting ------------------------------------------------------------------------------------------------------


async def test_a_revoked_token_is_named(floor: Floor) -> None:
    floor.workspace.faults.revoke(floor.workspace.tokens.bot)
    settings = floor.runtime.settings
    floor.runtime.settings = type(settings)(
        bot_token=floor.workspace.tokens.bot, app_token="xapp", api_url=floor.workspace.api_url
    )
    with pytest.raises(UserError) as caught:
        await check_tokens(floor.runtime)
    assert caught.value.code == "slack_token" and caught.value.subject == "SLACK_BOT_TOKEN"


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, "SLACK_BOT_TOKEN: it is not set"),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong", "SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN: Slack says"),
        ({"SLACK_BOT_TOKEN": "right", "SLACK_APP_TOKEN": "xapp-wrong"}, "SLACK_APP_TOKEN: Slack says"),
        ({"SLACK_BOT_TOKEN": "right"}, "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET: neither is set"),
        (
            {"SLACK_BOT_TOKEN": "right", "SLACK_APP_TOKEN": "x", "SLACK_API_URL": "http://127.0.0.1:9/"},
            "cannot be reached",
        ),
    ],
)
async def test_serve_says_in_one_line_which_token_is_wrong(
    floor: Floor, loaded_world: Path, env: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"SLACK_API_URL": floor.workspace.api_url, **env}
    if given.get("SLACK_BOT_TOKEN") == "right":
        given["SLACK_BOT_TOKEN"] = floor.workspace.tokens.bot
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**given, "PACELINE_STATE_URL": "sqlite://"}.items():
        monkeypatch.setenv(name, value)
    errors = io.StringIO()
    monkeypatch.setattr(sys, "stderr", errors)
    code = await asyncio.to_thread(cli.main, ["-w", str(loaded_world), "serve", "--no-scheduler"])
    lines = [line for line in errors.getvalue().splitlines() if line]
    assert code == 1 and said in lines[-1] and len(lines) == 1


async def test_http_takes_signed_requests_only(runtime: Runtime) -> None:
    runtime.settings = type(runtime.settings)(bot_token="xoxb", signing_secret="shh", port=_free_port())
    app = build_app(runtime, token="xoxb")
    url = f"http://127.0.0.1:{runtime.settings.port}/slack/events"
    body = json.dumps({"type": "url_verification", "challenge": "c", "token": "t"})
    async with connected(app, runtime), aiohttp.ClientSession() as session:
        async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as unsigned:
            assert unsigned.status == 401
            served = parsedate_to_datetime(unsigned.headers["Date"])  # what time it is where the signature is checked
        stamp = str(int(served.timestamp()))
        signature = SignatureVerifier("shh").generate_signature(timestamp=stamp, body=body)
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature or "",
        }
        async with session.post(url, data=body, headers=headers) as signed:
            assert signed.status == 200
        old = {**headers, "X-Slack-Request-Timestamp": "1000"}
        async with session.post(url, data=body, headers=old) as replayed:
            assert replayed.status == 401


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
