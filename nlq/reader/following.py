"""What is said after an answer: an edit of the question, a step back, or something else asked of the same rows ("why?",
"and in the North?" after a cause was told, "and margin?" after a definition)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from metrics.analyses.analysis import Analysis
from metrics.model.schema import Model
from metrics.people import Person
from metrics.query.asked import GRAINS, Asked
from metrics.query.predicate import In
from nlq.reader.about import counted
from nlq.reader.among import among, is_among, is_list
from nlq.reader.asking import Definition, Wanted, asked_of, question
from nlq.reader.before import Before, is_edit, is_unheard_of, is_whole, only_after
from nlq.reader.conditions import where
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import named
from nlq.reader.edits import edited
from nlq.reader.frame import Frame
from nlq.reader.going_on import is_told_already, looked_at_so, said_otherwise
from nlq.reader.narrowing import narrowed
from nlq.reader.pairing import all_of, is_comparison, pair_of, paired
from nlq.reader.rows import REASON, told_apart
from nlq.reader.scoping import fields_in, people_fields
from nlq.reader.terms import ABOUT, Term, Value, has_hole, plain, replaced, term_of, walked
from nlq.reader.who_they_are import members

__all__ = ["followed", "of_the_same_days"]

_ANALYSED = frozenset({"period", "where", "scope", "follow", "by", "each", "refer", "whole", "shift", "about", "trend"})
_OF_NO_ROWS = frozenset({"calendar", "freshness"})
_WHICH = {"follow": ("list",), "things": True}
_SOLD = "@sold"
_PLACE = Term("place", (("of", ABOUT),))
_NEEDED = Term(
    "view",
    (
        ("show", (ABOUT, *(Term(kind, (("metric", ABOUT),)) for kind in ("target", "gap", "needed_per_day")))),
        ("key", Term("needed_per_day", (("metric", ABOUT),))),
    ),
)
_ROWS = ("period", "scope", "where")


def followed(before: Before, frame: Frame, model: Model, asker: Person | None) -> Wanted | None:
    """What is meant after `before`; None where it is a question of its own. Raises NotAReading where it is neither."""
    if "undo" in frame:
        return _undone(before, frame)
    if "act" in frame:
        return _acted(before, frame, model, asker)
    if isinstance(before.asked, Asked) and before.near and is_told_already(before.asked, frame, model):
        return Wanted(before.asked)
    alone = not before.near and is_whole(frame) and not is_edit(frame)
    frame = _said_of(before, frame, model)
    if alone or not is_edit(frame):
        return None
    if isinstance(before.asked, Definition):
        return _defined(before.asked, frame, model, asker)
    if isinstance(before.asked, Analysis):
        return _after_analysis(before, before.asked, frame, model, asker)
    records = narrowed(before.asked, frame, model, asker)
    if records is not None:
        return _changed(records, before)
    if is_among(before.asked, frame):
        listed = before.asked if is_list(before.asked) else edited(before, _WHICH, model, asker).meaning
        assert isinstance(listed, Asked)
        return among(before, listed, frame, model)
    looked = looked_at_so(before.asked, frame)
    if looked is not None:
        return _changed(looked, before)
    if _is_of_counted(before.asked, frame, model):
        raise NotAReading("of those that were only counted")
    if frame.keys() <= {"whole", "follow"} and any(t.get("within") is not None for t in _shown(before.asked)):
        return _among_all(before.asked)
    two = _of_two(before, frame, model, asker)
    if two is not None:
        return two
    try:
        return edited(before, frame, model, asker)
    except NotAReading:
        if not frame.get("worth") or frame.keys() - {"follow", "worth", "much", "total", "about", "period"}:
            raise
        return _changed(_worth(before, frame, model, asker), before)


def _after_analysis(
    before: Before, analysis: Analysis, frame: Frame, model: Model, asker: Person | None
) -> Wanted | None:
    if _number_of(analysis, model) is None:
        return _after_no_number(analysis, frame, model, asker)
    return _analysed(before, frame, model, asker)


def _of_two(before: Before, frame: Frame, model: Model, asker: Person | None) -> Wanted | None:
    """What is said of two that were told, or of as many as were; None where nothing is. Raises NotAReading."""
    asked = before.asked
    assert isinstance(asked, Asked)
    way = pair_of(frame, grouped=bool(asked.by))
    if way is None:
        if is_comparison(frame) and before.earlier is not None:
            with suppress(NotAReading):
                return Wanted(asked_of(paired(before, "differ", model)))
        return None
    if "where" in frame:  # of the two that are named
        both = edited(before, {k: v for k, v in frame.items() if k not in ("pair", "total")}, model, asker).meaning
        return Wanted(asked_of(paired(Before(both), way, model)))
    count = frame.get("pair_of", 2)
    parts = paired(before, way, model) if count == 2 else all_of(before, way, count)
    return _changed(Wanted(asked_of(parts)), before)


def _worth(before: Before, frame: Frame, model: Model, asker: Person | None) -> Wanted:
    """What those are worth that were counted, of the same days and rows. Raises NotAReading."""
    asked = before.asked
    assert isinstance(asked, Asked)
    counted_ones = [_metric(m.subject()) for m in asked.show if m.kind == "metric"]
    if len(asked.show) != 1 or asked.having is not None or asked.limit is not None or not counted_ones:
        raise NotAReading("worth what")
    if frame.get("about", (ABOUT,)) not in ((ABOUT,), tuple(counted_ones)):
        raise NotAReading("worth what")
    said = {k: v for k, v in frame.items() if k not in ("follow", "about")}
    rows = {k: v for k, v in _rows(before, model).items() if k != "view"}
    return question({**rows, "by": asked.by, **said} if asked.by else {**rows, **said}, model, asker)


def _said_of(before: Before, frame: Frame, model: Model) -> Frame:
    """With what it says of what was told: who "they" are; that those are listed, or counted, which is asked."""
    asked = before.asked
    listed = isinstance(asked, Asked) and is_list(asked)
    if "who_are" in frame:
        frame = _who(before, frame, model)
    if _is_sold(frame):
        if not before.near:
            raise NotAReading("sold: whether of what was asked before is not known")
        frame = _sold(before, frame, model)
    if frame.get("refer") == "they":
        frame = _they(before, frame, listed=listed)
    if "standing" in frame and "about" in frame and not frame.keys() - {"standing", "about", "follow"}:
        return {"follow": (), **{k: v for k, v in frame.items() if k != "standing"}}  # how that goes, of what was asked
    if "standing" in frame and listed and frame.keys() == {"standing", "follow", "period"}:
        return {**{k: v for k, v in frame.items() if k != "standing"}, "about": (ABOUT,)}
    if isinstance(asked, Asked) and (said := said_otherwise(before, asked, frame, model)) is not None:
        return said
    return _of_told(asked, frame, model, listed=listed)


def _of_told(asked: object, frame: Frame, model: Model, *, listed: bool) -> Frame:
    """The same, of what was listed or counted."""
    if "things" in frame and listed and frame.keys() - {"follow", "things"}:
        return {**{k: v for k, v in frame.items() if k != "things"}, "follow": ("those",)}
    if "which" in frame and not listed and not frame.keys() - {"which", "follow"}:
        return _WHICH
    if isinstance(asked, Asked) and _is_a_rate_of_it(frame) and any(t.kind == "gap" for t in _shown(asked)):
        return {"follow": ("go_on",), "view": (_NEEDED,)}  # what is left of it a day is what is needed
    if listed and isinstance(asked, Asked) and is_unheard_of(frame) and not _of_records(asked, model):
        return {**{k: v for k, v in frame.items() if k != "idle"}, **_unheard(frame)}
    if isinstance(asked, Asked) and _is_more_of_it(asked, frame):
        return {**{k: v for k, v in frame.items() if k != "about"}, "follow": ("go_on",)}
    if listed and frame.keys() >= {"about", "top"} and not frame.keys() - {"about", "top", "which"}:
        return {**frame, "follow": ("go_on",)}  # who has the most of it, of those
    if listed and isinstance(asked, Asked) and (place := _place_of(frame, asked, model)) is not None:
        return {"follow": ("place",), "place": place}
    if "having" not in frame and frame.get("by") == ("@people",) and _is_of_customers(frame, model):
        return {**frame, "by": ("@customers",)}
    if listed and isinstance(asked, Asked) and _is_restated(asked, frame):
        return {**{k: v for k, v in frame.items() if k != "about"}, "follow": ("go_on",)}
    if listed and isinstance(asked, Asked) and asked.having is not None and _counts_them(asked, frame, model):
        return {"follow": ("go_on",), "many_of": True}
    if listed and isinstance(asked, Asked) and _is_of_listed(asked, frame, model):
        return {**{k: v for k, v in frame.items() if k != "by"}, "follow": ("those",), "which": True}
    return frame


def _place_of(frame: Frame, asked: Asked, model: Model) -> int | None:
    """Which place it asks about ("who is second"), of what was listed, which need not be people: of teams it is one."""
    if (
        frame.get("by") != ("@people",)
        or frame.keys() - {"by", "having", "follow"}
        or len(frame.get("having", ())) != 1
    ):
        return None
    test = frame["having"][0]
    if model.people is None or model.people.name in asked.by or test != Term("test", (("of", _PLACE), *test.args[1:])):
        return None
    return int(test["value"]) if test["op"] == "eq" else None


def _is_sold(frame: Frame) -> bool:
    return any(t.get("name") == _SOLD for t in walked(frame.get("about", ())) if isinstance(t, Term))


def _sold(before: Before, frame: Frame, model: Model) -> Frame:
    """Sold, or bought, whatever was asked about before; by the one that was the first."""
    asked = before.asked
    frame = {**frame, "about": named(frame["about"], model)}
    if not isinstance(asked, Asked):
        return frame
    if frame["about"] == (_first(asked),):
        frame = {**frame, "about": (ABOUT,)}
    if asked.limit == 1 and before.only and "refer" not in frame:
        return {**frame, "refer": "one", "follow": ("go_on",)}
    return frame


def _who(before: Before, frame: Frame, model: Model) -> Frame:
    """Who they are that were counted: no reps, where the number is of customers."""
    said = {k: v for k, v in frame.items() if k != "who_are"}
    asked = before.asked
    if said.keys() == {"by", "which"} and isinstance(asked, Asked) and not asked.by and len(asked.show) == 1:
        shown = term_of(asked.show[0].model_dump(mode="json", exclude_defaults=True))
        if shown.kind == "count_of" or members(shown, model) is not None:
            return _WHICH
    return said


def _is_a_rate_of_it(frame: Frame) -> bool:
    """Whether it asks how much that is a day."""
    about = frame.get("about", ())
    a_day = len(about) == 1 and about[0].kind in ("per", "spread") and about[0]["each"] in ("day", "working_day")
    return a_day and about[0]["of"] == ABOUT and not frame.keys() - {"about", "follow", "much"}


def _they(before: Before, frame: Frame, *, listed: bool) -> Frame:
    """Who was named, the one row there was, or all of them."""
    if before.person and (before.only or not listed):
        return {**frame, "refer": "person"}
    if before.only:
        return {**frame, "refer": "one"}
    rest = {k: v for k, v in frame.items() if k != "refer"}
    if listed:
        return {**rest, "follow": ("those",)}
    where = getattr(before.asked, "where", None)
    one = isinstance(where, In) and not where.out and len(where.values) == 1
    return {**rest, "follow": ("go_on",)} if one else frame  # of the customer whose sales were told


def _is_restated(asked: Asked, frame: Frame) -> bool:
    """Whether a condition names the number again that was told: who sold nothing, of everybody's sales."""
    if "having" not in frame or frame.keys() - {"having", "about", "by", "which", "population", "follow"}:
        return False
    told = term_of(asked.show[0].model_dump(mode="json", exclude_defaults=True))
    return frame.get("about") in ((told,), (ABOUT,))


