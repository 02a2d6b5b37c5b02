"""A difference of sums adds up like a sum, of one table or of two: its shares, totals and running totals are those of
SQL written by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
import yaml
from worlds import built

from metrics import Asked, Audience, Metrics, Viewer
from metrics.ingest import load

AS_OF = dt.datetime(2024, 3, 12, 9)  # noqa: DTZ001  local time
PROFIT = "SUM(deals.amount) - SUM(CASE WHEN deals.stage = 'Won' THEN 7 END)"
NET = "SUM(CASE WHEN deals.stage = 'Won' THEN deals.amount END) - SUM(payments.amount)"
ROWS = """
    SELECT rep_id, closed AS day, amount - CASE WHEN stage = 'Won' THEN 7 ELSE 0 END AS profit,
           CASE WHEN stage = 'Won' THEN amount END AS net FROM deals
    UNION ALL SELECT rep_id, paid, NULL, -amount FROM payments
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Metrics, Any]]:
    folder = built(tmp_path_factory.mktemp("difference"), {"rows": {"payments": ["y0,r1,c1,2023-01-02,5"]}})
    model, sales = (yaml.safe_load((folder / name).read_text("utf-8")) for name in ("model.yaml", "sales.yaml"))
    for name, expression in (("profit", PROFIT), ("net", NET)):
        written = {"dialects": [{"dialect": "ANSI_SQL", "expression": expression}]}
        model["semantic_model"][0]["metrics"].append({"name": name, "expression": written})
        time = {"deals": "deals.closed"} | ({"payments": "payments.paid"} if name == "net" else {})
        sales["metrics"][name] = {"unit": "currency:EUR", "time": time}
    for name, said in (("model.yaml", model), ("sales.yaml", sales)):
        (folder / name).write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")
    assert load(folder, env={}).swapped
    metrics = Metrics.open(folder)
    with duckdb.connect() as con:
        for table in ("deals", "payments", "reps"):
            con.execute(f"CREATE TABLE {table} AS FROM read_csv('{folder / table}.csv')")
        con.execute(
            f"CREATE VIEW facts AS SELECT f.*, team FROM ({ROWS}) AS f LEFT JOIN reps USING (rep_id)"
            " WHERE day BETWEEN '2024-01-01' AND '2024-03-11'"
        )
        yield metrics, con
    metrics.close()


def tell(metrics: Metrics, *show: Any, by: tuple[str, ...] = ()) -> dict[Any, tuple[float, ...]]:
    """Key -> numbers."""
    asked = Asked.model_validate({"show": show, "by": by, "period": {"kind": "units", "unit": "year"}})
    viewer = Viewer.of(metrics.org.people["ops"])
    table = metrics.tell(asked, viewer=viewer, audience=Audience.only_viewer(), as_of=AS_OF)
    return {row[: len(by)]: tuple(float(cell) for cell in row[len(by) :]) for row in table.rows}


def by_hand(con: Any, sql: str, keys: int) -> dict[Any, tuple[float, ...]]:
    return {row[:keys]: tuple(float(cell) for cell in row[keys:]) for row in con.execute(sql).fetchall()}


@pytest.mark.parametrize("name", ["profit", "net"])
def test_it_is_shared_out(world: tuple[Metrics, Any], name: str) -> None:
    metrics, con = world
    measure = {"kind": "metric", "name": name}
    told = tell(metrics, measure, {"kind": "share", "of": measure}, by=("reps.team",))
    sql = f"SELECT team, SUM({name}), SUM({name}) / SUM(SUM({name})) OVER () FROM facts GROUP BY team"
    assert told == {key: pytest.approx(cells) for key, cells in by_hand(con, sql, 1).items()}
    assert sum(share for _, share in told.values()) == pytest.approx(1)


@pytest.mark.parametrize("name", ["profit", "net"])
def test_it_runs_up(world: tuple[Metrics, Any], name: str) -> None:
    metrics, con = world
    measure = {"kind": "metric", "name": name}
    told = tell(metrics, measure, {"kind": "cumulative", "of": measure}, by=("month",))
    months = f"SELECT date_trunc('month', day) AS month, SUM({name}) AS v FROM facts GROUP BY 1"
    sql = f"SELECT strftime(month, '%Y-%m'), v, SUM(v) OVER (ORDER BY month) FROM ({months}) ORDER BY month"
    assert len(told) == 3
    assert told == {key: pytest.approx(cells) for key, cells in by_hand(con, sql, 1).items()}


@pytest.mark.parametrize("name", ["profit", "net"])
def test_all_of_it_beside_its_parts(world: tuple[Metrics, Any], name: str) -> None:
    metrics, con = world
    measure = {"kind": "metric", "name": name}
    told = tell(metrics, {"kind": "total", "of": measure, "over": ["reps.team"]}, by=("reps.team",))
    ((whole,),) = con.execute(f"SELECT SUM({name}) FROM facts").fetchall()
    assert told and set(told.values()) == {(float(whole),)}
