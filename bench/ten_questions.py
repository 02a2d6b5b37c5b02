"""Ten reference questions over a star schema of deals, reps, targets and activities, as the algebra asks them, against
SQL written by hand for the same rows.

The hand-written SQL is not part of this repository: a folder with `handsql.py` (Q: name -> SQL) and
`ten_questions.json` (may hold `same_rows_for_<qN>`, SQL that keeps members without rows) is named by the user, and a
loaded workspace over the same rows beside it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import json
import math
import runpy
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from bot.calm_start import settled
from metrics import Audience, Metrics, Viewer
from metrics.query.asked import Asked
from metrics.telling import Teller

__all__ = ["main"]

REVENUE = {"kind": "metric", "name": "revenue"}
OF_REVENUE = {"of": REVENUE}
YEAR, QUARTER, MONTH = "year", "quarter", "month"


def _this(unit: str, offset: int = 0) -> dict[str, Any]:
    return {"kind": "units", "unit": unit, "offset": offset}


def _complete(unit: str, count: int) -> dict[str, Any]:
    return {"kind": "complete", "unit": unit, "count": count}


def _metric(name: str) -> dict[str, Any]:
    return {"kind": "metric", "name": name}


TEN: dict[str, dict[str, Any]] = {
    "q1": {
        "show": [REVENUE, {"kind": "place", **OF_REVENUE}],
        "by": ["reps.rep_name"],
        "period": _this(MONTH),
    },
    "q2": {"show": [_metric("win_rate")], "by": ["deals.region"], "period": _this(QUARTER, -1)},
    "q3": {
        "show": [REVENUE, {"kind": "target", "metric": "revenue"}, {"kind": "attainment", "metric": "revenue"}],
        "by": ["reps.rep_name"],
        "period": _this(MONTH),
        "order": [{"by": {"kind": "attainment", "metric": "revenue"}}],
    },
    "q4": {"show": [REVENUE, {"kind": "growth", **OF_REVENUE}], "by": ["month"], "period": _complete(MONTH, 12)},
    "q5": {
        "show": [REVENUE, {"kind": "growth", **OF_REVENUE, "to": "year_ago"}],
        "by": ["month"],
        "period": _complete(MONTH, 12),
    },
    "q6": {
        "show": [REVENUE, {"kind": "share", **OF_REVENUE}],
        "by": ["deals.product"],
        "period": _this(YEAR),
        "limit": 10,
    },
    "q7": {"show": [REVENUE, {"kind": "cumulative", **OF_REVENUE}], "by": ["day"], "period": _this(MONTH)},
    "q8": {"show": [_metric("accounts_won")], "by": ["deals.region"], "period": _this(YEAR)},
    "q9": {
        "show": [_metric("activities"), _metric("activities_per_rep")],
        "by": ["week"],
        "period": _complete("week", 12),
    },
    "q10": {
        "show": [_metric("average_deal")],
        "by": ["deals.region"],
        "period": _this(QUARTER, -1),
        "where": {
            "kind": "and",
            "of": [
                {"kind": "in", "field": "deals.region", "values": ["APAC", "EMEA"]},
                {"kind": "compare", "field": "deals.amount", "op": "ge", "value": 10000},
            ],
        },
    },
}
# name -> (bound of the geometric mean, of the worst); ratios to hand-written SQL, compile in ms
BOUNDS = {"sql": (1.08, 1.2), "rows": (1.2, 1.4), "compile_new_ms": (0.4, 0.4)}
FIGURES = ("sql", "sql_best", "rows", "rows_new", "compile_ms", "compile_new_ms")


class Question(NamedTuple):
    name: str
    asked: Asked
    hand: str


def main(argv: Sequence[str] = ()) -> int:
    """Print the table (or JSON); 1 when rows differ or a bound is broken."""
    parser = argparse.ArgumentParser(prog="paceline bench ten")
    parser.add_argument("reference", type=Path, help="folder with handsql.py and ten_questions.json")
    parser.add_argument("star", type=Path, help="a loaded workspace over the same rows")
    parser.add_argument("--as-of", type=dt.date.fromisoformat, default=dt.date(2026, 11, 18))
    parser.add_argument("--rounds", type=int, default=41, help="measurements of each question")
    parser.add_argument("--only", nargs="*", default=(), help="these questions only: q1 q7")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sql", action="store_true", help="print our SQL as well")
    args = parser.parse_args(list(argv))
    questions = [q for q in read_questions(args.reference) if not args.only or q.name in args.only]
    metrics = Metrics.open(args.star)
    try:
        figures = [measure(metrics, q, args.as_of, args.rounds) for q in questions]
    finally:
        metrics.close()
    if args.json:
        sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    else:
        _print(figures, sql=args.sql)
    return 0 if all(f["equal"] for f in figures) and not _broken(figures) else 1


def read_questions(reference: Path) -> list[Question]:
    """Ours beside the statements of the reference folder. Raises KeyError for one that it does not have."""
    by_hand: dict[str, str] = runpy.run_path(str(reference / "handsql.py"))["Q"]
    more = json.loads((reference / "ten_questions.json").read_text(encoding="utf-8"))
    hand = {name.partition("_")[0]: sql for name, sql in by_hand.items()}
    return [
        Question(name, Asked.model_validate(asked), more.get(f"same_rows_for_{name}") or hand[name])
        for name, asked in TEN.items()
    ]


def measure(metrics: Metrics, question: Question, as_of: dt.date, rounds: int) -> dict[str, Any]:
    """Figures of one question: `equal`; medians of `rounds` measurements in turns, on one connection:

    sql             our statement / the one by hand; `sql_best`: the quickest run of each, on a machine that is busy
    rows            Asked -> Table / the one by hand -> rows, with the statement remembered; `rows_new`: not remembered
    compile_ms      Asked -> statement, asked before by another who sees the same rows; `compile_new_ms`: by nobody
    """
    who = next(p for p in metrics.org.people.values() if p.sees == "all")
    viewer, audience = Viewer.of(who), Audience.only_viewer()
    moment = dt.datetime.combine(as_of, dt.time(9))
    asked, hand = question.asked, question.hand

    def told() -> object:
        return metrics.tell(asked, viewer=viewer, audience=audience, as_of=moment)

    answer = metrics.tell(asked, viewer=viewer, audience=audience, as_of=moment)
    ours = answer.proof.sql
    remembering = metrics._teller
    with metrics._lease() as loaded:
        cursor = loaded.engine._snapshot.cursor()  # type: ignore[attr-defined]

        def run(sql: str) -> list[tuple[Any, ...]]:
            return list(cursor.execute(sql).fetchall())

        def compiled(teller: Teller, viewer: Viewer) -> object:
            return teller.tell(asked, loaded, viewer, audience, as_of)

        settled()
        gc.collect()
        shown = len(answer.columns)  # behind them stands what rows say of themselves
        equal = _same([row[:shown] for row in run(ours)], run(hand))
        runs = _times_in_turns(rounds, lambda: run(ours), lambda: run(hand))
        sql_ms = [statistics.median(times) for times in runs]
        rows_ms = _in_turns(rounds, told, lambda: run(hand))
        metrics._teller = Teller(metrics._prepared, most=remembering._most, cells=remembering._cells, kept=0)
        new_ms = _in_turns(rounds, told, lambda: run(hand))
        forgetful, others = metrics._teller, count()
        metrics._teller = remembering
        compile_new = _in_turns(rounds, lambda: compiled(forgetful, viewer))[0]
        another = partial(replace, who)
        compile_ms = _in_turns(rounds, lambda: compiled(remembering, Viewer.of(another(id=f"other {next(others)}"))))[0]
        cursor.close()
    return {
        "question": question.name,
        "equal": equal,
        "sql": sql_ms[0] / sql_ms[1],
        "sql_best": min(runs[0]) / min(runs[1]),
        "rows": rows_ms[0] / rows_ms[1],
        "rows_new": new_ms[0] / new_ms[1],
        "compile_ms": compile_ms,
        "compile_new_ms": compile_new,
        "ours_ms": sql_ms[0],
        "hand_ms": sql_ms[1],
        "characters": len(ours),
        "statement": ours,
    }


def _same(ours: list[tuple[Any, ...]], hand: list[tuple[Any, ...]]) -> bool:
    """The same rows, in the order of the columns that are in order by hand: rows that are level may change places."""
    if len(ours) != len(hand) or any(len(a) != len(b) for a, b in zip(ours, hand, strict=True)):
        return False

    def near(a: Any, b: Any) -> bool:
        numbers = isinstance(a, int | float) and isinstance(b, int | float)
        return math.isclose(a, b, rel_tol=1e-9) if numbers else a == b or str(a)[:10] == str(b)[:10]

    def alike(left: Sequence[Any], right: Sequence[Any]) -> bool:
        return all(map(near, left, right))

    in_order = [place for place, column in enumerate(zip(*hand, strict=True)) if _ordered(column)]
    ordered = all(alike([r[p] for r in ours], [r[p] for r in hand]) for p in in_order)
    by_member = (sorted(rows, key=lambda row: str(row[0])[:20]) for rows in (ours, hand))
    return bool(in_order) and ordered and all(alike(a, b) for a, b in zip(*by_member, strict=True))


def _ordered(column: Sequence[Any]) -> bool:
    pairs = list(pairwise(column))
    return all(a <= b for a, b in pairs) or all(a >= b for a, b in pairs)


def _in_turns(rounds: int, *works: Callable[[], object]) -> list[float]:
    """Median ms of each."""
    return [statistics.median(times) for times in _times_in_turns(rounds, *works)]


def _times_in_turns(rounds: int, *works: Callable[[], object]) -> list[list[float]]:
    """Ms of each, measured in turns so that a noisy neighbour hits all."""
    for work in works * 2:
        work()
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for times, work in zip(taken, works, strict=True):
            start = time.perf_counter()
            work()
            times.append((time.perf_counter() - start) * 1000)
    return taken


def _summary(figures: Sequence[dict[str, Any]], name: str) -> tuple[float, float]:
    values = [float(f[name]) for f in figures]
    return statistics.geometric_mean(values), max(values)


def _broken(figures: Sequence[dict[str, Any]]) -> list[str]:
    return [
        name
        for name, bounds in BOUNDS.items()
        if any(got > bound for got, bound in zip(_summary(figures, name), bounds, strict=True))
    ]


def _print(figures: Sequence[dict[str, Any]], *, sql: bool) -> None:
    heads = ("hand ms", "sql", "(best)", "to rows", "(new)", "compile ms", "(new)", "chars")
    print(f"{'':8}{'rows':>8}" + "".join(f"{head:>11}" for head in heads))
    for f in figures:
        told = [f["hand_ms"], *(f[name] for name in FIGURES)]
        same = "equal" if f["equal"] else "DIFFER"
        print(f"{f['question']:8}{same:>8}{''.join(f'{value:11.2f}' for value in told)}{f['characters']:11}")
        if sql:
            print(f"    {f['statement']}")
    for label, place in (("mean", 0), ("worst", 1)):
        print(f"{label:27}" + "".join(f"{_summary(figures, name)[place]:11.2f}" for name in FIGURES))
    bounds = ", ".join(f"{name} {mean:g} / {worst:g}" for name, (mean, worst) in BOUNDS.items())
    print(f"bounds (geometric mean / worst): {bounds}; broken: {', '.join(_broken(figures)) or 'none'}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