def _is_more_of_it(asked: Asked, frame: Frame) -> bool:
    """Whether it asks of the same number why those were, or what part of them some are."""
    if frame.keys() - {"about", "by", "view", "where", "which", "much"} or "about" not in frame:
        return False
    shared = "where" in frame and any(t.kind == "share" for v in frame.get("view", ()) for t in walked(v))
    told = term_of(asked.show[0].model_dump(mode="json", exclude_defaults=True))
    return frame["about"] == (told,) and (shared or frame.get("by") == (REASON,))


def _is_of_customers(frame: Frame, model: Model) -> bool:
    """Whether it is a number of those whom people look after: who bought those is no rep."""
    about = frame.get("about", ())
    if "those" not in frame.get("follow", ()) or "which" not in frame or len(about) != 1 or about[0].kind != "metric":
        return False
    with suppress(NotAReading, KeyError):
        return counted(str(about[0]["name"]), model).partition(".")[0] in model.access.belongs
    return False


def _counts_them(asked: Asked, frame: Frame, model: Model) -> bool:
    """Whether it asks how many they are, by what they are: how many people."""
    if "count" not in frame or frame.keys() - {"count", "follow"}:
        return False
    over, people = frame["count"].get("over"), model.people
    return (people is not None and over == "@people" and people.name in asked.by) or over in asked.by


