"""The ticker: once a minute whatever is due is planned, composed and sent. And `paceline run-due`, the same by hand."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import html
import logging
from collections.abc import AsyncIterator
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.console import Console
from bot.data_notices import DataNotices
from bot.delivery import SlackDeliver, delivery_client
from bot.directory import link_by_email
from bot.identity import Identities
from bot.render.answer import Post
from bot.render.digests import message_post
from bot.runtime import Runtime
from schedules import RunReport, run_due
from schedules.compose import Composed
from schedules.digests import DigestSpec
from schedules.messages import Message
from schedules.rules import RuleSpec
from schedules.sending import Sent

__all__ = ["Scheduler", "run_due_command", "scheduling", "tick_once"]

log = logging.getLogger(__name__)

_GRACE_S = 300  # a tick that comes this late still runs; the default of one second drops it without a word
_LAST_TICK_S = 30
_DIRECTORY_EVERY = dt.timedelta(hours=6)
_ENROL_EVERY = dt.timedelta(minutes=15)  # joiners, leavers and moved timezones are looked for, with the same data


class Scheduler:
    """One per process; several processes may run at once, the outbox keeps them apart. `start` needs a running loop."""

    def __init__(
        self, runtime: Runtime, *, client: AsyncWebClient | None = None, identities: Identities | None = None
    ) -> None:
        settings = runtime.settings
        self._runtime = runtime
        self._client = client or delivery_client(settings.bot_token, settings.api_url)
        self._identities = identities or Identities(runtime)
        self._deliver = SlackDeliver(self._client, render=partial(_render, runtime), user_of=self._identities.user_of)
        # In memory on purpose: a job store shared by two instances runs every slot twice. The due table is the
        # schedule.
        self._ticker = AsyncIOScheduler(timezone=dt.UTC)
        self._notices = DataNotices(runtime)
        self._one_at_a_time = asyncio.Lock()
        self._running: set[asyncio.Task[RunReport]] = set()
        self._directory_at: dt.datetime | None = None
        self._enrolled: tuple[str | None, dt.datetime] | None = None  # data version and moment of the newest enrolment
        self._stopped_for = ""

    def start(self) -> None:
        self._ticker.add_job(
            self._ticked, "cron", second=0, id="tick", coalesce=True, max_instances=1, misfire_grace_time=_GRACE_S
        )
        self._ticker.start()

    def pause(self) -> None:
        """No more ticks from now on; `stop` waits for the one that runs."""
        if self._ticker.running:
            self._ticker.pause()

    async def stop(self) -> None:
        """No more ticks; the one that runs comes to its end first (or is broken off after a while: what was not sent
        waits in the outbox)."""
        if self._ticker.running:
            self._ticker.shutdown(wait=False)
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_LAST_TICK_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _ticked(self) -> None:
        """A tick of the ticker. A task of its own: stopping the ticker cancels its jobs, half way through their
        work."""
        task = asyncio.create_task(self.tick())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.shield(task)

    async def tick(self) -> RunReport:
        """Everything that is due by the runtime's clock."""
        async with self._one_at_a_time:
            now = self._runtime.clock.now()
            version = await asyncio.to_thread(lambda: self._runtime.metrics.data_version)
            await asyncio.to_thread(self._notices.put, now)
            if await asyncio.to_thread(self._runtime.state.due.anything, now):
                await self._look_around(now)
            elif (
                self._enrolled is not None
                and self._enrolled[0] == version
                and abs(now - self._enrolled[1]) < _ENROL_EVERY
            ):
                return RunReport(0, Composed(), Sent())  # most ticks: nothing is due, nobody has joined
            report = await run_due(
                self._runtime.metrics, self._runtime.state, self._deliver, as_of=now, clock=self._runtime.clock.now
            )
            self._enrolled = (version, now)
        self._log(report)
        return report

    async def once(self, at: dt.datetime) -> RunReport:
        """What is due at `at`, by hand: with the same look around as a tick."""
        await self._look_around(at)
        return await run_due(self._runtime.metrics, self._runtime.state, self._deliver, as_of=at)

    async def _look_around(self, now: dt.datetime) -> None:
        """Who is who and who reads which channel, before anything is said there. A channel whose members cannot be read
        counts as read by strangers: what was known of it is dropped."""
        state = self._runtime.state
        try:
            if self._directory_at is None or abs(now - self._directory_at) >= _DIRECTORY_EVERY:
                homes, today = await self._identities.homes(self._client), self._runtime.local_date(now)
                org = self._runtime.metrics.org
                await link_by_email(self._client, state, org, homes=homes, today=today, at=now)
                self._directory_at = now
        except SlackApiError as error:
            log.warning("the users of the workspace cannot be listed: %s", error.response.get("error"))
        for channel in await asyncio.to_thread(_spoken_to, self._runtime):
            try:
                await self._identities.audience(self._client, channel)
            except SlackApiError as error:
                log.warning("the members of %s cannot be read: %s", channel, error.response.get("error"))
                known = await asyncio.to_thread(state.channels.get, channel)
                name = known.name if known is not None else channel
                await asyncio.to_thread(partial(state.channels.remember, channel, name, (), unknown=1, at=now))

    def _log(self, report: RunReport) -> None:
        sent, composed = report.sent, report.composed
        if sent.sent or sent.found or sent.failed or sent.missed or composed.held:
            late = ", ".join(f"{s.name} (through {s.through})" for s in composed.late)
            log.info(
                "sent %d, found sent %d, failed %d, missed %d, held %d %s",
                sent.sent,
                sent.found,
                sent.failed,
                sent.missed,
                composed.held,
                late,
            )
        if sent.stopped and sent.stopped != self._stopped_for:
            log.error("%s", sent.stopped)
        self._stopped_for = sent.stopped


