"""Periods of the first `Query` as values of the algebra, without change of meaning."""

from __future__ import annotations

from metrics.query.query import AllTime, Between, Named, Period, Relative, Rolling
from metrics.query.when import Ago, All, Complete, Sliding, ToDate, Units, When
from metrics.query.when import Between as Dates
from metrics.query.when import Named as NamedUnit

__all__ = ["from_period"]


def from_period(old: Period) -> When:
    """The same period."""
    if isinstance(old, AllTime):
        return All()
    if isinstance(old, Relative):
        units = Units(unit=old.unit, offset=old.offset, count=old.count)
        return ToDate(of=units) if old.to_date else units
    if isinstance(old, Rolling):
        if old.unit == "day":
            return Sliding(unit="day", count=old.count)
        return Complete(unit=old.unit, count=old.count)
    if isinstance(old, Named):
        return NamedUnit(unit=old.unit, index=old.index, year=old.year)
    if isinstance(old, Between):
        return Dates(start=old.start, end=old.end)
    return Ago(of=from_period(old.of), unit="year", count=old.years)