def _of_records(asked: Asked, model: Model) -> bool:
    return any(told_apart(model, by) is not None for by in asked.by)


def _unheard(frame: Frame) -> dict[str, Any]:
    """As a condition on each of them: heard of so long ago, or never."""
    about, days = frame["about"][0], frame["idle"]
    long = Term("test", (("of", about), ("op", "gt"), ("value", days["days"] if isinstance(days, Term) else days)))
    never = Term("not", (("of", Term("known", (("of", about),))),))
    either = Term("or", (("of", (long, never)),))
    return {"follow": ("those",), "which": True, "having": (either,), "population": "all"}


def _is_of_listed(asked: Asked, frame: Frame, model: Model) -> bool:
    """Whether it is what some of those did that were listed: who bought nothing since June is no rep, of customers."""
    about = frame.get("about", ())
    if "having" not in frame or frame.get("by", ("@people",)) != ("@people",) or len(about) != 1:
        return False
    if frame.get("scope") == "me" and "by" in frame:  # of whom one has none are not people like oneself
        return True
    if about[0].kind != "metric" or model.metrics.get(about[0]["name"]) is None:
        return False
    with suppress(NotAReading):
        return counted(str(about[0]["name"]), model) in asked.by
    return False


def _is_of_counted(asked: Asked, frame: Frame, model: Model) -> bool:
    """Whether it is another number of those that were counted, and not listed: of whom it is is not in it."""
    about, first = frame.get("about", ()), _first(asked)
    if "those" not in frame.get("follow", ()) or asked.by or not about or any(map(has_hole, about)):
        return False
    counts = first.kind == "count_of" or (first.kind == "metric" and model.metrics[str(first["name"])].unit == "count")
    return counts and tuple(about) != (first,)


