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
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from metrics import Metrics
from metrics.many import Many
from metrics.people import Person
from metrics.query.asked import Asked
from metrics.state.database import METADATA, Database
from schedules.rules import holds
from schedules.state.rules import Rules
from schedules.watching import Watch, moved, watched

TODAY = dt.datetime(2026, 11, 18, 12, tzinfo=dt.UTC)
MONTH = {"kind": "units", "unit": "month"}
QUARTER = {"kind": "units", "unit": "quarter"}
WEEK = {"kind": "sliding", "unit": "day", "count": 7}
BY_HAND = {  # what the statement by hand calls them
    "revenue": "rev_mtd",
    "won_deals": "won_mtd",
    "win_rate": "win_rate_qtd",
    "average_deal": "avg_deal_qtd",
    "activities": "act_7d",
}
RULES = 10_000
MOST_DIGESTS = 2.5
MOST_RULES = 3.0
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
    made: dict[str, float] = {}
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


def rules_of(people: Sequence[Person], count: int) -> tuple[list[tuple[Any, ...]], dict[int, Watch]]:
    """As many rules of all scopes, each of one member, as rows for the statement by hand and as ours."""
    random = Random(7)
    teams, regions = sorted({str(p.team) for p in people}), sorted({str(p.region) for p in people})
    periods = {"revenue": MONTH, "won_deals": MONTH, "win_rate": QUARTER, "average_deal": QUARTER, "activities": WEEK}
    rows: list[tuple[Any, ...]] = []
    watches: dict[int, Watch] = {}
    for number in range(1, count + 1):
        per = random.choices(("rep", "team", "region"), (8, 1.5, 0.5))[0]
        member = random.choice(people).id if per == "rep" else random.choice(teams if per == "team" else regions)
        metric, basis = random.choice(list(periods)), random.choice(("value", "delta"))
        op, threshold = random.choice("<>"), random.choice((0.0, 0.25, 1000.0, -0.2))
        rows.append((number, BY_HAND[metric], per, member, basis, op, threshold))
        of = {"kind": "metric", "name": metric}
        watches[number] = Watch.model_validate(
            {
                "measure": of if basis == "value" else {"kind": "growth", "of": of},
                "period": periods[metric],
                "op": "lt" if op == "<" else "gt",
                "threshold": threshold,
                "per": per,
                "member": member,
            }
        )
    return rows, watches


def evaluated(metrics: Metrics, state: Rules, database: Database, watches: dict[int, Watch]) -> dict[int, bool]:
    """Measured, stepped, saved; rule -> whether its condition holds."""
    found = watched(metrics, watches, TODAY)
    made = list(moved(state, watches, found, TODAY.date(), at=TODAY, days_since=lambda _: 0))
    with database.write() as connection:
        state.save(connection, (m.step.state for m in made if m.step.state != m.old))
    return {
        number: holds(watches[number], value)
        for number, members in found.values.items()
        for value in members.values()
        if value is not None
    }


def bench_rules(metrics: Metrics, cursor: Any, sql: str, people: Sequence[Person], runs: int) -> dict[str, float]:
    rows, watches = rules_of(people, RULES)
    cursor.execute(
        "create or replace temp table rules (rule_id int, metric text, scope_type text, scope text, basis text,"
        " op text, threshold double)"
    )
    cursor.execute("insert into rules values " + ", ".join(map(str, rows)))
    with TemporaryDirectory() as folder:
        database = Database(Path(folder) / "state.db")
        METADATA.create_all(database.engine)
        state = Rules(database)
        for number in watches:
            assert state.add("", "", 0, "UTC", TODAY, TODAY.date(), by="bench", at=TODAY) == number
        ours = evaluated(metrics, state, database, watches)
        by_hand = {rule: (x, fired) for rule, x, fired in cursor.execute(sql).fetchall() if fired is not None}
        both = ours.keys() & by_hand.keys()
        differ = [rule for rule in both if ours[rule] != by_hand[rule][1]]
        # v / p - 1 rounds where (v - p) / p does not: from 5 to 4 is -0.2, not -0.19999999999999996
        rounded = sum(abs(by_hand[rule][0] - watches[rule].threshold) < 1e-12 for rule in differ)
        print(f"rules: {len(watches)}, {len(both)} measured by both, {len(differ)} differ, {rounded} by rounding alone")
        assert rounded == len(differ)
        made = compared(
            lambda: evaluated(metrics, state, database, watches), lambda: cursor.execute(sql).fetchall(), runs
        )
        database.close()
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("reference", type=Path)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    by_hand = reference(given.reference)
    metrics = Metrics.open(given.workspace, threads=2, memory="2GB", timeout_s=120)
    people = [p for p in metrics.org.people.values() if p.sells]
    questions = five_numbers()
    with metrics._lease() as loaded:  # one file is open once: the statement by hand runs on a cursor of the same
        cursor = loaded.engine._snapshot.cursor()  # type: ignore[attr-defined]
        cursor.execute(by_hand.DIGESTS).fetchall()
        before = peak_mb()
        many = metrics.tell_many(questions, people, TODAY)
        values = everything(many, questions)
        more = peak_mb() - before
        digests = compared(
            lambda: everything(metrics.tell_many(questions, people, TODAY), questions),
            lambda: cursor.execute(by_hand.DIGESTS).fetchall(),
            given.runs,
        )
        print(f"digests: {len(people)} people, {values} values, {many.statements} statements, {many.alone} asked alone")
        show(digests, more_mb=more)
        rules = bench_rules(metrics, cursor, by_hand.ALERTS, people, given.runs)
        show(rules)
    metrics.close()
    kept = digests["processor_ratio"] <= MOST_DIGESTS and rules["processor_ratio"] <= MOST_RULES
    return 0 if kept and more <= MOST_MB and many.statements <= MOST_STATEMENTS and not many.alone else 1


def show(figures: dict[str, float], **more: float) -> None:
    print("  " + "  ".join(f"{name} {value:.2f}" for name, value in (figures | more).items()))


if __name__ == "__main__":
    sys.exit(main())
