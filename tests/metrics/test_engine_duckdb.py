"""The engine: one SELECT, read-only, stopped at its time limit, values as plain Python."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from metrics.engines.duckdb_engine import DuckdbEngine
from metrics.engines.protocol import Engine, Rendered
from metrics.engines.snapshots import Snapshots
from metrics.errors import CompileError, EngineError, PolicyError, TimedOut

sys.path.append(str(Path(__file__).parent.parent / "world"))
engine_world = importlib.import_module("engine_world")
ENDLESS = "SELECT COUNT(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = 7"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckdbEngine]:
    snapshots = Snapshots(engine_world.build(tmp_path_factory.mktemp("engine")))
    with snapshots.lease() as snapshot:
        yield DuckdbEngine(snapshot)
    snapshots.close()


def run(engine: Engine, sql: str, timeout_s: float = 5, max_rows: int = 10) -> tuple[tuple[object, ...], ...]:
    return engine.query(Rendered(sql), timeout_s=timeout_s, max_rows=max_rows, tag="test").rows


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; SELECT 2",
        "DROP TABLE deals",
        "INSERT INTO deals SELECT * FROM deals",
        "PRAGMA version",
        "",
        "SET threads=1",
    ],
)
def test_nothing_but_one_select(engine: DuckdbEngine, sql: str) -> None:
    with pytest.raises((CompileError, EngineError)):
        run(engine, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "SELECT broken FROM deals",
    ],
)
def test_no_way_to_files(engine: DuckdbEngine, sql: str) -> None:
    with pytest.raises(EngineError):
        run(engine, sql)


def test_stopped_at_the_time_limit(engine: DuckdbEngine) -> None:
    started = time.monotonic()
    with pytest.raises(TimedOut) as caught:
        run(engine, ENDLESS, timeout_s=0.2)
    assert time.monotonic() - started < 3 and caught.value.fields["why"] == "limit"
    assert run(engine, "SELECT 1") == ((1,),)


def test_cancelled_by_its_tag(engine: DuckdbEngine) -> None:
    timer = threading.Timer(0.2, engine.cancel, ["test"])
    timer.start()
    with pytest.raises(TimedOut) as caught:
        run(engine, ENDLESS, timeout_s=20)
    timer.join()
    assert caught.value.fields["why"] == "cancelled"


def test_values_are_plain(engine: DuckdbEngine) -> None:
    row = run(
        engine,
        "SELECT 1.50::DECIMAL(9,2), 2.00::DECIMAL(9,2), DATE '2024-02-29', TIMESTAMP '2024-02-29 10:00:00', NULL, 'x',"
        " true, 'nan'::DOUBLE, 3::HUGEINT",
    )[0]
    assert row == (1.5, 2, dt.date(2024, 2, 29), dt.date(2024, 2, 29), None, "x", True, None, 3)
    assert [type(v) for v in row[:2]] == [float, int]


def test_values_are_plain_whatever_stands_beside_them(engine: DuckdbEngine) -> None:
    rows = run(engine, "SELECT * FROM (VALUES (1.5::DOUBLE), (NULL), ('nan'), ('inf'), ('-inf')) t(a)")
    assert rows == ((1.5,), (None,), (None,), (float("inf"),), (float("-inf"),))
    assert run(engine, "SELECT * FROM (VALUES (1.5::DOUBLE), ('nan'::DOUBLE)) t(a)") == ((1.5,), (None,))


def test_a_statement_that_is_kept_gives_the_same_to_many_at_once(engine: DuckdbEngine) -> None:
    wrong: list[object] = []

    def ask(number: int) -> None:
        for again in range(20):
            added = (number + again) % 3
            if run(engine, f"SELECT MAX(range) + {added} FROM range(2000)") != ((1999 + added,),):
                wrong.append(number)

    askers = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert not wrong


def test_too_many_rows_are_cut_and_said(engine: DuckdbEngine) -> None:
    result = engine.query(Rendered("SELECT * FROM range(50)"), timeout_s=5, max_rows=10, tag="t")
    assert len(result.rows) == 10 and result.truncated


def test_health_and_catalog(engine: DuckdbEngine) -> None:
    assert engine.health().ok
    assert engine.describe().tables["deals"]["closed"] == "DATE"
    assert engine.render(exp.select(exp.Literal.number(1))).sql == "SELECT 1"


def test_a_table_without_a_rule_is_an_error() -> None:
    from metrics import load_model
    from metrics.plan.compile import nodes
    from metrics.plan.compile.prepared import Prepared
    from metrics.policy import Visible, restrict

    prepared = Prepared(load_model(engine_world.HERE))
    for table in ("unheard_of", "information_schema"):
        tree = nodes.select([exp.Star()], source=nodes.table(table))
        with pytest.raises(PolicyError):
            restrict(tree, None, prepared=prepared)
    joined = nodes.select(
        [exp.Star()], source=nodes.table("customers"), joins=[exp.Join(this=nodes.table("deals"), kind="CROSS")]
    )
    wrapped = restrict(joined, Visible(frozenset({"r1"})), prepared=prepared).sql()
    assert "\"rep_id\" = 'r1'" in wrapped and wrapped.count("SELECT *") == 2


@pytest.mark.parametrize(
    "sql",
    [
        (
            "SELECT CAST(a AS DATE), CAST(b AS DOUBLE), CAST(c AS DECIMAL(18, 2)), CAST(d AS INT[]), CAST(e AS"
            " TIMESTAMPTZ), CAST(f AS TEXT) FROM t"
        ),
        (
            "WITH m AS (SELECT CAST(DATE_TRUNC('MONTH', d) AS DATE) AS k, SUM(x) AS v FROM t GROUP BY 1) SELECT CAST(v"
            " AS DOUBLE) / CAST(NULLIF(k, 0) AS DOUBLE) FROM m LIMIT 3"
        ),
    ],
)
def test_our_text_is_duckdbs_own(engine: DuckdbEngine, sql: str) -> None:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Select)
    plain = tree.copy().sql(dialect="duckdb")
    assert engine.render(tree).sql == plain
