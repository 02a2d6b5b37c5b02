"""What is said after something that is no table: the same cause or funnel of other rows, another metric to define,
other days of the calendar."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from metrics.analyses.analysis import Analysis
from metrics.model.schema import Model
from metrics.people import Person
from metrics.query.asked import Asked
from nlq.reader.asking import Definition, Wanted, question
from nlq.reader.before import Before, changed, is_whole, only_after
from nlq.reader.constructions import NotAReading
from nlq.reader.edits import edited
from nlq.reader.frame import Frame
from nlq.reader.terms import Term, metric_term, plain, term_of

__all__ = ["ROWS", "after_analysis", "after_definition", "number_of"]

ROWS = ("period", "scope", "where")  # of which rows it is

_ANALYSED = frozenset({"period", "where", "scope", "follow", "by", "each", "refer", "whole", "shift", "about", "trend"})


def after_analysis(
    before: Before, analysis: Analysis, frame: Frame, model: Model, asker: Person | None
) -> Wanted | None:
    if number_of(analysis, model) is None:
        return _after_no_number(analysis, frame, model, asker)
    return _analysed(before, frame, model, asker)


def after_definition(before: Definition, frame: Frame, model: Model, asker: Person | None) -> Wanted:
    said = {k: v for k, v in frame.items() if k != "follow"}
    if not said.keys() - {"about"}:
        return question({**said, "act": Term("define")}, model, asker)
    if "about" in said or len(before.metrics) != 1:
        raise NotAReading("more than what was defined")
    return question({**said, "about": (metric_term(before.metrics[0]),)}, model, asker)


def _after_no_number(analysis: Analysis, frame: Frame, model: Model, asker: Person | None) -> Wanted:
    """After what the calendar says, or how fresh the data is: the same of other days, or a question of its own."""
    said = {k: v for k, v in frame.items() if k != "follow"}
    if said.keys() == {"period"}:
        act = term_of({k: v for k, v in analysis.model_dump(mode="json").items() if k != "period" and v is not None})
        return question({**said, "act": act}, model, asker)
    if not is_whole(said) or only_after(said):
        raise NotAReading("of no number")
    return question(said, model, asker)


def _analysed(before: Before, frame: Frame, model: Model, asker: Person | None) -> Wanted:
    """The same analysis of other rows; or numbers about them."""
    analysis = before.asked
    assert isinstance(analysis, Analysis)
    name = number_of(analysis, model)
    if name is None:
        raise NotAReading("of no number")
    given = {k: getattr(analysis, k) for k in ROWS if getattr(analysis, k, None) is not None}
    numbers = Asked.model_validate({"show": [{"kind": "metric", "name": name}], **given})
    made = edited(Before(numbers, before.person, before.only), frame, model, asker)
    now = made.meaning
    if frame.keys() - _ANALYSED or not isinstance(now, Asked):
        return made
    other: dict[str, Any] = {k: getattr(now, k) for k in ROWS}
    fields = type(analysis).model_fields
    if "about" in frame:
        if "metric" not in fields or len(now.show) != 1 or now.show[0].kind != "metric":
            return made
        other["metric"] = now.show[0].subject()
    if now.by:
        other["by"] = now.by[0]
    if len(now.by) > 1 or any(v != getattr(numbers, k, None) and k not in fields for k, v in other.items()):
        return made
    written = analysis.model_dump(mode="json")
    written |= {k: _plain_of(v) for k, v in other.items() if k in fields}
    try:
        return changed(Wanted(Analysis._member({"kind": type(analysis).kind, **written}), made.assumed), before)
    except ValidationError as error:
        raise NotAReading(str(error)) from error


def _plain_of(value: Any) -> Any:
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else plain(value)


def number_of(analysis: Analysis, model: Model) -> str | None:
    """The metric it is about."""
    metric = getattr(analysis, "metric", None)
    if metric is not None:
        return str(metric)
    more = getattr(analysis, "more", ())
    if more:
        return str(more[0].metric)
    funnel = model.funnels.get(getattr(analysis, "name", ""))
    return None if funnel is None else funnel.metric or funnel.steps[0]
