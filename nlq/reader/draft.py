"""A frame on its way to a question: what is found out step by step, and the holes that are filled."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from metrics.model.schema import Model
from metrics.people import Person
from nlq.keys import is_key, name_field
from nlq.reader.about import counted, is_average
from nlq.reader.conditions import where
from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame, name_of
from nlq.reader.looking import is_open
from nlq.reader.meaning import Unanswerable
from nlq.reader.terms import Term, Value, walked

COUNTED = re.compile(r"COUNT\((?:DISTINCT )?(\w+\.\w+)\)")

__all__ = ["SLOTS", "Draft", "joined", "named", "parted"]

_SPREAD = {"mean_over": "across", "spread": "per"}  # over groups, people or days
# what a frame may say; `which` and `many` only tell lists from numbers; `members`: the population in any
# case
SLOTS = frozenset(
    {
        "about",
        "view",
        "by",
        "period",
        "scope",
        "population",
        "limit",
        "limit_per",
        "where",
        "having",
        "compare",
        "top",
        "each",
    }
    | {"count", "act", "order", "record", "listed", "rest", "apart", "sorted", "which", "many"}
    | {"follow", "refer", "others", "together", "worth", "whole", "members"}
    | {
        "within",
        "trend",
        "standing",
        "then",
        "idle",
        "beyond",
        "among",
        "whether",
        "shift",
        "things",
        "many_of",
        "add",
        "pair",
        "pair_of",
        "undo",
        "place",
        "denied",
        "less",
        "opposite",
        "owed",
        "made_in",
        "averaged",
        "listing",
        "left",
        "much",
        "total",
        "throughout",
        "all_of",
        "deadline",
        "margin",
        "next",
        "of_sides",
        "uncut",
        "without",
        "there",
        "claims",
        "moves",
        "still",
        "aged",
        "late",
        "due",
        "tell",
        "folded",
        "theirs",
        "number",
        "several",
        "who_are",
        "of_whom",
        "spread_over",
    }
)


@dataclass(slots=True)
class Draft:
    """`about`: the measures asked about; `show`: the columns; `keys`: of each way a measure is looked at, the column
    that superlatives and conditions are about."""

    frame: Frame
    model: Model
    about: tuple[Value, ...] = ()
    show: list[Value] = field(default_factory=list)
    keys: list[Value] = field(default_factory=list)
    where: list[Value] = field(default_factory=list)
    having: list[Value] = field(default_factory=list)
    by: tuple[str, ...] = ()
    period: Value = None
    order: tuple[Value, ...] = ()
    scope: str | None = None
    population: str | None = None
    limit: int | None = None
    limit_per: tuple[str, ...] = ()
    assumed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.take(self.frame)

    def take(self, frame: Frame) -> None:
        """What the frame says as it is."""
        self.frame = frame
        self.by = tuple(dict.fromkeys(self.frame.get("by", ())))
        if not self.frame.keys() & {"by", "about", "count", "record"} or _held_apart(self.frame) or _asked_for(frame):
            self.by = tuple(self.frame.get("listed", ()))
            if self.by and "many" in self.frame:
                raise NotAReading("how many, and a list")
        if not self.by and "count" not in self.frame and "among" in self.frame:
            self.by = tuple(self.frame.get("listed", self.frame["among"]))
        if "rest" in self.frame:
            self.by = tuple(dict.fromkeys((*self.by, self.frame["rest"])))
        said = self.frame.get("where", ())
        self.where = [c["of"] if c.kind == "exactly" else where(c) for c in said]
        if any(_always_there(term, self.model) for condition in self.where for term in walked(condition)):
            raise NotAReading("without what every row has")
        self.scope = self.frame.get("scope")
        self.population = self.frame.get("population")
        self.limit = self.frame.get("limit")
        self.limit_per = tuple(self.frame.get("limit_per", ()))

    def parts(self) -> dict[str, Any]:
        """The fields of an `Asked`, without those that say nothing."""
        made: dict[str, Any] = {
            "show": tuple(self.show),
            "by": self.by,
            "period": self.period,
            "scope": self.scope,
            "population": self.population,
            "where": joined(self.where) if self.where else None,
            "having": joined(self.having) if self.having else None,
            "order": self.order,
            "limit": self.limit,
            "limit_per": self.limit_per,
        }
        return {slot: value for slot, value in made.items() if value not in (None, ())}


def _always_there(term: Term, model: Model) -> bool:
    """Whether it is about rows without, or with, the name that each of them has: "clients without a policy" are not
    policies without a number."""
    values: Value = term.get("values")
    if term.kind != "in" or values != (None,):
        return False
    item = model.fields.get(str(term["field"]))
    return item is not None and is_key(model, item)


def _asked_for(frame: Frame) -> bool:
    """Whether it is asked which of them did what is counted: "lost over the price, by whom"."""
    return "listed" in frame and "which" in frame and not frame.keys() & {"by", "count", "record"}


def _held_apart(frame: Frame) -> bool:
    """Whether what is listed is what a condition on groups is about: "customers in the East that have not ordered"."""
    return "listed" in frame and "having" in frame and not frame.keys() & {"by", "count", "record"}


def named(value: Value, model: Model, asker: Person | None = None, *, exactly: bool = False) -> Value:
    """ "@people" and the like as the model's fields, "@asker" as who asks. `exactly`: all else as it stands.
    Raises NotAReading where there is none."""
    if value == "@asker":
        if asker is None or not asker.sells:
            raise NotAReading("oneself is not one of them")
        return asker.name
    if isinstance(value, str) and value.startswith("@") and value != "@me" and not is_open(value):
        if value == "@weekday":
            raise Unanswerable("no grain for that")
        found = _role(value, model)
        if not found:
            raise NotAReading(value)
        return found
    if isinstance(value, Term):
        if value.kind == "things_of":
            return _thing(value["of"], model)
        if value.kind == "things_in":  # of several: there is one Acme
            condition, thing = value["of"], _thing(value["of"], model)
            if isinstance(condition, Term) and condition.get("field") == thing:
                raise NotAReading("how many one of them is")
            return thing
        if value.kind == "each_of":
            return _each_of(value["of"], model)
        if value.kind in ("held_of", "staged_of"):
            return _held(named(value["of"], model), model, staged=value.kind == "staged_of")
        exactly = exactly or value.kind == "exactly"
        inner = tuple((k, named(v, model, asker, exactly=exactly)) for k, v in value.args)
        if value.kind in ("within", "within_ahead", "within_own") and not exactly:
            from nlq.reader.dated import dated  # here: few rows are picked by a date of theirs

            return dated(Term(value.kind, inner), model)
        if value.kind in _SPREAD:
            if is_average(value["of"], model):
                raise NotAReading("an average of averages")
            return Term(_SPREAD[value.kind], inner)
        return Term(value.kind, inner)
    return tuple(named(v, model, asker, exactly=exactly) for v in value) if isinstance(value, tuple) else value


def _role(role: str, model: Model) -> str | None:
    """The field of the model that plays it; None where none does."""
    people, theirs = model.people, next(iter(model.access.belongs), None)
    if role == "@customers":
        return theirs and _name(theirs, model)
    if role == "@since":
        return theirs and _day(theirs, model)
    if role == "@sold":
        return model.default_metric
    if role == "@goods":
        return _goods(model)
    if people is None:
        return None
    fields = {
        "@people": people.name,
        "@person": people.id,
        "@team": people.team,
        "@region": people.region,
        "@joined": people.active_from,
    }
    return fields.get(role)


def _thing(condition: Value, model: Model) -> str:
    """What a condition on members is said of: customers, of "which key accounts"."""
    item = model.fields.get(condition.get("field")) if isinstance(condition, Term) else None
    if item is None:
        raise NotAReading("members of nothing")
    return _name(item.dataset, model)


def _each_of(counted: Value, model: Model) -> str:
    """What a number of things counts: the orders of which there are so many lines."""
    expression = model.metrics[name_of(counted)].expression
    found = COUNTED.fullmatch(expression)
    if found is None or found[1] not in model.fields:
        raise NotAReading("nothing that is told apart")
    return found[1]


def _day(dataset: str, model: Model) -> str | None:
    """The one date that members have: since when they are."""
    dates = [f.id for f in model.datasets[dataset].fields.values() if f.is_time]
    return dates[0] if len(dates) == 1 else None


def _name(dataset: str, model: Model) -> str:
    """The field that says which of them it is."""
    field = name_field(model, dataset)
    if field is None:
        raise NotAReading("members of nothing")
    return field.id


def _held(over: Value, model: Model, *, staged: bool = False) -> Term:
    """How many of them there are as of now: the one number that counts them. `staged`: of what is in a stage, and
    counted by no name of its own."""
    found = []
    for metric in () if staged else model.metrics.values():
        if metric.snapshot and metric.unit == "count":
            with suppress(NotAReading):
                found += [metric.name] if counted(metric.name, model) == over else []
    if not found:
        return _staged(str(over), model)
    if len(found) != 1:
        raise NotAReading("how many belong to each")
    return Term("metric", (("name", found[0]),))


def _staged(field: str, model: Model) -> Term:
    """What counts those that are there, by whether they are: leads are open deals, in a stage."""
    from nlq.reader.impossible import conditioned  # here: most are counted by their name

    stock = [m for m in model.metrics.values() if m.snapshot and m.unit == "count"]
    found = [m.name for m in stock if conditioned(m, field, model)]
    if len(found) != 1:
        raise NotAReading("how many belong to each")
    return Term("metric", (("name", found[0]),))


def _goods(model: Model) -> str | None:
    """What is sold: what the rows of the number that everybody looks at name besides who sells and who buys."""
    metric = model.metrics.get(model.default_metric or "")
    told = {model.people and model.people.dataset, *model.access.belongs}
    named_too = {r.target for r in model.relationships if metric and r.source in metric.time} - told
    return _name(named_too.pop(), model) if len(named_too) == 1 else None


def joined(conditions: list[Value] | tuple[Value, ...]) -> Value:
    """All of them."""
    return conditions[0] if len(conditions) == 1 else Term("and", (("of", tuple(conditions)),))


def parted(condition: Value) -> list[Value]:
    """Each of what has to hold; none of None."""
    if condition is None:
        return []
    return list(condition["of"]) if condition.kind == "and" else [condition]
