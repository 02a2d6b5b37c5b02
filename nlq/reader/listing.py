"""Which rows a question wants: conditions, the best and the worst, how many there are, records one by one."""

from __future__ import annotations

import re

from pydantic import ValidationError

from metrics.model.schema import Field, Model
from metrics.query.measure import Measure
from nlq.keys import is_key
from nlq.reader.conditions import apart, compared, settled, tested, tested_measures
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft, filled, joined, name_of
from nlq.reader.terms import ABOUT, Term, Value, plain, replaced, terms_of

__all__ = ["conditions", "count", "in_order", "population", "records"]

_DATASET = re.compile(r"\b(\w+)\.\w+")
_MOST_FIELDS = 4


def conditions(draft: Draft) -> None:
    """Conditions on groups have their holes filled; a bare comparison is on whichever it fits."""
    frame, model = draft.frame, draft.model
    about = draft.about[0] if draft.about else ABOUT
    key = draft.keys[0] if draft.keys else about
    draft.having += [_of_groups(condition, key, about) for condition in frame.get("having", ())]
    grouped = bool(draft.by) or "count" in frame
    for comparison in frame.get("compare", ()):
        record = _record(draft)
        if record is not None and ("record" in frame or not grouped):
            draft.where.append(compared(comparison, _amount(model, record)))
        elif grouped and draft.keys:
            draft.having.append(filled(tested(comparison, ABOUT), key))
        else:
            raise NotAReading("a comparison of nothing")
    if draft.having and not grouped:
        raise NotAReading("a condition on groups of nothing")
    draft.having[:] = [settled(condition, lambda measure: _measure(measure).unit(model)) for condition in draft.having]
    if "view" not in frame:
        draft.show += [m for m in tested_measures(draft.having) if m not in draft.show]
    _check_dates(draft)
    if "apart" in frame:
        _set_apart(draft)


def _set_apart(draft: Draft) -> None:
    """Members side by side: of one field as rows, of several as columns."""
    for i, condition in enumerate(draft.where):
        try:
            field_id, parts = apart(condition)
        except NotAReading:
            continue
        if field_id is not None:
            draft.by = tuple(dict.fromkeys((*draft.by, field_id)))
        else:
            draft.show[:] = [_only(measure, part) for part in parts for measure in draft.show]
            draft.keys[:] = draft.show[:1]
            del draft.where[i]
        return
    if not draft.by:
        raise NotAReading("nothing to set side by side")


def _only(measure: Value, where: Value) -> Term:
    return Term("only", (("of", measure), ("where", where)))


def _of_groups(condition: Value, key: Value, about: Value) -> Value:
    """With its hole filled: a bare number is that which is looked at."""

    def made(term: Value) -> Value:
        if term.kind not in ("test", "known"):
            return term
        return filled(term, key if term["of"] == ABOUT else about)

    return replaced(condition, made)


def _check_dates(draft: Draft) -> None:
    """A date that rows are picked by is one of their own ("due" of invoices, not of agreements)."""
    dates = {str(term["field"]) for condition in draft.where for term in terms_of(condition, "within")}
    own = _datasets(draft) if dates else set()
    if any(date.split(".")[0] not in own for date in dates):
        raise NotAReading("a date of other rows")


def _datasets(draft: Draft) -> set[str]:
    """Whose rows are asked about."""
    if "record" in draft.frame:
        return {str(draft.frame["record"])}
    names = {str(term["name"]) for measure in draft.about for term in terms_of(measure, "metric")}
    return {found for name in names for found in _DATASET.findall(draft.model.metrics[name].expression)}


def _measure(measure: Value) -> Measure:
    try:
        return Measure._member(plain(measure))
    except ValidationError as error:
        raise NotAReading(str(error)) from error


def count(draft: Draft) -> None:
    """How many groups there are of which the conditions hold."""
    wanted = draft.frame.get("count")
    if wanted is None:
        return
    over = wanted["over"]
    if draft.having:
        of_which = ("having", joined(draft.having))
    elif draft.about:
        of_which = ("of", draft.about[0])
    else:
        raise NotAReading("how many of nothing")
    draft.show[:] = [Term("count_of", (("over", over), of_which))]
    draft.keys[:] = draft.show
    draft.having.clear()
    draft.by = tuple(b for b in draft.by if b != over)


