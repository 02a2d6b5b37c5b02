"""What is said of a list: how many they are, worth how much, whose, which is the longest, where one of them stands."""

from __future__ import annotations

from typing import Any

from metrics.model.schema import Field, Model
from nlq.keys import is_key
from nlq.reader.about import condition_in, counted, worth
from nlq.reader.conditions import tested_measures
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft, joined
from nlq.reader.listing import amount_of, dataset_of, unit_of
from nlq.reader.ordering import higher_is_better, in_which_order
from nlq.reader.terms import Term, Value

__all__ = [
    "averaged",
    "count_rows",
    "counts_rows",
    "cut_off",
    "how_many",
    "longest",
    "opposite",
    "placed",
    "record_of",
    "records_as_numbers",
    "sum_of_first",
    "things",
    "worth_each",
    "worth_of_counted",
    "worth_of_records",
]

_OPPOSITE = {"ge": "lt", "gt": "le", "lt": "ge", "le": "gt", "eq": "gt"}


def record_of(old: dict[str, Any], model: Model) -> str | None:
    """The dataset whose records were listed one by one."""
    fields = [model.fields[b] for b in old.get("by", ()) if b in model.fields]
    keys = [f for f in fields if is_key(model, f)]
    return keys[0].dataset if keys and any(m.kind in ("field", "age") for m in old["show"]) else None


def things(draft: Draft) -> None:
    """Which they are that were counted."""
    if draft.about and draft.about[0].kind == "count_of":
        _counted_members(draft, draft.about[0])
        return
    if len(draft.about) != 1 or draft.about[0].kind != "metric":
        raise NotAReading("which of what")
    draft.by = (counted(draft.about[0]["name"], draft.model),)
    draft.having = [Term("test", (("of", draft.about[0]), ("op", "gt"), ("value", 0)))]
    draft.frame = {**draft.frame, "about": draft.about}


def _counted_members(draft: Draft, counting: Term) -> None:
    having, of = counting.get("having"), counting.get("of")
    if having is None:
        having = Term("test", (("of", of), ("op", "gt"), ("value", 0)))
    measures = [of] if of is not None else list(tested_measures((having,)))
    draft.by = (*draft.by, str(counting["over"]))
    draft.having = [having]
    draft.about = tuple(measures)
    draft.show, draft.keys = list(measures), measures[:1]
    draft.frame = {**draft.frame, "about": draft.about}


def records_as_numbers(draft: Draft, old: dict[str, Any], having: list[Value]) -> None:
    """Records listed one by one, asked about by something else ("whose are they"): their number."""
    measures = [t["of"] for t in having if t.kind == "test" and t["of"].kind == "metric"]
    if not measures:
        measures = [Term("count_of", (("over", old["by"][0]), ("of", old["show"][0])))]
    draft.frame = {**draft.frame, "about": tuple(measures)}
    draft.about, draft.show, draft.keys = tuple(measures), list(measures), measures[:1]


def worth_of_records(old: dict[str, Any], model: Model, record: str) -> Term:
    """All that they are worth."""
    field = Term("field", (("name", amount_of(model, record)),))
    return Term("across", (("of", field), ("over", old["by"][0]), ("how", "sum")))


def worth_of_counted(counting: Term, old: dict[str, Any], model: Model) -> Term:
    """All that the records are worth that were just counted, as they are now. Raises NotAReading."""
    over, period = model.fields.get(str(counting["over"])), old.get("period", Term("all"))
    if over is None or not is_key(model, over) or period.kind != "all":  # of which days the amounts are is not said
        raise NotAReading("worth what")
    amount = Term("field", (("name", amount_of(model, over.dataset)),))
    held = counting.get("having") or Term("test", (("of", counting["of"]), ("op", "gt"), ("value", 0)))
    return Term("across", (("of", amount), ("over", over.id), ("how", "sum"), ("having", held)))


def counts_rows(draft: Draft, record: str) -> bool:
    """Whether there are rows to count: deals of each team are no teams."""
    groups = [b for b in draft.by if b in draft.model.fields]
    return bool(draft.by) and (not record or not groups or draft.model.fields[groups[0]].dataset == record)


def count_rows(draft: Draft, record: str) -> None:
    """How many are listed."""
    groups = [b for b in draft.by if b in draft.model.fields]
    if not groups or (record and draft.model.fields[groups[0]].dataset != record):
        raise NotAReading("how many of others")
    held = ("having", joined(draft.having)) if draft.having else ("of", draft.show[0])
    draft.show = [Term("count_of", (("over", groups[0]), held))]
    draft.keys, draft.about = draft.show, tuple(draft.show)
    draft.by, draft.order = tuple(b for b in draft.by if b != groups[0]), ()
    draft.having.clear()


def averaged(draft: Draft) -> None:
    """What the rows have on average; of a rate, that of all of them, which is no average of rates."""
    groups = [b for b in draft.by if b in draft.model.fields] or list(draft.by)
    measure = draft.keys[0]
    if len(groups) != 1 or measure.kind != "metric" or draft.having or draft.limit is not None:
        raise NotAReading("the average of what")
    if draft.model.metrics[measure["name"]].additive:
        measure = Term("across", (("of", measure), ("over", groups[0]), ("how", "average")))
    draft.show, draft.keys = [measure], [measure]
    draft.by, draft.order = tuple(b for b in draft.by if b != groups[0]), ()


