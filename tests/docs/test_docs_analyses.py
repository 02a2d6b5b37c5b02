"""docs/analyses.md is what the analyses say of themselves, with what they find as it comes out."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from metrics import Analysis, Metrics

sys.path.append(str(Path(__file__).parent))
import analyses_page


def test_every_analysis_has_an_example() -> None:
    examples = yaml.safe_load(analyses_page.EXAMPLES.read_text(encoding="utf-8"))
    assert examples.keys() == Analysis.members().keys()


def test_the_page_is_up_to_date(world_workspace: Path) -> None:
    metrics = Metrics.open(world_workspace)
    try:
        made = analyses_page.page(metrics)
    finally:
        metrics.close()
    assert analyses_page.PAGE.read_text(encoding="utf-8") == made, "run: python tests/docs/analyses_page.py"
