"""`Frame`: what a stretch of a question says, slot by slot. Two frames are put together only where they agree: a slot
that is filled twice with different things is no reading.

    about     the measures asked about, in their order; may have holes
    view      how they are looked at: terms {kind: view, show: […], key: …} whose hole is the measure
    by        fields and one grain; "@people", "@team", "@region" are those of the model
    period, scope, population, limit_per
    where     conditions on rows ({kind: exactly, of: …}: as it stands, whatever else is said); having: on groups, whose
              hole is the measure; compare: on whichever fits
    apart     members that are listed in `where` are set side by side
    rest      the field whose other members are listed, beside a condition that leaves some of them out
    among     whom a place in a list is of where nothing else is said ("top 5 by win rate")
    listed    fields that are broken down by where nothing else is asked ("customers in the East")
    top       {kind: top, way: "best" | "worst" | "most" | "least" | "top" | "bottom", n: 5}
    several   the best of them are more than one, and how many is not said ("top customers")
    each      of what it is broken down by, each of which has a best and a worst of its own
    count     how many groups
    act       what is wanted other than numbers: a definition, an analysis
    standing  how it goes: the scorecard, or whatever is asked about, with targets
    trend     along time, by whatever unit suits the days; "parts": by the units they are said in
    left      how much there still is, of what there is at a time or of what is left out of
    within    among whom a place or an average is told
    recent    the first or last so many records, by their date
    all_of    how many teams or regions there are said to be in all
    throughout  conditions hold in every unit of the days, not over all of them: which unit, or "any"
    deadline  the unit whose end is the last day to reach a target
    margin    it is asked by how much, too
    next      so many more of a list that was cut
    of_sides  of what was set side by side
    without   all of a list but so many at one end of it: as `top`
    uncut     all rows of a list that was cut
    claims    what is said to be so: a condition where a list is asked for ("which products sold less")
    only_days  which of the days of the period: working ones, Mondays
    left_out  a time that is left out of the period
    that_time  in the time that is said as well
    there     in the place, or with whom, that is said as well
    moves     that it goes up or down, and not by how much
    whether   it is asked whether something will be so, not how much
    beyond    what no question of the algebra says ("not only the East"): whatever else the words could be was not
              meant; "always": nor is it an edit
    made_in   of records that were told: when they were made
    who_are   who ("somebody") or which ("things") they are that were counted
    of_whom   of which members somebody is one: of the customers, who
    spread_over  in which of these groups they are: how many in each
    theirs: more of each of those that are listed
    still, aged, late, due, tell, number, folded: of single records (nlq/reader/recording.py); still: true or "unpaid"
"""

from __future__ import annotations

from collections.abc import Mapping

from nlq.reader.conditions import fields_of
from nlq.reader.constructions import NotAReading
from nlq.reader.terms import ABOUT, Term, Value, has_hole, replaced, walked

__all__ = ["BESIDE", "Frame", "expanded", "filled", "frame_of", "key_of", "name_of", "of_one_year", "unified"]

Frame = Mapping[str, Value]
BESIDE = frozenset({"left_out", "only_days", "that_time", "first_people"})  # settled before it becomes a question

_ROUND = ("named", "holiday", "day_of_year")
_COMPARED = ("before", "change", "growth")
_YEAR = ("year", "of")
_OTHER = frozenset({*_YEAR, "coming"})
_GATHERED = frozenset({"where", "having", "compare", "by", "each", "view", "follow", "claims", "tell"})


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
            both = of_its_year(made[slot], value) if slot == "period" and "view" not in {*left, *right} else None
            if both is None:
                return None
            made[slot] = both
    return made


def _clash(left: tuple[Value, ...], right: tuple[Value, ...]) -> bool:
    return any(a != b and fields_of(a) & fields_of(b) for a in left for b in right)


def key_of(measure: Value) -> Value:
    """What of it a condition is about: a noun may stand for several columns."""
    return measure.get("key", measure["show"][0]) if isinstance(measure, Term) and measure.kind == "view" else measure


def expanded(measure: Value) -> tuple[Value, ...]:
    """The columns it is shown as."""
    return tuple(measure["show"]) if isinstance(measure, Term) and measure.kind == "view" else (measure,)


