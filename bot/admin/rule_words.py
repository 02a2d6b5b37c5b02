"""A rule as one line that people read, and that `/kpi-admin rule add` would read again."""

from __future__ import annotations

from bot.state import State
from bot.wording import words_for
from metrics.model.schema import Model
from metrics.people import Org
from metrics.query import AllTime, Period, Relative, Rolling
from schedules.rules import RuleSpec
from schedules.selection import Selection

__all__ = ["clock", "rule_line", "selection_words"]

_OPERATORS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def rule_line(model: Model, org: Org, state: State, spec: RuleSpec, minute: int) -> str:
    """For example "win_rate < 40% this month for each rep in East to manager at 08:00"."""
    fraction = spec.measure != "value" or model.metrics[spec.metric].unit == "percent"
    amount = f"{spec.threshold * 100:g}%" if fraction else f"{spec.threshold:,.10g}"
    measure = {"value": "", "attainment": " of target", "pace": " of expected"}[spec.measure]
    pieces = [
        spec.metric,
        _OPERATORS[spec.op],
        amount + measure,
        _period(spec.period),
        selection_words(model, org, spec.select, spec.per),
    ]
    if spec.to == "channel":
        channel = state.channels.get(spec.recipient or "")
        pieces.append(f"to #{channel.name if channel else spec.recipient}")
    elif spec.to == "person":
        person = org.people.get(spec.recipient or "")
        pieces.append(f"to {person.name if person else spec.recipient}")
    else:
        pieces.append(f"to {spec.to}")
    if spec.remind is not None:
        pieces.append(f"remind {spec.remind} days")
    return " ".join(p for p in [*pieces, f"at {clock(minute)}"] if p)


def selection_words(model: Model, org: Org, select: Selection, per: str) -> str:
    words_en = words_for(model, "en")
    team, region = words_en.team(select.team), words_en.region(select.region)
    if per == "team":
        words = f"for team {team}" if team else "for each team"
    elif select.people is not None:
        words = "for " + ", ".join(org.people[i].name if i in org.people else i for i in select.people)
    else:
        words = "for each rep" if per == "rep" else "for everyone"
    if team and per != "team":
        words += f" in {team}"
    if region:
        words += f" in {region}"
    if select.under is not None:
        person = org.people.get(select.under)
        words += f" under {person.name if person else select.under}"
    return words


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _period(period: Period) -> str:
    if isinstance(period, AllTime):
        return ""
    if isinstance(period, Rolling):
        return f"last {period.count} {period.unit}s"
    if isinstance(period, Relative):
        if period.unit == "day":
            return "today" if period.offset == 0 else "yesterday"
        return f"{'this' if period.offset == 0 else 'last'} {period.unit}"
    return period.kind
