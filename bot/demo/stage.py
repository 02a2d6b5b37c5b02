"""A running demo: the workspace, the bot connected to it, the scheduler, and the button that brings the next
morning."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.calm_start import without_collector
from bot.demo.cast import Cast, cast_of, company_questions
from bot.demo.folder import DemoFolder
from bot.demo.moving_clock import RunningClock, next_morning
from bot.settings import Settings, workspace_env
from bot.store_opening import open_metrics
from localslack import LocalWorkspace
from localslack.roster import App
from localslack.web_api import Tokens
from metrics import Metrics
from metrics.calendar.workdays import is_working_day
from metrics.people import Person

if TYPE_CHECKING:
    from bot.runtime import Runtime
    from bot.scheduler import Scheduler

__all__ = ["Stage", "open_stage"]

Questions = Callable[[Person], tuple[str, ...]]
MANIFEST = Path(__file__).parent.parent / "manifest.json"


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


def manifest() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """(scopes, events, commands) the app's manifest asks for: the workspace grants these and no more."""
    asked = json.loads(MANIFEST.read_text("utf-8"))
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
    on_page: Callable[[str], None] = lambda _url: None,
) -> AsyncIterator[Stage]:
    """A demo over the loaded workspace at `path`. `clock_at` None: the evening of the last day of data, so that "this
    quarter" is one that has some. `on_page` is told the address as soon as the page is up; the bot follows within a
    second or two, and what is asked before waits for it.

    `env` must name the state database (PACELINE_STATE_URL). Raises ModelError, UserError "no_data_store", OSError (port
    taken).
    """
    scopes, events, commands = manifest()
    settings = Settings.of(
        workspace_env(path, {**env, "SLACK_BOT_TOKEN": Tokens().bot, "SLACK_APP_TOKEN": Tokens().app})
    )
    async with contextlib.AsyncExitStack() as closing:
        metrics = await asyncio.to_thread(open_metrics, path, settings)
        closing.callback(metrics.close)
        zone = ZoneInfo(metrics.model.calendar.timezone)
        if clock_at is None:
            through = metrics.data_through or dt.datetime.now(zone).date()
            clock_at = dt.datetime.combine(through, dt.time(18, 0), zone)
        elif clock_at.tzinfo is None:
            clock_at = clock_at.replace(tzinfo=zone)
        clock = RunningClock(clock_at)
        questions: Questions = company_questions
        if folder is None:  # what to ask of somebody's own data is known only once it can be read
            runtime = await asyncio.to_thread(_runtime, path, metrics, settings, clock)
            questions = await asyncio.to_thread(_own_questions, runtime)
        cast = cast_of(metrics.org, clock_at.astimezone(zone).date(), str(zone), questions)
        ready: asyncio.Future[Stage] = asyncio.get_running_loop().create_future()

        async def morning() -> str:
            return await (await asyncio.shield(ready)).next_morning()

        workspace = LocalWorkspace(
            cast.users,
            cast.channels,
            controls={"next working morning": morning},
            clock=lambda: clock.now().timestamp(),
            timezone=str(zone),
            app=App(team_name=metrics.model.organisation or "Local workspace"),
            scopes=scopes,
            events=events,
            commands=commands,
        )
        await workspace.start(port)
        closing.push_async_callback(workspace.stop)
        on_page(workspace.url)
        if folder is not None:
            runtime = await asyncio.to_thread(_runtime, path, metrics, settings, clock)
        closing.callback(runtime.close)
        scheduler = await closing.enter_async_context(_at_work(runtime, workspace, cast))
        stage = Stage(runtime, workspace, clock, cast, folder, scheduler)
        ready.set_result(stage)
        yield stage


# The bot itself, imported when it is needed: its libraries take as long as everything the page needs.


@without_collector()
def _runtime(path: Path, metrics: Metrics, settings: Settings, clock: RunningClock) -> Runtime:
    from bot.demo import crew

    return crew.Runtime.over(path, metrics, settings, clock)


def _own_questions(runtime: Runtime) -> Questions:
    from bot.demo import crew

    return crew.own_questions(runtime)


def _at_work(
    runtime: Runtime, workspace: LocalWorkspace, cast: Cast
) -> contextlib.AbstractAsyncContextManager[Scheduler]:
    from bot.demo import crew

    return crew.at_work(runtime, workspace, cast)
