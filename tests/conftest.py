"""Fixtures for every room. Reference data that may not be part of the project is read in place, or its tests skip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder with reference data beside the checkout (or PACELINE_SHARED)."""
    folder = Path(os.environ.get("PACELINE_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"reference data not found at {folder}; set PACELINE_SHARED to its folder")
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
