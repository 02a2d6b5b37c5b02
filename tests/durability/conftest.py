"""One house per test: a workspace, a state database, and `paceline serve` as real processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from served import House, open_house


@pytest.fixture
async def house(world_workspace: Path, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(world_workspace, tmp_path) as opened:
        yield opened
