"""One pass over the rules that are due: measure, step every member, say what changed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from metrics.people import Person
from schedules.measure import measure, query_of, watched
from schedules.messages import Alert, Recipient
from schedules.numbers import Numbers
from schedules.planning import language_of
from schedules.rules import Reading, RuleSpec, Step, step
from schedules.selection import may_all_see, team_managers
from schedules.state import ScheduleState
from schedules.state.rules import MemberState, Rule

__all__ = ["Evaluation", "evaluate", "recipients"]

Working = Callable[[dt.date], bool]
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """New member states, the alerts to send, and rules whose channel may not see what they would say."""

    states: tuple[MemberState, ...] = ()
    messages: tuple[Alert, ...] = ()
    withheld: tuple[tuple[int, str], ...] = ()


def evaluate(
    numbers: Numbers,
    state: ScheduleState,
    rules: Mapping[int, Rule],
    specs: Mapping[int, RuleSpec],
    day: dt.date,
    *,
    today: dt.date,
    at: dt.datetime,
    working: Working,
) -> Evaluation:
    """Nothing is written here: the caller stores states and alerts in one transaction. `day` is the day measured,
    `today` the date on which it is looked at (whoever is not active then is not watched)."""
    if not specs:
        return Evaluation()
    measured = measure(numbers, specs, day, on=today, working=working)
    standing = state.rules.states_of(specs.keys())
    links = {link.person: link.language for link in state.links.all()}
    states: list[MemberState] = []
    messages: list[Alert] = []
    withheld: list[tuple[int, str]] = []
    for rule_id, spec in specs.items():
        behind = watched(numbers, spec, today)
        owners = [p for people in behind.values() for p in people]
        allowed = _channel_may_see(numbers, state, spec, owners, day)
        if not allowed:
            withheld.append((rule_id, f"not every member of {spec.recipient} may see {spec.metric}"))
            continue
        for member, reading in measured[rule_id].items():
            old = standing[rule_id].get(member) or MemberState(rule_id, member)
            since = lambda start: _working_days(start, today, working)  # noqa: E731
            moved = step(spec, old, reading, today, at=at, days_since=since)
            if moved.state != old:
                states.append(moved.state)
            if moved.transition is not None:
                for to in recipients(numbers, spec, rules[rule_id], member, behind[member]):
                    person = numbers.org.people.get(to.id)
                    language = language_of(person, links.get(to.id), numbers.model)
                    messages.append(
                        _alert(numbers, rules[rule_id], spec, moved, old, reading, to, language, day, today)
                    )
    return Evaluation(tuple(states), tuple(messages), tuple(withheld))


def recipients(numbers: Numbers, spec: RuleSpec, rule: Rule, member: str, people: list[Person]) -> list[Recipient]:
    """Who is told about a member: as `spec.to` says; who has no manager is told nothing by a rule to managers, and its
    author is told instead, so that no alert goes nowhere."""
    if spec.to in ("channel", "person"):
        return [Recipient.model_validate({"kind": spec.to, "id": spec.recipient})]
    if spec.to == "rep" and spec.per == "rep":
        return [Recipient(kind="person", id=member)]
    managers = team_managers(numbers.org, people)
    return [Recipient(kind="person", id=p.id) for p in managers] or [Recipient(kind="person", id=rule.created_by)]


def _channel_may_see(numbers: Numbers, state: ScheduleState, spec: RuleSpec, owners: list[Person], on: dt.date) -> bool:
    if spec.to != "channel" or spec.recipient is None:
        return True
    channel = state.channels.get(spec.recipient)
    return may_all_see(
        numbers.model,
        numbers.org,
        members=channel.members if channel else (),
        unknown=channel.unknown if channel else 1,
        metric=spec.metric,
        period=spec.period,
        on=on,
        owners=owners,
        named=spec.speaks_of,
    )


def _working_days(start: dt.date, end: dt.date, working: Working) -> int:
    """Working days in (start, end]."""
    return sum(1 for n in range(1, (end - start).days + 1) if working(start + n * _DAY))


def _alert(
    numbers: Numbers,
    rule: Rule,
    spec: RuleSpec,
    moved: Step,
    old: MemberState,
    reading: Reading,
    to: Recipient,
    language: str,
    day: dt.date,
    today: dt.date,
) -> Alert:
    person = numbers.org.people.get(moved.state.member) if spec.per == "rep" else None
    return Alert.model_validate(
        {
            "key": _key("alert", rule.id, moved.state.member, moved.transition, today.isoformat(), to.kind, to.id),
            "to": to,
            "language": language,
            "as_of": day,
            "data_through": numbers.data_through,
            "subject": rule.id,
            "transition": moved.transition,
            "rule": rule.text,
            "per": spec.per,
            "member": moved.state.member,
            "name": person.name if person is not None else moved.state.member,
            "metric": spec.metric,
            "unit": numbers.model.metrics[spec.metric].unit,
            "measure": spec.measure,
            "op": spec.op,
            "threshold": spec.threshold,
            "value": reading.value,
            "actual": reading.actual,
            "target": reading.target,
            "since": old.since if moved.transition != "fire" else None,
            "query": query_of(numbers, spec),
        }
    )


def _key(*parts: object) -> str:
    """The parts joined, shortened by a hash where names make it too long for a unique column."""
    text = ":".join(str(p) for p in parts)
    return text if len(text) <= 200 else f"{text[:150]}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
