"""Checks of the calendar: the country whose holidays count."""

from __future__ import annotations

from collections.abc import Iterator

import holidays
from holidays.registry import EntityLoader

from metrics.errors import Problem
from metrics.model.workspace import Workspace

__all__ = ["country"]


def country(work: Workspace) -> Iterator[Problem]:
    """Its holidays are known."""
    said = work.model.calendar.holidays
    if said and not _has_holidays(said):
        fix = "Use a country code of two letters (US, CN, or DE-BY for a part), or leave it out and list days_off."
        yield work.in_sales(("calendar", "holidays"), f"no holidays are known for {said}.", fix)


def _has_holidays(country: str) -> bool:
    """Whether holidays are known for "CN" or "DE-BY". Loads one country of the library, not its list of all."""
    nation, _, part = country.partition("-")
    known = nation in EntityLoader.get_country_codes()
    return known and (not part or part in getattr(holidays, nation).subdivisions)
