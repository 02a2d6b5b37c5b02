"""The real app over real HTTP and WebSocket against the local workspace, on the small world whose sums were done by
hand."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_floor import Floor

from bot.app import build_app
from bot.clock import MovableClock
from bot.runtime import Runtime
from bot.serving import connected
from localslack import LocalWorkspace, WorkspaceChannel, WorkspaceUser

MORNING = dt.datetime(2024, 3, 12, 9, 0, tzinfo=dt.UTC)
PEOPLE = [
    WorkspaceUser("U0R1", "Anna", "anna@world.example", "UTC", "en-US"),
    WorkspaceUser("U0R2", "Bob", "bob@world.example", "UTC", "en-US"),
    WorkspaceUser("U0R3", "陈宇", "chen@world.example", "Asia/Shanghai", "zh-CN"),
    WorkspaceUser("U0M1", "Mia", "mia@world.example", "UTC", "en-US"),
    WorkspaceUser("U0OPS", "Olga", "olga@world.example", "UTC", "en-US", is_admin=True),
    WorkspaceUser("U0WHO", "Stranger", "stranger@elsewhere.example", "UTC", "en-US"),
]
WHO = {"U0R1": "r1", "U0R2": "r2", "U0R3": "r3", "U0M1": "m1", "U0OPS": "ops"}
CHANNELS = [
    WorkspaceChannel("C0ALL", "all", ("U0R1", "U0R2", "U0R3", "U0M1", "U0OPS")),
    WorkspaceChannel("C0TWO", "two", ("U0OPS", "U0M1")),
    WorkspaceChannel("C0BOSS", "bosses", ("U0OPS",)),
    WorkspaceChannel("C0MIX", "mixed", ("U0OPS", "U0WHO")),
]


@pytest.fixture(scope="session")
def loaded_world(world_workspace: Path) -> Path:
    return world_workspace


@pytest.fixture
def runtime(loaded_world: Path) -> Any:
    made = Runtime.open(
        loaded_world, {"PACELINE_STATE_URL": "sqlite://", "SLACK_SIGNING_SECRET": "s"}, MovableClock(MORNING)
    )
    for user, person in WHO.items():
        made.state.links.link(user, person, at=MORNING, by="test")
    yield made
    made.close()


@pytest.fixture
async def floor(runtime: Runtime, root: Path) -> AsyncIterator[Floor]:
    manifest = json.loads((root / "bot" / "manifest.json").read_text(encoding="utf-8"))
    workspace = LocalWorkspace(
        PEOPLE,
        CHANNELS,
        scopes=frozenset(manifest["oauth_config"]["scopes"]["bot"]),
        events=frozenset(manifest["settings"]["event_subscriptions"]["bot_events"]),
        commands=frozenset(c["command"] for c in manifest["features"]["slash_commands"]),
    )
    await workspace.start()
    app = build_app(runtime, client_base_url=workspace.api_url, token=workspace.tokens.bot)
    async with connected(app, runtime, app_token=workspace.tokens.app):
        await workspace.wait_connected()
        assert isinstance(runtime.clock, MovableClock)
        yield Floor(workspace, runtime, runtime.clock, app)
    await workspace.stop()
