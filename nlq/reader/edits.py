"""A follow-up is an edit of the last answered question: what it says takes the place of what was said before."""

from __future__ import annotations

from typing import Any

from metrics.model.schema import Model
from metrics.people import Person
from metrics.query.asked import GRAINS, Asked
from nlq.reader.asking import Wanted, aimed_at, asked_of
from nlq.reader.before import AFTER, Before
from nlq.reader.conditions import where
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft, named, parted
from nlq.reader.frame import Frame
from nlq.reader.instead import conditions_of_other, order_kept, other_measures
from nlq.reader.listing import conditions, count, population, unit_of
from nlq.reader.lists import (
    averaged,
    count_rows,
    counts_rows,
    cut_off,
    opposite,
    placed,
    record_of,
    records_as_numbers,
    sum_of_first,
    things,
    worth_each,
)
from nlq.reader.looking import OWN, settled
from nlq.reader.meaning import Unanswerable
from nlq.reader.ordering import in_order
from nlq.reader.other_days import check_days_apart, days_of_rows
from nlq.reader.other_rows import apart_from_the_rest, each_of_several, is_share, other_rows, other_scope
from nlq.reader.rows import DATASET, REASON, running_days, why_written
from nlq.reader.same_rows import as_they_stand, is_of_a_place, is_of_same_rows, of_other_days, of_the_rows, only_rows
from nlq.reader.scoping import fields_in, scope
from nlq.reader.terms import ABOUT, Term, Value, has_hole, term_of, walked
from nlq.reader.totalling import is_of_a_list, is_told, totalled
from nlq.reader.widening import one_person, widened

__all__ = ["edited", "is_of_the_usual"]

_THE_WHOLE = frozenset({"that", "those"})
_SHORT = {"bare": {"by"}, "lean": {"about", "period"}, "list": {"things"}}  # and what may be said with it
_ANEW = frozenset({"top", "sorted", "by", "refer", "count", "total", "together", "place", "others", "many_of", "worth"})
# What an edit knows how to apply. Anything else that is said makes it no edit: it must not be dropped.
_APPLIED = frozenset(
    {
        "period",
        "where",
        "by",
        "each",
        "scope",
        "follow",
        "which",
        "others",
        "together",
        "worth",
        "much",
        "refer",
        "less",
        "number",
    }
    | {"about", "view", "having", "compare", "top", "sorted", "population", "limit", "limit_per", "many", "many_of"}
    | {"things", "shift", "within", "trend", "count", "whole", "total", "add", "place", "denied", "apart", "less"}
    | {"opposite", "averaged", "among", "uncut", "owed", "without"}
)


def edited(before: Before, frame: Frame, model: Model, asker: Person | None = None) -> Wanted:
    """The last question with the edit applied. Raises NotAReading where it does not fit, or changes nothing."""
    if ("many_of" in frame or "out" in frame.get("follow", ())) and not all(map(has_hole, frame.get("about", ()))):
        raise NotAReading("how many they are, or who is left out, and a number of its own")
    if frame.keys() - _APPLIED - ({"record"} if "many_of" in frame else set()):
        raise NotAReading("more than an edit")
    asked = before.asked
    assert isinstance(asked, Asked)
    _check_said_of(asked, frame, model)
    written = asked.model_dump(mode="json", exclude_defaults=True)
    written["order"] = [{"kind": "order", **o} for o in written.get("order", ())]
    old = {k: term_of(v) for k, v in written.items()}
    frame = {k: named(v, model, asker) for k, v in frame.items()}
    frame = as_they_stand(frame, old)
    if is_told(frame, old, model):
        return Wanted(asked)
    if is_of_a_list(frame, old, model):
        return Wanted(asked_of(totalled(frame, old if "limit" not in old else only_rows(before, old), model)))
    _check_short(frame, old)
    if old.get("limit") == 1 and _is_told(frame, old["show"][0], model):
        return Wanted(asked)
    frame = _fitting(frame, old, model)
    draft = Draft({k: v for k, v in frame.items() if k not in ("where", "by")} | _narrowed_by(frame), model)
    draft.by = tuple(old.get("by", ()))
    draft.show = list(old["show"])
    draft.where = parted(old.get("where"))
    _by(draft, frame)
    draft.period = days_of_rows(draft, frame, old)
    if "trend" in frame:
        said = {"trend": True, "by": draft.by, "period": draft.period}
        along = settled({k: v for k, v in said.items() if v not in (None, ())}, model, [])
        draft.by, draft.period = tuple(along["by"]), along.get("period")
    widened(draft, frame)
    other_rows(draft, frame, before)
    each_of_several(draft, frame, old)
    apart_from_the_rest(draft, frame)
    rows = of_the_rows(before, frame, old, draft.by)
    draft.where = [w for w in draft.where if not any(_says_more(r, w) for r in rows)] + rows
    if is_of_a_place(old) and (rows or "refer" in frame):  # the place was found, and is none among others
        old = {k: v for k, v in old.items() if k != "having"}
        draft.show = [m for m in draft.show if m.kind != "place"]
    draft.scope = other_scope(draft, frame, old)
    other_measures(draft, frame, old, cut=not rows)
    _of_now(draft, frame)
    same_rows = is_of_same_rows(frame, old)
    if same_rows:
        draft.show, draft.period = of_other_days(draft.show, draft.period, old), old.get("period")
    if "period" in frame:
        draft.period = aimed_at(draft)
    scope(draft, asker, whole="whole" in frame)
    if "top" in frame and draft.by:
        draft.show = _without_places(draft.show)
    _list(draft, frame, old, same_rows=same_rows)
    conditions(draft)
    _rows_and_order(draft, frame, old, same_rows=same_rows, cut=not rows)
    _by_what_it_stands_in_order(draft, frame, old)
    in_order(draft)
    _check_several(draft, frame)
    if "averaged" in frame:
        worth_each(draft, old) if "worth" in frame else averaged(draft)
    _along_once(draft)
    if "limit" in old and _of_all(frame):
        sum_of_first(draft, old, share=bool(frame.get("view")))
    draft.population = frame.get("population") or (
        old.get("population") if "many_of" in frame or draft.by == tuple(old.get("by", ())) else None
    )
    population(draft)
    check_days_apart(draft)
    made = asked_of(draft.parts())
    if made == asked:
        raise NotAReading("nothing that was not asked before")
    return Wanted(made, ("whole",) if "whole" in frame else ())


