"""Copies of loaded workspaces, to be harmed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def world(world_workspace: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(world_workspace, tmp_path / "world"))


@pytest.fixture
def company(small_demo: Path, tmp_path: Path) -> Path:
    """A company with rows on every working day, complete through 23 November 2026."""
    return Path(shutil.copytree(small_demo, tmp_path / "company"))
