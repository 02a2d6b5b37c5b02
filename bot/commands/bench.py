"""`paceline bench`: the benchmark suite, which is part of a checkout and not of an installation."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.console import Console

__all__ = ["run"]

SUITE = Path(__file__).resolve().parents[2] / "bench" / "suite.py"


def run(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> int:
    spec = importlib.util.spec_from_file_location("bench.suite", SUITE) if SUITE.is_file() else None
    if spec is None or spec.loader is None:
        console.problem("bench: the benchmark suite is not installed; run it from a checkout")
        return 1
    sys.path.insert(0, str(SUITE.parents[1]))
    suite = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = suite
    spec.loader.exec_module(suite)
    return int(suite.main(args.rest) or 0)
