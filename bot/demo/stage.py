"""A running demo: the workspace, the bot connected to it, the scheduler, and the button that brings the next morning."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot import app as bot_app
from bot.admin.execute import execute
from bot.delivery import delivery_client
from bot.demo.cast import Cast, cast_of, company_questions
from bot.demo.folder import DemoFolder
from bot.demo.moving_clock import RunningClock, next_morning
from bot.runtime import Runtime
from bot.scheduler import Scheduler, scheduling
from bot.serving import connected
from bot.small_talk import examples
from bot.workspace import LocalWorkspace
from bot.workspace.roster import App
from bot.workspace.web_api import Tokens
from metrics.workdays import is_working_day

__all__ = ["Stage", "open_stage"]

log = logging.getLogger(__name__)

OPENING = (
    "digest add rep at 08:30 for everyone --yes",
    "digest add manager at 08:45 for everyone --yes",
    "digest leaderboard sales in #sales at 09:00 top 10 --yes",
    "rule add win_rate < 40% for each rep in East --yes",
    "rule add sales < 60% of target for each team to manager --yes",
)


@dataclass
class Stage:
    """`folder` is set for the demo company only: a workspace over somebody's data has no next day to make up."""

    runtime: Runtime
    workspace: LocalWorkspace
    clock: RunningClock
    cast: Cast
    folder: DemoFolder | None
    scheduler: Scheduler

    def working(self, day: dt.date) -> bool:
        return is_working_day(day, self.runtime.metrics.model.calendar)

    async def next_morning(self) -> str:
        """Goes to the next working day, 09:00 in the organisation's zone, and does everything due by then."""
        to = next_morning(self.clock.now(), self.runtime.timezone, self.working)
        if self.folder is not None:
            await asyncio.to_thread(self.folder.advance, to.date())
            self.runtime.metrics.data_through  # noqa: B018  reading it is what notices the new snapshot
            await asyncio.to_thread(self.runtime.refresh_lexicon)
        self.clock.move_to(to)
        report = await self.scheduler.tick()
        return f"{to:%A %d %B, %H:%M} · {report.sent.sent} messages delivered"

    def open_subscriptions(self) -> list[str]:
        """Links the people to their Slack users and sets up digests and rules, as an admin would; gives what was refused."""
        state, org, at = self.runtime.state, self.runtime.metrics.org, self.clock.now()
        for user, person in self.cast.person_of.items():
            state.links.link(user, person, at=at)
        for channel in self.cast.channels:
            members = [self.cast.person_of[u] for u in channel.members if u in self.cast.person_of]
            state.channels.remember(channel.id, channel.name, members, at=at)
        actor = next((p for role in ("admin", "ops", "lead", "manager") for p in org.people.values() if p.role == role), None)
        if actor is None:
            return []
        refused: list[str] = []
        before = len(state.subscriptions.digests()) + len(state.rules.all())
        for command in OPENING:
            reply = execute(command, actor=actor, channel="C0SALES", numbers=self.runtime.metrics, state=state, as_of=at)
            after = len(state.subscriptions.digests()) + len(state.rules.all())
            if after == before:
                refused.append(f"{command}: {reply.text}")
            before = after
        return refused


def manifest() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """(scopes, events, commands) the app's manifest asks for: the workspace grants these and no more."""
    asked = json.loads((Path(bot_app.__file__).parent / "manifest.json").read_text("utf-8"))
    return (
        frozenset(asked["oauth_config"]["scopes"]["bot"]),
        frozenset(asked["settings"]["event_subscriptions"]["bot_events"]),
        frozenset(c["command"] for c in asked["features"]["slash_commands"]),
    )


@contextlib.asynccontextmanager
async def open_stage(
    path: Path,
    env: Mapping[str, str],
    *,
    clock_at: dt.datetime | None,
    folder: DemoFolder | None,
    port: int = 0,
) -> AsyncIterator[Stage]:
    """A demo over the loaded workspace at `path`. `clock_at` None: the evening of the last day of data, so that
    "this quarter" is one that has some.

    `env` must name the state database (PACELINE_STATE_URL). Raises ModelError, UserError "not_loaded", OSError (port taken).
    """
    scopes, events, commands = manifest()
    slack = {"SLACK_BOT_TOKEN": Tokens().bot, "SLACK_APP_TOKEN": Tokens().app}
    runtime = await asyncio.to_thread(Runtime.open, path, {**env, **slack})
    async with contextlib.AsyncExitStack() as closing:
        closing.callback(runtime.close)
        zone = runtime.timezone
        if clock_at is None:
            through = runtime.metrics.data_through or dt.datetime.now(zone).date()
            clock_at = dt.datetime.combine(through, dt.time(18, 0), zone)
        elif clock_at.tzinfo is None:
            clock_at = clock_at.replace(tzinfo=zone)
        clock = RunningClock(clock_at)
        runtime.clock = clock
        cast = cast_of(
            runtime.metrics.org, clock_at.astimezone(zone).date(), str(zone),
            company_questions if folder is not None else lambda p: tuple(examples(runtime, p, p.language or "en", most=4)),
        )  # fmt: skip
        name = runtime.metrics.model.organisation or "Local workspace"
        stage: Stage | None = None

        async def morning() -> str:
            assert stage is not None
            return await stage.next_morning()

        workspace = LocalWorkspace(
            cast.users, cast.channels, controls={"next working morning": morning}, clock=lambda: clock.now().timestamp(),
            timezone=str(zone), app=App(team_name=name), scopes=scopes, events=events, commands=commands,
        )  # fmt: skip
        await workspace.start(port)
        closing.push_async_callback(workspace.stop)
        app = bot_app.build_app(runtime, client_base_url=workspace.api_url, token=workspace.tokens.bot)
        await closing.enter_async_context(connected(app, runtime, app_token=workspace.tokens.app))
        client = delivery_client(workspace.tokens.bot, workspace.api_url)
        scheduler = await closing.enter_async_context(scheduling(runtime, client=client))
        stage = Stage(runtime, workspace, clock, cast, folder, scheduler)
        for refused in await asyncio.to_thread(stage.open_subscriptions):
            log.log(logging.WARNING if folder is not None else logging.INFO, "not set up: %s", refused)
        yield stage
