"""`When`: a period as it is said. Symbolic: "this month" means this month every month, until `metrics.calendar` binds
it to a day. Members hold members, and each means the same wherever it stands.

Quarters, halves and years are those of the organisation's fiscal year, months and weeks those of the calendar. Weekdays
0 = Monday. What has no year ("March", "the 15th", "Black Friday") is the most recent that has begun, or, `coming`, the
next to begin; at an end of a range it is the one that makes it a range.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from metrics.query.family import Family

__all__ = [
    "After",
    "Ago",
    "All",
    "Before",
    "Between",
    "Civil",
    "Complete",
    "DayOfYear",
    "FromTo",
    "Holiday",
    "Named",
    "Nth",
    "Only",
    "Part",
    "Parts",
    "Since",
    "Sliding",
    "ToDate",
    "Union",
    "Unit",
    "Units",
    "Until",
    "Weekend",
    "When",
    "Without",
]

Unit = Literal["day", "week", "month", "quarter", "half", "year"]
Parts = Literal["early", "mid", "late", "first_half", "second_half"]
Count = Annotated[int, Field(ge=1, le=4000)]
MOST_RANGES = 5  # in each other: each is tried twice
_MOST_OF_A_YEAR = {"day": 31, "week": 53, "month": 12, "quarter": 4, "half": 2}


class When(Family, root=True):
    """A set of days."""


# --- counted from the day of the question ----------------------------------------------------------------------------


class All(When):
    """All data. Of what is due or aimed at: all that there is, also ahead."""

    kind: ClassVar[str] = "all"


class Units(When):
    """`count` calendar units from `offset` on: 0 = the one that holds the day of the question, -1 = the last, 1 = the
    next. `at`: counted from the one that holds the first day of another period ("the week of Black Friday")."""

    kind: ClassVar[str] = "units"
    unit: Unit
    offset: int = 0
    count: int = Field(default=1, ge=1, le=400)
    at: When | None = None


class Weekend(When):
    """0 = the weekend that is not over yet, -1 = the one before. Whole, on whichever day weeks begin."""

    kind: ClassVar[str] = "weekend"
    offset: int = 0


class Complete(When):
    """The last `count` units that are over and loaded to their last day."""

    kind: ClassVar[str] = "complete"
    unit: Unit
    count: Count


class Sliding(When):
    """`count` units to the day of the question, it included: "the last 30 days", three months to the date. `ahead`:
    from the day after it. `at`: to, or after, the last day of another period."""

    kind: ClassVar[str] = "sliding"
    unit: Unit
    count: Count
    ahead: bool = False
    at: When | None = None


# --- by name ---------------------------------------------------------------------------------------------------------


class _Recurring(When):
    """What comes round. At most one of: `year`; `of`, the first that begins within it; `coming`, the next to begin."""

    year: int | None = None
    of: When | None = None
    coming: bool = False

    @model_validator(mode="after")
    def _once(self) -> Self:
        if (self.year is not None) + (self.of is not None) + self.coming > 1:
            raise ValueError("only one of year, of and coming")
        return self


class Named(_Recurring):
    """2017 (unit year), Q3 (quarter, index 3), March, week 12, H1, "the 15th" (day). Fiscal years by their name; a week
    belongs to the year that holds its fourth day."""

    kind: ClassVar[str] = "named"
    unit: Unit
    index: int | None = None

    @model_validator(mode="after")
    def _index_in_range(self) -> Self:
        top = _MOST_OF_A_YEAR.get(self.unit)
        if (top is None) != (self.index is None):
            raise ValueError(f"a named {self.unit} {'takes no' if top is None else 'needs an'} index")
        if top is not None and self.index is not None and not 1 <= self.index <= top:
            raise ValueError(f"{self.unit} index must be 1..{top}")
        if top is None and self.year is None:
            raise ValueError("a named year needs its year")
        if self.unit == "day" and self.year is not None:
            raise ValueError("a day of a month, not of a year")
        return self


class DayOfYear(_Recurring):
    """A date without a year: "15 August". 29 February is there in leap years only."""

    kind: ClassVar[str] = "day_of_year"
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)

    @model_validator(mode="after")
    def _exists(self) -> Self:
        dt.date(2024, self.month, self.day)
        return self


class Holiday(_Recurring):
    """A holiday by its id ("spring_festival", "black_friday"): see `metrics.calendar.holiday_rules`; or a public
    holiday of the calendar's country by its English name ("diwali"). `whole`: with the days off around it."""

    kind: ClassVar[str] = "holiday"
    name: str = Field(pattern=r"^[a-z0-9_]{2,60}$")
    whole: bool = False


