"""How many working days are left, and when the quarter ends: what the calendar of the organisation says, without any
data."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal

from metrics.analyses.analysis import Analysis, Fact, Findings, Ground, Steps
from metrics.calendar.binding import bind_when
from metrics.calendar.workdays import working_days
from metrics.errors import UnsupportedCombination
from metrics.query.when import Units, When

__all__ = ["Calendar"]

_ONE_DAY = dt.timedelta(days=1)


class Calendar(Analysis):
    """What the calendar says of a period: working days are those of the organisation, without the public holidays of
    its country, with the weekend days that are worked for them.

    Facts: first_day and last_day; days and working_days it has; working_days_left with the day of the question, and
    working_days_after without it; days_left and days_after likewise. `about`: what is wanted of them, which is told
    first."""

    kind: ClassVar[str] = "calendar"
    period: When = Units(unit="month")
    about: Literal["working_days_left", "working_days", "days_left", "days", "last_day", "first_day"] = (
        "working_days_left"
    )

    def steps(self, ground: Ground) -> Steps:
        yield from ()
        calendar, today = ground.model.calendar, ground.day
        days = bind_when(self.period, calendar=calendar, as_of=today, through=None)
        start, end = days.start, days.full_end
        if start is None or end is None or not days.single:
            raise UnsupportedCombination("calendar_of_when")
        left, after = max(start, today), max(start, today + _ONE_DAY)
        told: dict[str, int | dt.date] = {
            "working_days_left": working_days(left, end, calendar),
            "working_days_after": working_days(after, end, calendar),
            "working_days": working_days(start, end, calendar),
            "days_left": max(0, (end - left).days),
            "days_after": max(0, (end - after).days),
            "days": (end - start).days,
            "first_day": start,
            "last_day": end - _ONE_DAY,
        }
        first = (self.about, _WITHOUT.get(self.about, ""))
        facts = [
            Fact(name=name, value=told[name], unit="date" if isinstance(told[name], dt.date) else "count")
            for name in sorted(told, key=lambda name: name not in first)
        ]
        return Findings(analysis=self, parts=(), facts=tuple(facts))


_WITHOUT = {"working_days_left": "working_days_after", "days_left": "days_after"}
