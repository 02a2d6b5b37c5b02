"""Frames that list single records, for saying it: what `recording` makes of a frame, the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import product

from pydantic import BaseModel

from metrics.model.schema import Model
from metrics.query.asked import Asked
from nlq.reader.constructions import NotAReading
from nlq.reader.itemised import going
from nlq.reader.rows import due_date, lateness, told_apart
from nlq.reader.terms import Term, Value, term_of

__all__ = ["listings"]

_ALONG = {"field": ("amount", "age", "date"), "age": ("age",), "metric": ("amount",)}


def listings(asked: Asked, model: Model) -> Iterator[dict[str, Value]]:
    """Frames that may be read as a list of records; most are read as something else."""
    dataset = told_apart(model, asked.by[-1]) if len(asked.by) == 1 else None
    if dataset is None or not any(m.kind in ("field", "age") for m in asked.show):
        return
    where, having = (() if p is None else tuple(_conditions(_term(p))) for p in (asked.where, asked.having))
    people = model.people
    whose = people is not None and Term("field", (("name", people.name),)) in map(_term, asked.show)
    tells: tuple[dict[str, Value], ...] = ({"tell": ("rep",)},) if whose else ({}, {"tell": ("when",)})
    for about, left in _counted(having, dataset, model):
        for ordered, due in product(_ordered(asked), _due(where, left, dataset, model)):
            yield {**about, "listing": True, **ordered, **due}  # what is due is told with its day
        for ordered, tell in product(_ordered(asked), tells):
            yield {**about, "listing": True, **ordered, **tell, **_having(left)}


def _due(where: tuple[Term, ...], having: tuple[Term, ...], dataset: str, model: Model) -> Iterator[dict[str, Value]]:
    """The days on which they are due, or that they are late; and the conditions that are left."""
    with suppress(NotAReading):
        due, late = due_date(model, dataset), lateness(model, dataset)
        for i, condition in enumerate(where):
            rest = {"where": _joined((*where[:i], *where[i + 1 :])), **_having(having)}
            if condition.kind == "within" and condition["field"] == due:
                yield {"due": going(condition["period"]), **rest}
            if condition.kind == "compare" and condition["field"] == late.get("name"):
                yield {"late": _days(condition), **rest}
        for i, condition in enumerate(having):
            if condition.kind == "test" and condition.get("of") == late:
                yield {"late": _days(condition), **_having((*having[:i], *having[i + 1 :]))}


def _days(condition: Term) -> Value:
    """So many days; True where it is late at all."""
    if condition.get("op") == "gt" and condition.get("value") == 0:
        return True
    ends = tuple((k, v) for k, v in condition.args if k in ("op", "value", "upper"))
    return Term("comparison", (*ends, ("unit", "days")))


def _having(conditions: tuple[Term, ...]) -> dict[str, Value]:
    return {"having": conditions} if conditions else {}


def _joined(conditions: tuple[Term, ...]) -> Value:
    """As one; () for none."""
    return conditions if len(conditions) < 2 else (Term("and", (("of", conditions),)),)


def _counted(
    having: tuple[Term, ...], dataset: str, model: Model
) -> Iterator[tuple[dict[str, Value], tuple[Term, ...]]]:
    """What is listed: what is counted and not none of it; or the records by their name, whichever there are or those
    that are still there. And the conditions that are left."""
    for i, condition in enumerate(having):
        of = condition.get("of")
        if condition.kind == "test" and isinstance(of, Term) and of.kind == "metric" and condition.get("op") == "gt":
            left = (*having[:i], *having[i + 1 :])
            if condition.get("value") == 0:
                yield {"about": (of,)}, left
                if model.metrics[str(of["name"])].snapshot:
                    yield {"record": dataset, "still": True}, left
    yield {"record": dataset}, having


def _ordered(asked: Asked) -> Iterator[dict[str, Value]]:
    if len(asked.order) != 1 or isinstance(asked.order[0].by, str):
        if not asked.order:
            yield {}
        return
    way = "most" if asked.order[0].descending else "least"
    for along in _ALONG.get(asked.order[0].by.kind, ()):
        if asked.limit is None:
            yield {"sorted": Term("sorted", (("way", way), ("along", along)))}
        else:
            number = (("n", asked.limit),) if asked.limit > 1 else ()
            yield {"top": Term("top", (("way", way), *number, ("along", along)))}


def _conditions(condition: Term) -> Iterator[Term]:
    of = condition.get("of")
    yield from of if condition.kind == "and" else (condition,)


def _term(part: BaseModel) -> Term:
    made = term_of(part.model_dump(mode="json", exclude_defaults=True))
    assert isinstance(made, Term)
    return made
