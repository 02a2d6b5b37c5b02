"""The numbers a `Query` speaks of, as measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from metrics.errors import UnsupportedCombination
from metrics.kinds.amount import Amount
from metrics.kinds.arithmetic import Difference, Ratio
from metrics.kinds.change import Before, Change, Growth
from metrics.kinds.metric import Metric
from metrics.kinds.narrowed import During, Only
from metrics.kinds.peer_average import PeerAverage
from metrics.kinds.share import Share, Total
from metrics.kinds.target import Attainment, Gap, Target
from metrics.model.schema import Model
from metrics.query import Having, Query
from metrics.query.measure import Measure
from metrics.query.predicate import And, Predicate, Test
from metrics.query.when import When

__all__ = ["Numbers", "To"]

To = Literal["previous", "year_ago"] | When


@dataclass(frozen=True)
class Numbers:
    """`to`: what changes are against. `own`: one's own rows, where everybody's are asked about. `peers`: of whom there
    is an average."""

    query: Query
    model: Model
    to: To
    period: When
    own: Predicate | None = None
    peers: Callable[[Measure], PeerAverage] | None = None

    def value(self, name: str) -> Measure:
        metric: Measure = Metric(name=name)
        return metric if self.own is None else Only(of=metric, where=self.own)

    def of(self, by: str, name: str | None, *, raw: bool = False) -> Measure:
        """The number that an order, a place or a condition speaks of. `raw`: everybody's own."""
        name = name if name is not None else self.query.metrics[0]
        value: Measure = Metric(name=name) if raw else self.value(name)
        if by == "change":
            return Change(of=value, to=self.to)
        if by == "change_pct":
            return Growth(of=value, to=self.to)
        if by == "share":
            return self.share()
        if by == "attainment":
            made = self.attainment(name)
            return made if raw or self.own is None else Only(of=made, where=self.own)
        if by == "benchmark":
            if self.peers is None:
                raise UnsupportedCombination("having_without_benchmark")
            return Difference(of=value, less=self.peers(Metric(name=name)))
        return value

    def before(self, name: str) -> Measure:
        return Before(of=self.value(name), to=self.to)

    def aimed(self, name: str) -> tuple[Measure, Measure, Measure] | None:
        """Target, attainment and gap; None without a target."""
        made: tuple[Measure, Measure, Measure]
        amount = self.query.target.amount if self.query.target is not None else None
        if amount is not None:
            said, value = Amount(value=amount, like=Metric(name=name)), self.value(name)
            return said, Ratio(of=value, to=said), Difference(of=said, less=value)
        if not self.model.metrics[name].has_target:
            return None
        made = (Target(metric=name), self.attainment(name), Gap(metric=name))
        if self.own is None:
            return made
        target, attainment, gap = (Only(of=m, where=self.own) for m in made)
        return target, attainment, gap

    def attainment(self, name: str) -> Measure:
        amount = self.query.target.amount if self.query.target is not None else None
        if amount is not None:
            return Ratio(of=Metric(name=name), to=Amount(value=amount, like=Metric(name=name)))
        return Attainment(metric=name)

    def total(self) -> Measure:
        """What the share is of."""
        query, metric = self.query, Metric(name=self.query.metrics[0])
        share = query.share
        if share is None or not (share.lift or share.scope):
            return Total(of=metric) if query.by or query.grain is None else During(of=metric, period=self.period)
        return Total(of=metric, over=(), scope=share.scope, lift=share.lift)

    def share(self) -> Measure:
        query, metric = self.query, Metric(name=self.query.metrics[0])
        share = query.share
        if share is not None and (share.lift or share.scope):
            return Share(of=metric, scope=share.scope, lift=share.lift)
        if query.by and self.model.metrics[query.metrics[0]].additive:
            return Share(of=metric)
        if query.by and self.model.metrics[query.metrics[0]].unit == "count":  # of distinct things: of all of them
            return Ratio(of=metric, to=Total(of=metric))
        if query.by:
            raise UnsupportedCombination("share_of_ratio", subject=query.metrics[0])
        return Ratio(of=metric, to=self.total())

    def holds(self, having: tuple[Having, ...]) -> Predicate | None:
        """All of the conditions on groups."""
        made = tuple(Test(of=self.of(h.of, h.metric), op=h.op, value=h.value, upper=_upper(h)) for h in having)
        return (made[0] if len(made) == 1 else And(of=made)) if made else None


def _upper(having: Having) -> float | None:
    if having.op != "between":
        return None
    return having.upper if having.upper is not None else having.value
