"""How many there are of something, where nothing is said that they did: all that exist, or records by their date."""

from __future__ import annotations

import re

from metrics.model.joins import reachable
from metrics.model.schema import Field, Model
from nlq.keys import is_key
from nlq.reader.about import numbered, worth
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft
from nlq.reader.frame import name_of
from nlq.reader.rows import DATASET, amount_of, several
from nlq.reader.scoping import fields_in, people_fields
from nlq.reader.terms import Term, Value, replaced, walked

__all__ = ["amounts_of_each", "existing", "is_counted", "listed_by_date"]

_OF_ROWS = re.compile(r"^COUNT|\bTHEN 1\b")  # a number of rows, and not of pieces in them
_MOST_COUNTED = 10_000  # of what has an amount of its own: "deals over 80k" are worth that much


def existing(draft: Draft, over: str) -> bool:
    """Whether the draft is now about that: "how many customers do we have" are not those of this month."""
    model = draft.model
    item = model.fields.get(over)
    if item is None or "default_metric" not in draft.assumed or draft.having or "compare" in draft.frame:
        return False
    if any(item.dataset in metric.time for metric in model.metrics.values()):
        return _recorded(draft, item)
    people = people_fields(model)
    if item.dataset in model.access.belongs and "period" not in draft.frame and people & set(draft.by):
        raise NotAReading("how many belong to each")  # whose they are is known, not counted
    near = reachable(model, item.dataset)
    said = {*draft.by, *(field for condition in draft.where for field in fields_in(condition))}
    if "period" in draft.frame or any(f not in model.fields or model.fields[f].dataset not in near for f in said):
        return False
    draft.show[:] = draft.keys[:] = [Term("count_of", (("over", over),))]
    draft.frame = {**draft.frame, "members": "all", "period": Term("all")}
    draft.assumed.remove("default_metric")
    return True


def amounts_of_each(draft: Draft) -> None:
    """No group has so many deals as a deal is worth: "reps with deals over 80k" have some of that amount. Raises
    NotAReading where it is not said of which groups."""
    for at, condition in enumerate(draft.having):
        if not any(_is_amount(test, draft.model) for test in walked(condition) if test.kind == "test"):
            continue
        if len(draft.having) > 1 or condition.kind == "and":  # beside what is said of other rows
            draft.having[at] = replaced(condition, lambda term: _one_such(term, draft.model))
            continue
        if condition.kind != "test" or not _said_of_which(draft, condition["of"]):
            raise NotAReading("so many of them, and not their amount")
        lines = several((condition["of"],), draft.model)
        if lines is not None:  # an order is over an amount, and not one of its lines
            test = tuple((k, v) for k, v in condition.args if k not in ("of", "unit"))
            having = Term("test", (("of", worth(condition["of"], draft.model)), *test))
            draft.where.append(Term("whose", (("field", lines), ("having", having))))
            draft.having[at] = Term("test", (("of", condition["of"]), ("op", "gt"), ("value", 0)))
            continue
        datasets = set(DATASET.findall(draft.model.metrics[name_of(condition["of"])].expression))
        field = amount_of(draft.model, datasets.pop())
        amount = tuple((k, v) for k, v in condition.args if k not in ("of", "unit"))
        draft.where.append(Term("compare", (("field", field), *amount)))
        draft.having[at] = Term("test", (("of", condition["of"]), ("op", "gt"), ("value", 0)))


def _one_such(term: Term, model: Model) -> Value:
    """That there is one of that amount, where it is said of what has one."""
    if term.kind != "test" or not _is_amount(term, model):
        return term
    if several((term["of"],), model) is not None:
        raise NotAReading("so many of them, and not their amount")
    datasets = set(DATASET.findall(model.metrics[name_of(term["of"])].expression))
    amount = tuple((k, v) for k, v in term.args if k not in ("of", "unit"))
    such = Term("compare", (("field", amount_of(model, datasets.pop())), *amount))
    some = Term("only", (("of", term["of"]), ("where", such)))
    return Term("test", (("of", some), ("op", "gt"), ("value", 0)))


def _said_of_which(draft: Draft, measure: Value) -> bool:
    """Whether the groups are: in the same breath; or in the question before, of what only each has an amount."""
    if "follow" in draft.frame:
        return bool(draft.by) and len(draft.show) == 1 and not _has_money(measure, draft.model)
    return "by" in draft.frame and not draft.frame.keys() & {"compare", "listing"}


def _is_amount(test: Value, model: Model) -> bool:
    of, value = test["of"], test["value"]
    if of.kind != "metric" or not isinstance(value, float | int) or value < _MOST_COUNTED:
        return False
    if not is_counted(of, model):
        return False
    if not _has_worth(of, model) and _OF_ROWS.search(model.metrics[name_of(of)].expression):
        raise NotAReading("so many of them, and no amount")
    return _has_worth(of, model)


def is_counted(measure: Value, model: Model) -> bool:
    """Whether it is how many there are of something: the largest order is not the most orders."""
    return isinstance(measure, Term) and measure.kind == "metric" and model.metrics[name_of(measure)].unit == "count"


def _has_worth(measure: Value, model: Model) -> bool:
    """Whether what is counted is worth something, all of it or each."""
    if _has_money(measure, model):
        return True
    datasets = set(DATASET.findall(model.metrics[name_of(measure)].expression))
    try:
        return len(datasets) == 1 and bool(amount_of(model, datasets.pop()))
    except NotAReading:
        return False


def _has_money(measure: Value, model: Model) -> bool:
    try:
        return bool(worth(measure, model))
    except NotAReading:
        return False


def listed_by_date(draft: Draft) -> None:
    """Those who left since August are told with the day they left: no number was asked for."""
    listed = tuple(draft.frame.get("listed", ()))
    if "default_metric" not in draft.assumed or len(listed) != 1 or draft.by != listed or draft.having:
        return
    item = draft.model.fields.get(listed[0])
    dates = [str(t["field"]) for condition in draft.where for t in walked(condition) if t.kind == "within"]
    own = [
        date
        for date in dates
        if item is not None and date in draft.model.fields and date.startswith(f"{item.dataset}.")
    ]
    people = draft.model.people
    more = {"period"} | {"top", "sorted", "compare", "view"}
    if people is None or own != [people.active_to] or draft.frame.keys() & more:
        return
    draft.show[:] = draft.keys[:] = [Term("field", (("name", own[0]),))]
    draft.assumed.remove("default_metric")


def _recorded(draft: Draft, item: Field) -> bool:
    """Records are counted by the number that counts them."""
    model = draft.model
    distinct = [m.name for m in model.metrics.values() if m.expression == f"COUNT(DISTINCT {item.id})" and not m.where]
    if len(distinct) != 1 and not is_key(model, item):
        return False
    try:
        measure = (
            Term("metric", (("name", distinct[0]),))
            if len(distinct) == 1
            else numbered(item.dataset, draft.frame, model)
        )
    except NotAReading:
        return False
    draft.about = (measure,)
    draft.show[:] = draft.keys[:] = [measure]
    draft.assumed.remove("default_metric")
    return True
