"""The benchmark suite: reading, compiling, and question → rows against hand-written SQL on the demo company."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
from northstar import write_workspace

from bench import ten_questions
from bench.questions import QUESTIONS
from bot.calm_start import settled
from bot.runtime import Runtime
from metrics import Audience, Viewer
from metrics.ingest import load
from metrics.query.asked import Asked
from nlq import Understood, understand

READ_MS, COMPILE_MS, RATIO, SLACK_MS = 1.0, 1.0, 1.3, 3.0


def main(argv: Sequence[str] = ()) -> int:
    """Print the table (or JSON); 1 when a bound is broken or a question was not read. `ten …`: the ten reference
    questions instead, see `bench.ten_questions`."""
    if argv and argv[0] == "ten":
        return ten_questions.main(argv[1:])
    parser = argparse.ArgumentParser(prog="paceline bench")
    parser.add_argument("--rounds", type=int, default=31, help="measurements of each question")
    parser.add_argument("--as-of", type=dt.date.fromisoformat, default=dt.date(2026, 11, 20))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(list(argv))
    with tempfile.TemporaryDirectory(prefix="paceline-bench-") as folder:
        workspace = Path(folder)
        write_workspace(workspace, as_of=args.as_of)
        load(workspace, env={})
        figures = measure(workspace, args.as_of, args.rounds)
    if args.json:
        sys.stdout.write(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    else:
        _print(figures)
    return 0 if all(f["ok"] for f in figures) else 1


def measure(workspace: Path, as_of: dt.date, rounds: int) -> list[dict[str, object]]:
    """One dict per question: read_ms, compile_ms, ours_ms, hand_ms (medians), ratio, ok."""
    runtime = Runtime.open(workspace, {})
    metrics, lexicon = runtime.metrics, runtime.lexicon
    by_hand = _copy_of_the_store(workspace)
    settled()  # as `paceline serve` does once it has started
    try:
        asker = next(p for p in metrics.org.people.values() if p.sees == "all")
        moment = dt.datetime.combine(as_of, dt.time(9), tzinfo=dt.UTC)
        return [
            _one(question, metrics, lexicon, asker, moment, as_of, by_hand.cursor, rounds) for question in QUESTIONS
        ]
    finally:
        by_hand.close()
        runtime.close()


def _copy_of_the_store(workspace: Path) -> duckdb.DuckDBPyConnection:
    """The same rows for the hand-written statements: a copy, because one process cannot open one file with two
    settings."""
    store = workspace / "var" / "store"
    newest = max(store.glob("snapshot_*.duckdb"), key=lambda path: path.stat().st_mtime)
    copy = workspace / "by_hand.duckdb"
    shutil.copy(newest, copy)
    return duckdb.connect(str(copy), read_only=True, config={"threads": 2})


def _one(question, metrics, lexicon, asker, moment, as_of, cursor, rounds) -> dict[str, object]:  # type: ignore[no-untyped-def]
    reading = understand(question.text, lexicon=lexicon, asker=asker)
    if not isinstance(reading, Understood) or not isinstance(reading.meaning, Asked):
        return {"question": question.text, "ok": False, "why": repr(reading)}
    who = {"viewer": Viewer.of(asker), "audience": Audience.only_viewer(), "as_of": moment}
    through = metrics.data_through or as_of
    hand = question.sql.format(**_dates(min(as_of, through)))

    def ours() -> object:
        again = understand(question.text, lexicon=lexicon, asker=asker)
        return metrics.tell(again.meaning, **who)

    def by_hand() -> object:
        return cursor().execute(hand).fetchall()

    reading_ms = _median(lambda: understand(question.text, lexicon=lexicon, asker=asker), rounds)
    compile_ms = _median(lambda: metrics.sql(reading.meaning, **who), rounds)
    ours_ms, hand_ms = _in_turns(ours, by_hand, rounds)
    return {
        "question": question.text,
        "read_ms": reading_ms,
        "compile_ms": compile_ms,
        "ours_ms": ours_ms,
        "hand_ms": hand_ms,
        "ratio": ours_ms / hand_ms,
        "ok": reading_ms <= READ_MS and compile_ms <= COMPILE_MS and ours_ms <= RATIO * hand_ms + SLACK_MS,
    }


def _dates(day: dt.date) -> dict[str, str]:
    """SQL date literals of the windows the hand-written statements use."""
    month = day.replace(day=1)
    last_month = (month - dt.timedelta(days=1)).replace(day=1)
    quarter = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    quarter_eve = quarter - dt.timedelta(days=1)
    made = {
        "day_after": day + dt.timedelta(days=1),
        "month": month,
        "last_month": last_month,
        "month_before_last": (last_month - dt.timedelta(days=1)).replace(day=1),
        "quarter": quarter,
        "last_quarter": quarter_eve.replace(month=(quarter_eve.month - 1) // 3 * 3 + 1, day=1),
        "year": day.replace(month=1, day=1),
    }
    return {name: f"DATE '{date.isoformat()}'" for name, date in made.items()}


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _median(work: Callable[[], object], rounds: int) -> float:
    for _ in range(3):
        work()
    return statistics.median(_timed(work) for _ in range(rounds))


def _in_turns(one: Callable[[], object], other: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Medians of both, measured alternately so that a noisy neighbour hits both."""
    for _ in range(3):
        one(), other()
    pairs = [(_timed(one), _timed(other)) for _ in range(rounds)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def _print(figures: Sequence[dict[str, object]]) -> None:
    print(f"{'question':48} {'read':>7} {'compile':>8} {'ours':>8} {'by hand':>8} {'ratio':>6}   ms, medians")
    for f in figures:
        if "why" in f:
            print(f"{f['question']:48} NOT READ: {f['why']}")
            continue
        mark = "" if f["ok"] else "  over the bound"
        print(
            f"{f['question']:48} {f['read_ms']:7.2f} {f['compile_ms']:8.2f} {f['ours_ms']:8.2f} {f['hand_ms']:8.2f}"
            f" {f['ratio']:6.2f}{mark}"
        )
    read_figures = [f for f in figures if "why" not in f]
    for name, bound in (("read_ms", READ_MS), ("compile_ms", COMPILE_MS)):
        print(f"median {name}: {statistics.median(float(str(f[name])) for f in read_figures):.2f} (bound {bound:.2f})")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
