"""The command line of the demo: prepares the folder, opens the stage, says where it is, waits for Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.calm_start import settled
from bot.console import Console
from bot.demo.folder import DemoFolder
from bot.demo.stage import open_stage
from metrics.engines.snapshots import Snapshots
from metrics.errors import UserError

__all__ = ["run"]

PORT = 8765
COMPANY_ZONE = ZoneInfo("Asia/Shanghai")  # of northstar's sales.yaml
MORNING = dt.time(9, 30)


def run(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> int:
    """`paceline demo`: 0 when it was stopped, 1 when it could not start. `args`: port, no_browser, as_of, workspace,
    folder."""
    if getattr(args, "prepare", False):
        return _prepare(args, console, env)
    with tempfile.TemporaryDirectory(prefix="paceline-demo-") as scratch:
        # The page forgets its messages with the process; what the bot remembers of them has to go with them.
        own = {**env, "PACELINE_STATE_URL": f"sqlite:///{Path(scratch) / 'state.db'}"}
        try:
            asyncio.run(_serve(args, console, own))
        except OSError as error:
            console.problem(
                f"The page cannot listen on port {args.port}: {error.strerror or error}. Choose another with --port."
            )
            return 1
        except KeyboardInterrupt:
            return 0
    return 0


def _prepare(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> int:
    """Only the folder: the company's files and its metric store, for scripts and tests."""
    if getattr(args, "workspace", None):
        console.problem("--prepare makes the demo company: leave out -w, and name a folder with --folder.")
        return 2
    asked = _moment(args.as_of)
    _folder(args, env).prepare(asked.date() if asked else _today(), say=console.progress)
    console.progress("")
    return 0


def _folder(args: argparse.Namespace, env: Mapping[str, str]) -> DemoFolder:
    path = Path(getattr(args, "folder", None) or ".demo")
    path.mkdir(parents=True, exist_ok=True)
    return DemoFolder(path, env)


def _today() -> dt.date:
    return dt.datetime.now(COMPANY_ZONE).date()


def _moment(text: str | None) -> dt.datetime | None:
    if not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UserError("bad_as_of", subject=text) from None
    return moment if "T" in text or " " in text else dt.datetime.combine(moment.date(), MORNING)


async def _serve(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> None:
    asked = _moment(args.as_of)
    folder: DemoFolder | None = None
    if getattr(args, "workspace", None):
        path = Path(args.workspace)
        if Snapshots(path).current_version() is None:
            from metrics.ingest import load

            console.progress("loading the workspace…")
            await asyncio.to_thread(load, path, env=env)
        clock_at = asked
    else:
        folder = _folder(args, env)
        path = folder.folder
        today = asked.date() if asked else _today()
        day = await asyncio.to_thread(folder.prepare, today, say=console.progress)
        clock_at = asked if asked and asked.date() == day else dt.datetime.combine(day, MORNING, COMPANY_ZONE)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)

    def shown(url: str) -> None:
        console.progress("")
        console.line(f"Paceline is in its local workspace at {url} (Ctrl-C stops it)")
        console.out.flush()
        if not args.no_browser and _has_screen(env):
            webbrowser.open(url)

    ports = [args.port] if args.port else [PORT, 0]
    for port in ports:
        try:
            async with open_stage(path, env, clock_at=clock_at, folder=folder, port=port, on_page=shown):
                await asyncio.to_thread(settled)
                await stop.wait()
            return
        except OSError:
            if port == ports[-1]:
                raise


def _has_screen(env: Mapping[str, str]) -> bool:
    """Without a screen `webbrowser` may start a browser in the terminal and wait for it."""
    return sys.platform != "linux" or bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))
