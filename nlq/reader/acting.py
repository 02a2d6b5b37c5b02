"""What is wanted other than numbers: definitions, and analyses, which ask several questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

import metrics.analyses  # noqa: F401  (analyses are known from here on)
from metrics.analyses.analysis import Analysis
from metrics.errors import UserError
from metrics.model.schema import Funnel, Model
from nlq.reader.about import about_of, default_metric
from nlq.reader.conditions import where as resolved
from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame, name_of
from nlq.reader.looking import settled
from nlq.reader.terms import ABOUT, Term, Value, plain, walked

__all__ = ["Definition", "acted"]


@dataclass(frozen=True, slots=True)
class Definition:
    """The definitions of metrics are wanted."""

    metrics: tuple[str, ...]


def acted(frame: Frame, model: Model, assumed: list[str], act: Term) -> Definition | Analysis:
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
        where = tuple(c["of"] if c.kind == "exactly" else resolved(c) for c in frame["where"])
        parts["where"] = plain(where[0] if len(where) == 1 else Term("and", (("of", where),)))
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
    if metric is None or "where" in parts or parts.pop("scope", "me") != "me":
        raise NotAReading("what if is about one's own numbers")
    parts["more"] = [{"metric": parts.pop("metric", metric), "amount": parts.pop("amount")}]
    return {"about", "view", "standing"} | ({"then"} if frame.get("then") == "what_if" else set())


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


_MONTH = {"kind": "units", "unit": "month"}
_ACTS: Mapping[str, Callable[[dict[str, Any], Frame, Model, list[str]], set[str]]] = {
    "funnel": _funnel,
    "what_if": _what_if,
    "best": _best,
    "outlook": _outlook,
    "why": _why,
}
