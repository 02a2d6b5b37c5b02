"""docs/metrics.md is what the kinds say of themselves, with answers as they come out."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from metrics import Metrics
from metrics.query.measure import Measure

sys.path.append(str(Path(__file__).parent))
import kinds_page


def test_every_kind_has_an_example(root: Path) -> None:
    examples = yaml.safe_load((root / "docs" / "kinds.yaml").read_text(encoding="utf-8"))
    assert examples.keys() == Measure.members().keys()


def test_the_page_is_up_to_date(world_workspace: Path) -> None:
    metrics = Metrics.open(world_workspace)
    try:
        made = kinds_page.page(metrics)
    finally:
        metrics.close()
    assert kinds_page.PAGE.read_text(encoding="utf-8") == made, "run: python tests/docs/kinds_page.py"
