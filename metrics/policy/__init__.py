"""Who may see what: `decide` says it for a bound query, `restrict` enforces it on the finished tree."""

from __future__ import annotations

from metrics.policy.decision import MIN_PEERS, Decision, chooses_people, decide
from metrics.policy.leaderboard import public_leaderboard, public_part
from metrics.policy.restriction import restrict
from metrics.policy.sight import LISTED, Visible, visible

__all__ = [
    "LISTED",
    "MIN_PEERS",
    "Decision",
    "Visible",
    "chooses_people",
    "decide",
    "public_leaderboard",
    "public_part",
    "restrict",
    "visible",
]
