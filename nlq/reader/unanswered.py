"""A question that got no answer: what follows may be asked in full, but it is no edit of anything."""

from __future__ import annotations

from dataclasses import dataclass

from nlq.reader.frame import Frame
from nlq.reader.own import is_edit

__all__ = ["UNANSWERED", "Unanswered", "is_fragment"]

_SAYS_LITTLE = frozenset(
    {"about", "apart", "by", "each", "follow", "many", "much", "others", "period", "refer", "shift", "sorted"}
    | {"things", "together", "total", "trend", "view", "where", "which", "worth"}
)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The last question of this person in this conversation was refused, asked back or not read."""


UNANSWERED = Unanswered()


def is_fragment(frame: Frame) -> bool:
    """Whether it is likely said of what was asked before: "calls?", "whose are they"."""
    return is_edit(frame) and frame.keys() <= _SAYS_LITTLE
