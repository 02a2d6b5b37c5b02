"""Who may see what: `asking.Seen` says it as a question is planned, `restrict` enforces it on the finished tree."""

from __future__ import annotations

from metrics.policy.cohort import OTHERS
from metrics.policy.lens import Lens, Lenses
from metrics.policy.restriction import restrict
from metrics.policy.sight import LISTED, Visible, visible
from metrics.policy.whole_period import whole_period

__all__ = ["LISTED", "OTHERS", "Lens", "Lenses", "Visible", "restrict", "visible", "whole_period"]
