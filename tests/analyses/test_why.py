"""Why a metric changed: the parts of every dimension sum to the change, and who stands out is found by hand."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from claims import claim
from hypothesis import given
from hypothesis import strategies as st

from metrics import Findings, UnsupportedCombination
from metrics.analyses.why import TOLD, excess

sys.path.append(str(Path(__file__).parent))
from analysed import DEMO_AS_OF, Company

FEBRUARY = {"kind": "named", "unit": "month", "index": 2, "year": 2024}
WHY = {"kind": "why", "metric": "revenue", "period": FEBRUARY}


def fact(found: Findings, name: str) -> Any:
    return next(f.value for f in found.facts if f.name == name)


def test_it_is_told_against_the_month_before(world: Company) -> None:
    found = world.analyse(WHY)
    by_month = dict(
        world.sql("SELECT strftime(closed, '%Y-%m'), sum(amount) FROM deals WHERE stage = 'Won' GROUP BY 1")
    )
    assert fact(found, "actual") == by_month["2024-02"] and fact(found, "before") == by_month["2024-01"]
    assert fact(found, "change") == by_month["2024-02"] - by_month["2024-01"]


def test_the_parts_of_each_dimension_sum_to_the_change(world: Company) -> None:
    found = world.analyse(WHY)
    parts: dict[str, float] = defaultdict(float)
    for each in found.facts:
        if each.name in ("contribution", "rest"):
            parts[each.of] += each.value
    assert parts and len(parts) <= TOLD
    assert all(total == pytest.approx(fact(found, "change")) for total in parts.values())


def test_who_moved_otherwise_than_all_is_the_driver(company: Callable[..., Any]) -> None:
    rows = [
        "w1,r1,c1,p1,Won,2023-10-01,2023-10-02,1000",
        "w2,r2,c1,p1,Won,2023-10-01,2023-10-02,1000",
        "w3,r1,c1,p1,Won,2023-11-01,2023-11-02,100",
        "w4,r2,c1,p1,Won,2023-11-01,2023-11-02,1000",
    ]
    with company(rows={"deals": rows}) as it:
        november = {"kind": "named", "unit": "month", "index": 11, "year": 2023}
        found = it.analyse(WHY | {"period": november, "by": "reps.name"})
        assert fact(found, "driver") == "reps.name"
        [(name,)] = it.sql("SELECT name FROM reps WHERE rep_id = 'r1'")
        assert fact(found, "driver_member") == name
        told = [(f.at, f.value) for f in found.facts if f.name == "contribution"]
        assert (name, -900) in told and (name, 0) in told  # two people of that name


def test_where_nothing_changed_there_is_nothing_to_explain(world: Company) -> None:
    found = world.analyse(WHY | {"scope": "me"}, "r6")
    assert [n.code for n in found.notes] == ["why_unchanged"]


@pytest.mark.parametrize("metric", ["win_rate", "open_deals", "buyers"])
def test_what_does_not_add_up_has_no_parts(world: Company, metric: str) -> None:
    with pytest.raises(UnsupportedCombination, match="why_not_additive"):
        world.analyse(WHY | {"metric": metric})


def test_an_own_answer_stands_on_own_rows(world: Company) -> None:
    found = world.analyse(WHY, "r1")
    [(now,)] = world.sql(
        "SELECT sum(amount) FROM deals WHERE stage = 'Won' AND rep_id = 'r1' AND strftime(closed, '%Y-%m') = '2024-02'"
    )
    assert fact(found, "actual") == now


def test_the_demo_company(demo: Company) -> None:
    """October against September, by team, over the files."""
    october = {"kind": "named", "unit": "month", "index": 10, "year": 2026}
    asked = {"kind": "why", "metric": "sales", "period": october, "by": "reps.team"}
    found = demo.analyse(asked, demo.metrics.org.people["OPS"], as_of=DEMO_AS_OF)
    truth = dict(
        demo.sql(
            """SELECT team, sum(amount) FILTER (month(day) = 10) - sum(amount) FILTER (month(day) = 9)
            FROM (SELECT DISTINCT *, TRY_CAST(order_date AS DATE) AS day FROM order_lines) JOIN reps USING (rep_id)
            WHERE year(day) = 2026 GROUP BY 1"""
        )
    )
    told = {f.at: f.value for f in found.facts if f.name == "contribution"}
    assert told and all(value == pytest.approx(truth[team]) for team, value in told.items())
    assert fact(found, "change") == pytest.approx(sum(truth.values()))


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(1, 1e6)), min_size=2, max_size=9))
def test_excess_sums_to_nothing(members: list[tuple[float, float]]) -> None:
    change = sum(now - then for now, then in members)
    before = sum(then for _, then in members)
    if abs(change) > 1:
        claim()
        assert sum(excess(members, change, before)) == pytest.approx(0, abs=1e-6)
