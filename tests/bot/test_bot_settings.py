"""`.env` and the environment; clocks."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from bot.clock import Clock, MovableClock
from bot.settings import SETTINGS, Settings, read_dotenv, workspace_env
from metrics.errors import ModelError


def test_dotenv_lines(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# tokens\n\nexport A=1\nB = 'two words'\nC=\"x=y\"\nD=\n", encoding="utf-8")
    assert read_dotenv(tmp_path / ".env") == {"A": "1", "B": "two words", "C": "x=y", "D": ""}
    assert read_dotenv(tmp_path / "none") == {}


def test_a_bad_line_is_named_but_not_shown(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nxoxb-secret-token\n", encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        read_dotenv(tmp_path / ".env")
    assert "2" in str(caught.value) and "secret" not in str(caught.value)


def test_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=file\nPACELINE_PORT=4000\n", encoding="utf-8")
    env = workspace_env(tmp_path, {"SLACK_BOT_TOKEN": "environment"})
    settings = Settings.of(env)
    assert (settings.bot_token, settings.port) == ("environment", 4000)


def test_defaults_and_numbers() -> None:
    assert Settings.of({}) == Settings()
    assert Settings.of({"SLACK_API_URL": "http://localhost:1/api"}).api_url == "http://localhost:1/api/"
    with pytest.raises(ModelError) as caught:
        Settings.of({"PACELINE_PORT": "many", "PACELINE_TIMEOUT_S": "-1", "PACELINE_LANGUAGE": "fr"})
    assert {p.key for p in caught.value.problems} == {"PACELINE_PORT", "PACELINE_TIMEOUT_S", "PACELINE_LANGUAGE"}


def test_every_setting_read_anywhere_is_in_the_list(root: Path) -> None:
    read = set()
    for path in (root / "bot").rglob("*.py"):
        read |= set(re.findall(r'"((?:PACELINE|SLACK)_[A-Z_]+)"', path.read_text(encoding="utf-8")))
    assert read <= set(SETTINGS)


def test_clocks() -> None:
    assert Clock().now().tzinfo is not None
    clock = MovableClock(dt.datetime(2026, 11, 22, 8))  # noqa: DTZ001  a naive time is taken as UTC
    clock.advance(dt.timedelta(days=1))
    assert clock.now() == dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
    clock.move_to(dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
    assert clock.now().year == 2027
