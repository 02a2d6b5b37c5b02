"""HTTP mode: what is not signed does nothing, what is signed acts once, and answers go to Slack's own hosts only."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from entry_floor import Floor, entry_world, open_floor

from bot.app import build_app
from bot.signed_http import WINDOW_S, signature_holds
from bot.slack_hosts import is_slacks
from localslack.http_delivery import STAMP, signature, signed_headers

SECRET = "local-signing-secret"


@pytest.fixture(scope="session")
def world(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return entry_world(root, tmp_path_factory.getbasetemp())


class Catcher:
    """A host that is not Slack's: counts whoever calls it."""

    def __init__(self) -> None:
        self.url, self.called = "", 0


@contextlib.asynccontextmanager
async def catching() -> AsyncIterator[Catcher]:
    catcher = Catcher()

    async def catch(_: web.Request) -> web.Response:
        catcher.called += 1
        return web.Response(text="ok")

    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", catch)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    catcher.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/hook"  # type: ignore[attr-defined]
    try:
        yield catcher
    finally:
        await runner.cleanup()


def bodies(evil: str) -> dict[str, tuple[str, bytes]]:
    """Requests that would do something if they were believed: name -> content type, body."""
    form, plain = "application/x-www-form-urlencoded", "application/json"
    command = {
        "command": "/kpi-admin",
        "text": "role r2 admin --yes",
        "user_id": "U0OPS",
        "channel_id": "C0IN",
        "response_url": evil,
        "trigger_id": "1.2",
        "team_id": "T0LOCAL",
    }
    event = {"type": "message", "channel_type": "im", "channel": "D0X", "user": "U0OPS", "text": "revenue", "ts": "1.2"}
    action = {
        "type": "block_actions",
        "user": {"id": "U0OPS"},
        "trigger_id": "1.3",
        "response_url": evil,
        "channel": {"id": "C0IN"},
        "container": {"channel_id": "C0IN", "is_ephemeral": True},
        "actions": [{"type": "button", "action_id": "admin_confirm", "block_id": "b", "value": "x"}],
    }
    return {
        "command": (form, urlencode(command).encode()),
        "unknown command": (form, urlencode(command | {"command": "/nope"}).encode()),
        "event": (plain, json.dumps({"type": "event_callback", "event_id": "Ev1", "event": event}).encode()),
        "button": (form, urlencode({"payload": json.dumps(action)}).encode()),
        "broken payload": (form, b"payload={"),
        "broken json": (plain, b'{"event": {'),
        "a list": (plain, b"[1, 2]"),
        "nothing": (plain, b""),
        "no text": (plain, b"\xff\xfe\x00 " + evil.encode()),
        "url_verification": (plain, b'{"type": "url_verification", "challenge": "abc"}'),
        "ssl_check": (form, b"ssl_check=1&token=x"),
        "nested": (plain, b"[" * 50_000),
    }


def headers(body: bytes, now: int) -> dict[str, list[tuple[str, str]]]:
    """Ways not to be signed: name -> headers."""
    stamp, sign = "X-Slack-Request-Timestamp", "X-Slack-Signature"

    def signed(at: str) -> str:
        return signature(SECRET, at, body)

    good, at = signed(str(now)), str(now)
    return {
        "none": [],
        "no signature": [(stamp, at)],
        "no timestamp": [(sign, good)],
        "signature of timestamp 0 alone": [(sign, signed("0"))],
        "another secret": [(stamp, at), (sign, signature("guessed", at, body))],
        "empty secret": [(stamp, at), (sign, signature("", at, body))],
        "another body": [(stamp, at), (sign, signature(SECRET, at, body + b" "))],
        "old": [(stamp, str(now - 400)), (sign, signed(str(now - 400)))],
        "from the future": [(stamp, str(now + 400)), (sign, signed(str(now + 400)))],
        **{
            f"timestamp {odd[:12]!r}": [(stamp, odd), (sign, signature(SECRET, odd, body))]
            for odd in ("abc", "", "nan", "-1", f"-{now}", "1e9", f"{now}.0", f" {now}x", "9" * 400, f"{now}٣", "0x10")
        },
        "two timestamps": [(stamp, at), (stamp, at), (sign, good)],
        "two signatures": [(stamp, at), (sign, "v0=x"), (sign, good)],
        "no ASCII": [(stamp, at), (sign, "v0=é" + "漢" * 30)],
        "version only": [(stamp, at), (sign, "v0=")],
        "other version": [(stamp, at), (sign, good.replace("v0", "v1"))],
        "upper case": [(stamp, at), (sign, good.upper())],
        "cut": [(stamp, at), (sign, good[:-1])],
    }


@pytest.fixture
async def floor(world: Path, root: Path) -> AsyncIterator[Floor]:
    async with open_floor(world, root, "http") as opened:
        yield opened


