"""`python -m bench.load --askers 50 --seconds 60 [--wide 4]`: prints the figures; 1 when a bound is broken."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.load.run import Plan, fairness, load_run
from bot.demo.folder import DemoFolder


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--askers", type=int, default=50, help="people who ask one question after another")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=0, help="seconds between an answer and the next question")
    parser.add_argument("--questions", type=int, default=6, help="different questions of each asker")
    parser.add_argument("--wide", type=int, default=0, help="so many wide askers beside them, every other stretch")
    parser.add_argument("--stretch", type=float, default=5, help="seconds with and without the wide askers, in turns")
    parser.add_argument("--folder", type=Path, help="where the demo company is kept; else it is made anew")
    parser.add_argument("--as-of", type=dt.date.fromisoformat, default=dt.date(2026, 11, 20))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="paceline-load-") as scratch:
        folder = args.folder or Path(scratch) / "company"
        folder.mkdir(parents=True, exist_ok=True)
        day = DemoFolder(folder, {}, reps=max(60, args.askers + args.wide)).prepare(args.as_of)
        plan = Plan(
            folder,
            day,
            askers=args.askers,
            seconds=args.seconds,
            think=args.think,
            questions=args.questions,
            wide=args.wide,
            stretch=args.stretch,
        )
        found = asyncio.run((fairness if plan.wide else load_run)(plan, Path(scratch)))
    sys.stdout.write(json.dumps(asdict(found) | {"broken": found.broken}, ensure_ascii=False, indent=1) + "\n")
    return 1 if found.broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
