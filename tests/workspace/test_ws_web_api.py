"""The Web API over HTTP: how arguments arrive, tokens, scopes, history, metadata, rate limits and ordered faults."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.client import WebClient

from localslack import LocalWorkspace, WorkspaceUser
from localslack.http_delivery import deliver_http, signature
from localslack.payloads import event_callback


async def test_arguments_come_in_every_form(workspace: LocalWorkspace) -> None:
    url = workspace.api_url + "users.info"
    bearer = {"Authorization": f"Bearer {workspace.tokens.bot}"}
    async with aiohttp.ClientSession() as http:
        answers = [
            await (await http.get(url, params={"user": "U0LI", "token": workspace.tokens.bot})).json(),
            await (await http.post(url, data={"user": "U0LI", "token": workspace.tokens.bot})).json(),
            await (await http.post(url, json={"user": "U0LI"}, headers=bearer)).json(),
            await (await http.get(url, params={"user": "U0LI"}, headers=bearer)).json(),
        ]
        empty = await (
            await http.post(
                workspace.api_url + "auth.test", data=b"", headers=bearer | {"Content-Type": "application/json"}
            )
        ).json()
        broken = await (await http.post(url, data=b"{", headers=bearer | {"Content-Type": "application/json"})).json()
    assert [a["user"]["real_name"] for a in answers] == ["李雷"] * 4
    assert empty["ok"] and empty["bot_id"] == "B0PACELINE"
    assert broken == {"ok": False, "error": "invalid_json"}


async def test_the_sync_client_works_too(workspace: LocalWorkspace) -> None:
    client = WebClient(token=workspace.tokens.bot, base_url=workspace.api_url)
    assert (await asyncio.to_thread(client.auth_test))["user_id"] == "U0PACELINE"


@pytest.mark.parametrize(
    ("token", "error"),
    [("", "not_authed"), ("xoxb-wrong", "invalid_auth"), ("xapp-1-local-app", "not_allowed_token_type")],
)
async def test_tokens_are_checked(workspace: LocalWorkspace, token: str, error: str) -> None:
    client = AsyncWebClient(token=token, base_url=workspace.api_url)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0SALES", text="x")
    assert caught.value.response["error"] == error


async def test_a_revoked_token_and_a_missing_scope(workspace: LocalWorkspace, client: AsyncWebClient) -> None:
    workspace.faults.revoke(workspace.tokens.bot)
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()
    assert caught.value.response["error"] == "token_revoked"
    workspace.faults.restore(workspace.tokens.bot)
    small = LocalWorkspace([WorkspaceUser("U1", "One")], [], scopes=frozenset({"chat:write"}))
    await small.start()
    try:
        with pytest.raises(SlackApiError) as caught:
            await AsyncWebClient(token=small.tokens.bot, base_url=small.api_url).users_info(user="U1")
        assert caught.value.response["error"] == "missing_scope"
        assert caught.value.response["needed"] == "users:read"
    finally:
        await small.stop()


async def test_users_carry_zone_and_language(client: AsyncWebClient) -> None:
    user = (await client.users_info(user="U0LI", include_locale=True))["user"]
    assert (user["tz"], user["tz_offset"], user["locale"]) == ("Asia/Shanghai", 28800, "zh-CN")
    assert "locale" not in (await client.users_info(user="U0LI"))["user"]
    assert (await client.users_lookupByEmail(email="LI@example.com"))["user"]["id"] == "U0LI"


async def test_history_leaves_out_replies_and_ephemerals_and_shows_metadata_when_asked(client: AsyncWebClient) -> None:
    metadata = {"event_type": "paceline", "event_payload": {"key": "k1"}}
    first = await client.chat_postMessage(channel="C0SALES", text="one", metadata=metadata)
    await client.chat_postMessage(channel="C0SALES", text="reply", thread_ts=first["ts"])
    await client.chat_postMessage(channel="C0SALES", text="two")
    await client.chat_postEphemeral(channel="C0SALES", user="U0ANNA", text="psst")
    shown = await client.conversations_history(channel="C0SALES")
    assert [m["text"] for m in shown["messages"]] == ["two", "one"]
    assert "metadata" not in shown["messages"][1]
    full = await client.conversations_history(channel="C0SALES", include_all_metadata=True)
    assert full["messages"][1]["metadata"] == metadata
    page = await client.conversations_history(channel="C0SALES", limit=1)
    assert page["has_more"]
    rest = await client.conversations_history(
        channel="C0SALES", limit=1, cursor=page["response_metadata"]["next_cursor"]
    )
    assert [m["text"] for m in rest["messages"]] == ["one"]
    replies = await client.conversations_replies(channel="C0SALES", ts=first["ts"])
    assert [m["text"] for m in replies["messages"]] == ["one", "reply"]
    newer = await client.conversations_history(channel="C0SALES", oldest=first["ts"])
    assert [m["text"] for m in newer["messages"]] == ["two"]


async def test_a_direct_conversation_is_opened_once(client: AsyncWebClient) -> None:
    one = await client.conversations_open(users="U0LI")
    two = await client.conversations_open(users=["U0LI"], return_im=True)
    assert one["channel"]["id"] == two["channel"]["id"] and two["already_open"]
    assert two["channel"]["is_im"] and two["channel"]["user"] == "U0LI"
    assert one["channel"]["id"].startswith("D")


async def test_rate_limit_per_channel_and_retry(workspace: LocalWorkspace) -> None:
    workspace.faults.seconds_between_posts = 0.9
    client = AsyncWebClient(token=workspace.tokens.bot, base_url=workspace.api_url)
    await client.chat_postMessage(channel="C0SALES", text="1")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0SALES", text="2")
    assert caught.value.response.status_code == 429
    assert caught.value.response["error"] == "ratelimited"
    assert caught.value.response.headers["Retry-After"] == "1"
    await client.chat_postMessage(channel="U0LI", text="another channel")
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
    begun = time.monotonic()
    await client.chat_postMessage(channel="C0SALES", text="3")
    assert time.monotonic() - begun >= 0.8
    assert [m["text"] for m in workspace.messages("#sales")] == ["1", "3"]


async def test_a_dropped_response_leaves_the_message(workspace: LocalWorkspace) -> None:
    client = AsyncWebClient(token=workspace.tokens.bot, base_url=workspace.api_url, retry_handlers=[])
    workspace.faults.drop_response("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C0SALES", text="did it arrive?")
    assert len(workspace.messages("#sales")) == 1
    workspace.faults.refuse_connection("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C0SALES", text="this did not")
    assert len(workspace.messages("#sales")) == 1


async def test_the_default_client_posts_twice_after_a_drop(workspace: LocalWorkspace, client: AsyncWebClient) -> None:
    """Why the bot may not use the default retry handlers for messages."""
    workspace.faults.drop_response("chat.postMessage")
    await client.chat_postMessage(channel="C0SALES", text="once?")
    assert len(workspace.messages("#sales")) == 2


async def test_ordered_faults(workspace: LocalWorkspace) -> None:
    client = AsyncWebClient(token=workspace.tokens.bot, base_url=workspace.api_url, retry_handlers=[])
    workspace.faults.fail("auth.test", status=500)
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()
    assert caught.value.response.status_code == 500
    workspace.faults.error("auth.test", "fatal_error")
    with pytest.raises(SlackApiError, match="fatal_error"):
        await client.auth_test()
    workspace.faults.rate_limit("auth.test", retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()
    assert caught.value.response.headers["Retry-After"] == "7"
    assert (await client.auth_test())["ok"]


async def test_signed_http_delivery_reaches_the_same_app(workspace: LocalWorkspace, app: AsyncApp) -> None:
    app = AsyncApp(client=app.client, signing_secret=workspace.signing_secret)
    heard: list[str] = []

    @app.event("app_mention")
    async def mention(event: dict[str, Any]) -> None:
        heard.append(event["text"])

    @app.command("/kpi")
    async def kpi(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"got {command['text']}")

    runner = web.AppRunner(app.web_app(port=0))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        back = workspace.use_http(url)
        await workspace.mention("U0ANNA", "#sales", "over http")
        await workspace.slash("U0ANNA", "#sales", "/kpi", "x")
        assert workspace.messages("#sales", viewer="U0ANNA")[-1]["text"] == "got x"
        await workspace.until(lambda: heard == ["<@U0PACELINE> over http"])
        payload = event_callback(workspace.ledger, {"type": "app_mention", "event_ts": "1.0"})
        assert not (await deliver_http(url, "wrong secret", "events_api", payload)).acked
        stale = int(workspace.ledger.clock()) - 600
        assert not (await deliver_http(url, workspace.signing_secret, "events_api", payload, at=stale)).acked
        await back()
    finally:
        await runner.cleanup()


def test_signature_is_slacks() -> None:
    """The worked example of Slack's documentation on verifying requests."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
        b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
        b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    wanted = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body) == wanted


async def test_user_tokens_speak_as_their_user(workspace: LocalWorkspace) -> None:
    client = AsyncWebClient(token=workspace.tokens.users["U0LI"], base_url=workspace.api_url)
    assert (await client.auth_test())["user_id"] == "U0LI"
    await client.chat_postMessage(channel="C0SALES", text="mine")
    assert workspace.messages("#sales")[0]["user"] == "U0LI"


async def test_the_socket_needs_its_ticket(workspace: LocalWorkspace, app: AsyncApp) -> None:
    async with aiohttp.ClientSession() as http:
        answer = await http.get(workspace.url + "/link/?ticket=guess")
        assert answer.status == 404
    workspace.faults.revoke(workspace.tokens.app)
    with pytest.raises(SlackApiError, match="token_revoked"):
        await AsyncWebClient(token=workspace.tokens.app, base_url=workspace.api_url).apps_connections_open(
            app_token=workspace.tokens.app
        )
