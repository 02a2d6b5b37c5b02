"""Numbers of ten thousand people, and ten thousand rules, against one statement written by hand for each.

    python -m bench.many_people REFERENCE WORKSPACE [--runs 7]

REFERENCE: the folder of the reference work (`scale_sql.py`: DIGESTS, ALERTS); WORKSPACE: a loaded workspace over its
star schema. Ours and the statement by hand take turns on the same file with as many threads, so that noise hits both;
processor time is shown beside the clock, because a shared machine makes the clock lie.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from metrics import Metrics
from metrics.many import Many
from metrics.query.asked import Asked

TODAY = dt.datetime(2026, 11, 18, 12, tzinfo=dt.UTC)
MONTH = {"kind": "units", "unit": "month"}
QUARTER = {"kind": "units", "unit": "quarter"}
MOST_DIGESTS = 2.5
MOST_MB = 300
MOST_STATEMENTS = 4


def number(name: str, period: dict[str, Any], *more: dict[str, Any]) -> Asked:
    """The number, its change, its place among all and in the team."""
    of = {"kind": "metric", "name": name}
    place = {"kind": "place", "of": of, "member": "@me"}
    show = [of, {"kind": "growth", "of": of}, place, place | {"within": "team"}, *more]
    return Asked.model_validate({"show": show, "scope": "me", "period": period})


def five_numbers() -> list[Asked]:
    return [
        number("revenue", MONTH, {"kind": "pace", "metric": "revenue"}),
        number("won_deals", MONTH),
        number("win_rate", QUARTER),
        number("average_deal", QUARTER),
        number("activities", MONTH),  # places are told over whole months: the statement by hand takes seven days
    ]


def everything(many: Many, questions: list[Asked]) -> int:
    """All columns of all people; gives how many values they hold."""
    return sum(len(many.column(q, name).values) for q in questions for name in many.columns(q))


def took(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock, and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - clock) * 1000, (time.process_time() - processor) * 1000


def compared(ours: Callable[[], object], by_hand: Callable[[], object], runs: int) -> dict[str, float]:
    ours()
    by_hand()
    pairs = [(took(ours), took(by_hand)) for _ in range(runs)]
    made = {}
    for place, name in ((0, "clock"), (1, "processor")):
        mine = statistics.median(mine[place] for mine, _ in pairs)
        hand = statistics.median(hand[place] for _, hand in pairs)
        made |= {f"{name}_ms": mine, f"{name}_hand_ms": hand, f"{name}_ratio": mine / hand}
    return made


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def reference(folder: Path) -> Any:
    spec = importlib.util.spec_from_file_location("scale_sql", folder / "scale_sql.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def newest(workspace: Path) -> Path:
    store = workspace / "var" / "store"
    return store / (store / "current").read_text(encoding="utf-8").strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("reference", type=Path)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    by_hand = reference(given.reference)
    metrics = Metrics.open(given.workspace, threads=2, memory="2GB", timeout_s=120)
    people = [p for p in metrics.org.people.values() if p.sells]
    config = {  # as our own connection: one file may be open once
        "access_mode": "READ_ONLY",
    }
    del config
    questions = five_numbers()
    with metrics._lease() as loaded:
        cursor = loaded.engine._snapshot.cursor()  # type: ignore[attr-defined]

    def hand() -> None:
        cursor.execute(by_hand.DIGESTS).fetchall()

    hand()
    before = peak_mb()
    many = metrics.tell_many(questions, people, TODAY)
    values = everything(many, questions)
    more = peak_mb() - before
    made = compared(lambda: everything(metrics.tell_many(questions, people, TODAY), questions), hand, given.runs)
    print(f"digests: {len(people)} people, {values} values, {many.statements} statements, {many.alone} asked alone")
    print("  " + " ".join(f"{k} {v:.2f}" for k, v in made.items()) + f" more_mb {more:.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
