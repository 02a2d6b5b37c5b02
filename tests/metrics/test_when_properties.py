"""What holds of all periods, and that periods of the first `Query` mean what they meant."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise

import pytest
from claims import claim
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from metrics.calendar.binding import Days, bind_when, like_for_like, previous, year_before
from metrics.calendar.holiday_rules import NAMES
from metrics.calendar.workdays import is_working_day
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Calendar
from metrics.query import when as w

D = dt.date
ONE_DAY = dt.timedelta(1)
READ = TypeAdapter(w.When)
DAYS = st.dates(D(1995, 1, 1), D(2045, 12, 31))
CALENDARS = st.builds(
    Calendar,
    fiscal_year_start=st.integers(1, 12),
    fiscal_year_named_by=st.sampled_from(("start", "end")),
    week_start=st.integers(0, 6),
    working_days=st.sets(st.integers(0, 6), min_size=1, max_size=6).map(lambda days: tuple(sorted(days))),
    holidays=st.sampled_from(("", "CN", "US", "DE-BY")),
)
UNITS = st.sampled_from(("day", "week", "month", "quarter", "half", "year"))
GRAINS = st.sampled_from(("day", "week", "month", "quarter", "year"))


@st.composite
def moments(draw: st.DrawFn) -> tuple[D, D | None]:
    """A day of the question, and through where the data is loaded."""
    as_of = draw(DAYS)
    late = draw(st.one_of(st.none(), st.integers(-5, 70)))
    return as_of, None if late is None else as_of - ONE_DAY * late


# --- periods ---------------------------------------------------------------------------------------------------------


def indexed(unit: str) -> st.SearchStrategy[int | None]:
    top = {"day": 28, "week": 52, "month": 12, "quarter": 4, "half": 2}.get(unit)
    return st.none() if top is None else st.integers(1, top)


@st.composite
def named(draw: st.DrawFn) -> w.Named:
    unit = draw(UNITS)
    years = st.integers(1998, 2040)
    when_year = draw(years if unit == "year" else st.none() if unit == "day" else st.one_of(st.none(), years))
    coming = when_year is None and draw(st.booleans())
    return w.Named(unit=unit, index=draw(indexed(unit)), year=when_year, coming=coming)


CLOSED = st.one_of(
    st.builds(w.Units, unit=UNITS, offset=st.integers(-5, 3), count=st.integers(1, 4)),
    st.builds(w.Complete, unit=UNITS, count=st.integers(1, 14)),
    st.builds(w.Sliding, unit=UNITS, count=st.integers(1, 14), ahead=st.booleans()),
    st.builds(w.Weekend, offset=st.integers(-3, 3)),
    named(),
    st.builds(w.DayOfYear, month=st.integers(1, 12), day=st.integers(1, 28), coming=st.booleans()),
    st.builds(w.Holiday, name=st.sampled_from(sorted(NAMES)), coming=st.booleans(), whole=st.booleans()),
    st.tuples(DAYS, st.integers(1, 400)).map(lambda p: w.Between(start=p[0], end=p[0] + ONE_DAY * p[1])),
)
SIMPLE = st.one_of(st.just(w.All()), CLOSED, CLOSED, CLOSED)
CHOICES = st.one_of(
    st.sampled_from(("working", "weekend", "off")),
    st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
)


def composed(inner: st.SearchStrategy[w.When]) -> st.SearchStrategy[w.When]:
    shallow = inner.filter(lambda when: not any(isinstance(part, w.FromTo) for part in when.walk()))
    return st.one_of(
        *(st.builds(kind, of=inner) for kind in (w.Since, w.After, w.Before, w.Until, w.ToDate, w.Civil)),
        st.builds(w.FromTo, first=shallow, last=shallow),
        st.builds(w.Units, unit=UNITS, offset=st.integers(-2, 2), at=inner),
        st.builds(w.Nth, unit=UNITS, index=st.integers(1, 3), of=inner, count=st.integers(1, 2)),
        st.builds(w.Nth, unit=UNITS, index=st.integers(-3, -2), of=inner, count=st.integers(1, 2)),
        st.builds(w.Part, part=st.sampled_from(("early", "mid", "late", "first_half", "second_half")), of=inner),
        st.builds(w.Only, of=inner, days=CHOICES),
        st.builds(w.Ago, of=inner, unit=UNITS, count=st.integers(1, 3)),
        st.builds(w.Union, of=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(w.Without, of=inner, out=inner),
    )


PERIODS = st.recursive(SIMPLE, composed, max_leaves=4)
STRETCHES = st.one_of(
    CLOSED,
    st.builds(w.Ago, of=CLOSED, unit=UNITS, count=st.integers(1, 3)),
    st.builds(w.Only, of=st.builds(w.Units, unit=st.sampled_from(("month", "quarter"))), days=CHOICES),
    st.builds(w.Since, of=st.builds(w.Units, unit=UNITS, offset=st.integers(-5, 0))),
)


def bound(when: w.When, calendar: Calendar, moment: tuple[D, D | None]) -> Days:
    """Examples that mean nothing (the 3rd quarter of a month) are not counted."""
    try:
        return bind_when(when, calendar=calendar, as_of=moment[0], through=moment[1])
    except UnsupportedCombination:
        assume(False)
        raise


def all_days(days: Days) -> set[D]:
    return {start + ONE_DAY * n for start, end in days.spans if start for n in range((end - start).days)}


def in_order(pieces: object) -> bool:
    """Not empty, ordered, and none touches the next."""
    listed = [(a or D.min, b or D.max) for a, b in pieces]  # type: ignore[attr-defined]
    return all(a < b for a, b in listed) and all(b < c for (_, b), (c, _) in pairwise(listed))


@settings(max_examples=400)
@given(PERIODS, CALENDARS, moments())
def test_stretches_are_in_order_and_none_lies_beyond_the_edge(
    when: w.When, calendar: Calendar, moment: tuple[D, D | None]
) -> None:
    days = bound(when, calendar, moment)
    as_of, through = moment
    edge = (as_of if through is None else min(as_of, through)) + ONE_DAY
    assert days.full and in_order(days.full) and in_order(days.spans)
    assert all(end <= edge for _, end in days.spans), "nothing beyond what is loaded"
    for start, end in days.spans:
        assert any((a is None or (start and a <= start)) and (b is None or end <= b) for a, b in days.full)
    assert days.empty == (not days.spans) and (days.cut or days.spans == days.closed)
    assert days.count >= 1 and hash(days) == hash(bound(when, calendar, moment))
    claim()


@given(PERIODS)
def test_json_gives_the_same_value_back(when: w.When) -> None:
    written = when.model_dump_json(exclude_defaults=True)
    assert READ.validate_json(written) == when and json.loads(written)["kind"] == when.kind
    assert READ.validate_python(when.model_dump()) == when
    claim()


@settings(max_examples=300)
@given(STRETCHES, STRETCHES, CALENDARS, moments())
def test_a_union_has_the_days_of_both_each_once(
    one: w.When, other: w.When, calendar: Calendar, moment: tuple[D, D | None]
) -> None:
    a, b = bound(one, calendar, moment), bound(other, calendar, moment)
    assert a.only is None and b.only is None
    both = bound(w.Union(of=(one, other)), calendar, moment)
    assert all_days(both) == all_days(a) | all_days(b)
    assert both == bound(w.Union(of=(other, one)), calendar, moment)
    rest = all_days(a) - all_days(b)
    left = w.Without(of=one, out=other)
    if b.full_end is not None and not b.cut and rest:
        assert all_days(bound(left, calendar, moment)) == rest
    claim()


@given(UNITS, CALENDARS, moments())
def test_this_and_last_together(unit: w.Unit, calendar: Calendar, moment: tuple[D, D | None]) -> None:
    this, last = w.Units(unit=unit), w.Units(unit=unit, offset=-1)
    days = [bound(when, calendar, moment).happened_days(calendar) or 0 for when in (this, last)]
    both = bound(w.Union(of=(this, last)), calendar, moment)
    assert both.happened_days(calendar) == sum(days) and both.single and (both.unit, both.count) == (unit, 2)
    claim()


@given(st.sampled_from(("month", "quarter", "half", "year")), st.integers(-20, 3), CALENDARS, moments())
def test_parts_make_up_the_whole(unit: w.Unit, offset: int, calendar: Calendar, moment: tuple[D, D | None]) -> None:
    of = w.Units(unit=unit, offset=offset)
    whole = bound(of, calendar, moment)
    for names in (("early", "mid", "late"), ("first_half", "second_half")):
        parts = [bound(w.Part(part=name, of=of), calendar, moment) for name in names]  # type: ignore[arg-type]
        assert [p.start for p in parts][1:] == [p.full_end for p in parts][:-1]
        assert (parts[0].start, parts[-1].full_end) == (whole.start, whole.full_end)
        assert set().union(*map(all_days, parts)) == all_days(whole)
    claim()


@given(PERIODS, CALENDARS, moments())
def test_working_days_and_days_off_make_up_the_whole(
    when: w.When, calendar: Calendar, moment: tuple[D, D | None]
) -> None:
    whole = bound(when, calendar, moment)
    assume(whole.only is None and whole.frame is None and whole.start and whole.full_end)
    assume((whole.all_days(calendar) or 0) < 1200)
    found: set[D] = set()
    for choice, working in (("working", True), ("off", False)):
        try:
            some = bind_when(w.Only(of=when, days=choice), calendar=calendar, as_of=moment[0], through=moment[1])
        except UnsupportedCombination:
            continue
        if some.only is None:
            assert all(is_working_day(day, calendar) == working for day in all_days(some))
            found |= all_days(some)
        else:
            found |= {day for day in all_days(some) if some.only.holds(day, calendar)}
    assert found == all_days(whole)
    claim()


@given(UNITS, UNITS, st.integers(-20, -1), CALENDARS, moments())
def test_the_nth_units_of_a_period_are_it(
    small: w.Unit, large: w.Unit, offset: int, calendar: Calendar, moment: tuple[D, D | None]
) -> None:
    order = ("day", "week", "month", "quarter", "half", "year")
    assume(small != "week" and large != "week" and order.index(small) < order.index(large))
    of = w.Units(unit=large, offset=offset)
    whole = bound(of, calendar, moment)
    first = bound(w.Nth(unit=small, index=1, of=of), calendar, moment)
    last = bound(w.Nth(unit=small, index=-1, of=of), calendar, moment)
    assert (first.start, last.full_end) == (whole.start, whole.full_end)
    size = {"day": whole.all_days(calendar) or 0, "month": 1, "quarter": 3, "half": 6, "year": 12}
    count = size["day"] if small == "day" else size[large] // size[small]
    for index in (1, -count):
        every = bound(w.Nth(unit=small, index=index, of=of, count=count), calendar, moment)
        assert every.full == whole.full and every.spans == whole.spans
    with pytest.raises(UnsupportedCombination, match="no_such_part"):
        bind_when(w.Nth(unit=small, index=count + 1, of=of), calendar=calendar, as_of=moment[0], through=moment[1])
    claim()


@given(st.integers(1, 52), st.integers(1998, 2040), CALENDARS, moments())
def test_a_week_of_a_year_is_the_week_of_that_number(
    index: int, year: int, calendar: Calendar, moment: tuple[D, D | None]
) -> None:
    by_number = bound(w.Named(unit="week", index=index, year=year), calendar, moment)
    civil = w.Civil(of=w.Named(unit="year", year=year))
    for other in (w.Nth(unit="week", index=index, of=civil), w.Named(unit="week", index=index, of=civil)):
        assert bound(other, calendar, moment) == by_number
    claim()


@given(PERIODS, CALENDARS, moments())
def test_a_unit_means_the_same_alone_in_a_range_and_after_since(
    when: w.When, calendar: Calendar, moment: tuple[D, D | None]
) -> None:
    alone = bound(when, calendar, moment)
    assume(alone.start and alone.full_end)
    assert bound(w.Since(of=when), calendar, moment).start == alone.start
    assert bound(w.Until(of=when), calendar, moment).full_end == alone.full_end
    # Of several things without a year together, each is sought by itself where they end a range.
    if not any(isinstance(part, w.Union | w.Without | w.FromTo) for part in when.walk()):
        inside = bound(w.FromTo(first=when, last=when), calendar, moment)
        assert (inside.start, inside.full_end) == (alone.start, alone.full_end)
    assert bound(w.Before(of=w.After(of=when)), calendar, moment).full_end == alone.full_end
    claim()


@given(PERIODS, CALENDARS, moments())
def test_like_for_like_has_as_many_days_or_all(when: w.When, calendar: Calendar, moment: tuple[D, D | None]) -> None:
    days = bound(when, calendar, moment)
    assume(days.start and days.only is None and (days.frame or days).unit != "year")
    try:
        earlier = previous(days, calendar=calendar)
    except UnsupportedCombination:
        assume(False)
        raise
    assert earlier.full_end is not None and days.start is not None
    assert earlier.full_end <= days.start or days.feast is not None
    if days.cut:
        happened = earlier.happened_days(calendar)
        assert happened is not None and happened <= (days.happened_days(calendar) or 0)
        assert happened == days.happened_days(calendar) or not earlier.cut
    assert like_for_like(earlier, days, calendar=calendar).spans == earlier.spans or not days.cut
    claim()


@given(PERIODS, CALENDARS, moments())
def test_a_year_before_lies_a_year_before(when: w.When, calendar: Calendar, moment: tuple[D, D | None]) -> None:
    days = bound(when, calendar, moment)
    assume(days.start)
    try:
        earlier = year_before(days, calendar=calendar)
    except UnsupportedCombination:
        assume(False)
        raise
    assert in_order(earlier.full) and in_order(earlier.spans)
    assert earlier.start is not None and days.start is not None
    if days.frame is None:  # certain days of other dates may be more, and others
        assert 300 < (days.start - earlier.start).days < 430
        assert earlier.empty or not days.empty
    assert bound(w.Ago(of=when), calendar, moment) == earlier
    claim()


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "named", "unit": "month"},
        {"kind": "named", "unit": "month", "index": 13},
        {"kind": "named", "unit": "year"},
        {"kind": "named", "unit": "year", "year": 2020, "index": 1},
        {"kind": "named", "unit": "day", "index": 3, "year": 2020},
        {"kind": "named", "unit": "month", "index": 3, "year": 2020, "coming": True},
        {"kind": "holiday", "name": "easter", "year": 2020, "of": {"kind": "all"}},
        {"kind": "holiday", "name": "Easter'; --"},
        {"kind": "day_of_year", "month": 2, "day": 30},
        {"kind": "between", "start": "2024-01-02", "end": "2024-01-02"},
        {"kind": "nth", "unit": "day", "index": 0, "of": {"kind": "all"}},
        {"kind": "nth", "unit": "day", "index": -1, "count": 2, "of": {"kind": "all"}},
        {"kind": "only", "of": {"kind": "all"}, "days": []},
        {"kind": "only", "of": {"kind": "all"}, "days": [7]},
        {"kind": "only", "of": {"kind": "all"}, "days": "mondays"},
        {"kind": "union", "of": []},
        {"kind": "since", "of": {"kind": "whenever"}},
        {"kind": "units", "unit": "fortnight"},
    ],
)
def test_what_cannot_be_said(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python(said)
