"""What works behind the demo's page: the runtime, the bot connected to the workspace, the scheduler, the first digests
and rules. Importing this imports the whole bot, so the stage does it once its page is up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from bot.admin.execute import execute
from bot.app import build_app
from bot.delivery import delivery_client
from bot.demo.cast import Cast
from bot.identity import Identities
from bot.runtime import Runtime
from bot.scheduler import Scheduler, scheduling
from bot.serving import connected
from bot.small_talk import examples
from localslack import LocalWorkspace
from metrics.people import Person

__all__ = ["Runtime", "at_work", "introduce", "own_questions", "subscribe"]

log = logging.getLogger(__name__)

OPENING = (
    "digest add rep at 08:30 for everyone --yes",
    "digest add manager at 08:45 for everyone --yes",
    "digest leaderboard sales in #sales at 09:00 top 10 --yes",
    "rule add win_rate < 40% for each rep in East --yes",
    "rule add sales < 60% of target for each team to manager --yes",
    "rule add sales > 700k for each rep to #sales --yes",
)


def own_questions(runtime: Runtime) -> Callable[[Person], tuple[str, ...]]:
    """Questions that somebody's own workspace answers, for each person in their language."""
    return lambda person: tuple(examples(runtime, person, person.language or "en", most=4))


@contextlib.asynccontextmanager
async def at_work(runtime: Runtime, workspace: LocalWorkspace, cast: Cast) -> AsyncIterator[Scheduler]:
    """The bot connected to the workspace, with its scheduler; everybody introduced and subscribed."""
    await asyncio.to_thread(introduce, runtime, cast)
    identities = Identities(runtime)
    app = build_app(runtime, client_base_url=workspace.api_url, token=workspace.tokens.bot, identities=identities)
    client = delivery_client(workspace.tokens.bot, workspace.api_url)
    async with (
        connected(app, runtime, app_token=workspace.tokens.app),
        scheduling(runtime, client=client, identities=identities) as scheduler,
    ):
        for refused in await asyncio.to_thread(subscribe, runtime):
            log.info("not set up: %s", refused)
        yield scheduler


def introduce(runtime: Runtime, cast: Cast) -> None:
    """Links the people to their Slack users, and says who is in which channel."""
    state, at = runtime.state, runtime.clock.now()
    for user, person in cast.person_of.items():
        state.links.link(user, person, at=at, by="demo")
    for channel in cast.channels:
        members = [cast.person_of[u] for u in channel.members if u in cast.person_of]
        state.channels.remember(channel.id, channel.name, members, at=at)


def subscribe(runtime: Runtime) -> list[str]:
    """Sets up digests and rules, as an admin would; gives what was refused."""
    state, org, at = runtime.state, runtime.metrics.org, runtime.clock.now()
    actor = next(
        (p for role in ("admin", "ops", "lead", "manager") for p in org.people.values() if p.role == role), None
    )
    if actor is None:
        return []
    refused: list[str] = []
    before = len(state.subscriptions.digests()) + len(state.rules.all())
    for command in OPENING:
        reply = execute(command, actor=actor, channel="C0SALES", numbers=runtime.metrics, state=state, as_of=at)
        after = len(state.subscriptions.digests()) + len(state.rules.all())
        if after == before:
            refused.append(f"{command}: {reply.text}")
        before = after
    return refused
