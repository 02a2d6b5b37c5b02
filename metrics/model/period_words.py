"""Words for a period in sales.yaml (`default_period: this_quarter`) and the symbolic period they stand for."""

from __future__ import annotations

from typing import get_args

from metrics.query import AllTime, Grain, Period, Relative, Rolling

__all__ = ["PERIOD_WORDS", "period_of_word"]

_UNITS = (*get_args(Grain), "half")

PERIOD_WORDS: dict[str, Period] = {
    "all": AllTime(),
    "all_time": AllTime(),
    "today": Relative(unit="day"),
    "yesterday": Relative(unit="day", offset=-1),
    **{f"this_{u}": Relative(unit=u) for u in _UNITS if u != "day"},
    **{f"last_{u}": Relative(unit=u, offset=-1) for u in _UNITS if u != "day"},
    "year_to_date": Relative(unit="year"),
    "last_7_days": Rolling(unit="day", count=7),
    "last_30_days": Rolling(unit="day", count=30),
    "last_90_days": Rolling(unit="day", count=90),
    "last_12_months": Rolling(unit="month", count=12),
}


def period_of_word(word: str) -> Period | None:
    """The period of a word, None when it is no such word. Spaces and dashes count as underscores."""
    return PERIOD_WORDS.get(word.strip().casefold().replace(" ", "_").replace("-", "_"))