def records(draft: Draft) -> None:
    """Records one by one, where those of a metric or a dataset are asked for with a condition on them."""
    frame = draft.frame
    listed = "record" in frame and not draft.about
    listed |= (
        "compare" in frame and "record" not in frame and "many" not in frame and not draft.by and len(draft.about) == 1
    )
    listed &= "count" not in frame
    record = _record(draft) if listed else None
    if record is None:
        if listed or not draft.show:
            raise NotAReading("no records to list")
        return
    model = draft.model
    key = next((f.id for f in model.datasets[record].fields.values() if f.dimension and is_key(model, f)), None)
    if key is None:
        raise NotAReading("records that cannot be told apart")
    draft.having += [Term("test", (("of", m), ("op", "gt"), ("value", 0))) for m in draft.about]
    draft.by = (key, *draft.by)
    draft.show[:] = [Term("field", (("name", f.id),)) for f in _telling(model, record)]
    draft.keys[:] = draft.show[-1:]


def population(draft: Draft) -> None:
    """Of people, those who were there are listed in any case: with zero. Of a rate, those it can be of."""
    if "members" in draft.frame:
        draft.population = draft.frame["members"]
        return
    people, fields = draft.model.people, draft.model.fields
    by = {fields[b].dataset for b in draft.by if b in fields}
    if people is None or by != {people.dataset}:
        return
    draft.population = None
    first = draft.about[0] if draft.about else None
    ranked = draft.limit is not None or any(m.kind == "place" for m in draft.show)
    if first is not None and first.kind == "metric" and not ranked and not draft.having:
        metric = draft.model.metrics[name_of(first)]
        if not metric.additive and metric.unit != "count":
            draft.population = "rows"


def in_order(draft: Draft) -> None:
    """The best or the worst so many; or all, in an order that was asked for."""
    frame = draft.frame
    top, wanted = frame.get("top"), frame.get("sorted")
    if (order := frame.get("order")) is not None:
        if top is not None or wanted is not None or not draft.keys:
            raise NotAReading("two orders")
        draft.order = tuple(o.with_(by=filled(o["by"], draft.keys[0])) for o in order)
        return
    if top is None and wanted is None:
        return
    if not draft.by or not draft.keys:
        raise NotAReading("the best of nothing")
    key = draft.keys[0]
    if wanted is not None and wanted.get("by") is not None:
        key = filled(wanted["by"], draft.about[0])
        if key not in draft.show:
            draft.show.append(key)
    way = (wanted or top)["way"]  # type: ignore[index]
    draft.order = (Term("order", (("by", key), ("descending", _descending(draft.model, key, way)))),)
    if top is not None:
        draft.limit = top.get("n") or 1
        draft.limit_per = tuple(top.get("per") or ())


def _descending(model: Model, key: Value, way: str) -> bool:
    if way not in ("best", "worst"):
        return way == "most"
    higher = _measure(key).better(model)
    return higher if way == "best" else not higher


def _record(draft: Draft) -> str | None:
    """The dataset whose rows are listed or counted."""
    said = draft.frame.get("record")
    if said is not None:
        return str(said)
    if len(draft.about) != 1 or draft.about[0].kind != "metric":
        return None
    metric = draft.model.metrics[name_of(draft.about[0])]
    if metric.unit != "count":
        return None
    datasets = {m for m in _DATASET.findall(metric.expression) if m in draft.model.datasets}
    return datasets.pop() if len(datasets) == 1 else None


def _amount(model: Model, record: str) -> str:
    """The one amount that a record has. Raises NotAReading."""
    numbers = [f for f in model.datasets[record].fields.values() if _numeric(f)]
    money = [f for f in numbers if f.unit.startswith("currency") or f.name.startswith("amount") or f.synonyms]
    named = [f for f in money if "amount" in f.name or f.unit.startswith("currency")]
    found = named or money
    if not found:
        raise NotAReading("no amount to compare")
    return found[0].id


def _numeric(item: Field) -> bool:
    return not item.dimension and not item.is_time and (item.datatype or "") in _NUMERIC


_NUMERIC = ("Integer", "Decimal", "Float", "Double", "Number", "BigInt", "Long")


def _telling(model: Model, record: str) -> list[Field]:
    """What a line about a record says: to whom it belongs, where it stands, its amount."""
    own = list(model.datasets[record].fields.values())
    keys = [
        f
        for r in model.relationships
        if r.source == record and (model.people is None or r.target != model.people.dataset)
        for f in model.datasets[r.target].fields.values()
        if f.dimension and (f.name == r.target or f.name == r.target.rstrip("s"))
    ]
    told = [f for f in own if f.dimension and f.labels and not is_key(model, f)]
    numbers = [f for f in own if _numeric(f) and f.synonyms]
    return [*keys, *told, *numbers][:_MOST_FIELDS]
