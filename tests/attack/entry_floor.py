"""The small world with e-mail addresses, its workspace with accounts that do not belong, and every door they may try.

Two transports: `socket` (WebSocket) and `http` (signed requests), the real app behind both.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import datetime as dt
import functools
import json
import re
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import build_app
from bot.clock import MovableClock
from bot.delivery import delivery_client
from bot.identity import Identities
from bot.runtime import Runtime
from bot.scheduler import Scheduler
from bot.serving import connected
from localslack import LocalWorkspace, WorkspaceChannel, WorkspaceUser
from localslack.hub import Hook
from localslack.socket_mode import Delivery
from metrics.ingest import load
from metrics.state.database import METADATA

MORNING = dt.datetime(2024, 3, 12, 9, 0, tzinfo=dt.UTC)
HOME = ("U0R1", "U0R2", "U0M1", "U0OPS", "U0HEAD")
MAIL = {
    "r1": "anna@world.example",
    "r2": "bob@world.example",
    "r3": "chen@world.example",
    "r4": "dora@world.example",  # left on 15 February
    "r5": "twins@world.example",
    "r6": "twins@world.example",
    "m1": "mia@world.example",
    "ops": "olga@world.example",
    "head": "kate@world.example",
}


def _account(user: str, name: str, email: str, **flags: Any) -> WorkspaceUser:
    return WorkspaceUser(user, name, email, "UTC", "en-US", **flags)


OUTSIDERS = {
    "foreign": _account("U0FOREIGN", "Olga Ops", "Olga@World.example", team_id="T0OTHER"),
    "stranger": _account("U0STRANGE", "Mia Alpha", "mia@world.example", team_id="T0OTHER", is_stranger=True),
    "other grid": _account("U0GRID", "The Head", "kate@world.example", team_id="T0GRID", enterprise_id="E0OTHER"),
    "guest": _account("U0GUEST", "Bob Wu", "bob@world.example", is_restricted=True),
    "guest of one channel": _account("U0SINGLE", "Anna Li", "anna@world.example", is_ultra_restricted=True),
    "left": _account("U0LEFT", "Dora Quin", "dora@world.example"),
    "deleted": _account("U0GONE", "Chen Yu", "chen@world.example", deleted=True),
    "bot": _account("U0BOT", "Chen Yu", "chen@world.example", is_bot=True),
    "two of one e-mail": _account("U0TWIN", "Emil Sand", "twins@world.example"),
    "lookalike e-mail": _account("U0KATE", "The Head", "\u212aate@world.example"),  # KELVIN SIGN: lower() makes it a k
    "no e-mail": _account("U0NONE", "Anna Li", ""),
    "unknown": _account("U0WHO", "Somebody", "somebody@elsewhere.example"),
}
CLAIMED = {  # whom each of them claims to be: a stored tie is tried with it
    "foreign": "ops",
    "stranger": "m1",
    "other grid": "head",
    "left": "r4",
    "deleted": "r3",
    "bot": "r3",
}
PEOPLE = [
    _account("U0R1", "Anna", MAIL["r1"]),
    _account("U0R2", "Bob", MAIL["r2"]),
    _account("U0M1", "Mia", MAIL["m1"]),
    _account("U0OPS", "Olga", MAIL["ops"]),
    _account("U0HEAD", "Kate", MAIL["head"]),
]
CHANNELS = [
    WorkspaceChannel("C0IN", "insiders", HOME),
    WorkspaceChannel("C0TOP", "top", ("U0OPS", "U0HEAD")),
    WorkspaceChannel("C0OUT", "shared", (*HOME, *(a.id for a in OUTSIDERS.values()))),
]


def write_world(source: Path, folder: Path) -> Path:
    """The small world, with e-mail addresses."""
    for file in source.iterdir():
        if file.suffix in (".yaml", ".csv"):
            shutil.copy(file, folder / file.name)
    people = list(csv.DictReader((folder / "reps.csv").read_text(encoding="utf-8").splitlines()))
    with (folder / "reps.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.DictWriter(out, [*people[0], "email"])
        rows.writeheader()
        rows.writerows(row | {"email": MAIL[row["rep_id"]]} for row in people)
    _edit(folder / "sources.yaml", "until: {type: date}}", "until: {type: date}, email: {type: text}}")
    field = "          - {name: manager, expression"
    plain = "expression: {dialects: [{dialect: ANSI_SQL, expression: email}]}, datatype: String"
    _edit(folder / "model.yaml", field, f"          - {{name: email, {plain}}}\n{field}")
    _edit(folder / "sales.yaml", "  active_to: reps.until", "  active_to: reps.until\n  email: reps.email")
    for person in ("m1", "ops", "head"):
        _edit(folder / "sales.yaml", f"- {{id: {person}, ", f"- {{id: {person}, email: {MAIL[person]}, ")
    assert load(folder, env={}).swapped
    return folder


@functools.cache
def entry_world(root: Path, run: Path) -> Path:
    """The world, made once for all modules of a run (`run`: its folder)."""
    folder = run / "entry-world"
    folder.mkdir()
    return write_world(root / "tests" / "world", folder)


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, (file.name, old, text.count(old))
    file.write_text(text.replace(old, new), encoding="utf-8")


@dataclass
class Floor:
    workspace: LocalWorkspace
    runtime: Runtime
    clock: MovableClock
    identities: Identities
    url: str = ""  # of the HTTP listener

    def kept(self) -> dict[str, list[Any]]:
        """What the state holds, but for what is written of everybody who is merely seen or asks."""
        rows: dict[str, list[Any]] = {}
        with self.runtime.state.database.read() as connection:
            for table in METADATA.sorted_tables:
                if table.name not in ("event", "question", "channel", "link"):
                    rows[table.name] = [tuple(r) for r in connection.execute(table.select())]
        links = self.runtime.state.links.all()
        rows["link"] = [(link.slack_user, link.person, link.linked_by) for link in links if link.person]
        return rows

    def scheduler(self) -> Scheduler:
        return Scheduler(self.runtime, client=delivery_client(self.workspace.tokens.bot, self.workspace.api_url))

    def seen_by(self, user: str) -> str:
        """Everything the app has shown to this account: messages in its channels and DM, modals, the Home tab."""
        own = self.workspace.ledger.app.user_id
        places = [c for c in self.workspace.ledger.conversations.values() if user in c.members]
        said = [m for c in places for m in c.seen_by(user) if m.get("user") == own]
        views = [self.workspace.modal(user), self.workspace.home(user)]
        return json.dumps([said, views], ensure_ascii=False)

    async def quiet(self) -> None:
        """Until the app has nothing in hand any more."""
        last, still = -1, 0
        while still < 4:
            now = len(self.workspace.web_api.calls)
            still, last = (still + 1, last) if now == last else (0, now)
            await asyncio.sleep(0.03)

    async def interact(self, user: str, channel: str, action_id: str, value: Any, **container: Any) -> Delivery:
        """A block action as Slack would send it, with any action id and value."""
        return await self.workspace.hub.deliver(
            "interactive", self.pressed(user, channel, action_id, value, **container)
        )

    def pressed(self, user: str, channel: str, action_id: str, value: Any, **container: Any) -> dict[str, Any]:
        who = self.workspace.ledger.users[user]
        hub, team = self.workspace.hub, self.workspace.ledger.app.team_id
        return {
            "type": "block_actions",
            "user": {"id": user, "username": who.handle, "team_id": who.team_id or team},
            "team": {"id": team},
            "trigger_id": hub.new_trigger(user),
            "container": {"type": "message", "message_ts": "1.2", "channel_id": channel, "is_ephemeral": False}
            | container,
            "channel": {"id": channel, "name": "somewhere"},
            "response_url": hub.new_response_url(Hook(channel, user)),
            "actions": [
                {"type": "button", "block_id": "b", "action_id": action_id, "value": value, "action_ts": "1.3"}
            ],
        }


@contextlib.asynccontextmanager
async def open_floor(
    folder: Path, root: Path, transport: str, *, state_url: str = "sqlite://", extra: Mapping[str, str] | None = None
) -> AsyncIterator[Floor]:
    """`extra`: more settings."""
    manifest = json.loads((root / "bot" / "manifest.json").read_text(encoding="utf-8"))
    workspace = LocalWorkspace(
        [*PEOPLE, *OUTSIDERS.values()],
        CHANNELS,
        scopes=frozenset(manifest["oauth_config"]["scopes"]["bot"]),
        events=frozenset(manifest["settings"]["event_subscriptions"]["bot_events"]),
        commands=frozenset(c["command"] for c in manifest["features"]["slash_commands"]),
        ack_within=20.0,
    )
    await workspace.start()
    env = {
        "PACELINE_STATE_URL": state_url,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
        "SLACK_API_URL": workspace.api_url,
        "SLACK_BOT_TOKEN": workspace.tokens.bot,
        **(extra or {}),
    }
    clock = MovableClock(MORNING)
    runtime = Runtime.open(folder, env, clock)
    identities = Identities(runtime)
    app = build_app(runtime, identities=identities)
    floor = Floor(workspace, runtime, clock, identities)
    try:
        if transport == "http":
            port = _free_port()
            floor.url = f"http://127.0.0.1:{port}/slack/events"
            workspace.use_http(floor.url)
            async with connected(app, runtime, port=port):
                yield floor
        else:
            async with connected(app, runtime, app_token=workspace.tokens.app):
                await workspace.wait_connected(20.0)
                yield floor
    finally:
        await workspace.stop()
        runtime.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


NUMBER = re.compile(r"€\s?\d|\d+(?:\.\d+)?%|SELECT ")