def _without_places(show: list[Value]) -> list[Value]:
    """Of everybody, without where one of them stands: who is first, after one's own place."""
    placed = [m for m in show if m.kind.startswith("place") and m.get("member") is not None]
    kept = [m for m in show if m not in placed]
    return kept or list(dict.fromkeys(m["of"] for m in placed))


def _check_said_of(asked: Asked, frame: Frame, model: Model) -> None:
    """Raises NotAReading for how much of an amount so many are, and for what somebody sold, of what is not sold."""
    if "much" in frame and "that" in frame.get("follow", ()) and _counts(frame.get("about", ()), model):
        raise NotAReading("what part of that is so many")
    if "many" in frame and not frame.keys() & {"about", "record"} and not _counts(_told(asked), model):
        raise NotAReading("how many of what")
    if asked.limit == 1 and "count" in frame and not frame.keys() & {"refer", "where", "by"}:
        raise NotAReading("how many, of the one that was picked")
    if frame.get("about") == (ABOUT,) and "refer" in frame and not is_of_the_usual(asked, model):
        raise NotAReading("what was done, of what is not told so")


def _fitting(frame: Frame, old: dict[str, Any], model: Model) -> Frame:
    """What is said as it is said of the old numbers: reasons are those of them, and the first so many are worth what
    they are worth together. Raises NotAReading for what cannot be said of them."""
    first = old["show"][0]
    if REASON in frame.get("by", ()):
        names = [str(t["name"]) for t in old["show"] if t.kind == "metric"][:1]
        frame = {**frame, "by": why_written(model, frame["by"], names)}
    if "limit" in old and "about" not in frame and _is_told(frame, first, model):
        return {"follow": frame.get("follow", ()), "together": True}
    if "limit" in old and "top" in frame and is_share(frame):
        raise NotAReading("the share of one of them")
    if "owed" in frame and not running_days(first, model):
        raise NotAReading("that is not owed")
    if "many" in frame and "about" not in frame and unit_of(first, model).startswith("currency"):
        raise NotAReading("how many of an amount")
    return frame


def _check_short(frame: Frame, old: dict[str, Any]) -> None:
    """Raises NotAReading for more than what is said in short, and for what was not said that is taken back."""
    for short in AFTER & set(frame.get("follow", ())):
        if short in _SHORT and frame.keys() - _SHORT[short] - {"follow"}:
            raise NotAReading("more than what is said of the last question")
    if "denied" in frame and frame["denied"] not in walked(tuple(old.values())):
        raise NotAReading("that was not said")


def _narrowed_by(frame: Frame) -> dict[str, Value]:
    """The field by which it is narrowed, where it is by one."""
    conditions = frame.get("where", ())
    return {"narrowed_by": next(iter(fields_in(where(conditions[0]))), None)} if len(conditions) == 1 else {}


