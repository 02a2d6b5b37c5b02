"""What a question will take is known before it runs: bounds that are never too low, refusals that say what would fit,
grids of which only what is shown is worked out."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from claims import claim
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from metrics import Metrics
from metrics.errors import TooLarge, UserError
from metrics.people import Audience, Viewer
from metrics.plan.cost import Cost
from metrics.plan.volume import Volume
from metrics.query import AllTime, Between, Compare, Filter, Having, Order, Query
from metrics.query.answer import Answer

AS_OF = dt.datetime(2024, 3, 12, 9, tzinfo=dt.UTC)
YEAR = Between(start=dt.date(2023, 3, 1), end=dt.date(2024, 3, 1))
ALONE = Audience.only_viewer()


class Opened:
    """The small world; `costs` of everything answered."""

    def __init__(self, workspace: Path, **limits: int) -> None:
        self.costs: list[Cost] = []
        self.metrics = Metrics.open(workspace, admit=self.costs.append, **limits)  # type: ignore[arg-type]
        self.viewer = Viewer.for_system("tests")

    def answer(self, query: Query, who: str | None = None) -> Answer:
        viewer = Viewer.of(self.metrics.org.people[who]) if who else self.viewer
        return self.metrics.answer(query, viewer=viewer, audience=ALONE, as_of=AS_OF)


@pytest.fixture(scope="module")
def world(world_workspace: Path) -> Iterator[Opened]:
    made = Opened(world_workspace)
    yield made
    made.metrics.close()


@pytest.fixture
def small(world_workspace: Path) -> Iterator[Opened]:
    made = Opened(world_workspace, max_rows=5, max_cells=600)
    yield made
    made.metrics.close()


def grid(**parts: object) -> Query:
    given_parts = {"metrics": ("revenue",), "by": ("customers.customer",), "grain": "day", "period": YEAR, **parts}
    return Query.model_validate(given_parts)


def test_rows_are_counted_by_month() -> None:
    volume = Volume({"deals": 90}, {("deals", "deals.day"): {dt.date(2024, 1, 1): 10, dt.date(2024, 2, 1): 20}})
    assert volume.within("deals", "deals.day", dt.date(2024, 1, 31), dt.date(2024, 2, 1)) == 10
    assert volume.within("deals", "deals.day", dt.date(2024, 1, 31), dt.date(2024, 2, 2)) == 30
    assert volume.within("deals", "deals.day", None, dt.date(2024, 2, 1)) == 10
    assert volume.within("deals", "deals.other", None, dt.date(2024, 2, 1)) == 90  # unknown: all there are


def test_a_grid_of_too_many_cells_is_refused_before_it_runs(small: Opened) -> None:
    with pytest.raises(TooLarge) as refused:
        small.answer(grid())
    whole = small.answer(grid(grain="year"))  # few enough
    days = (YEAR.end - YEAR.start).days
    members = len({row[0] for row in whole.rows})
    said = refused.value.fields
    assert refused.value.code == "too_many_cells"
    assert said["cells"] == f"{members * days:,}" and said["members"] == str(members) and said["most"] == "600"
    assert said["fits"] == "week" and said["field"] == "customers.customer" and said["grain"] == "day"
    assert small.answer(grid(grain="week")).receipt.total_rows  # what it says is so


def test_only_what_somebody_may_see_is_counted(small: Opened, world: Opened) -> None:
    def members(who: str) -> int:
        return len({row[0] for row in world.answer(grid(grain="year"), who).rows})

    seen = {who: members(who) for who in ("ops", "r1")}
    assert 0 < seen["r1"] < seen["ops"]
    for who, number in seen.items():
        with pytest.raises(TooLarge) as refused:
            small.answer(grid(), who)
        assert refused.value.fields["members"] == str(number)


def test_where_the_bound_is_too_high_the_members_are_counted(world_workspace: Path, world: Opened) -> None:
    query = grid(by=("customers.customer", "products.product"), grain="month")
    cells = world.answer(query).receipt.total_rows
    bound = world.costs[-1].cells
    assert cells is not None and cells < bound
    exact = Opened(world_workspace, max_cells=cells)
    less = Opened(world_workspace, max_cells=cells - 1)
    try:
        assert exact.answer(query).receipt.total_rows == cells
        with pytest.raises(TooLarge):
            less.answer(query)
    finally:
        exact.metrics.close()
        less.metrics.close()


def test_a_breakdown_without_time_is_never_refused(small: Opened) -> None:
    assert small.answer(grid(grain=None, period=AllTime())).rows


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"by": ("customers.customer", "products.product")},
        {"metrics": ("revenue", "wins")},
        {"order": Order(by="time", descending=True)},
        {"order": Order(by="dimension", descending=True)},
        {"compare": Compare(to="previous")},
        {"period": AllTime()},
        {"where": (Filter(field="products.product", values=("Phone",)),)},
    ],
    ids=lambda parts: ",".join(parts) or "plain",
)
def test_a_grid_cut_early_is_the_beginning_of_the_whole(parts: dict[str, object], world: Opened, small: Opened) -> None:
    query = grid(grain="month", **parts)
    whole, cut = world.answer(query), small.answer(query)
    assert small.costs[-1].cut and cut.receipt.sql.count("LIMIT") == 2
    assert not whole.receipt.truncated
    assert cut.rows == whole.rows[:5]
    assert cut.receipt.total_rows == whole.receipt.total_rows
    assert cut.receipt.truncated == (len(whole.rows) > 5)


@pytest.mark.parametrize(
    "parts",
    [
        {"order": Order(by="value")},
        {"having": (Having(metric="revenue", op="gt", value=100),)},
        {"limit": 3},
        {"share": {}},
    ],
    ids=",".join,
)
def test_what_depends_on_the_numbers_is_not_cut_early(parts: dict[str, object], world: Opened, small: Opened) -> None:
    query = grid(grain="month", **parts)
    whole, shown = world.answer(query), small.answer(query)
    assert not small.costs[-1].cut and shown.rows == whole.rows[:5]
    assert shown.receipt.total_rows == len(whole.rows)


FIELDS = ["customers.customer", "products.product", "reps.name", "reps.region", "reps.team"]
checked = Counter[str]()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    by=st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3, unique=True),
    grain=st.sampled_from([None, "week", "month", "quarter", "year"]),
    metrics=st.lists(st.sampled_from(["revenue", "wins", "win_rate"]), min_size=1, max_size=2, unique=True),
    start=st.dates(dt.date(2022, 12, 1), dt.date(2024, 3, 1)),
    days=st.integers(1, 500),
    who=st.sampled_from([None, "ops", "r1", "m1"]),
)
def test_the_bound_is_never_too_low(
    world: Opened, by: list[str], grain: str | None, metrics: list[str], start: dt.date, days: int, who: str | None
) -> None:
    period = Between(start=start, end=start + dt.timedelta(days=days))
    query = Query.model_validate({"metrics": metrics, "by": by, "grain": grain, "period": period})
    checked["tried"] += 1
    try:
        answer = world.answer(query, who)
    except UserError:
        assume(False)
    cost = world.costs[-1]
    lines = answer.receipt.total_rows or 0
    checked["held"] += 1
    claim()
    assert lines <= cost.cells
    if grain is not None and lines:
        times = {row[len(by)] for row in answer.rows}
        checked["grids"] += 1
        people = {"reps.name", "reps.region", "reps.team"}  # there in the buckets in which they were employed
        assert len(times) <= cost.buckets and (people.issuperset(by) or lines % len(times) == 0)


def test_the_bound_was_really_looked_at() -> None:
    """Runs after the property above."""
    assert checked["held"] >= 60 and checked["grids"] >= 30


def test_counting_reads_the_same_members(world: Opened, world_workspace: Path) -> None:
    """What is counted before is what the answer has afterwards."""
    counting = Opened(world_workspace, max_cells=0)
    compared = 0
    try:
        for by, grain in itertools.product([FIELDS[:1], FIELDS[:2], FIELDS[3:4]], ["week", "month"]):
            query = grid(by=tuple(by), grain=grain)
            with pytest.raises(TooLarge) as refused:
                counting.answer(query)
            members = len({row[: len(by)] for row in world.answer(query).rows})
            assert refused.value.fields["members"] == f"{members:,}"
            compared += 1
    finally:
        counting.metrics.close()
    assert compared == 6
