"""Who may see what: `decide` says it for a bound query, `restrict` enforces it on the finished tree."""

from __future__ import annotations

from metrics.policy.absence import peers_seen, undated
from metrics.policy.cohort import OTHERS
from metrics.policy.decision import Decision, chooses_people, decide
from metrics.policy.leaderboard import public_leaderboard, public_part
from metrics.policy.lens import Lens, Lenses
from metrics.policy.restriction import restrict
from metrics.policy.sight import LISTED, Visible, visible
from metrics.policy.whole_period import whole_period

__all__ = [
    "LISTED",
    "OTHERS",
    "Decision",
    "Lens",
    "Lenses",
    "Visible",
    "chooses_people",
    "decide",
    "peers_seen",
    "public_leaderboard",
    "public_part",
    "restrict",
    "undated",
    "visible",
    "whole_period",
]