def name_of(measure: Value) -> str:
    """Raises NotAReading for all but a plain metric."""
    if not isinstance(measure, Term) or measure.kind != "metric" or not isinstance(measure["name"], str):
        raise NotAReading("of a metric only")
    return str(measure["name"])


def filled(value: Value, measure: Value) -> Value:
    """With the hole filled. Where the name of a metric is wanted, only a plain metric will do."""
    if value == ABOUT:
        return key_of(measure)
    if isinstance(value, Term):
        args: list[tuple[str, Value]] = []
        for name, inner in value.args:
            if inner == ABOUT and name == "metric":
                args.append((name, name_of(measure)))
            elif name == "show":
                shown = (expanded(measure) if t == ABOUT else (filled(t, measure),) for t in inner)
                args.append((name, tuple(dict.fromkeys(t for several in shown for t in several))))
            else:
                args.append((name, filled(inner, measure)))
        return Term(value.kind, tuple(args))
    return tuple(filled(v, measure) for v in value) if isinstance(value, tuple) else value


def _filled(left: tuple[Value, ...], right: tuple[Value, ...]) -> tuple[Value, ...] | None:
    """Of two things asked about one is a measure of the other ("attainment", "sales"); or they are the same."""
    if left == right or right == (ABOUT,):
        return left
    if left == (ABOUT,):
        return right
    for holed, whole in ((left, right), (right, left)):
        if min(len(holed), len(whole)) == 1 and all(map(has_hole, holed)) and not has_hole(whole):
            try:
                return tuple(filled(h, w) for w in whole for h in holed)
            except NotAReading:
                return None
    return None


def of_one_year(frame: Frame) -> Frame:
    """ "Q1 against Q2 of last year" are both of that year. As it is where both have one, or none has, or it is the same
    part of another one."""
    period: Value = frame.get("period")
    if not _named(period) or "view" not in frame:
        return frame
    others = {t["to"] for view in frame["view"] for t in walked(view) if t.kind in _COMPARED and _named(t.get("to"))}
    if len(others) != 1:
        return frame
    other: Value = others.pop()
    if other["unit"] != period["unit"] or other.get("index") == period.get("index"):
        return frame
    if _year(other) and not _has_year(period):
        return {**frame, "period": period.with_(**_year(other))}
    if _year(period) and not _has_year(other):
        dated = other.with_(**_year(period))
        made = replaced(frame["view"], lambda t: t.with_(to=dated) if t.get("to") == other else t)
        return {**frame, "view": made}
    return frame


def _named(period: Value) -> bool:
    return isinstance(period, Term) and period.kind == "named" and period.get("index") is not None


def _has_year(period: Term) -> bool:
    return bool(_OTHER & dict(period.args).keys())


def _year(period: Term) -> dict[str, Value]:
    """The year it is said to be of."""
    said = {k: v for k, v in period.args if k in _YEAR}
    of = said.get("of")
    return said if of is None or (of.kind == "units" and of["unit"] == "year") else {}


def of_its_year(left: Value, right: Value) -> Value | None:
    """What comes round every year, of a year that is said elsewhere: "Q3 revenue, prior year"; None of others."""
    for year, part in ((left, right), (right, left)):
        said = _as_year(year)
        if said and _comes_round(part):
            return part.with_(**said)
        if said and part.kind == "from_to" and _rounds(part["first"], part["last"]):
            return part.with_(last=part["last"].with_(**said))
    return None


def _rounds(first: Value, last: Value) -> bool:
    """Whether both come round every year, and lie in one: October to February does not."""
    both = _comes_round(first) and _comes_round(last)
    alike = first.kind == last.kind == "named" and first.get("unit") == last.get("unit")
    return both and not (alike and first["index"] > last["index"])


def _as_year(period: Value) -> dict[str, Value]:
    """What a time is of, where it is one year."""
    if period.kind == "named" and period["unit"] == "year" and "year" in dict(period.args):
        return {"year": period["year"]}
    alone = period.kind == "units" and period["unit"] == "year" and period.get("count", 1) == 1
    return {"of": period} if alone and not period.get("coming") else {}


def _comes_round(period: Value) -> bool:
    round_ = period.kind in _ROUND and period.get("unit") not in ("year", "day")
    return round_ and not _has_year(period)
