"""`Frame`: what a stretch of a question says, slot by slot. Two frames are put together only where they agree: a slot
that is filled twice with different things is no reading.

    about     the measures asked about, in their order; may have holes
    view      how they are looked at: terms {kind: view, show: […], key: …} whose hole is the measure
    by        fields and one grain; "@people", "@team", "@region" are those of the model
    period, scope, population, limit_per
    where     conditions on rows; having: on groups, whose hole is the measure; compare: on whichever fits
    apart     members that are listed in `where` are set side by side
    listed    fields that are broken down by where nothing else is asked ("customers in the East")
    top       {kind: top, way: "best" | "worst" | "most" | "least", n: 5}
    count     how many groups
    act       what is wanted other than numbers: a definition, an analysis
"""

from __future__ import annotations

from collections.abc import Mapping

from nlq.reader.conditions import fields_of
from nlq.reader.terms import ABOUT, Term, Value, has_hole, replaced

__all__ = ["Frame", "frame_of", "unified"]

Frame = Mapping[str, Value]

_GATHERED = frozenset({"where", "having", "compare", "by", "view", "follow"})


def frame_of(term: Term) -> Frame:
    return {k: v for k, v in term.args if v is not None}


def unified(left: Frame, right: Frame) -> Frame | None:
    """Both, or None where they disagree. The left one was said first."""
    if not left:
        return right
    made = dict(left)
    for slot, value in right.items():
        if slot not in made:
            made[slot] = value
        elif slot in _GATHERED:
            both = made[slot] + tuple(v for v in value if v not in made[slot])
            if slot == "where" and _clash(made[slot], value):
                return None  # one field, two lists, and no word that says how they go together
            made[slot] = both
        elif slot == "about":
            filled = _filled(made[slot], value)
            if filled is None:
                return None
            made[slot] = filled
        elif made[slot] != value:
            return None
    return made


def _clash(left: tuple[Value, ...], right: tuple[Value, ...]) -> bool:
    return any(a != b and fields_of(a) & fields_of(b) for a in left for b in right)


def _filled(left: tuple[Value, ...], right: tuple[Value, ...]) -> tuple[Value, ...] | None:
    """Of two things asked about one is a measure of the other ("attainment", "sales"); or they are the same."""
    if left == right:
        return left
    for holed, whole in ((left, right), (right, left)):
        if len(holed) == 1 and len(whole) == 1 and has_hole(holed) and not has_hole(whole):
            return (replaced(holed[0], lambda t, w=whole[0]: w if t == ABOUT else t),)  # type: ignore[misc]
    return None
