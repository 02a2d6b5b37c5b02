"""A rep's own number and place among ten million deals, against SQL written by hand: `python -m bench.many_deals`.

    python -m bench.many_deals [--rows 10000000] [--rounds 15] [--folder DIR]

The deals are made and loaded in a temporary folder. Ours is all from the text of a question to its answer: reading,
permissions, planning, running, rounding. By hand is the statement alone, over a copy of the same store with the same
engine settings. Both take turns; the numbers have to be equal.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb

from bench.loading import write
from bot.ask import ask
from bot.calm_start import settled
from bot.runtime import Runtime
from metrics import Audience
from metrics.ingest import load

BOUND = 1.5
ASKER, DAY = "r7", dt.date(2026, 10, 20)
SUM = "SELECT sum(amount) FROM sales WHERE rep_id = $who AND sold_on >= $start AND sold_on < $stop"
PLACE = """
    WITH summed AS (
        SELECT rep_id, sum(amount) AS number FROM sales WHERE sold_on >= $start AND sold_on < $stop GROUP BY rep_id
    ), placed AS (
        SELECT rep_id, number, rank() OVER best AS place, count(*) OVER () AS n,
            count(*) OVER (PARTITION BY number) AS ties,
            min(number) OVER (best GROUPS BETWEEN 1 PRECEDING AND 1 PRECEDING) - number AS gap
        FROM (SELECT rep_id, coalesce(number, 0) AS number FROM reps LEFT JOIN summed USING (rep_id))
        WINDOW best AS (ORDER BY number DESC)
    ) SELECT number, place, n, ties - 1, gap FROM placed WHERE rep_id = $who
"""


class Question(NamedTuple):
    text: str
    start: dt.date
    sql: str


QUESTIONS = (
    Question("my revenue this month", DAY.replace(day=1), SUM),
    Question("my revenue this year", DAY.replace(month=1, day=1), SUM),
    Question("my revenue since 2023-01-01", dt.date(2023, 1, 1), SUM),
    Question("my ranking this month", DAY.replace(day=1), PLACE),
    Question("my ranking this year", DAY.replace(month=1, day=1), PLACE),
    Question("my ranking since 2023-01-01", dt.date(2023, 1, 1), PLACE),
)


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of the clock, and of all cores."""
    clock, cores = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - clock) * 1000, (time.process_time() - cores) * 1000


def measure(workspace: Path, rounds: int) -> bool:
    """Print a line for each question; whether all kept the bound."""
    runtime = Runtime.open(workspace, {}, state_later=True)
    copy = workspace / "by_hand.duckdb"
    shutil.copy(next((workspace / "var" / "store").glob("snapshot_*.duckdb")), copy)
    settings = {"threads": runtime.settings.threads, "memory_limit": runtime.settings.memory}
    connection = duckdb.connect(str(copy), read_only=True, config=settings)
    settled()
    kept = True
    print(f"{'question':30} {'ours':>8} {'by hand':>8} {'ratio':>6}   {'ours':>8} {'by hand':>8} {'ratio':>6}")
    try:
        for question in QUESTIONS:
            kept = _one(question, runtime, connection, rounds) and kept
    finally:
        connection.close()
        runtime.close()
    print("ms of the clock, ms of all cores; medians of", rounds)
    return kept


def _one(question: Question, runtime: Runtime, connection: duckdb.DuckDBPyConnection, rounds: int) -> bool:
    asker = runtime.metrics.org.people[ASKER]
    moment = dt.datetime.combine(DAY, dt.time(9), tzinfo=dt.UTC)
    values = {"who": ASKER, "start": question.start, "stop": DAY + dt.timedelta(days=1)}

    def ours() -> tuple[object, ...]:
        outcome = ask(runtime, question.text, asker=asker, audience=Audience.only_viewer(), as_of=moment)
        assert outcome.table is not None and len(outcome.table.rows) == 1, (question.text, outcome)
        return tuple(outcome.table.rows[0])

    def by_hand() -> tuple[object, ...]:
        return connection.cursor().execute(question.sql, values).fetchall()[0]

    told, wanted = _numbers(ours()), _numbers(by_hand())
    assert set(wanted) <= set(told), (question.text, told, wanted)
    by_hand()
    pairs = [(*spent(ours), *spent(by_hand)) for _ in range(rounds)]
    ours_ms, ours_cores, hand_ms, hand_cores = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio, of_cores = ours_ms / hand_ms, ours_cores / hand_cores
    print(
        f"{question.text:30} {ours_ms:8.2f} {hand_ms:8.2f} {ratio:6.2f}   {ours_cores:8.2f} {hand_cores:8.2f}"
        f" {of_cores:6.2f}{'' if ratio <= BOUND else '  over the bound'}"
    )
    return ratio <= BOUND


def _numbers(row: tuple[object, ...]) -> list[float]:
    """To the cent: ours are floats, by hand are decimals."""
    return [round(float(str(value)), 2) for value in row if value is not None and not isinstance(value, str)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--folder", type=Path, help="where files are made (default: a temporary folder)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as place:
        folder = Path(place)
        write(folder, "parquet", args.rows, metric="revenue")
        assert load(folder, env={}).swapped
        return 0 if measure(folder, args.rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