def worth_each(draft: Draft, old: dict[str, Any]) -> None:
    """What each of those that were counted is worth on average. Raises NotAReading where nothing was counted."""
    counting, money = old["show"][0], draft.show[0]
    metric = draft.model.metrics.get(str(counting.get("name"))) if counting.kind == "metric" else None
    if metric is None or metric.unit != "count" or len(draft.show) != 1 or draft.having:
        raise NotAReading("worth what on average")
    draft.show = [Term("ratio", (("of", money), ("to", counting)))]
    draft.keys = draft.show[:]


def opposite(having: list[Value]) -> list[Value]:
    """Those of which it does not hold."""
    if len(having) != 1 or having[0].kind != "test" or having[0]["op"] not in _OPPOSITE:
        raise NotAReading("the opposite of what")
    test = having[0]
    op = "eq" if test["op"] == "gt" and test["value"] == 0 else _OPPOSITE[test["op"]]
    return [test.with_(op=op)]


def sum_of_first(draft: Draft, old: dict[str, Any], *, share: bool) -> None:
    """What the first so many have together; `share`: and what part of all that is."""
    order, groups = old.get("order", ()), [b for b in old.get("by", ()) if b in draft.model.fields]
    measure = order[0]["by"] if order else None
    if not isinstance(measure, Term) or not order[0].get("descending", True) or len(groups) != 1 or "limit_per" in old:
        raise NotAReading("the sum of which")
    fold = (("of", measure), ("over", groups[0]), ("how", "sum"), ("top", old["limit"]))
    made = Term("across", fold)
    draft.show = [made, measure, Term("ratio", (("of", made), ("to", measure)))] if share else [made]
    draft.by, draft.order, draft.limit, draft.limit_per = (), (), None, ()


def how_many(measure: Value, model: Model, record: str) -> Term:
    """Of an amount, how many it is the amount of: the plain count of the same rows, which are of `record`. Raises
    NotAReading."""
    if measure.kind != "metric":
        raise NotAReading("how many of what")
    amount = model.metrics[measure["name"]]
    condition = condition_in(amount.expression)
    alike = [m for m in model.metrics.values() if m.unit == "count" and condition == condition_in(m.expression)]
    told = f"{record}." in amount.expression if record else True
    if not told or not condition or len(alike) != 1 or not amount.unit.startswith("currency"):
        raise NotAReading("how many of what")
    return Term("metric", (("name", alike[0].name),))


def longest(draft: Draft, unit: str) -> Value:
    """What of a row is told in `unit`: a column of it, else the most that a record behind it has."""
    model = draft.model
    if unit == "money":
        return _dearest(draft)
    for shown in (*draft.keys, *draft.show):
        field = model.fields.get(shown.get("name")) if shown.kind == "field" else None
        if unit_of(shown, model) == unit or (field is not None and _lasts(field, unit)):
            return shown
    dataset = dataset_of(draft) or ""
    own = list(model.datasets[dataset].fields.values()) if dataset in model.datasets else []
    lasting = [f for f in own if _lasts(f, unit)]
    keys = [f for f in own if f.dimension and is_key(model, f)]
    if len(lasting) != 1 or not keys:
        raise NotAReading("longest by nothing")
    made = Term("across", (("of", _field(lasting[0])), ("over", keys[0].id), ("how", "highest")))
    draft.show.append(made)
    return made


def _dearest(draft: Draft) -> Value:
    """What of a row is money; else what it counts is worth."""
    for shown in (*draft.keys, *draft.show):
        if unit_of(shown, draft.model).startswith("currency"):
            return shown
    made = worth(draft.keys[0], draft.model)
    draft.show.append(made)
    return made


def _lasts(field: Field, unit: str) -> bool:
    return not field.dimension and unit in (field.unit, field.name.partition("_")[0])


def _field(field: Field) -> Term:
    return Term("field", (("name", field.id),))


def cut_off(draft: Draft, end: Term) -> None:
    """All but so many at one end: the largest are those of most of it, whatever is better."""
    if not draft.by or not draft.keys or draft.keys[0].kind in ("field", "age", "place_gap", "peer_average"):
        raise NotAReading("all but the first of nothing")
    key = draft.keys[0]
    if in_which_order(draft.model, key, str(end["way"])) != higher_is_better(draft.model, key):
        key = Term("times", (("of", key), ("factor", -1)))
    draft.having.append(Term("test", (("of", Term("place", (("of", key),))), ("op", "gt"), ("value", end["n"]))))


def placed(draft: Draft, old: dict[str, Any], place: int, op: str) -> None:
    """The second of a list, the second from behind, or those behind the first five."""
    order = old.get("order", ())
    if not draft.by or not draft.keys or draft.keys[0].kind in ("field", "age"):
        raise NotAReading("the second of nothing")
    key = draft.keys[0]
    if key.kind in ("place_gap", "peer_average"):
        raise NotAReading("how far from another the second is")
    if place < 0:
        placed_from_behind = Term("place", (("of", Term("times", (("of", key), ("factor", -1)))),))
        draft.having.append(Term("test", (("of", placed_from_behind), ("op", op), ("value", -place))))
        return
    if order and (
        order[0]["by"] != key or bool(order[0].get("descending", True)) != higher_is_better(draft.model, key)
    ):
        raise NotAReading("the second from behind")
    draft.having.append(Term("test", (("of", Term("place", (("of", key),))), ("op", op), ("value", place))))