def of_the_same_days(before: Before, frame: Frame, model: Model) -> Frame:
    """A question of its own about the number that was asked about before, or another of the same rows, of the days of
    that: where it names none."""
    asked, about = before.asked, frame.get("about", ())
    if not isinstance(asked, Asked) or asked.having is not None or asked.period is None or asked.limit is not None:
        return frame
    if len(about) != 1 or "period" in frame or frame.keys() & {"whole", "record", "act", "standing", "shift", "idle"}:
        return frame
    metric, first = about[0], _first(asked)
    if metric.kind != "metric" or first.kind != "metric" or asked.scope != frame.get("scope", asked.scope):
        return frame
    now, then = model.metrics[str(metric["name"])], model.metrics[str(first["name"])]
    if now.snapshot or dict(now.time) != dict(then.time):
        return frame
    if asked.where is not None:  # of the same rows, where it says nothing else of whose or which they are
        held = _conditions(term_of(asked.where.model_dump(mode="json", exclude_defaults=True)))
        fields = {f for condition in held for f in fields_in(condition)}
        people = fields | people_fields(model) if fields & people_fields(model) else fields
        by = {str(b) for b in named(tuple(frame.get("by", ())), model)}
        said = {f for c in map(where, frame.get("where", ())) for f in fields_in(c)}
        if "scope" not in frame and not people & said and not fields & by:
            frame = {**frame, "where": (*held, *frame.get("where", ()))}
    kept = {"scope": asked.scope} if asked.scope is not None else {}
    return {**frame, **kept, "period": term_of(asked.period.model_dump(mode="json", exclude_defaults=True))}


