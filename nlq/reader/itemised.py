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
from nlq.reader.terms import Money, Term, Value

__all__ = ["COUNTED", "READ", "along", "coming", "countable", "has_worth", "in_days", "is_of_records"]

_THESE_DAYS = Term("sliding", (("unit", "day"), ("count", 7)))  # Friday is the last one
_DAYS_TO_COME = Term("units", (("unit", "day"), ("offset", 0), ("count", 7)))
_MOST_DAYS = 9999  # "over 60k past the close date" is an amount

_MARKS = frozenset({"still", "aged", "late", "due", "tell", "number", "folded"})
COUNTED = frozenset({"many", "much", "worth", "total", "count", "number"})
READ = _MARKS | COUNTED
READ |= {"record", "about", "by", "each", "listed", "where", "compare", "period", "scope", "top", "sorted"}
READ |= {"which", "listing"}


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
    if frame.keys() >= {"record", "worth"} and frame.keys() & {"number", "many"} and "about" not in frame:
        return True
    other = {"record", "each", "top", "sorted", "having", "view"}
    if draft.by and frame.keys() >= {"worth", "about"} and not frame.keys() & other:
        return countable(frame["about"], draft.model) and not has_worth(frame["about"][0], draft.model)
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
    of: Value = period.get("of") if isinstance(period, Term) else None
    if of == _THESE_DAYS and period.kind == "only":
        return period.with_(of=_DAYS_TO_COME)
    plain = isinstance(period, Term) and period.kind == "named" and period.get("year") is None
    if not plain or period.get("of") is not None or period.get("coming"):
        return period
    return period.with_(of=Term("since", (("of", Term("units", (("unit", period["unit"]),))),)))


def in_days(comparison: Value) -> Value:
    if comparison.kind != "comparison" or comparison.get("unit") not in ("days", ""):
        raise NotAReading("days of something else")
    value = comparison.get("value")
    if isinstance(value, Money) or (isinstance(value, (int, float)) and value > _MOST_DAYS):
        raise NotAReading("days of something else")
    return comparison
