"""Why has it changed: whose numbers made the change, dimension by dimension.

Parts of what adds up are told member by member, so those of a dimension sum to the whole change. A member is a cause as
far as it moved otherwise than all of it did: where everybody has lost a tenth, nobody is the reason. The dimension of
the member that stands out most comes first."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from metrics.analyses.analysis import Analysis, Fact, Findings, Ground, Part, Steps, number
from metrics.errors import StaleData, UnsupportedCombination, UserError
from metrics.kinds.change import Before
from metrics.kinds.metric import Metric
from metrics.model.schema import Metric as Definition
from metrics.model.schema import Model
from metrics.plan.names import field_named, metric_named
from metrics.query import Scope
from metrics.query.answer import Note
from metrics.query.asked import Asked
from metrics.query.predicate import Predicate
from metrics.query.table import Table
from metrics.query.when import Units, When

__all__ = ["LEAST", "MOST_FIELDS", "MOST_MEMBERS", "Why", "excess"]

MOST_FIELDS = 12
MOST_MEMBERS = 100  # of more than so many each is small
TOLD = 3  # dimensions, and members of each on either side
LEAST = 0.1  # of the change: who stands out by less is no cause


class Why(Analysis):
    """Of `metric`, whose parts add up: this period against `to`. `by`: causes of one dimension only; None: of all that
    have labels.

    Facts: actual, before, change. Of each dimension (`of`), the most telling first: strength, the part of the change by
    which its outstanding member moved otherwise than the whole did; contribution, of its members (`at`), and rest, the
    other members together: they sum to the change. driver and driver_member name the first of all; without one, nothing
    stands out and the note why_no_driver says so."""

    kind: ClassVar[str] = "why"
    metric: str
    period: When = Units(unit="month")
    to: Literal["previous", "year_ago"] | When = "previous"
    by: str | None = None
    scope: Scope = "all"
    where: Predicate | None = None

    def steps(self, ground: Ground) -> Steps:
        metric = metric_named(ground.model, self.metric)
        if not metric.additive or metric.snapshot:
            raise UnsupportedCombination("why_not_additive", subject=metric.name)
        whole = yield self._asked(())
        parts = [Part(name="whole", table=whole)]
        now, before = (number(cell) for cell in whole.rows[0])
        change = None if now is None or before is None else now - before
        facts = [_fact(n, v, metric) for n, v in (("actual", now), ("before", before), ("change", change))]
        if before is None or not change:
            return Findings(analysis=self, parts=tuple(parts), facts=tuple(facts), notes=(Note(code="why_unchanged"),))
        causes = yield from self._causes(ground.model, parts, change, before)
        told = causes[:TOLD]
        if told and told[0].strength >= LEAST:
            facts.append(Fact(name="driver", value=told[0].field, unit="text", of=metric.name))
            facts.append(Fact(name="driver_member", value=told[0].outstanding, unit="text", of=told[0].field))
        facts += [fact for cause in told for fact in cause.facts(metric)]
        notes = () if told and told[0].strength >= LEAST else (Note(code="why_no_driver"),)
        return Findings(analysis=self, parts=tuple(parts), facts=tuple(facts), notes=notes)

    def _asked(self, by: tuple[str, ...]) -> Asked:
        value = Metric(name=self.metric)
        return Asked(
            show=(value, Before(of=value, to=self.to)),
            by=by,
            period=self.period,
            scope=self.scope,
            where=self.where,
        )

    def _causes(
        self, model: Model, parts: list[Part], change: float, before: float
    ) -> Generator[Asked, Table, list[_Cause]]:
        """The most telling first."""
        made: list[_Cause] = []
        for field in [field_named(model, self.by).id] if self.by is not None else _told_apart(model):
            try:
                table = yield self._asked(_keys(field, model))
            except StaleData:
                raise
            except UserError:  # not of this metric, or not to be seen
                if self.by is not None:
                    raise
                continue
            if 1 < len(table.rows) <= MOST_MEMBERS and not table.proof.truncated:
                parts.append(Part(name=field, table=table))
                made.append(_cause(field, table, change, before))
        return sorted(made, key=lambda cause: -cause.strength)


@dataclass(frozen=True, slots=True)
class _Cause:
    field: str
    changes: tuple[tuple[str, float], ...]  # of each member, the largest first
    outstanding: str
    strength: float

    def facts(self, metric: Definition) -> Iterator[Fact]:
        yield Fact(name="strength", value=self.strength, unit="percent", of=self.field)
        named = [m for i, m in enumerate(self.changes) if i < TOLD or i >= len(self.changes) - TOLD]
        if all(member != self.outstanding for member, _ in named):
            named.append(next(m for m in self.changes if m[0] == self.outstanding))
        for member, changed in named:
            yield Fact(name="contribution", value=changed, unit=metric.unit, of=self.field, at=member)
        rest = [changed for member, changed in self.changes if (member, changed) not in named]
        if rest:
            yield Fact(name="rest", value=sum(rest), unit=metric.unit, of=self.field)


def _cause(field: str, table: Table, change: float, before: float) -> _Cause:
    numbers = [
        ("(none)" if row[-3] is None else str(row[-3]), number(row[-2]) or 0.0, number(row[-1]) or 0.0)
        for row in table.rows
    ]
    stands_out = excess([(now, then) for _, now, then in numbers], change, before)
    most = max(range(len(numbers)), key=lambda i: stands_out[i])
    changes = sorted(((name, now - then) for name, now, then in numbers), key=lambda c: -c[1])
    return _Cause(field, tuple(changes), numbers[most][0], stands_out[most])


def excess(members: Sequence[tuple[float, float]], change: float, before: float) -> list[float]:
    """Of each member (now, before): by which part of the whole change it moved otherwise than the whole did.

    Everybody lost a tenth, nobody stands out; then one lost all of it:

    >>> [round(abs(e), 6) for e in excess([(90, 100), (45, 50)], -15, 150)]
    [0.0, 0.0]
    >>> [round(e, 3) for e in excess([(85, 100), (50, 50)], -15, 150)]
    [0.333, -0.333]
    """
    rate = change / before if before > 0 else 0.0
    return [(now - then - max(then, 0.0) * rate) / change for now, then in members]


def _told_apart(model: Model) -> list[str]:
    """Dimensions that have a name for people: neither ids nor addresses of people, nor the records themselves."""
    people = model.people
    hidden = {people.id, people.email} if people is not None and people.id != people.name else set()
    counted = {dataset for metric in model.metrics.values() for dataset in metric.time}
    hidden |= {f"{name}.{key}" for name in counted for key in model.datasets[name].primary_key}
    fields = [f.id for f in model.fields.values() if f.dimension and not f.is_time and f.labels and f.id not in hidden]
    return fields[:MOST_FIELDS]


def _keys(field: str, model: Model) -> tuple[str, ...]:
    """What tells the rows apart, the name last: two people of one name are two."""
    people = model.people
    return (people.id, field) if people is not None and field == people.name != people.id else (field,)


def _fact(name: str, value: float | None, metric: Definition) -> Fact:
    return Fact(name=name, value=value, unit=metric.unit, of=metric.name)
