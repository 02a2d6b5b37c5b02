"""Whether what is said is said of the last question, of nothing else, or is a question of its own."""

from __future__ import annotations

from nlq.reader.conditions import tested_measures
from nlq.reader.frame import Frame
from nlq.reader.terms import has_hole

__all__ = ["AFTER", "is_edit", "is_whole", "only_after"]

AFTER = frozenset({"bare", "lean", "list", "shift"})  # what is said of the last question only
_REFERRING = frozenset(  # "his sales", without an answer
    {"things", "shift", "many_of", "refer", "others", "together", "pair", "undo", "add", "place", "denied", "opposite"}
    | {"averaged"}
)
_ONLY_AFTER = AFTER | {"those", "that", "go_on", "corrected", "narrowed", "add", "out", "pair", "place", "whose"}
_ALONE = frozenset(
    {"period", "where", "scope", "follow", "by", "each", "which", "others", "together", "worth", "refer", "add", "pair"}
)
_BARE = frozenset({"about", "which", "many"})


def is_edit(frame: Frame) -> bool:
    """Whether it is said of what was asked before: it says so, or it says of no number that it is about."""
    if "act" in frame or "standing" in frame:
        return False
    if "follow" in frame or "worth" in frame or frame.keys() == {"number"}:
        return True
    if "about" not in frame:  # "customers with sales over 200k" says what it is about
        return not any(not has_hole(m) for m in tested_measures(frame.get("having", ())))
    return not frame.keys() - _BARE  # a number and nothing else: of whatever was asked about


def only_after(frame: Frame) -> bool:
    """Whether it means nothing by itself."""
    return bool(_ONLY_AFTER & set(frame.get("follow", ()))) or bool(frame.keys() & _REFERRING)


def is_whole(frame: Frame) -> bool:
    """Whether it is a question of its own, without anything before it."""
    return bool(frame.keys() - _ALONE)