@contextlib.asynccontextmanager
async def scheduling(
    runtime: Runtime, *, client: AsyncWebClient | None = None, identities: Identities | None = None
) -> AsyncIterator[Scheduler]:
    """A running ticker; stopped at the end, after the tick that may be running."""
    scheduler = Scheduler(runtime, client=client, identities=identities)
    scheduler.start()
    try:
        yield scheduler
    finally:
        await scheduler.stop()


async def tick_once(runtime: Runtime, *, client: AsyncWebClient | None = None) -> RunReport:
    """What one tick would do at the runtime's clock: for the demo, after the clock was moved."""
    return await Scheduler(runtime, client=client).tick()


def run_due_command(runtime: Runtime, *, as_of: dt.datetime, dry_run: bool, console: Console) -> int:
    """`paceline run-due`: do what is due at `as_of` (naive: the organisation's local time) once. Returns the exit code.

    With `dry_run` it happens on a copy of the state in memory: messages are printed, nothing is sent or written.
    """
    moment = as_of if as_of.tzinfo is not None else as_of.replace(tzinfo=runtime.timezone)
    moment = moment.astimezone(dt.UTC)
    if not dry_run and not runtime.settings.bot_token:
        console.problem(
            "SLACK_BOT_TOKEN is not set, so nothing can be sent. Use --dry-run to print what would be sent."
        )
        return 1
    if dry_run:
        copy = runtime.state.copy_in_memory()
        report = asyncio.run(run_due(runtime.metrics, copy, _Printed(runtime, console), as_of=moment))
    else:
        client = delivery_client(runtime.settings.bot_token, runtime.settings.api_url)
        report = asyncio.run(Scheduler(runtime, client=client).once(moment))
    composed, sent = report.composed, report.sent
    console.line(
        f"{moment.astimezone(runtime.timezone).isoformat()}: due {report.planned},"
        f" {'would send' if dry_run else 'sent'} {sent.sent}, skipped {composed.skipped + sent.skipped}, held"
        f" {composed.held}, postponed {sent.postponed}, failed {sent.failed}, missed {sent.missed}"
    )
    for source in composed.late:
        console.problem(f"{source.name} is late: complete through {source.through}. Digests and alerts wait for it.")
    if sent.stopped:
        console.problem(sent.stopped)
    return 1 if sent.failed or sent.stopped else 0


class _Printed:
    """A `Deliver` that prints."""

    def __init__(self, runtime: Runtime, console: Console) -> None:
        self._runtime, self._console = runtime, console

    async def send(self, message: Message) -> str:
        name = message.to.id
        person = self._runtime.metrics.org.people.get(name)
        self._console.line(f"--- to {message.to.kind} {person.name if person else name} ({message.key})")
        self._console.line(html.unescape(_render(self._runtime, message).text))  # Slack's escapes mean nothing here
        return "printed"

    async def find(self, message: Message) -> str | None:
        return None


def _render(runtime: Runtime, message: Message) -> Post:
    return message_post(runtime.metrics.model, message)


def _spoken_to(runtime: Runtime) -> list[str]:
    """Channels that a digest or rule speaks in."""
    state = runtime.state
    boards = [
        DigestSpec.model_validate_json(d.spec).channel for d in state.subscriptions.digests() if d.kind == "leaderboard"
    ]
    rules = [RuleSpec.model_validate_json(r.spec) for r in state.rules.all()]
    return sorted({c for c in (*boards, *(r.recipient for r in rules if r.to == "channel")) if c})
