"""Random questions are answered, and equal what a naive reading makes of them."""

from __future__ import annotations

import datetime as dt
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from metrics import Metrics
from metrics.errors import UserError
from metrics.people import Person
from metrics.query.asked import Asked

sys.path.append(str(Path(__file__).parent))
from algebra import Table, answered
from naive import AIMED, Naive, NotCovered, Reading
from random_questions import Questions
from worlds import TRUTH, built

AS_OF = {"world": dt.date(2024, 3, 12), "targets": dt.date(2024, 3, 12), "demo": dt.date(2026, 11, 20)}
VIEWERS = {"world": "r1", "targets": "r1", "demo": "R001"}


def plain(value: Any) -> Any:
    return float(value) if isinstance(value, int | float | Decimal) else value


def near(one: Any, other: Any) -> bool:
    one, other = plain(one), plain(other)
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


def by_text(row: tuple[Any, ...]) -> list[str]:
    return [f"{plain(v) + 0.0:.6g}" if isinstance(plain(v), float) else str(v) for v in row]  # -0.0 is 0


def difference(table: Table, reading: Reading) -> str:
    """ "" when the rows are the same, in an order that the question allows."""
    if len(table.rows) != len(reading.rows):
        return f"{len(table.rows)} rows, not {len(reading.rows)}: {table.rows[:6]} | {reading.rows[:6]}"
    at = 0
    for run in reading.runs:
        got = sorted(table.rows[at : at + len(run)], key=by_text)
        due = sorted(run, key=by_text)
        for one, other in zip(got, due, strict=True):
            if len(one) != len(other) or not all(map(near, one, other)):
                return f"row {at}..: {one}, not {other}"
        at += len(run)
    return ""


@pytest.fixture(scope="module")
def demo(demo_workspace: Path) -> Iterator[Metrics]:
    metrics = Metrics.open(demo_workspace)
    yield metrics
    metrics.close()


@pytest.fixture(scope="module")
def world(world_workspace: Path) -> Iterator[Metrics]:
    metrics = Metrics.open(world_workspace)
    yield metrics
    metrics.close()


def viewer_of(metrics: Metrics, where: str) -> Person:
    """Who sees everything, and has a team and a region."""
    return replace(metrics.org.people[VIEWERS[where]], sees="all")


def ask_many(metrics: Metrics, where: str, *, seed: int, count: int) -> None:
    """Nine in ten are answered; the others are refused with a reason."""
    viewer = viewer_of(metrics, where)
    questions = Questions(metrics.model, metrics.members, AS_OF[where], seed)
    refused: Counter[str] = Counter()
    failed: list[str] = []
    for _ in range(count):
        asked = questions.question()
        try:
            answered(metrics, asked, viewer, AS_OF[where])
        except UserError as error:
            refused[error.code] += 1
        except Exception as error:  # noqa: BLE001 - whatever else comes is a failure
            failed.append(f"{asked.to_json()}: {type(error).__name__} {str(error)[:200]}")
    assert not failed, f"{len(failed)} of {count} failed\n" + "\n".join(failed[:5])
    assert "" not in refused
    assert refused.total() <= count / 10, refused


def anything(asked: Asked) -> bool:
    return True


def about_targets(asked: Asked) -> bool:
    return any(isinstance(part, AIMED) for whole in asked.families() for part in whole.walk())


def not_of_records(asked: Asked) -> bool:
    """Records by the thousand are read one by one by the reference: they are compared in the small world."""
    return not any(part.kind in ("field", "age") for whole in asked.families() for part in whole.walk())


def compare_many(
    metrics: Metrics,
    workspace: Path,
    where: str,
    *,
    seed: int,
    count: int,
    about: Callable[[Asked], bool] = anything,
) -> None:
    """What is answered and the reference covers is the same."""
    viewer = viewer_of(metrics, where)
    questions = Questions(metrics.model, metrics.members, AS_OF[where], seed)
    naive = Naive(metrics, workspace, viewer, AS_OF[where])
    compared, wrong = 0, []
    for asked in islice(filter(about, iter(questions.question, None)), 3 * count):
        if compared == count:
            break
        try:
            table = answered(metrics, asked, viewer, AS_OF[where])
            reading = naive.answer(asked)
        except (UserError, NotCovered):
            continue
        compared += 1
        if found := difference(table, reading):
            wrong.append(f"{asked.to_json()}: {found}")
    naive.close()
    assert compared == count, f"the reference covers too few: {compared}"
    assert not wrong, f"{len(wrong)} of {compared} differ\n" + "\n".join(wrong[:5])


def test_random_questions_are_answered(demo: Metrics) -> None:
    ask_many(demo, "demo", seed=1, count=300)


def test_random_questions_of_the_small_world_are_answered(world: Metrics) -> None:
    ask_many(world, "world", seed=2, count=200)


def test_answers_equal_the_naive_reading(world: Metrics, world_workspace: Path) -> None:
    compare_many(world, world_workspace, "world", seed=3, count=85)


def test_answers_over_the_demo_company_equal_the_naive_reading(demo: Metrics, demo_workspace: Path) -> None:
    compare_many(demo, demo_workspace, "demo", seed=4, count=15, about=not_of_records)


@pytest.mark.parametrize("name", ["mixed", "quarters", "dated", "missing"])
def test_targets_with_periods_of_their_own_equal_the_naive_reading(name: str, tmp_path: Path) -> None:
    folder = built(tmp_path, TRUTH["worlds"][name])
    metrics = Metrics.open(folder)
    compare_many(metrics, folder, "targets", seed=5, count=20, about=about_targets)
    metrics.close()


@pytest.mark.nightly
def test_thousands_of_random_questions_are_answered(demo: Metrics) -> None:
    ask_many(demo, "demo", seed=11, count=5_000)


@pytest.mark.nightly
def test_a_thousand_answers_equal_the_naive_reading(
    demo: Metrics, demo_workspace: Path, world: Metrics, world_workspace: Path
) -> None:
    compare_many(world, world_workspace, "world", seed=12, count=900)
    compare_many(demo, demo_workspace, "demo", seed=13, count=100, about=not_of_records)
