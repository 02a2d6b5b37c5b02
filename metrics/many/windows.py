"""Windows of everybody at once: what depends on since when there are rows of somebody is noted, and asked of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from metrics.calendar.binding import Days
from metrics.calendar.span import Span
from metrics.many.alike import Sights
from metrics.model.schema import Metric
from metrics.plan.bound import Coverage
from metrics.plan.grid.windows import Buckets, Moved, Window, Windows

__all__ = ["Needs", "NotedWindows", "Source", "Starts"]

_ONE_DAY = dt.timedelta(days=1)
Source = tuple[str, str]  # dataset, time field


@dataclass
class Needs:
    """What has to be so of a person for their numbers to be those of everybody's table. `known`: (source, day): rows
    of theirs, where there are any, begin before the day; else the number is n/a. `bucketed`: in buckets they begin with
    the first day (None: all time), since which buckets are shown. `active`: windows in which somebody has to be there
    to be compared with."""

    known: set[tuple[Source, dt.date]] = field(default_factory=set)
    bucketed: set[tuple[Source, dt.date | None]] = field(default_factory=set)
    active: set[Span] = field(default_factory=set)


class NotedWindows(Windows):
    """Everything is known of everybody; `needs` says of whom that holds. Set it anew for each question."""

    needs: Needs

    def active(self, window: Window) -> Span:
        made = super().active(window)
        self.needs.active.add(made)
        return made

    def known(self, metric: Metric, days: Days) -> bool:
        if days.end is not None:
            self.needs.known |= {(source, days.end) for source in self._dated(metric)}
        return True

    def first_day(self, metric: Metric) -> None:
        return None

    def moved(self, window: Window, metric: Metric, grain: str) -> Moved:
        made = super().moved(window, metric, grain)
        self.needs.bucketed |= {(source, made.days.start) for source in self._dated(metric)}
        return made

    def buckets(self, window: Window, metrics: Sequence[Metric], grain: str) -> Buckets:
        made = super().buckets(window, metrics, grain)
        self.needs.bucketed |= {(source, made.days.start) for metric in metrics for source in self._dated(metric)}
        return made

    def _dated(self, metric: Metric) -> list[Source]:
        datasets = self._prepared.metric(metric.name).datasets
        return [(d, metric.time[d]) for d in datasets if d in metric.time]


class Starts:
    """Since when there are rows of whom, asked for many questions."""

    def __init__(self, coverage: Coverage, sights: Sights) -> None:
        self._coverage, self._sights = coverage, sights
        self._later: dict[tuple[Source, dt.date | None], frozenset[str]] = {}

    def fitting(self, members: Mapping[str, str], needs: Needs) -> Mapping[str, str]:
        """The people for whom `needs` hold."""
        unfit = frozenset[str]().union(
            *(self._from(source, day) for source, day in needs.known),
            *(self._from(source, day + _ONE_DAY if day else None) for source, day in needs.bucketed),
        )
        kinds = self._sights.kinds
        everybody = self.known_of_all(needs)
        if everybody and unfit.isdisjoint(members) and not self._sights.seen:
            return members

        def fits(who: str) -> bool:
            if kinds[who] == "some":
                seen = self._sights.seen[who]
                return seen.isdisjoint(unfit) or _holds(needs, self._coverage.seen(seen).starts)
            return who not in unfit if kinds[who] == "own" else everybody

        return {who: whose for who, whose in members.items() if fits(who)}

    def known_of_all(self, needs: Needs) -> bool:
        """Whether they hold of who sees everything."""
        return _holds(needs, self._coverage.starts)

    def _from(self, source: Source, day: dt.date | None) -> frozenset[str]:
        """Owners whose rows begin on the day or later; None: whenever."""
        if (source, day) not in self._later:
            days = self._coverage.starts_of.get(source, {})
            self._later[source, day] = frozenset(who for who, first in days.items() if day is None or first >= day)
        return self._later[source, day]


def _holds(needs: Needs, starts: Mapping[Source, dt.date | None]) -> bool:
    """Whether it does of somebody whose rows start on these days."""
    known = [(starts.get(source), day) for source, day in needs.known]
    begun = [(starts.get(source), day) for source, day in needs.bucketed]
    return all(first is None or first < day for first, day in known) and all(
        first is None or (day is not None and first <= day) for first, day in begun
    )
