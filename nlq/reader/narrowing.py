"""Which of the records that were just told, or counted: those over an amount, due in a period, older than so many days,
of customers from whom nothing was heard. It is the question about the records asked again with that said too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from metrics.model.schema import Model
from metrics.people import Person
from metrics.query.asked import Asked
from nlq.keys import is_key
from nlq.reader.asking import Wanted, asked_of, question
from nlq.reader.conditions import contradicting
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import joined
from nlq.reader.frame import Frame
from nlq.reader.itemised import COUNTED, countable
from nlq.reader.lists import how_many, record_of
from nlq.reader.rows import DATASET, key_of_rows, told_apart
from nlq.reader.terms import Term, Value, term_of

__all__ = ["narrowed"]

_PERIOD = "default_period"
_MANY_DAYS = 1000  # and more are money
_MARKS = frozenset({"late", "aged", "due", "still", "idle", "compare", "top", "sorted", "tell", "many_of", "made_in"})
_ORDERS = ("top", "sorted")
_BY_AMOUNT = frozenset({"most", "least", "largest", "smallest", "top", "bottom"})
_SAID = _MARKS | COUNTED | {"among", "follow", "which", "listing", "tell", "where", "about", "record", "listed"}


def narrowed(asked: Any, frame: Frame, model: Model, asker: Person | None) -> Wanted | None:
    """None where it is about no records, or says nothing of single ones. Raises NotAReading."""
    if not frame.keys() & _MARKS or frame.keys() - _SAID or ("about" in frame and "idle" not in frame):
        return None
    old = {k: term_of(v) for k, v in asked.model_dump(mode="json", exclude_defaults=True).items()}
    base = _records(old, model)
    if base is None or _says_nothing(frame, base[1], old, model):
        return None
    frame = _as_it_stands(frame, old)
    told = not frame.keys() - {"tell", "follow"}  # what more is told of them: they stay as they are
    if "limit" in old and not told:
        raise NotAReading("some of the first so many")
    dataset, about, held = base
    _check_unit(frame, old, model)
    if frame.get("record", dataset) != dataset:
        raise NotAReading("other records")
    made: dict[str, Any] = _said(frame)
    if "number" in made and about is not None and model.metrics[about["name"]].unit == "count":
        made = {**{k: v for k, v in made.items() if k not in ("number", "listing")}, "many": True}
    made |= {"about": (about,)} if about is not None else {"record": dataset}
    made |= {k: old[k] for k in ("scope", "period") if k in old}
    where = [Term("exactly", (("of", w),)) for w in _parts(old.get("where"))]
    if "idle" in frame:
        where.append(Term("exactly", (("of", _unheard_of(frame, model, dataset)),)))
    if "made_in" in frame:
        made_on = Term("within", (("field", _made_on(model, dataset)), ("period", frame["made_in"])))
        where.append(Term("exactly", (("of", made_on),)))
    if where or "where" in frame:
        made["where"] = (*where, *frame.get("where", ()))
    wanted = question(made, model, asker)
    if (
        "period" not in old and _PERIOD in wanted.assumed and isinstance(wanted.meaning, Asked)
    ):  # of all days, as before
        wanted = Wanted(wanted.meaning.model_copy(update={"period": asked.period}))
    both = getattr(wanted.meaning, "where", None)
    if both is not None and contradicting(_parts(term_of(both.model_dump(mode="json", exclude_defaults=True)))):
        raise NotAReading("none of those that were told")
    return _with(wanted, held, old)


def _as_it_stands(frame: Frame, old: Mapping[str, Any]) -> Frame:
    """The first of a list of records are the largest. Raises NotAReading where it stands in another order."""
    top = frame.get("top")
    if top is None or top.get("way") not in ("first", "last"):
        return frame
    if "order" in old:
        raise NotAReading("the first of what stands in some order")
    return {**frame, "top": top.with_(way="most" if top["way"] == "first" else "least")}


def _check_unit(frame: Frame, old: Mapping[str, Any], model: Model) -> None:
    """Raises NotAReading where a small number follows one of days, and is said to be of nothing."""
    said = [c for c in frame.get("compare", ()) if isinstance(c, Term) and c.kind == "comparison" and not c.get("unit")]
    fields = [model.fields[str(w["field"])] for w in _parts(old.get("where")) if w.kind == "compare"]
    days = any("days" in (f.unit, f.name.partition("_")[0]) for f in fields)
    if days and any(float(str(c["value"])) < _MANY_DAYS for c in said if isinstance(c.get("value"), int | float)):
        raise NotAReading("so many of what")


def _says_nothing(frame: Frame, about: Value, old: Mapping[str, Any], model: Model) -> bool:
    """Whether it is of what is not of single records: how many there are, of what was counted."""
    if frame.keys() - {"follow", "many_of", "record"}:
        return False
    if old.get("by") or about is None or not model.metrics[about["name"]].unit.startswith("currency"):
        return True
    with suppress(NotAReading):  # there is a number that counts them
        return bool(how_many(about, model, ""))
    return False


def _said(frame: Frame) -> dict[str, Any]:
    """What is said of the records, as it is said of them in a whole question."""
    said = {
        k: v
        for k, v in frame.items()
        if k not in ("follow", "about", "idle", "record", "listed", "many_of", "made_in", "among")
    }
    if "many_of" in frame:
        said["number"] = True
    for slot in _ORDERS:
        if slot in said:
            said[slot] = _along(said[slot])
    return said if said.keys() & COUNTED else {"listing": True, **said}


def _along(order: Term) -> Term:
    """The largest are those of the largest amount, the longest those of the most days. Raises NotAReading for the best
    and the worst: of which of the two is not said."""
    if order.get("along") is not None:
        return order
    if order.get("field") is not None or order.get("by") is not None or order.get("way") not in _BY_AMOUNT:
        raise NotAReading("in the order of what they have")
    kept = tuple((k, v) for k, v in order.args if k not in ("unit", "of", "has"))
    return Term(order.kind, (*kept, ("along", "age" if order.get("unit") == "days" else "amount")))


def _records(old: Mapping[str, Any], model: Model) -> tuple[str, Value, list[Value]] | None:
    """The dataset whose records were listed or counted; the number that is of those that are meant; what else was said
    of them."""
    first, having = old["show"][0], _parts(old.get("having"))
    record = record_of(dict(old), model) or _listed(old, model)
    if record is None and not old.get("by"):
        if first.kind == "metric" and not having and countable((first,), model):
            return DATASET.findall(model.metrics[first["name"]].expression)[0], first, []
        over = model.fields.get(str(first["over"])) if first.kind == "count_of" else None
        if over is None or not is_key(model, over):
            return None
        record, having = over.dataset, _parts(first.get("having"))
    if record is None:
        return None
    there = [c for c in having if _is_there(c)]
    if len(there) > 1:
        return None
    return record, there[0]["of"] if there else None, [c for c in having if c not in there]


def _listed(old: Mapping[str, Any], model: Model) -> str | None:
    """The dataset whose records were listed by nothing but their number: "list them", after they were counted."""
    by, show = old.get("by", ()), old["show"]
    if (
        len(by) != 1
        or len(show) != 1
        or show[0].kind != "metric"
        or model.metrics[str(show[0]["name"])].unit != "count"
    ):
        return None
    return told_apart(model, by[0])


def _is_there(condition: Value) -> bool:
    return bool(condition.kind == "test" and condition["of"].kind == "metric" and condition["op"] == "gt") and (
        condition["value"] == 0
    )


def _parts(condition: Value) -> list[Value]:
    if condition is None:
        return []
    return list(condition["of"]) if condition.kind == "and" else [condition]


def _unheard_of(frame: Frame, model: Model, dataset: str) -> Term:
    """The condition that they are of somebody from whom nothing was heard for so long."""
    about, days = frame.get("about", ()), frame["idle"]
    if len(about) != 1 or about[0].kind != "metric":
        raise NotAReading("idle by what")
    over = [f for f in _owners(model, dataset) if f.rpartition(".")[0] in model.access.belongs]
    if len(over) != 1:
        raise NotAReading("whose they are")
    most = days["days"] if isinstance(days, Term) else days
    heard = Term("test", (("of", about[0]), ("op", "le"), ("value", most)))
    return Term("not", (("of", Term("whose", (("field", over[0]), ("having", heard)))),))


def _made_on(model: Model, dataset: str) -> str:
    """The day that all of them are counted by. Raises NotAReading."""
    key = key_of_rows(model, dataset)
    every = [m for m in model.metrics.values() if m.expression in (f"COUNT({key})", f"COUNT(DISTINCT {key})")]
    dates = {m.time.get(dataset) for m in every if not m.where} - {None, "snapshot"}
    if len(dates) != 1:
        raise NotAReading("made on no day")
    return str(dates.pop())


def _owners(model: Model, dataset: str) -> Iterator[str]:
    """The fields that name whose the records are."""
    for relationship in model.relationships:
        if relationship.source == dataset:
            for field in model.datasets[relationship.target].fields.values():
                if field.dimension and field.name in (relationship.target, relationship.target.rstrip("s")):
                    yield field.id


def _with(wanted: Wanted, held: list[Value], old: Mapping[str, Any]) -> Wanted:
    """With what was said of them before, in the order they stood in."""
    if not held and "order" not in old:
        return wanted
    parts = {k: term_of(v) for k, v in wanted.meaning.model_dump(mode="json", exclude_defaults=True).items()}  # type: ignore[union-attr]
    if held:
        if not parts.get("by"):
            raise NotAReading("how many, and what was said before")
        parts["having"] = joined([*_parts(parts.get("having")), *held])
    if "order" in old and parts.get("by"):
        parts.setdefault("order", tuple(Term("order", o.args) for o in old["order"]))
        if "limit" in old:
            parts["limit"] = old["limit"]
    if "order" in parts:
        parts["order"] = tuple(Term("order", o.args) for o in parts["order"])
    return Wanted(asked_of(parts), wanted.assumed)
