"""How fresh the data is: up to which day everything is in, source by source where they differ, and whether certain days
are in. It asks for no numbers: up to when a source is complete is no secret, and stands on every answer."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from metrics.analyses.analysis import Analysis, Fact, Findings, Ground, Steps
from metrics.calendar.binding import bind_when
from metrics.errors import UnsupportedCombination
from metrics.model.expressions import datasets_of_aggregates
from metrics.plan.names import metric_named
from metrics.query.answer import Note
from metrics.query.when import When

__all__ = ["Freshness"]


class Freshness(Analysis):
    """Up to which day the data is complete: of all sources with dates, or of those of `metric`. `period`: the days that
    are asked about.

    Facts: through, the last day for which everything is in, of the whole; where sources differ, that of each. The notes
    days_in, days_not_in and days_not_over say of the days asked about whether they are in."""

    kind: ClassVar[str] = "freshness"
    metric: str | None = None
    period: When | None = None

    def steps(self, ground: Ground) -> Steps:
        yield from ()
        through = {source: day for source, day in sorted(ground.through.items()) if day is not None}
        if self.metric is not None:
            metric = metric_named(ground.model, self.metric)
            read = frozenset[str]().union(*datasets_of_aggregates(metric.expression))
            through = {source: day for source, day in through.items() if source in read}
        if not through:
            raise UnsupportedCombination("freshness_unknown")
        first = min(through.values())
        facts = [Fact(name="through", value=first, unit="date")]
        if len(set(through.values())) > 1:
            facts += [Fact(name="through", value=day, unit="date", of=source) for source, day in through.items()]
        notes = [] if self.period is None else [_of_days(self.period, first, ground)]
        return Findings(analysis=self, parts=(), facts=tuple(facts), notes=tuple(notes))


def _of_days(period: When, through: dt.date, ground: Ground) -> Note:
    days = bind_when(period, calendar=ground.model.calendar, as_of=ground.day, through=None)
    if days.start is None or days.full_end is None:
        raise UnsupportedCombination("freshness_of_when")
    first, last = days.start, days.full_end - dt.timedelta(days=1)
    said = {"days": first.isoformat() if first == last else f"{first.isoformat()}..{last.isoformat()}"}
    if last <= through:
        return Note(code="days_in", fields=said)
    return Note(code="days_not_over" if last >= ground.day else "days_not_in", fields=said)
