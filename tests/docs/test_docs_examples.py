"""Every example in a docstring runs and gives what it says."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bot", "nlq", "metrics", "schedules", "localslack", "examples/northstar")


def with_examples() -> list[str]:
    """Names of the modules that hold an example."""
    found = []
    for path in (p for room in ROOMS for p in sorted((ROOT / room).rglob("*.py"))):
        if ">>> " in path.read_text(encoding="utf-8"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append(".".join(p for p in parts if p not in ("examples", "__init__")))
    return found


@pytest.mark.parametrize("name", with_examples())
def test_examples_run(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted > 0, "examples where doctest does not look for them"
    assert outcome.failed == 0


def test_there_are_examples() -> None:
    assert len(with_examples()) >= 15