class Between(When):
    """Explicit dates, half open: [start, end)."""

    kind: ClassVar[str] = "between"
    start: dt.date
    end: dt.date

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end <= self.start:
            raise ValueError("end must be after start")
        return self


# --- from and to -----------------------------------------------------------------------------------------------------


class Since(When):
    """From the first day of a period on."""

    kind: ClassVar[str] = "since"
    of: When


class After(When):
    """From the day after the last of a period on."""

    kind: ClassVar[str] = "after"
    of: When


class Before(When):
    """To the day before the first of a period."""

    kind: ClassVar[str] = "before"
    of: When


class Until(When):
    """To the last day of a period."""

    kind: ClassVar[str] = "until"
    of: When


class FromTo(When):
    """From the first day of one period to the last of another. Without years, the first is the most recent, and the
    last the first that is not over when that begins (November to February); next to an end with a year, it is the
    nearest (from November to February 2017)."""

    kind: ClassVar[str] = "from_to"
    first: When
    last: When

    @model_validator(mode="after")
    def _shallow(self) -> Self:
        if sum(isinstance(inner, FromTo) for inner in self.walk()) > MOST_RANGES:
            raise ValueError(f"more than {MOST_RANGES} ranges in each other")
        return self


# --- out of another --------------------------------------------------------------------------------------------------


class Nth(When):
    """`count` units from the `index`-th on: 1 = the first, -1 = the last ("the last two weeks of the quarter": -2, 2).
    Days are those of the set ("the second Monday": Nth of Only). A week belongs where its fourth day lies, as weeks of
    a year do; longer units where they begin."""

    kind: ClassVar[str] = "nth"
    unit: Unit
    index: int = Field(ge=-4000, le=4000)
    of: When
    count: Count = 1

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.index == 0 or 0 < -self.index < self.count:
            raise ValueError("index counts from 1 or from -1, and count stays within")
        return self


class Part(When):
    """A third or a half. Of a month: days 1 to 10, 11 to 20, 21 to its end (上旬, 中旬, 下旬), or 1 to 15 and the rest;
    of longer units: so many months; of a week: the first three days, the middle three, the last three."""

    kind: ClassVar[str] = "part"
    part: Parts
    of: When


class Only(When):
    """Certain days of a period: weekdays by number, working days, weekends (weekdays on which nobody works), or all
    days off (holidays too)."""

    kind: ClassVar[str] = "only"
    of: When
    days: (
        Literal["working", "weekend", "off"]
        | Annotated[tuple[Annotated[int, Field(ge=0, le=6)], ...], Field(min_length=1)]
    )


class ToDate(When):
    """Past units, of which the last is cut where the current one stands ("last year to date")."""

    kind: ClassVar[str] = "to_date"
    of: When


class Ago(When):
    """The same dates `count` units before (去年同期): cut where `of` is cut. Of a holiday, by years: that holiday."""

    kind: ClassVar[str] = "ago"
    of: When
    unit: Unit = "year"
    count: Count = 1


class Union(When):
    """The days of all of them, each day once."""

    kind: ClassVar[str] = "union"
    of: tuple[When, ...] = Field(min_length=1, max_length=40)


class Without(When):
    """The days of one that are not days of the other ("this year except August")."""

    kind: ClassVar[str] = "without"
    of: When
    out: When


class Civil(When):
    """By the calendar, not by the fiscal year: "calendar year 2017"."""

    kind: ClassVar[str] = "civil"
    of: When