def _first(asked: Asked) -> Value:
    return term_of(asked.show[0].model_dump(mode="json", exclude_defaults=True))


def _shown(asked: Asked) -> list[Term]:
    return list(walked(tuple(term_of(m.model_dump(mode="json", exclude_defaults=True)) for m in asked.show)))


def _among_all(asked: Asked) -> Wanted:
    """A place in the team, and in the whole company."""
    parts = {k: term_of(v) for k, v in asked.model_dump(mode="json", exclude_defaults=True).items()}
    parts["show"] = replaced(parts["show"], lambda t: Term(t.kind, tuple(a for a in t.args if a[0] != "within")))
    return Wanted(asked_of(parts))


def _changed(wanted: Wanted, before: Before) -> Wanted:
    if wanted.meaning == before.asked:
        raise NotAReading("nothing that was not asked before")
    return wanted


def _undone(before: Before, frame: Frame) -> Wanted:
    if before.earlier is None or frame.keys() - {"follow", "undo"}:
        raise NotAReading("nothing to go back to")
    return Wanted(before.earlier.asked)


def _acted(before: Before, frame: Frame, model: Model, asker: Person | None) -> Wanted | None:
    """A cause, a definition, of what was asked about before, where it says not of what."""
    act = frame["act"]
    if act.kind in _OF_NO_ROWS:
        return question({k: v for k, v in frame.items() if k != "follow"}, model, asker)
    inherited = _rows(before, model)
    about = frame.get("about")
    if about is not None and about != inherited.get("about"):
        return None
    said = {k: v for k, v in frame.items() if k not in ("follow", "refer")}
    if act.kind == "define":
        if about is not None or "about" not in inherited:
            return None
        return question({**said, "about": inherited["about"]}, model, asker)
    if frame.get("refer") and before.person is None and not before.only:
        raise NotAReading("nobody was named")
    taken = {k: v for k, v in inherited.items() if k not in said}
    if {f for c in map(where, said.get("where", ())) for f in fields_in(c)} & set(inherited.get("by", ())):
        taken.pop("by", None)  # of the one that is named
    if act.kind != "why":
        taken = {k: v for k, v in taken.items() if k not in ("by", "view")}
    if "where" in taken and said.keys() & {"scope", "whole", "where"}:  # of whom is said: not of who was told before
        people = people_fields(model)
        taken["where"] = tuple(w for w in taken["where"] if not fields_in(w) & people)
    try:
        return question({**taken, **said}, model, asker)
    except NotAReading:
        if about is None:
            raise
        return None


def _rows(before: Before, model: Model) -> dict[str, Any]:
    """As a frame: what the last question was about, of which rows."""
    asked = before.asked
    if isinstance(asked, Definition):
        return {"about": tuple(_metric(n) for n in asked.metrics)}
    written = {k: term_of(v) for k, v in asked.model_dump(mode="json", exclude_defaults=True).items()}
    made = {k: written[k] for k in _ROWS if k in written}
    if isinstance(asked, Analysis):
        name = _number_of(asked, model)
        return _framed({**made, "about": (_metric(name),)}) if name else _framed(made)
    of = [t for m in asked.show[:1] for t in walked(term_of(m.model_dump(mode="json"))) if _named(t) is not None]
    if of:
        made["about"] = (_metric(str(_named(of[0]))),)
    groups = tuple(b for b in asked.by if b not in GRAINS)
    if before.only and (asked.limit == 1 or not groups):
        narrowed = [Term("in", (("field", f), ("values", (m,)))) for f, m in before.only]
        made["where"] = _joined([*_conditions(made.get("where")), *narrowed])
        made.pop("scope", None)
    elif len(groups) == 1:
        made["by"] = groups
    compared = [t for m in written["show"] for t in walked(m) if t.kind in ("before", "change", "growth")]
    if compared:
        made["view"] = (Term("view", (("show", (Term("before", (("of", ABOUT), *_to(compared[0]))),)),)),)
    return _framed(made)


