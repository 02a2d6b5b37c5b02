"""Frames that list single records, for saying it: what `recording` makes of a frame, the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from metrics.model.schema import Model
from metrics.query.asked import Asked
from nlq.reader.rows import told_apart
from nlq.reader.terms import Term, Value, term_of

__all__ = ["listings"]

_ALONG = {"field": ("amount", "age", "date"), "age": ("age",), "metric": ("amount",)}
_LATE: tuple[dict[str, Value], ...] = ({}, {"late": True})


def listings(asked: Asked, model: Model) -> Iterator[dict[str, Value]]:
    """Frames that may be read as a list of records; most are read as something else."""
    dataset = told_apart(model, asked.by[-1]) if len(asked.by) == 1 else None
    if dataset is None or not any(m.kind in ("field", "age") for m in asked.show):
        return
    having = () if asked.having is None else tuple(_conditions(_term(asked.having)))
    people = model.people
    whose = people is not None and Term("field", (("name", people.name),)) in map(_term, asked.show)
    tells: tuple[dict[str, Value], ...] = ({"tell": ("rep",)},) if whose else ({}, {"tell": ("when",)})
    for about, left in _counted(having, dataset, model):
        kept: dict[str, Value] = {**about, **({"having": left} if left else {}), "listing": True}
        for ordered in _ordered(asked):
            for tell in tells:
                for late in _LATE:
                    yield {**kept, **ordered, **tell, **late}


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
