"""What the calendar says, counted by hand, and up to when the data is complete."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from metrics import Findings, UnsupportedCombination
from metrics.analyses.analysis import Ground
from metrics.analyses.calendar import Calendar
from metrics.analyses.driving import drive
from metrics.analyses.freshness import Freshness

sys.path.append(str(Path(__file__).parent))
from analysed import Company

MORNING = dt.datetime(2026, 11, 18, 10)  # noqa: DTZ001  local time
QUARTER = {"kind": "units", "unit": "quarter"}
OFF = {dt.date(2026, 10, day) for day in (1, 2, 5, 6, 7)}  # national holidays of China that are no weekend
WORKED = {dt.date(2026, 10, 10)}  # a Saturday


def told(found: Findings) -> dict[str, Any]:
    return {f.name: f.value for f in found.facts if not f.of}


def worked(first: dt.date, last: dt.date) -> int:
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return sum((day.weekday() < 5 and day not in OFF) or day in WORKED for day in days)


def test_working_days_of_the_month_and_the_quarter(demo: Company) -> None:
    found = told(demo.analyse({"kind": "calendar"}, "R007", as_of=MORNING))
    assert (found["working_days_left"], found["working_days_after"], found["working_days"]) == (9, 8, 21)
    assert (found["days_left"], found["days_after"], found["days"]) == (13, 12, 30)
    assert list(found)[:2] == ["working_days_left", "working_days_after"]
    quarter = told(demo.analyse({"kind": "calendar", "period": QUARTER}, "R007", as_of=MORNING))
    first, last = dt.date(2026, 10, 1), dt.date(2026, 12, 31)
    assert (quarter["first_day"], quarter["last_day"]) == (first, last)
    assert quarter["working_days"] == worked(first, last)
    assert quarter["working_days_left"] == worked(dt.date(2026, 11, 18), last)
    assert quarter["working_days_after"] == worked(dt.date(2026, 11, 19), last)


def test_of_days_that_are_over_and_to_come(demo: Company) -> None:
    october = {"kind": "named", "unit": "month", "index": 10, "year": 2026}
    found = told(demo.analyse({"kind": "calendar", "period": october}, "OPS", as_of=MORNING))
    assert (found["working_days"], found["working_days_left"], found["days_left"]) == (
        worked(dt.date(2026, 10, 1), dt.date(2026, 10, 31)),
        0,
        0,
    )
    december = {"kind": "named", "unit": "month", "index": 12, "year": 2026}
    found = told(demo.analyse({"kind": "calendar", "period": december, "about": "last_day"}, "OPS", as_of=MORNING))
    assert next(iter(found.items())) == ("last_day", dt.date(2026, 12, 31))
    assert found["working_days_left"] == found["working_days_after"] == found["working_days"] == 23


def test_on_a_day_off_today_makes_no_difference(demo: Company) -> None:
    sunday = dt.datetime(2026, 11, 22, 10)  # noqa: DTZ001  local time
    found = told(demo.analyse({"kind": "calendar"}, "OPS", as_of=sunday))
    assert found["working_days_left"] == found["working_days_after"] == 6


def test_all_time_has_no_last_day(demo: Company) -> None:
    with pytest.raises(UnsupportedCombination, match="calendar_of_when"):
        demo.analyse(Calendar.model_validate({"period": {"kind": "all"}}), "OPS")


def test_the_data_is_complete_through(world: Company, demo: Company) -> None:
    (day,) = (demo.folder / "complete_through.txt").read_text(encoding="utf-8").split()[:1]
    for who in ("OPS", "R007", "M01"):  # it stands on every answer, whoever asks
        found = demo.analyse({"kind": "freshness"}, who, as_of=MORNING)
        assert told(found) == {"through": dt.date.fromisoformat(day)} and found.parts == ()
    assert told(world.analyse({"kind": "freshness", "metric": "collected"}, "r1"))["through"] == dt.date(2024, 3, 11)


def fresh(world: Company, through: Mapping[str, dt.date | None], **asked: Any) -> Findings:
    ground = Ground(world.metrics.model, None, dt.date(2024, 3, 12), through)  # type: ignore[arg-type]
    return drive(Freshness.model_validate(asked), ground, lambda one: None)  # type: ignore[arg-type,return-value]


def test_sources_that_end_on_different_days_are_told_one_by_one(world: Company) -> None:
    days = {"deals": dt.date(2024, 3, 11), "payments": dt.date(2024, 3, 8), "products": None}
    found = fresh(world, days)
    assert [(f.of, f.value) for f in found.facts] == [
        ("", dt.date(2024, 3, 8)),
        ("deals", dt.date(2024, 3, 11)),
        ("payments", dt.date(2024, 3, 8)),
    ]
    assert [(f.of, f.value) for f in fresh(world, days, metric="revenue").facts] == [("", dt.date(2024, 3, 11))]
    with pytest.raises(UnsupportedCombination, match="freshness_unknown"):
        fresh(world, {"products": None})


@pytest.mark.parametrize(
    ("period", "code"),
    [
        ({"kind": "units", "unit": "day", "offset": -1}, "days_in"),
        ({"kind": "units", "unit": "day"}, "days_not_over"),
        ({"kind": "units", "unit": "month"}, "days_not_over"),
        ({"kind": "units", "unit": "month", "offset": -1}, "days_in"),
    ],
)
def test_whether_days_are_in(world: Company, period: Any, code: str) -> None:
    found = fresh(world, {"deals": dt.date(2024, 3, 11)}, period=period)
    assert [note.code for note in found.notes] == [code]
    late = fresh(world, {"deals": dt.date(2024, 3, 8)}, period={"kind": "units", "unit": "day", "offset": -1})
    assert [note.code for note in late.notes] == ["days_not_in"]