async def test_what_is_not_signed_is_answered_401_and_does_nothing(floor: Floor) -> None:
    now = int(signed_headers(SECRET, b"")[STAMP])  # as the local Slack signs, which is how the listener looks
    tries, wrong = 0, []
    async with catching() as catcher, aiohttp.ClientSession() as session:
        before, calls = floor.kept(), len(floor.workspace.web_api.calls)
        for (name, (kind, body)), url in itertools.product(bodies(catcher.url).items(), [floor.url]):
            for how, given in headers(body, now).items():
                tries += 1
                async with session.post(url, data=body, headers=[("Content-Type", kind), *given]) as response:
                    if response.status != 401 or "abc" in await response.text():
                        wrong.append((name, how, response.status))
        unreadable = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]
        for body in (b"no gzip", gzip.compress(b"x" * 3_000_000)):
            tries += 1
            async with session.post(floor.url, data=body, headers=unreadable) as response:
                if response.status != 401:
                    wrong.append(("gzip", "", response.status))
        for method, path in (
            ("GET", "/slack/events"),
            ("PUT", "/slack/events"),
            ("POST", "/"),
            ("GET", "/slack/install"),
        ):
            tries += 1
            async with session.request(method, floor.url.replace("/slack/events", path)) as response:
                if response.status not in (404, 405):
                    wrong.append((method, path, response.status))
        await floor.quiet()
        assert (wrong, catcher.called, len(floor.workspace.web_api.calls) - calls) == ([], 0, 0)
        assert floor.kept() == before and tries > 250
        told = await floor.workspace.ask("U0OPS", "dm", "revenue in January 2024", timeout=20)
        assert "€" in told["text"], "what is signed is answered"


async def test_bolts_own_listener_believes_nothing_unsigned_either(floor: Floor, world: Path, root: Path) -> None:
    """Whoever mounts the app without our listener: a timestamp that makes verification raise reaches the error
    handler, and that is all."""
    runner = web.AppRunner(build_app(floor.runtime).web_app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/slack/events"  # type: ignore[attr-defined]
    try:
        async with catching() as catcher, aiohttp.ClientSession() as session:
            calls = len(floor.workspace.web_api.calls)
            for kind, body in bodies(catcher.url).values():
                given = {"Content-Type": kind, "X-Slack-Request-Timestamp": "abc", "X-Slack-Signature": "v0=x"}
                async with session.post(url, data=body, headers=given):
                    pass
            await floor.quiet()
            assert (catcher.called, len(floor.workspace.web_api.calls) - calls) == (0, 0)
    finally:
        await runner.cleanup()


async def send(floor: Floor, body: bytes, kind: str = "application/x-www-form-urlencoded", *, url: str = "") -> int:
    """One signed request; its status."""
    signed = {"Content-Type": kind, **signed_headers(SECRET, body)}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url or floor.url, data=body, headers=signed) as response,
    ):
        return response.status


async def test_a_signed_answer_goes_nowhere_but_to_slack(floor: Floor) -> None:
    """A payload that names another host is answered through the API, to the asker alone."""
    async with catching() as catcher:
        for number, url in enumerate((catcher.url, catcher.url.replace("http:", "https:"), "file:///etc/passwd", "")):
            body = {
                "command": "/kpi",
                "text": "revenue in January 2024",
                "user_id": "U0OPS",
                "channel_id": "C0IN",
                "response_url": url,
                "trigger_id": f"7.{number}",
                "team_id": "T0LOCAL",
            }
            assert await send(floor, urlencode(body, safe="").encode()) == 200
            await floor.workspace.until(
                lambda number=number: len(floor.workspace.messages("C0IN", viewer="U0OPS")) == number + 1, timeout=20
            )
        seen = floor.workspace.messages("C0IN")
        assert catcher.called == 0 and all(m["is_ephemeral"] and m["ephemeral_to"] == "U0OPS" for m in seen)


async def test_what_is_signed_and_no_payload_is_refused(floor: Floor) -> None:
    plain = "application/json"
    for kind, body in (
        (plain, b"[1]"),
        (plain, b"{"),
        (plain, b"\xff"),
        (plain, b"{" * 9_000),
        ("text/plain", b"payload=x"),
    ):
        assert await send(floor, body, kind) == 400


