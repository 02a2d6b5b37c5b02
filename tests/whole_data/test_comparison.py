"""What is a sharp fall and what is not, to the row."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from metrics.ingest.comparison import differences
from metrics.ingest.extent import extent_of, unusually_quiet
from metrics.ingest.report import Extent, TableReport
from metrics.model.schema import Calendar
from metrics.model.sources import Sources, Table
from metrics.model.wholeness import EVERY_CHECK, Checks, checks_of, late_after_of

MONDAY = dt.date(2026, 3, 2)


def report(kept: int, **more: object) -> TableReport:
    found = TableReport(name="t", source=Path("t.csv"), read=kept, kept=kept, rejected=0)
    return found.model_copy(update=more)


def kinds(before: TableReport | None, now: TableReport, checks: Checks = EVERY_CHECK) -> list[str]:
    sources = Sources({"t": Table("t", Path("t.csv"), {}, checks=checks)})
    return [d.kind for d in differences([now], [before] if before is not None else [], sources)]


@pytest.mark.parametrize(
    ("before", "now", "held"), [(1000, 900, False), (1000, 899, True), (10, 8, False), (10, 7, True), (3, 1, False)]
)
def test_a_tenth_may_go_and_two_rows_always(before: int, now: int, held: bool) -> None:
    assert (kinds(report(before), report(now)) == ["rows"]) is held
    assert kinds(report(before), report(now), replace(EVERY_CHECK, fall=None)) == []


def test_only_months_up_to_the_last_loaded_day_count() -> None:
    before = report(300, through="2026-03-20", extent=Extent(months={"2026-02": 100, "2026-03": 100, "2026-04": 100}))
    for month, found in (("2026-02", ["past"]), ("2026-03", ["past"]), ("2026-04", [])):
        now = report(289, through="2026-03-20", extent=Extent(months={"2026-02": 100, "2026-03": 100, month: 89}))
        assert kinds(before, now.model_copy(update={"kept": 289})) == found, month


def test_days_that_go_back() -> None:
    before = report(5, through="2026-03-20", extent=Extent(last_day="2026-03-19"))
    assert kinds(before, before) == []
    assert kinds(before, before.model_copy(update={"through": "2026-03-19"})) == ["through"]
    assert kinds(before, before.model_copy(update={"through": None})) == ["through"]
    assert kinds(before, before.model_copy(update={"extent": Extent(last_day="2026-03-18")})) == ["last_day"]
    assert kinds(before, report(5), replace(EVERY_CHECK, last_day=False)) == []
    by_rows = report(5, through="2026-03-19", extent=Extent(last_day="2026-03-19"))
    less = report(5, through="2026-03-18", extent=Extent(last_day="2026-03-18"))
    assert kinds(by_rows, less) == ["through"], "{max: column}: one thing is said once"


def test_a_line_end_that_is_gone() -> None:
    ended, bare = report(5, whole_lines=True), report(5, whole_lines=False)
    assert kinds(ended, bare) == ["line_end"] and kinds(bare, bare) == kinds(bare, ended) == []
    assert kinds(ended, bare, replace(EVERY_CHECK, whole_lines=False)) == []


def test_a_silence_longer_than_any_before() -> None:
    """Rows on every working day for eight weeks: one day without is nothing, two are."""
    days = [(MONDAY + dt.timedelta(n), 3) for n in range(56) if n % 7 < 5]
    last = days[-1][0]
    assert last.weekday() == 4
    for gap, quiet in ((0, 0), (2, 0), (3, 1), (4, 2)):
        found = extent_of(days, last + dt.timedelta(gap), Calendar())
        assert (found.quiet, found.longest, unusually_quiet(found)) == (quiet, 0, quiet == 2), gap
    silent = extent_of(days, last + dt.timedelta(10), Calendar())
    now = report(168, through="2026-05-04", extent=silent)
    assert kinds(None, now) == ["quiet"] and kinds(None, now, replace(EVERY_CHECK, quiet=False)) == []
    assert kinds(now, now) == [], "it serves so: it was confirmed"
    weekly = [(MONDAY + dt.timedelta(7 * n), 3) for n in range(30)]
    longest = extent_of(weekly, weekly[-1][0], Calendar()).longest
    assert longest == 4
    for quiet in (9, 10):
        assert unusually_quiet(Extent(quiet=quiet, longest=longest)) is (quiet == 10)
    assert extent_of(days[:29], last + dt.timedelta(60), Calendar()).longest is None, "too few days for a rhythm"
    assert extent_of(days[:30], last, Calendar()).longest == 0


def test_what_sources_yaml_says() -> None:
    assert checks_of(None, EVERY_CHECK) == checks_of(True, EVERY_CHECK) == EVERY_CHECK == Checks(0.10, True, True, True)
    assert checks_of(False, EVERY_CHECK) == Checks(None, False, False, False)
    thirty = checks_of({"fall": "30 %"}, EVERY_CHECK)
    assert thirty == replace(EVERY_CHECK, fall=0.30) and checks_of({"quiet": False}, thirty).fall == 0.30
    assert checks_of({"fall": False}, thirty).fall is None and checks_of({"fall": True}, thirty).fall == 0.10
    assert [late_after_of(said) for said in (None, True, False, 3)] == [1, 1, None, 3]
