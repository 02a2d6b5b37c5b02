"""`paceline serve` as a process of its own, connected to the local workspace."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import sys
from pathlib import Path

from bot.state import open_state
from localslack import LocalWorkspace, WorkspaceUser


async def test_serve_connects_answers_and_stops_when_told(loaded_world: Path, tmp_path: Path) -> None:
    state_url = f"sqlite:///{tmp_path / 'state.db'}"
    state = open_state(state_url)
    state.links.link("U0OPS", "ops", at=dt.datetime(2024, 3, 12, tzinfo=dt.UTC), by="test")
    state.close()
    workspace = LocalWorkspace([WorkspaceUser("U0OPS", "Olga", "olga@world.example")], [])
    await workspace.start()
    env = {
        **os.environ,
        "SLACK_API_URL": workspace.api_url,
        "SLACK_BOT_TOKEN": workspace.tokens.bot,
        "SLACK_APP_TOKEN": workspace.tokens.app,
        "PACELINE_STATE_URL": state_url,
        "PYTHONUNBUFFERED": "1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.cli",
        "-w",
        str(loaded_world),
        "serve",
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        said = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        assert said.startswith("Paceline is connected to Local workspace over Socket Mode")
        answer = await workspace.ask("U0OPS", "dm", "revenue in January 2024")
        assert "€1,000" in answer["text"]
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 15) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await workspace.stop()