async def test_a_signed_request_again_within_five_minutes_acts_once(world: Path, root: Path, tmp_path: Path) -> None:
    """A slash command, with and without a trigger, and a button: eight times at two processes on one state database."""
    state_url = f"sqlite:///{tmp_path / 'state.db'}"
    async with (
        open_floor(world, root, "http", state_url=state_url) as one,
        open_floor(world, root, "http", state_url=state_url) as two,
    ):

        def command(text: str, **more: str) -> bytes:
            fields = {
                "command": "/kpi-admin",
                "text": text,
                "user_id": "U0OPS",
                "channel_id": "C0IN",
                "response_url": "",
            }
            return urlencode(fields | {"team_id": "T0LOCAL"} | more).encode()

        async def eight_times(body: bytes) -> None:
            signed = {"Content-Type": "application/x-www-form-urlencoded", **signed_headers(SECRET, body)}

            async def post(url: str) -> int:
                async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=signed) as response:
                    return response.status

            assert set(await asyncio.gather(*(post(url) for url in (one.url, two.url) * 4))) == {200}

        def said() -> int:
            return sum(len(f.workspace.messages("C0IN", viewer="U0OPS")) for f in (one, two))

        digest = "digest leaderboard wins in <#C0IN|insiders> at 09:30 --yes"
        await eight_times(command(digest, trigger_id="8.1"))
        await one.workspace.until(lambda: said() == 1, timeout=20)
        await eight_times(command(digest))
        await one.workspace.until(lambda: said() == 2, timeout=20)
        await eight_times(command(digest, trigger_id="8.2"))
        await one.workspace.until(lambda: said() == 3, timeout=20)
        pressed = one.pressed("U0OPS", "C0IN", "answer_feedback", "0" * 24 + ":up")
        await eight_times(urlencode({"payload": json.dumps(pressed)}).encode())
        await one.workspace.until(lambda: said() == 4, timeout=20)
        await one.quiet()
        await two.quiet()
        assert said() == 4 and len(one.runtime.state.subscriptions.digests()) == 3, "three commands, three digests"


async def test_the_same_over_the_socket(world: Path, root: Path) -> None:
    async with open_floor(world, root, "socket") as floor:
        pressed = floor.pressed("U0OPS", "C0IN", "answer_feedback", "0" * 24 + ":up")
        for _ in range(5):
            assert (await floor.workspace.hub.deliver("interactive", pressed)).acked
        await floor.quiet()
        assert len(floor.workspace.messages("C0IN", viewer="U0OPS")) == 1


def test_five_minutes_either_way() -> None:
    body, at = b"x", 1_700_000_000
    stamp = str(at)
    good = signature(SECRET, stamp, body)
    for now, holds in ((at, True), (at + WINDOW_S, True), (at - WINDOW_S, True), (at + 301, False), (at - 301, False)):
        assert signature_holds(SECRET, [stamp], [good], body, now=now) is holds
    assert not signature_holds("", [stamp], [signature("", stamp, body)], body, now=at)
    assert not signature_holds(SECRET, [stamp], ["v0=\udcff"], body, now=at)
    assert not signature_holds(SECRET, ["\udcff"], [good], body, now=at)


@pytest.mark.parametrize(
    ("url", "api", "own"),
    [
        ("https://hooks.slack.com/commands/T1/2/3", "https://slack.com/api/", True),
        ("https://HOOKS.slack.com/actions/1", "https://slack.com/api/", True),
        ("https://hooks.slack-gov.com/actions/1", "https://slack-gov.com/api/", True),
        ("https://hooks.slack.com:443/actions/1", "https://slack.com/api/", True),
        ("http://127.0.0.1:8765/hooks/1", "http://127.0.0.1:8765/api/", True),
        ("http://hooks.slack.com/commands/1", "https://slack.com/api/", False),
        ("https://hooks.slack.com:8443/", "https://slack.com/api/", False),
        ("https://hooks.slack.com@evil.example/", "https://slack.com/api/", False),
        ("https://user:word@hooks.slack.com/", "https://slack.com/api/", False),
        ("https://hooks.slack.com.evil.example/", "https://slack.com/api/", False),
        ("https://evil.example/hooks.slack.com", "https://slack.com/api/", False),
        ("https://evil.example\\@hooks.slack.com/", "https://slack.com/api/", False),
        ("https://evil.example#@hooks.slack.com/", "https://slack.com/api/", False),
        ("https://evil.example?@hooks.slack.com/", "https://slack.com/api/", False),
        ("//hooks.slack.com/", "https://slack.com/api/", False),
        ("hooks.slack.com/commands", "https://slack.com/api/", False),
        ("https://hooks.slack.com./", "https://slack.com/api/", False),
        ("https://hooks.slack.c\u043em/", "https://slack.com/api/", False),
        ("http://127.0.0.1:8766/hooks/1", "http://127.0.0.1:8765/api/", False),
        ("http://localhost:8765/hooks/1", "http://127.0.0.1:8765/api/", False),
        ("http://169.254.169.254/latest", "https://slack.com/api/", False),
        ("file:///etc/passwd", "https://slack.com/api/", False),
        ("javascript:alert(1)", "https://slack.com/api/", False),
        ("https://[::1", "https://slack.com/api/", False),
        ("https://hooks.slack.com:99999/", "https://slack.com/api/", False),
        ("", "https://slack.com/api/", False),
        ("\x00", "https://slack.com/api/", False),
    ],
)
def test_slacks_own_hosts(url: str, api: str, own: bool) -> None:
    assert is_slacks(url, api) is own
