"""The small world and the demo company, to be analysed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))
from analysed import Company, built

from metrics import Metrics


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with built(tmp_path_factory.mktemp("analysed-world")) as company:
        yield company


@pytest.fixture(scope="session")
def demo(demo_workspace: Path) -> Iterator[Company]:
    metrics = Metrics.open(demo_workspace)
    yield Company(metrics, demo_workspace / "data")
    metrics.close()


@pytest.fixture
def company(tmp_path: Path) -> Callable[..., Any]:
    """`with company(rows=…) as it`: a world of one's own."""
    return lambda **change: built(tmp_path, **change)
