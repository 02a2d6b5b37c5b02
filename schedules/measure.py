"""Measuring what rules watch: one statement for each (metric, period, filters, per), however many rules and people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from metrics.errors import TooLarge
from metrics.people import Audience, Person, Viewer
from metrics.query import Filter, Frozen, Period, Query, Target
from metrics.query.answer import Answer
from schedules.numbers import Numbers, cell, noon, number
from schedules.rules import COMPANY, Reading, RuleSpec
from schedules.selection import Selection, teams
from schedules.standings import month_of

__all__ = ["measure", "query_of", "watched"]

Working = Callable[[dt.date], bool]
_SYSTEM = Viewer.for_system("alert rules")


class _Group(Frozen):
    """Rules with an equal group share a statement. `select` only tells rules over a whole selection apart."""

    metric: str
    target: bool
    period: Period
    where: tuple[Filter, ...]
    per: str
    select: Selection | None


def query_of(numbers: Numbers, spec: RuleSpec) -> Query:
    """The question a rule asks, as one person would ask it ("me" for a rule about reps)."""
    target = Target() if spec.measure != "value" else None
    scope = "me" if spec.per == "rep" else "all"
    where = spec.where + (_selected(numbers, spec.select) if spec.per == "all" else ())
    by = (_team_field(numbers),) if spec.per == "team" else ()
    return Query.model_validate(
        {"metrics": (spec.metric,), "by": by, "period": spec.period, "where": where, "scope": scope, "target": target}
    )


def watched(numbers: Numbers, spec: RuleSpec, on: dt.date) -> dict[str, list[Person]]:
    """Member -> the people behind it: each rep alone, each team's people, or all together under ""."""
    if spec.per == "rep":
        return {p.id: [p] for p in spec.select.reps(numbers.org, on)}
    if spec.per == "team":
        return teams(numbers.org, spec.select, on)
    return {COMPANY: spec.select.reps(numbers.org, on)}


def measure(
    numbers: Numbers, specs: Mapping[int, RuleSpec], as_of: dt.date, *, on: dt.date, working: Working
) -> dict[int, dict[str, Reading]]:
    """Rule number -> member -> what was measured as of that day, for those watched `on` a day. Every watched member is
    there, n/a as None.

    Raises TooLarge when a statement was cut short: half a truth fires wrong alerts.
    """
    groups: dict[_Group, list[int]] = {}
    for rule, spec in specs.items():
        select = spec.select if spec.per == "all" else None
        key = _Group(
            metric=spec.metric,
            target=spec.measure != "value",
            period=spec.period,
            where=spec.where,
            per=spec.per,
            select=select,
        )
        groups.setdefault(key, []).append(rule)
    found: dict[int, dict[str, Reading]] = {}
    for rules in groups.values():
        members = {r: watched(numbers, specs[r], on) for r in rules}
        raw = _raw(
            numbers, specs[rules[0]], [p for r in rules for people in members[r].values() for p in people], as_of
        )
        for rule in rules:
            found[rule] = {
                m: _reading(numbers, specs[rule], raw.get(m, (None, None)), as_of, working) for m in members[rule]
            }
    return found


def _raw(
    numbers: Numbers, spec: RuleSpec, people: Sequence[Person], as_of: dt.date
) -> dict[str, tuple[float | None, float | None]]:
    """Member -> (actual, target)."""
    query = query_of(numbers, spec)
    if spec.per == "rep":
        unique = list({p.id: p for p in people}.values())
        answers = numbers.answer_each(query, people=unique, as_of=noon(as_of)) if unique else {}
        return {i: _pair(a, spec.metric, 0) for i, a in answers.items()}
    answer = numbers.answer(query, viewer=_SYSTEM, audience=Audience.only_viewer(), as_of=noon(as_of))
    if answer.receipt.truncated:
        raise TooLarge("rule_rows", subject=spec.metric)
    if spec.per == "team":
        field = _team_field(numbers)
        return {
            str(cell(answer, "dimension", field, i)): _pair(answer, spec.metric, i) for i in range(len(answer.rows))
        }
    return {COMPANY: _pair(answer, spec.metric, 0)}


def _pair(answer: Answer, metric: str, row: int) -> tuple[float | None, float | None]:
    return number(answer, "metric", metric, row), number(answer, "target", metric, row)


def _reading(
    numbers: Numbers, spec: RuleSpec, pair: tuple[float | None, float | None], as_of: dt.date, working: Working
) -> Reading:
    actual, target = pair
    if spec.measure == "value":
        return Reading(actual)
    metric = numbers.model.metrics[spec.metric]
    base = target
    if target is not None and spec.measure == "pace" and metric.additive:
        base = target * month_of(as_of, working).elapsed
    value = actual / base if actual is not None and base is not None and base > 0 else None
    return Reading(value, actual, target)


def _team_field(numbers: Numbers) -> str:
    people = numbers.model.people
    assert people is not None and people.team is not None, "a rule for teams is only accepted where there are teams"
    return people.team


def _selected(numbers: Numbers, select: Selection) -> tuple[Filter, ...]:
    people = numbers.model.people
    if people is None:
        return ()
    chosen: list[Filter] = []
    if select.region is not None and people.region is not None:
        chosen.append(Filter(field=people.region, values=(select.region,)))
    if select.team is not None and people.team is not None:
        chosen.append(Filter(field=people.team, values=(select.team,)))
    if select.people is not None:
        chosen.append(Filter(field=people.id, values=tuple(sorted(select.people))))
    if select.under is not None:
        chosen.append(Filter(field=people.id, values=tuple(sorted(numbers.org.subtree(select.under) - {select.under}))))
    return tuple(chosen)
