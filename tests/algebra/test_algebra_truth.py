"""Every case of truth.yaml: what the algebra answers equals SQL written by hand, run past all of our code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from algebra import answered
from worlds import TRUTH, built

from metrics import Audience, Metrics
from metrics.errors import UserError
from metrics.query.asked import Asked
from metrics.query.measure import Measure

CASES: list[dict[str, Any]] = TRUTH["cases"]
AS_OF = dt.date(2024, 3, 12)

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: built(tmp_path_factory.mktemp(name), change or {}) for name, change in TRUTH["worlds"].items()}


@pytest.fixture(scope="module")
def truth(folders: dict[str, Path]) -> dict[str, Rows | str]:
    """All answers by hand, or what is wrong with the SQL, before our own code opens the files."""
    made: dict[str, Rows | str] = {}
    for world, folder in folders.items():
        store = folder / "var" / "store"
        with duckdb.connect(str(store / (store / "current").read_text().strip()), read_only=True) as con:
            for name, view in {**TRUTH["views"], **((TRUTH["worlds"][world] or {}).get("views", {}))}.items():
                con.execute(f"CREATE TEMP VIEW {name} AS {view}")
            for case in CASES:
                if case.get("world", "world") == world and "sql" in case:
                    try:
                        made[case["name"]] = con.execute(case["sql"]).fetchall()
                    except duckdb.Error as error:
                        made[case["name"]] = str(error)
    return made


@pytest.fixture(scope="module")
def rooms(folders: dict[str, Path], truth: dict[str, Rows | str]) -> Iterator[dict[str, Metrics]]:
    made = {name: Metrics.open(folder) for name, folder in folders.items()}
    yield made
    for metrics in made.values():
        metrics.close()


def plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.date()
    return value if value is None or isinstance(value, str | bool | dt.date) else float(value)


def close(left: Rows, right: Rows) -> bool:
    def same(a: Any, b: Any) -> bool:
        return bool(a == b or (isinstance(a, float) and isinstance(b, float) and abs(a - b) < 1e-9 * max(1, abs(a))))

    return len(left) == len(right) and all(
        len(a) == len(b) and all(map(same, a, b)) for a, b in zip(left, right, strict=True)
    )


def marked(case: dict[str, Any]) -> Any:
    wrong = [pytest.mark.xfail(reason=case["wrong"], strict=True)] if "wrong" in case else []
    return pytest.param(case, id=case["name"], marks=wrong)


@pytest.mark.parametrize("case", [marked(c) for c in CASES])
def test_algebra_truth(case: dict[str, Any], truth: dict[str, Rows | str], rooms: dict[str, Metrics]) -> None:
    metrics = rooms[case.get("world", "world")]
    people = metrics.org.people
    audience = Audience.channel(people[p] for p in case["audience"]) if "audience" in case else None
    asked = Asked.model_validate(case["asked"])
    as_of, viewer = case.get("as_of", AS_OF), people[case.get("viewer", "ops")]
    if "error" in case:
        with pytest.raises(UserError) as raised:
            answered(metrics, asked, viewer, as_of, audience)
        assert raised.value.code == case["error"]
        return
    wanted = truth[case["name"]]
    assert not isinstance(wanted, str), wanted
    table = answered(metrics, asked, viewer, as_of, audience)
    got, wanted = ([tuple(map(plain, row)) for row in rows] for rows in (table.rows, wanted))
    if not case.get("ordered", True):
        got, wanted = sorted(got, key=repr), sorted(wanted, key=repr)
    assert close(got, wanted), f"{got} is not {wanted}\n{table.sql}"


def test_all_sql_by_hand_runs(truth: dict[str, Rows | str]) -> None:
    assert not {name: made for name, made in truth.items() if isinstance(made, str)}


def test_names_are_unique_and_every_kind_has_a_case() -> None:
    names = [c["name"] for c in CASES]
    assert len(set(names)) == len(names)
    used = {part.kind for c in CASES for m in Asked.model_validate(c["asked"]).families() for part in m.walk()}
    assert set(Measure.members()) <= used