def _to(term: Term) -> tuple[tuple[str, Value], ...]:
    to = term.get("to")
    return () if to is None else (("to", to),)


def _named(term: Term) -> Value:
    return term["name"] if term.kind == "metric" else term.get("metric")


def _metric(name: str) -> Term:
    return Term("metric", (("name", name),))


def _conditions(where: Value) -> list[Value]:
    return [] if where is None else list(where["of"]) if where.kind == "and" else [where]


def _joined(conditions: list[Value]) -> Value:
    return conditions[0] if len(conditions) == 1 else Term("and", (("of", tuple(conditions)),))


def _framed(made: dict[str, Any]) -> dict[str, Any]:
    """Conditions as a frame has them."""
    if "where" in made:
        made["where"] = tuple(_conditions(made["where"]))
    return made


def _defined(before: Definition, frame: Frame, model: Model, asker: Person | None) -> Wanted:
    said = {k: v for k, v in frame.items() if k != "follow"}
    if not said.keys() - {"about"}:
        return question({**said, "act": Term("define")}, model, asker)
    if "about" in said or len(before.metrics) != 1:
        raise NotAReading("more than what was defined")
    return question({**said, "about": (_metric(before.metrics[0]),)}, model, asker)


def _after_no_number(analysis: Analysis, frame: Frame, model: Model, asker: Person | None) -> Wanted:
    """After what the calendar says, or how fresh the data is: the same of other days, or a question of its own."""
    said = {k: v for k, v in frame.items() if k != "follow"}
    if said.keys() == {"period"}:
        act = term_of({k: v for k, v in analysis.model_dump(mode="json").items() if k != "period" and v is not None})
        return question({**said, "act": act}, model, asker)
    if not is_whole(said) or only_after(said):
        raise NotAReading("of no number")
    return question(said, model, asker)


def _analysed(before: Before, frame: Frame, model: Model, asker: Person | None) -> Wanted:
    """The same analysis of other rows; or numbers about them."""
    analysis = before.asked
    assert isinstance(analysis, Analysis)
    name = _number_of(analysis, model)
    if name is None:
        raise NotAReading("of no number")
    given = {k: getattr(analysis, k) for k in _ROWS if getattr(analysis, k, None) is not None}
    numbers = Asked.model_validate({"show": [{"kind": "metric", "name": name}], **given})
    made = edited(Before(numbers, before.person, before.only), frame, model, asker)
    now = made.meaning
    if frame.keys() - _ANALYSED or not isinstance(now, Asked):
        return made
    changed: dict[str, Any] = {k: getattr(now, k) for k in _ROWS}
    fields = type(analysis).model_fields
    if "about" in frame:
        if "metric" not in fields or len(now.show) != 1 or now.show[0].kind != "metric":
            return made
        changed["metric"] = now.show[0].subject()
    if now.by:
        changed["by"] = now.by[0]
    if len(now.by) > 1 or any(v != getattr(numbers, k, None) and k not in fields for k, v in changed.items()):
        return made
    written = analysis.model_dump(mode="json")
    written |= {k: plain_of(v) for k, v in changed.items() if k in fields}
    try:
        return _changed(Wanted(Analysis._member({"kind": type(analysis).kind, **written}), made.assumed), before)
    except ValidationError as error:
        raise NotAReading(str(error)) from error


def plain_of(value: Any) -> Any:
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else plain(value)


def _number_of(analysis: Analysis, model: Model) -> str | None:
    """The metric it is about."""
    metric = getattr(analysis, "metric", None)
    if metric is not None:
        return str(metric)
    more = getattr(analysis, "more", ())
    if more:
        return str(more[0].metric)
    funnel = model.funnels.get(getattr(analysis, "name", ""))
    return None if funnel is None else funnel.metric or funnel.steps[0]
