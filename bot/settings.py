"""Settings from the environment and the workspace's `.env`; the environment wins. Nothing else reads either.

`SETTINGS` is the whole list: name, default and meaning (the documentation is checked against it).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from metrics.errors import ModelError, Problem

__all__ = ["SETTINGS", "Settings", "read_dotenv", "workspace_env"]

_MEMORY = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?B)", re.IGNORECASE)

SETTINGS: dict[str, tuple[str, str]] = {
    "SLACK_BOT_TOKEN": ("", "Bot token (xoxb-…) of the installed app"),
    "SLACK_APP_TOKEN": ("", "App-level token (xapp-…): Socket Mode when set, HTTP when not"),
    "SLACK_SIGNING_SECRET": ("", "Signing secret; needed for HTTP"),
    "SLACK_API_URL": ("https://slack.com/api/", "Base URL of the Slack API; a local workspace plugs in here"),
    "PACELINE_WORKSPACE": (".", "Workspace folder when no -w is given"),
    "PACELINE_STATE_URL": ("", "State database; default var/state.db of the workspace, or a PostgreSQL URL"),
    "PACELINE_PORT": ("3000", "Port of the HTTP listener"),
    "PACELINE_TIMEOUT_S": ("10", "Longest a query may run, in seconds"),
    "PACELINE_MEMORY": ("512MB", "Memory limit of the metric store"),
    "PACELINE_THREADS": ("1", "Threads of the metric store for each query"),
    "PACELINE_QUERIES_AT_ONCE": ("", "Queries that run at the same time; default one for each core, at least two"),
    "PACELINE_QUESTIONS_AT_ONCE": ("", "Questions answered at the same time; default twice as many as queries"),
    "PACELINE_QUESTIONS_WAITING": ("5", "Most questions one person may have waiting; more are refused"),
    "PACELINE_MAX_ROWS": ("1000", "Most rows of one answer"),
    "PACELINE_MAX_CELLS": (
        "500000",
        "Most cells of a breakdown over time (members times days); wider ones are refused",
    ),
    "PACELINE_CHART_SERIES": ("6", "Most series or segments in one chart"),
    "PACELINE_MEMBERS_TTL_S": ("300", "How long the member list of a channel is remembered, in seconds"),
    "PACELINE_DRAIN_S": ("20", "When told to stop: how long questions already taken are still answered, in seconds"),
    "PACELINE_LEASE_S": ("30", "After a kill: how long another process waits before it takes over, in seconds"),
    "PACELINE_LANGUAGE": ("en", "Language for people whose language is not known: en or zh"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process, typed."""

    bot_token: str = ""
    app_token: str = ""
    signing_secret: str = ""
    api_url: str = "https://slack.com/api/"
    state_url: str = ""
    port: int = 3000
    timeout_s: float = 10.0
    memory: str = "512MB"
    threads: int = 1
    queries_at_once: int = 2
    questions_at_once: int = 4
    questions_waiting: int = 5
    max_rows: int = 1000
    max_cells: int = 500_000
    chart_series: int = 6
    members_ttl_s: float = 300.0
    drain_s: float = 20.0
    lease_s: float = 30.0
    language: str = "en"

    @staticmethod
    def of(env: Mapping[str, str], *, cores: int | None = None) -> Settings:
        """From a mapping (see `workspace_env`). `cores`: those this process may use. Raises ModelError naming every
        setting that is no number."""
        if cores is None:
            cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        problems: list[Problem] = []

        def text(name: str) -> str:
            return env.get(name) or SETTINGS[name][0]

        def number(name: str, kind: type[int] | type[float]) -> float:
            raw = text(name)
            try:
                value = kind(raw)
            except ValueError:
                value = -1
            if value <= 0:
                problems.append(
                    Problem("environment", 0, name, f"{raw!r} is not a positive number.", f"Set {name} to a number.")
                )
            return value

        def among(name: str, otherwise: int) -> int:
            return int(number(name, int)) if text(name) else otherwise

        queries_at_once = among("PACELINE_QUERIES_AT_ONCE", max(2, cores))
        language = text("PACELINE_LANGUAGE")
        if language not in ("en", "zh"):
            problems.append(
                Problem("environment", 0, "PACELINE_LANGUAGE", f"{language!r} is not known.", "Use en or zh.")
            )
        settings = Settings(
            bot_token=text("SLACK_BOT_TOKEN"),
            app_token=text("SLACK_APP_TOKEN"),
            signing_secret=text("SLACK_SIGNING_SECRET"),
            api_url=text("SLACK_API_URL").rstrip("/") + "/",
            state_url=text("PACELINE_STATE_URL"),
            port=int(number("PACELINE_PORT", int)),
            timeout_s=number("PACELINE_TIMEOUT_S", float),
            memory=text("PACELINE_MEMORY"),
            threads=int(number("PACELINE_THREADS", int)),
            queries_at_once=queries_at_once,
            questions_at_once=among("PACELINE_QUESTIONS_AT_ONCE", 2 * queries_at_once),
            questions_waiting=int(number("PACELINE_QUESTIONS_WAITING", int)),
            max_rows=int(number("PACELINE_MAX_ROWS", int)),
            max_cells=int(number("PACELINE_MAX_CELLS", int)),
            chart_series=int(number("PACELINE_CHART_SERIES", int)),
            members_ttl_s=number("PACELINE_MEMBERS_TTL_S", float),
            drain_s=number("PACELINE_DRAIN_S", float),
            lease_s=number("PACELINE_LEASE_S", float),
            language=language,
        )
        if _MEMORY.fullmatch(settings.memory) is None:
            shown = f"{settings.memory!r} is no amount of memory."
            problems.append(Problem("environment", 0, "PACELINE_MEMORY", shown, "Write for example 512MB or 2GB."))
        if problems:
            raise ModelError(problems)
        return settings


def read_dotenv(path: Path) -> dict[str, str]:
    """KEY=VALUE lines of a `.env` file; `#` lines, blank lines, `export ` and surrounding quotes are understood.

    Raises ModelError with every line that is none of these.
    """
    if not path.is_file():
        return {}
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        stripped = line.strip().removeprefix("export ").strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, equals, value = stripped.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.isidentifier():
            # The line itself is not shown: it may hold a token.
            problems.append(
                Problem(path.name, number, "", "This line is not KEY=VALUE.", "Write KEY=VALUE, or start it with #.")
            )
            continue
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        values[name] = value
    if problems:
        raise ModelError(problems)
    return values


def workspace_env(workspace: Path, env: Mapping[str, str]) -> dict[str, str]:
    """What the workspace sees: its `.env`, overruled by the environment."""
    return {**read_dotenv(workspace / ".env"), **env}