def _rows_and_order(draft: Draft, frame: Frame, old: dict[str, Any], *, same_rows: bool, cut: bool) -> None:
    """How many there are, else which of them in which order, where nothing else is said. `cut`: the first so many."""
    anew = frame.keys() & _ANEW
    kept = () if anew else tuple(old.get("order", ()))
    draft.order = kept if same_rows else order_kept(kept, draft, old)
    as_before = "about" not in frame or "add" in frame or _leaning(frame)
    of_those = "having" in old and "many" in frame and "those" in frame.get("follow", ()) and "about" not in frame
    counted = (frame.get("many_of") or of_those) and counts_rows(draft, str(frame.get("record", "")))
    if counted and ("limit" not in old or not cut):
        count_rows(draft, str(frame.get("record", "")))
    elif "count" in frame:
        count(draft)
    elif same_rows or (as_before and not anew - {"sorted"}):
        draft.limit, draft.limit_per = frame.get("limit", old.get("limit")), tuple(old.get("limit_per", ()))
        if not cut or "uncut" in frame or ("having" in frame and old.get("limit") == 1):
            draft.limit = None


def is_of_the_usual(asked: Asked, model: Model) -> bool:
    """Whether it is of the rows of the number that is meant where none is named: sold, bought."""
    usual = model.metrics.get(model.default_metric or "")
    metric = model.metrics.get(asked.show[0].subject()) if asked.show[0].kind == "metric" else None
    if usual is None or metric is None or not metric.additive:
        return False
    return DATASET.findall(metric.expression)[:1] == DATASET.findall(usual.expression)[:1]


def _told(asked: Asked) -> tuple[Value, ...]:
    """The number that was told first."""
    return (term_of(asked.show[0].model_dump(mode="json", exclude_defaults=True)),)


def _counts(about: Value, model: Model) -> bool:
    metrics = [model.metrics.get(str(t.get("name"))) for t in about if t.kind == "metric"]
    return any(m is not None and m.unit == "count" for m in metrics)


def _of_now(draft: Draft, frame: Frame) -> None:
    """What there is now is not of days that are over, though these were said before."""
    period, names = draft.period, [str(t["name"]) for m in draft.show for t in walked(m) if t.kind == "metric"]
    if "about" not in frame or "period" in frame or not names or not isinstance(period, Term):
        return
    past = period.kind != "units" or period.get("offset", 0) != 0
    if past and all(n in draft.model.metrics and draft.model.metrics[n].snapshot for n in names):
        draft.period = None


def _along_once(draft: Draft) -> None:
    """The average of a month is one number, and none of each month."""
    over = {t["over"] for m in draft.show for t in walked(m) if t.kind == "across"}
    draft.by = tuple(b for b in draft.by if b not in GRAINS or b not in over)


def _by_what_it_stands_in_order(draft: Draft, frame: Frame, old: dict[str, Any]) -> None:
    """The last five of a list that was put in order are those at its end."""
    order = old.get("order", ())
    if "top" not in frame or frame.keys() & {"about", "by", "view"} or len(order) != 1 or not draft.keys:
        return
    by = order[0]["by"]
    _check_one_number(draft, frame, old)
    if isinstance(by, Term) and by in draft.show:
        draft.keys = [by, *(k for k in draft.keys if k != by)]


def _is_by_others(draft: Draft, old: dict[str, Any]) -> bool:
    """Whether it is broken down by more than what it was, and than what that is part of: reps, and the team of each."""
    before, new = old.get("by", ()), set(draft.by) - GRAINS - set(old.get("by", ()))
    own = {b.partition(".")[0] for b in before}
    return bool(new) and not (set(before) <= set(draft.by) and {b.partition(".")[0] for b in new} <= own)


def _check_one_number(draft: Draft, frame: Frame, old: dict[str, Any]) -> None:
    """Raises NotAReading for the highest of rows of which another number was told since they were picked."""
    names = [str(m["name"]) for m in draft.show if m.kind == "metric"]
    beside = set(names[1:]) - set(draft.model.metrics[names[0]].shown_with) if names else set()
    if beside and old.get("limit", 1) > 1 and frame["top"].get("n") is None:
        raise Unanswerable("the highest of which number")


def _check_several(draft: Draft, frame: Frame) -> None:
    """Raises NotAReading for the best of one."""
    one = {str(c["field"]) for c in map(where, frame.get("where", ())) if c.kind == "in" and len(c["values"]) == 1}
    if "top" in frame and draft.by and set(draft.by) <= one:
        raise NotAReading("the best of one")
    if "top" in frame and "which" in frame and len(frame.get("by", ())) > 1:
        raise NotAReading("who is in the best of them")


def _absent(test: Value) -> bool:
    """Whether it is of what was not done: of customers nobody went to, that is none of who has them."""
    return bool(test.kind == "test" and test["op"] == "eq" and test["value"] == 0)


