"""What is wanted other than numbers: definitions, and analyses, which ask several questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

import metrics.analyses  # noqa: F401  (analyses are known from here on)
from metrics.analyses.analysis import Analysis
from metrics.errors import UserError
from metrics.model.schema import Funnel, Model
from metrics.people import Person
from nlq.reader.about import about_of, condition_in, default_metric
from nlq.reader.conditions import where as resolved
from nlq.reader.constructions import NotAReading
from nlq.reader.dates import of_this_year
from nlq.reader.frame import Frame, name_of
from nlq.reader.looking import settled
from nlq.reader.scoping import fields_in, people_fields
from nlq.reader.terms import ABOUT, Term, Value, plain, walked

__all__ = ["NO_AMOUNT", "Definition", "acted"]

NO_AMOUNT = "how much more"
_LEAST_MONEY = 10


@dataclass(frozen=True, slots=True)
class Definition:
    """The definitions of metrics are wanted."""

    metrics: tuple[str, ...]


def acted(
    frame: Frame, model: Model, assumed: list[str], act: Term, asker: Person | None = None
) -> Definition | Analysis:
    """Raises NotAReading for what the act does not take."""
    if act.kind == "define":
        if frame.keys() - {"act", "about"}:
            raise NotAReading("a definition of metrics only")
        names = tuple(name_of(m) for m in about_of(frame, model, assumed))
        if act.get("rates") and all(model.metrics[name].additive for name in names):
            raise NotAReading("numbers that are told apart by their difference")
        return Definition(names)
    parts = {k: plain(v) for k, v in act.args}
    parts |= {slot: plain(frame[slot]) for slot in ("period", "scope") if slot in frame}
    if "where" in frame:
        parts["where"] = _conditions(frame["where"])
    if act.kind == "what_if" and "whole" in assumed:
        parts.setdefault("scope", "all")
    if act.kind == "what_if" and asker is not None and not asker.sells:
        parts.setdefault("scope", "team" if asker.team else "region" if asker.region else "all")
    used = {"act", "period", "scope", "where"} | _ACTS.get(act.kind, _plain)(parts, frame, model, assumed)
    if frame.keys() - used:
        raise NotAReading("more than the analysis takes")
    try:
        return Analysis._member({"kind": act.kind, **parts})
    except (ValidationError, UserError) as error:
        raise NotAReading(str(error)) from error


def _plain(parts: dict[str, Any], frame: Frame, model: Model, assumed: list[str]) -> set[str]:
    """An analysis of one metric. Slots of the frame that were used."""
    about = about_of(frame, model, assumed)
    if len(about) != 1:
        raise NotAReading("of one metric")
    parts["metric"] = name_of(about[0])
    return {"about"}


def _funnel(parts: dict[str, Any], frame: Frame, model: Model, assumed: list[str]) -> set[str]:
    """Of the one that is named, that has the steps said, or the first whose steps are stages that things go through."""
    steps = [_step(parts.pop(end)) for end in ("first", "last") if end in parts]
    if "name" not in parts:
        fitting = [f for f in model.funnels.values() if all(s in (*f.steps, *f.lost) for s in steps)]
        if not fitting:
            raise NotAReading("no funnel of such steps")
        parts["name"] = min(fitting, key=_plainness).name
        assumed.append(f"default_funnel:{parts['name']}")
    if (by := frame.get("by")) is not None:
        if len(by) != 1:
            raise NotAReading("a funnel for each of one thing")
        parts["by"] = by[0]
    return {"by", "each"}


def _plainness(funnel: Funnel) -> tuple[bool, bool]:
    return (funnel.field is None, bool(funnel.lost))


def _step(said: Mapping[str, Any]) -> Value:
    """A step by its name: a member of a field, or a metric."""
    return said["name"] if said["kind"] == "metric" else said["values"][0]


def _what_if(parts: dict[str, Any], frame: Frame, model: Model, assumed: list[str]) -> set[str]:
    """So much more of a metric; with an amount alone, of the number that everybody looks at."""
    metric = default_metric(model, aimed=True)
    about, views = frame.get("about", ()), frame.get("view", ())
    if len(about) > 1 or any(t.kind not in _TOLD for t in walked((*about, *views))):
        raise NotAReading("more than is told of what would be")
    if about and (said := next((n for t in walked(about) if (n := _metric_of(t)) is not None), None)) is not None:
        metric = said
    metric = parts.pop("metric", metric)
    if metric is None:
        raise NotAReading("more of what")
    closing, conditions = parts.pop("closing", None), list(frame.get("where", ()))
    if isinstance(closing, dict):
        conditions.append(frame["act"]["closing"])
    whose = [c for c in conditions if fields_in(c) & people_fields(model)]
    of_things = [c for c in conditions if c not in whose]
    if len(whose) > 1 or (of_things and closing is None):
        raise NotAReading("what if of whom")
    if whose:
        parts["where"], parts["scope"] = _conditions(whose), "all"
    else:
        parts.pop("where", None)
    money = model.metrics[metric].unit.startswith("currency")
    if closing is None and ("amount" not in parts or (money and 0 < abs(parts["amount"]) < _LEAST_MONEY)):
        raise NotAReading(NO_AMOUNT)  # "one more" is no amount of money
    more = {"metric": metric, "amount": parts.pop("amount", None)}
    if closing is not None:
        more = {"metric": metric, "closing": _open_now(of_things, metric, model)}
    parts["more"] = [more]
    return {"about", "view", "standing"} | ({"then"} if frame.get("then") == "what_if" else set())


def _open_now(conditions: list[Term], metric: str, model: Model) -> dict[str, Any]:
    """What is open and would close: the one amount as of now whose things are counted. Raises NotAReading."""
    now = [m for m in model.metrics.values() if m.snapshot and m.additive]
    found = [
        (money.name, count.name)
        for money in now
        for count in now
        if money.unit == model.metrics[metric].unit
        and money.unit.startswith("currency")
        and count.unit == "count"
        and condition_in(money.expression) == condition_in(count.expression) != ""
    ]
    if len(found) != 1:
        raise NotAReading("what is open")
    made: dict[str, Any] = {"metric": found[0][0], "count": found[0][1]}
    return made | ({"where": _conditions(conditions)} if conditions else {})


def _conditions(conditions: Sequence[Value]) -> Any:
    where = tuple(c["of"] if c.kind == "exactly" else resolved(c) for c in conditions)
    return plain(where[0] if len(where) == 1 else Term("and", (("of", where),)))


# ways to ask where one would stand: attainment, gap and place are told
_TOLD = frozenset({"view", "metric", "target", "attainment", "gap", "if_any", "place", "place_of", "place_ties"})
_TOLD |= {"place_gap", "expected", "pace", "projection", "needed_per_day", ABOUT.kind}


def _metric_of(term: Term) -> str | None:
    """The metric that a term is, or is about, where that is said."""
    name = term.get("name") if term.kind == "metric" else term.get("metric")
    return name if isinstance(name, str) else None


def _best(parts: dict[str, Any], frame: Frame, model: Model, assumed: list[str]) -> set[str]:
    """What the best do otherwise: the rest of the scorecard."""
    used = _plain(parts, frame, model, assumed)
    parts["beside"] = [name for name in model.scorecard if name != parts["metric"]]
    if parts.get("scope") == "me":
        parts |= {"scope": "all", "against": "me"}
    return used


def _outlook(parts: dict[str, Any], frame: Frame, model: Model, assumed: list[str]) -> set[str]:
    if parts.pop("period", _MONTH) != _MONTH:
        raise NotAReading("an outlook is of the month that runs")
    return _plain(parts, frame, model, assumed)


def _why(parts: dict[str, Any], frame: Frame, model: Model, assumed: list[str]) -> set[str]:
    """Against what, and by which field, where that is said."""
    if (by := frame.get("by")) is not None:
        if len(by) != 1:
            raise NotAReading("causes by one field")
        parts["by"] = by[0]
    looked = settled(
        {slot: frame[slot] for slot in ("about", "view", "claims", "period") if slot in frame}, model, assumed
    )
    compared = [t for t in walked(looked.get("view")) if t.kind == "before"]
    if "view" in looked and not compared:
        raise NotAReading("why it is otherwise than what")
    if compared:
        parts["to"] = plain(compared[0].get("to", "previous"))
    if "period" in looked:
        parts["period"] = plain(looked["period"])
    then = {"then"} if frame.get("then") in (None, "why") else set()
    return _plain(parts, frame, model, assumed) | {"by", "each", "view", "claims", "moves"} | then


def _freshness(parts: dict[str, Any], frame: Frame, model: Model, assumed: list[str]) -> set[str]:
    """Of all data, or of what one metric is made of: everybody's."""
    if "scope" in parts or "where" in parts:
        raise NotAReading("data of some people or things")
    return _plain(parts, frame, model, assumed) if "about" in frame else set()


def _calendar(parts: dict[str, Any], frame: Frame, model: Model, assumed: list[str]) -> set[str]:
    if "scope" in parts or "where" in parts:
        raise NotAReading("one calendar for everybody")
    if "period" in frame:
        if frame["period"].kind == "only":
            raise NotAReading("some days of a time, and how many of them")
        parts["period"] = plain(of_this_year(frame["period"]))
    return set()


_MONTH = {"kind": "units", "unit": "month"}
_ACTS: Mapping[str, Callable[[dict[str, Any], Frame, Model, list[str]], set[str]]] = {
    "funnel": _funnel,
    "what_if": _what_if,
    "best": _best,
    "outlook": _outlook,
    "why": _why,
    "freshness": _freshness,
    "calendar": _calendar,
}
