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

from bench.load.run import fairness, load_run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--askers", type=int, default=50, help="people who ask one question after another")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--wide", type=int, default=0, help="so many wide askers beside them, every other stretch")
    parser.add_argument("--stretch", type=float, default=5, help="seconds with and without the wide askers, in turns")
    parser.add_argument("--think", type=float, default=0, help="seconds between an answer and the next question")
    parser.add_argument("--questions", type=int, default=6, help="different questions of each asker")
    parser.add_argument("--folder", type=Path, help="a demo company that is there (or made there); else a new one")
    parser.add_argument("--as-of", type=dt.date.fromisoformat, default=dt.date(2026, 11, 20))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="paceline-load-") as scratch:
        run = fairness if args.wide else load_run
        found = asyncio.run(run(args, Path(scratch)))
    sys.stdout.write(json.dumps(asdict(found) | {"broken": found.broken}, ensure_ascii=False, indent=1) + "\n")
    return 1 if found.broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
