"""Where the month ends: the share by the same working day, and the range it gives, by hand."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
from claims import claim
from hypothesis import given
from hypothesis import strategies as st

from metrics import Findings, UnsupportedCombination
from metrics.analyses.outlook import percentile, same_position
from metrics.calendar.workdays import is_working_day
from metrics.model.schema import Calendar

sys.path.append(str(Path(__file__).parent))
from analysed import DEMO_AS_OF, Company

REVENUE = {"kind": "outlook", "metric": "revenue"}
# (month, by the 7th working day, after it): revenue of one rep more; as of 12 March 2024, data to Monday the 11th,
# seven working days of March have passed.
MONTHS = [("2023-11", 100, 100), ("2023-12", 300, 100), ("2024-01", 100, 300), ("2024-02", 60, 60)]
SEVENTH = {"2023-11": "09", "2023-12": "11", "2024-01": "09", "2024-02": "09"}

# The files hold rows twice, rows of nobody and dates that are none: a load leaves them out.
ORDERS = """(SELECT DISTINCT *, TRY_CAST(order_date AS DATE) AS day FROM order_lines
    WHERE rep_id IN (SELECT rep_id FROM reps))"""


def rows(months: list[tuple[str, int, int]], extra: str = "") -> dict[str, list[str]]:
    made = ["z0,r9,c1,p1,Won,2023-10-01,2023-10-20,70"]
    for month, begun, rest in months:
        made.append(f"z{month}a,r9,c1,p1,Won,{month}-01,{month}-{SEVENTH[month]},{begun}")
        made.append(f"z{month}b,r9,c1,p1,Won,{month}-01,{month}-{int(SEVENTH[month]) + 1:02},{rest}")
    made.append("zm,r9,c1,p1,Won,2024-03-01,2024-03-04,120")
    return {"reps": ["r9,Ida Nil,Gamma,North,m1,2023-01-01,"], "deals": made}


def deciles(shares: list[float]) -> tuple[float, float, float]:
    """The 10th, 50th and 90th percentile."""
    cuts = quantiles(shares, n=10, method="inclusive")
    return cuts[0], cuts[4], cuts[8]


def facts(found: Findings) -> dict[str, Any]:
    return {f.name: f.value for f in found.facts}


def test_the_range_is_that_of_the_shares(company: Callable[..., Any]) -> None:
    with company(rows=rows(MONTHS)) as it:
        found = it.analyse(REVENUE | {"scope": "me"}, "r9")
        # The month of one's first row counts for nothing: its beginning may be missing.
        shares = [100 / 200, 300 / 400, 100 / 400, 60 / 120]
        low, median, high = deciles(shares)
        got = facts(found)
        assert (got["actual"], got["months"], got["run_rate"]) == (120, 4, 120 / (7 / 21))
        assert got["likely"] == pytest.approx(120 / median) == pytest.approx(240)
        assert got["low"] == pytest.approx(120 / high) and got["high"] == pytest.approx(120 / low)
        assert not found.notes and [p.name for p in found.parts] == ["now", "months", "by_the_same_day", "target"]


def test_of_three_months_there_is_no_range_and_it_says_so(company: Callable[..., Any]) -> None:
    with company(rows=rows(MONTHS[1:])) as it:
        lines = it.analyse(REVENUE | {"scope": "me"}, "r9")
        got = facts(lines)
        # October is the month of the first row, November one without sales: they have no share.
        assert got["months"] == 3 and got["run_rate"] == 360 and "likely" not in got
        assert [n.code for n in lines.notes] == ["outlook_no_history"]


def test_where_all_came_late_there_is_no_upper_end(company: Callable[..., Any]) -> None:
    late = [(month, 0, 200) for month, *_ in MONTHS[:2]] + [(month, 100, 100) for month, *_ in MONTHS[2:]]
    with company(rows=rows(late)) as it:
        found = it.analyse(REVENUE | {"scope": "me"}, "r9")
        got = facts(found)
        assert got["high"] is None and got["low"] == pytest.approx(240) and got["likely"] == pytest.approx(480)
        assert [n.code for n in found.notes] == ["outlook_open"]


def test_of_nothing_nothing_follows(world: Company) -> None:
    found = world.analyse(REVENUE | {"scope": "me"}, "r6")
    assert facts(found)["actual"] == 0 and "likely" not in facts(found)
    assert [n.code for n in found.notes] == ["outlook_nothing_yet"]


def test_before_the_first_working_day_there_is_no_position(world: Company) -> None:
    found = world.analyse({"kind": "outlook", "metric": "new_deals"}, as_of=dt.datetime(2024, 2, 29, 9))  # noqa: DTZ001
    assert facts(found)["actual"] == 9
    assert same_position(dt.date(2024, 6, 1), dt.date(2024, 6, 3), Calendar()) is None


@pytest.mark.parametrize("metric", ["win_rate", "cycle", "open_deals", "buyers"])
def test_what_does_not_add_up_has_no_outlook(world: Company, metric: str) -> None:
    with pytest.raises(UnsupportedCombination, match="outlook_not_additive"):
        world.analyse({"kind": "outlook", "metric": metric})


def test_the_demo_company(demo: Company) -> None:
    """Shares by SQL over the orders: the same working day of each month by the working days of the files' country."""
    calendar = demo.metrics.model.calendar
    start, through = dt.date(2026, 11, 1), dt.date(2026, 11, 19)
    worked = sum(is_working_day(start + dt.timedelta(days=n), calendar) for n in range((through - start).days + 1))
    shares = []
    for n in range(1, 13):
        first = dt.date(2026 if n < 11 else 2025, (11 - n - 1) % 12 + 1, 1)
        days = [first + dt.timedelta(days=d) for d in range(31) if (first + dt.timedelta(days=d)).month == first.month]
        last = [d for d in days if is_working_day(d, calendar)][worked - 1 :][:1] or days[-1:]
        ((begun, whole),) = demo.sql(f"""
            SELECT SUM(amount) FILTER (day <= '{last[0]}'), SUM(amount) FROM {ORDERS}
            WHERE day BETWEEN '{days[0]}' AND '{days[-1]}'""")
        shares.append(float(begun) / float(whole))
    ((actual,),) = demo.sql(f"SELECT SUM(amount) FROM {ORDERS} WHERE day BETWEEN '{start}' AND '{through}'")
    got = facts(demo.analyse({"kind": "outlook", "metric": "sales"}, "OPS", as_of=DEMO_AS_OF))
    ends = [float(actual) / share for share in reversed(deciles(shares))]
    assert [got["low"], got["likely"], got["high"]] == pytest.approx(ends)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12), st.integers(1, 99))
def test_a_percentile_is_that_of_others(values: list[float], part: int) -> None:
    claim()
    due = quantiles(values, n=100, method="inclusive")[part - 1]
    assert percentile(sorted(values), part / 100) == pytest.approx(due, abs=1e-6)
