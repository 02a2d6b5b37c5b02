"""What a conversation goes on from, and whether what is said goes on from it, means nothing without it, or is a
question of its own."""

from __future__ import annotations

from dataclasses import dataclass

from nlq.reader.asking import Meaning, Wanted
from nlq.reader.conditions import tested_measures
from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame
from nlq.reader.terms import has_hole

__all__ = [
    "AFTER",
    "KEPT",
    "UNANSWERED",
    "Before",
    "Unanswered",
    "changed",
    "is_edit",
    "is_fragment",
    "is_pick",
    "is_unheard_of",
    "is_whole",
    "only_after",
]

AFTER = frozenset({"bare", "lean", "list", "shift"})  # what is said of the last question only
_REFERRING = frozenset(  # "his sales", without an answer
    {"things", "shift", "many_of", "refer", "others", "together", "pair", "undo", "add", "place", "denied", "opposite"}
    | {"averaged", "made_in", "next", "of_sides", "uncut"}
)
_ONLY_AFTER = AFTER | {"those", "that", "go_on", "corrected", "narrowed", "add", "out", "pair", "place", "whose"}
_ALONE = frozenset(
    {"period", "where", "scope", "follow", "by", "each", "which", "others", "together", "worth", "refer", "add", "pair"}
)
_BARE = frozenset({"about", "which", "many"})
_SAYS_LITTLE = frozenset(
    {"about", "apart", "by", "claims", "each", "having"}
    | {"follow", "many", "much", "others", "period", "refer", "shift", "sorted"}
    | {"things", "together", "total", "trend", "view", "where", "whether", "which", "worth"}
)

KEPT = 3  # questions before the last
Only = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Before:
    """The last question of this person in this conversation that was answered. `person`: the one its answer was about,
    as (field, member). `only`: the one row that its answer has, as (field, member) of what it is by. `rows`: of a list
    that was cut, the field it is by and the members it has. `earlier`: the question before it. `near`: in the same
    thread; else what is whole by itself is a question of its own."""

    asked: Meaning
    person: tuple[str, str] | None = None
    only: Only = ()
    earlier: Before | None = None
    rows: tuple[str, ...] = ()
    near: bool = True

    def then(
        self, asked: Meaning, person: tuple[str, str] | None = None, only: Only = (), rows: tuple[str, ...] = ()
    ) -> Before:
        """What is gone on from after the next question."""
        return Before(asked, person, only, _cut(self, KEPT), rows)


def _cut(before: Before | None, count: int) -> Before | None:
    """The last questions, without who they were about."""
    return None if before is None or not count else Before(before.asked, earlier=_cut(before.earlier, count - 1))


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The last question of this person in this conversation was refused, asked back or not read."""


UNANSWERED = Unanswered()


def is_edit(frame: Frame) -> bool:
    """Whether it is said of what was asked before: it says so, or it says of no number that it is about."""
    if "act" in frame or "standing" in frame:
        return False
    if "follow" in frame or "worth" in frame or frame.keys() == {"number"}:
        return True
    if "about" not in frame:  # "customers with sales over 200k" says what it is about
        return not any(not has_hole(m) for m in tested_measures(frame.get("having", ())))
    return is_unheard_of(frame) or not frame.keys() - _BARE  # a number and nothing else: of whatever was asked about


def is_unheard_of(frame: Frame) -> bool:
    """Whether it says that nothing was heard for so long, and not of whom."""
    return "idle" in frame and not frame.keys() - {"idle", "about", "which", "follow", "scope"}


def is_pick(frame: Frame) -> bool:
    """Whether it picks the best, or so many, of what it does not name: after a question that is one of its answer."""
    return "top" in frame and not frame.keys() & {"about", "record"} and "act" not in frame


def only_after(frame: Frame) -> bool:
    """Whether it means nothing by itself."""
    return bool(_ONLY_AFTER & set(frame.get("follow", ()))) or bool(frame.keys() & _REFERRING)


def is_whole(frame: Frame) -> bool:
    """Whether it is a question of its own, without anything before it."""
    return bool(frame.keys() - _ALONE)


def is_fragment(frame: Frame) -> bool:
    """Whether it is likely said of what was asked before: "calls?", "whose are they"."""
    return is_edit(frame) and frame.keys() <= _SAYS_LITTLE


def changed(wanted: Wanted, before: Before) -> Wanted:
    """Raises NotAReading where it is what was asked before."""
    if wanted.meaning == before.asked:
        raise NotAReading("nothing that was not asked before")
    return wanted
