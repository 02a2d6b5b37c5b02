"""Whether a question is of single records rather than of numbers: something is said that can be said of nothing else,
or they are listed."""

from __future__ import annotations

from metrics.model.schema import Model
from nlq.keys import is_key
from nlq.reader.about import worth
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft
from nlq.reader.frame import name_of
from nlq.reader.rows import DATASET, several, told_apart
from nlq.reader.terms import Money, Term, Value, plain

__all__ = ["COUNTED", "READ", "along", "coming", "countable", "has_worth", "in_days", "is_of_records"]

_SEVEN_DAYS = Term("sliding", (("unit", "day"), ("count", 7)))
_MOST_DAYS = 9999  # "over 60k past the close date" is an amount

_MARKS = frozenset({"still", "aged", "late", "due", "tell", "number", "folded"})
COUNTED = frozenset({"many", "much", "worth", "total", "count", "number"})
READ = _MARKS | COUNTED
READ |= {"record", "about", "by", "each", "listed", "where", "compare", "period", "scope", "top", "sorted"}
READ |= {"which", "listing", "several"}


def is_of_records(draft: Draft) -> bool:
    """Whether it is of single records: something is said that can be said of nothing else, or they are listed."""
    frame = draft.frame
    if "act" in frame:
        return False
    if frame.keys() & (_MARKS - {"number"}) or along(draft) is not None:
        return True
    if frame.keys() - READ:
        return False
    if "top" in frame and any(told_apart(draft.model, b) for b in draft.by):
        return "about" not in frame or countable(frame["about"], draft.model)
    plain = "about" not in frame and not frame.keys() & {"each", "top", "sorted"}
    if frame.keys() >= {"record", "worth"} and (plain or (frame.keys() & {"number", "many"} and "about" not in frame)):
        return True
    grouped = _of_each_group(draft)
    if grouped is not None:
        return grouped
    if draft.by or frame.keys() & {"each", "top", "sorted"}:
        return False
    if "about" not in frame:
        return "record" in frame
    if several(frame["about"], draft.model) is not None:
        return "listing" in frame
    if frame.keys() & {"number", "many"}:
        measure = frame["about"][0]
        if measure.kind == "metric" and _owed(measure, draft.model):
            return True  # so many invoices, and for so much
    if frame.keys() & {"worth", "number"} and "record" not in frame:
        return countable(frame["about"], draft.model) and not has_worth(frame["about"][0], draft.model)
    if "record" in frame and frame.keys() & COUNTED:
        return False
    plain = "compare" in frame and "record" not in frame and not frame.keys() & COUNTED
    wanted = "listing" in frame or plain
    return wanted and countable(frame["about"], draft.model)


def _of_each_group(draft: Draft) -> bool | None:
    """Whether records are counted, or what they are worth, for each of something; None where that is not asked."""
    frame, about = draft.frame, draft.frame.get("about", ())
    ordered = frame.keys() & {"each", "top", "sorted"}
    if "number" in frame and frame.keys() & {"worth", "record"} and ordered <= {"each"} and _owing(about, draft.model):
        return True  # so many of them, and for how much
    valued = frame.keys() & {"worth", "number"} and frame.keys() >= {"about", "by"}
    if valued and not ordered and "record" not in frame and countable(about, draft.model):
        return not has_worth(about[0], draft.model)  # the value of lost deals by reason
    if "many" in frame and "record" not in frame and draft.by and not frame.keys() & {"top", "sorted"}:
        return _owing(about, draft.model)
    return None


def countable(about: tuple[Value, ...], model: Model) -> bool:
    """Whether it is the number of what can be told apart."""
    if len(about) != 1 or about[0].kind != "metric":
        return False
    metric = model.metrics[name_of(about[0])]
    datasets = {d for d in DATASET.findall(metric.expression) if d in model.datasets}
    fields = [f for d in datasets for f in model.datasets[d].fields.values()]
    counts = metric.unit == "count" or (metric.snapshot and metric.unit.startswith("currency"))
    return any(is_key(model, f) for f in fields) and counts and len(datasets) == 1


def _owed(measure: Value, model: Model) -> bool:
    """Whether it is what there is of money at a time."""
    metric = model.metrics[name_of(measure)]
    return metric.snapshot and metric.unit.startswith("currency") and len(set(DATASET.findall(metric.expression))) == 1


def _owing(about: tuple[Value, ...], model: Model) -> bool:
    """Whether it is the money of single bills: how many overdue invoices is how many bills, and not how much."""
    return countable(about, model) and _owed(about[0], model)


def has_worth(measure: Value, model: Model) -> bool:
    try:
        worth(measure, model)
    except NotAReading:
        return False
    return True


def along(draft: Draft) -> str | None:
    said = [draft.frame[s].get("along") for s in ("top", "sorted") if s in draft.frame]
    return next((a for a in said if a is not None), None)


def coming(period: Value) -> Value:
    """What is due in December, or before its end, is so in this one or the next."""
    if isinstance(period, Term) and period.kind in ("until", "before"):
        return period.with_(of=coming(period["of"]))
    if isinstance(period, Term) and period.kind in ("holiday", "day_of_year"):
        return period if {"year", "of", "coming"} & dict(period.args).keys() else period.with_(coming=True)
    inner: Value = period.get("of") if isinstance(period, Term) and period.kind == "only" else None
    if inner == _SEVEN_DAYS:  # due on Friday
        return period.with_(of=_SEVEN_DAYS.with_(ahead=True))
    plain = isinstance(period, Term) and period.kind == "named" and period.get("year") is None
    if not plain or period.get("of") is not None or period.get("coming"):
        return period
    return period.with_(of=Term("since", (("of", Term("units", (("unit", period["unit"]),))),)))


def going(period: Value) -> Value:
    """What `coming` made of it, as it is said."""
    of = period.get("of") if isinstance(period, Term) else None
    if not isinstance(period, Term) or not isinstance(of, Term):
        return period
    if period.kind in ("until", "before"):
        return period.with_(of=going(of))
    said = Term(period.kind, tuple((k, v) for k, v in period.args if k != "of"))
    return said if plain(coming(said)) == plain(period) else period


def in_days(comparison: Value) -> Value:
    if comparison.kind != "comparison" or comparison.get("unit") not in ("days", ""):
        raise NotAReading("days of something else")
    value = comparison.get("value")
    if isinstance(value, Money) or (isinstance(value, (int, float)) and value > _MOST_DAYS):
        raise NotAReading("days of something else")
    return comparison