def _says_more(rows: Value, condition: Value) -> bool:
    """Whether the rows that are meant are some of those of the condition."""
    members = condition.kind == "in" and not condition.get("out") and condition["field"] == rows["field"]
    return members and set(rows["values"]) <= set(condition["values"])


def _there_are(having: list[Value], draft: Draft) -> bool:
    """Whether it is no more than that each has some of what is added up."""
    first = draft.show[0] if draft.show else None
    return all(t.kind == "test" and (t["op"], t["value"], t["of"]) == ("gt", 0, first) for t in having)


def _list(draft: Draft, frame: Frame, old: dict[str, Any], *, same_rows: bool) -> None:
    """What is said of a list that was told."""
    having = parted(old.get("having"))
    record = record_of(old, draft.model)
    if "by" in frame and "about" not in frame and record is not None:
        records_as_numbers(draft, old, having)
    if record is None and _is_by_others(draft, old) and any(map(_absent, having)):
        raise NotAReading("whose each of those is")
    if not draft.by and (("refer" in frame) or _there_are(having, draft)):  # the one that was picked; all there is
        having = []
    if "things" in frame:
        things(draft)
    if record is not None and "compare" in frame and "about" not in frame:
        draft.frame, draft.about = {**draft.frame, "record": record}, ()
    elif "opposite" in frame:
        draft.having += opposite(having)
    elif same_rows or (frame.keys() >= {"top", "about"} and "by" not in frame):
        draft.having += having
    elif "about" in frame and not frame.keys() & {"having", "compare", "count", "which", "things"}:
        draft.having += conditions_of_other(having, old, draft)
    elif not frame.keys() & {"things", "having", "compare", "about", "count", "worth"}:
        draft.having += [c for c in having if not frame.keys() & {"place", "uncut"} or not _of_a_place(c)]
    if "without" in frame:
        cut_off(draft, frame["without"])
    if "place" in frame:
        placed(draft, old, frame["place"], "eq")
    elif frame.get("others") == "the_same" and old.get("limit"):
        placed(draft, old, old["limit"], "gt")
        if "limit" in frame:  # as many again
            placed(draft, old, old["limit"] + frame["limit"], "le")


def _is_told(frame: Frame, shown: Value, model: Model) -> bool:
    """Whether it asks how much that was, which was told with it."""
    if frame.keys() - {"about", "many", "much", "worth", "follow"}:
        return False
    if "about" in frame:
        return bool(frame["about"] in ((shown,), (ABOUT,)))
    return bool(frame.keys() & {"much", "worth"}) and unit_of(shown, model).startswith("currency")


def _of_a_place(condition: Value) -> bool:
    return bool(condition.kind == "test" and condition["op"] == "eq" and condition["of"].kind == "place")


def _of_all(frame: Frame) -> bool:
    """Whether it is about what the first so many have together: their sum, or the part of it all that "that" is."""
    if frame.keys() & {"record", "by"} or frame.get("about", (ABOUT,)) != (ABOUT,):
        return False
    shared = any(t.kind == "share" for v in frame.get("view", ()) for t in walked(v))
    return bool(frame.keys() & {"total", "together"}) or (shared and bool(_THE_WHOLE & set(frame.get("follow", ()))))


def _leaning(frame: Frame) -> bool:
    return bool({"lean", "instead"} & set(frame.get("follow", ())))


def _plain_fields(by: Value, draft: Draft) -> tuple[str, ...]:
    """A field that is called so only beside what it is a field of as such. Raises NotAReading where other rows were
    asked about."""
    metrics = [draft.model.metrics[m["name"]] for m in draft.show if m.kind == "metric"]
    for own in (b.removeprefix(OWN) for b in by if isinstance(b, str) and b.startswith(OWN)):
        if not metrics or not all(own.partition(".")[0] in m.time for m in metrics):
            raise NotAReading("a field of other rows")
    return tuple(dict.fromkeys(b.removeprefix(OWN) if isinstance(b, str) else b for b in by))


def _by(draft: Draft, frame: Frame) -> None:
    new = _plain_fields(frame.get("by", ()), draft)
    if frame.get("together") or (frame.get("total") and not new):
        draft.by = ()
    elif new and frame.get("add"):
        draft.by = tuple(dict.fromkeys((*draft.by, *new)))
    elif new and set(new) <= GRAINS and not frame.keys() & {"top", "which"} and not _leaning(frame):
        draft.by = (*(b for b in draft.by if b not in GRAINS), *new)
    elif new:
        draft.by = new
    if "others" in frame and frame["others"] != "the_same" and frame["others"] not in draft.by:
        draft.by = (*draft.by, frame["others"])
    elif "others" in frame and not draft.by and not frame.keys() & {"total", "together"}:
        draft.by = one_person(draft)
