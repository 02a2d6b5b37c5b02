"""How many small faults the tests notice: a fixed sample of mutants over the four rooms, made by cosmic-ray.

    python -m bench.mutants [--room ROOM] [--sample N] [--seed N] [--workers N]

The sample is drawn by seed: the same checkout gives the same mutants. Each is put into a copy of the checkout, and the
tests that belong to its folder run there until one fails. Prints a report in Markdown.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_item import MutationSpec, TestOutcome

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("metrics", "nlq", "schedules", "bot")
TIMEOUT_S = 600
ENGINE = ("tests/truth", "tests/metrics/test_engine_store.py", "tests/metrics/test_engine_compile.py")
# Folder -> the tests that belong to it, quickest first. The longest folder that fits is taken.
TESTS: dict[str, tuple[str, ...]] = {
    "metrics": (*ENGINE, "tests/metrics", "tests/properties/test_props_engine.py"),
    "metrics/calendar": ("tests/metrics/test_engine_periods.py", "tests/metrics/test_model_workdays.py", "tests/truth"),
    "metrics/engines": ("tests/metrics/test_engine_duckdb.py", "tests/metrics/test_snapshots_lease.py", *ENGINE),
    "metrics/ingest": (
        "tests/metrics/test_ingest_table.py",
        "tests/metrics/test_ingest_load.py",
        "tests/metrics/test_ingest_failures.py",
        "tests/whole_data/test_held_back.py",
    ),
    "metrics/ingest/proposing": ("tests/company/test_company_init.py",),
    "metrics/model": (
        "tests/metrics/test_model_checks.py",
        "tests/metrics/test_model_sales.py",
        "tests/metrics/test_model_expressions.py",
        "tests/metrics/test_model_ossie.py",
        "tests/metrics/test_model_people.py",
        "tests/truth",
    ),
    "metrics/people": ("tests/metrics/test_model_people.py", "tests/metrics/test_policy.py", "tests/bot"),
    "metrics/policy": ("tests/metrics/test_policy.py", "tests/properties/test_props_engine.py"),
    "metrics/state": ("tests/state", "tests/schedules/test_sched_run.py"),
    "nlq": ("tests/language",),
    "schedules": ("tests/state", "tests/schedules", "--deselect=tests/schedules/test_sched_kill.py"),
    "bot": ("tests/bot", "tests/slack"),
    "bot/listeners": ("tests/slack", "tests/attack/test_entry.py", "tests/attack/test_entry_buttons.py"),
    "bot/commands": ("tests/bot/test_bot_cli.py", "tests/bad_input", "tests/workspace/test_ws_demo.py"),
    "bot/demo": ("tests/workspace/test_ws_demo.py",),
    "bot/state": ("tests/state", "tests/bot", "tests/slack"),
}
OPERATORS = (
    "AddNot",
    "ExceptionReplacer",
    "NumberReplacer",
    "ReplaceAndWithOr",
    "ReplaceBinaryOperator",
    "ReplaceBreakWithContinue",
    "ReplaceComparisonOperator",
    "ReplaceContinueWithBreak",
    "ReplaceFalseWithTrue",
    "ReplaceOrWithAnd",
    "ReplaceTrueWithFalse",
    "ReplaceUnaryOperator",
    "ZeroIterationForLoop",
)
UNTYPED = "BitOr"  # `str | None` is a type: changing it changes nothing


@dataclass(frozen=True)
class Mutant:
    module: str
    operator: str
    occurrence: int
    line: int

    def tests(self) -> tuple[str, ...]:
        folder = max((f for f in TESTS if self.module.startswith(f + "/")), key=len)
        return TESTS[folder]


@dataclass(frozen=True)
class Verdict:
    mutant: Mutant
    outcome: str  # killed, survived, or broken: no mutant could be made
    diff: str


def mutants_of(path: Path) -> Iterator[Mutant]:
    """One mutant for each place of a module that an operator can change, in the order of the text."""
    nodes = list(ast_nodes(get_ast_from_path(path)))
    for name in sorted(cosmic_ray.plugins.operator_names()):
        short = name.partition("/")[2]
        if not short.startswith(OPERATORS) or UNTYPED in short:
            continue
        operator = cosmic_ray.plugins.get_operator(name)()
        places = (start for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, (line, _) in enumerate(places):
            yield Mutant(str(path.relative_to(ROOT)), name, occurrence, line)


def sample(room: str, count: int, seed: int) -> list[Mutant]:
    """`count` mutants of a room: a module by its size, a line of it, a change of that line."""
    draw = random.Random(f"{seed} {room}")
    paths = sorted(p for p in (ROOT / room).rglob("*.py") if "migrations" not in p.parts)
    sizes = [p.stat().st_size for p in paths]
    made: dict[Path, dict[int, list[Mutant]]] = {}
    chosen: list[Mutant] = []
    while len(chosen) < count:
        (path,) = draw.choices(paths, sizes)
        if path not in made:
            made[path] = {}
            for mutant in mutants_of(path):
                made[path].setdefault(mutant.line, []).append(mutant)
        if made[path]:
            mutant = draw.choice(made[path][draw.choice(sorted(made[path]))])
            if mutant not in chosen:
                chosen.append(mutant)
    return chosen


def command(tests: Sequence[str]) -> str:
    return f"{sys.executable} -m pytest -x -q -p no:cacheprovider -p no:randomly {' '.join(tests)}"


def enter_copy(holder: str) -> None:
    """Each worker changes files of its own copy."""
    copy = Path(tempfile.mkdtemp(dir=holder))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    os.chdir(copy)
    os.environ["PYTHONPATH"] = f"{copy}{os.pathsep}{copy / 'examples'}"


def tried(mutant: Mutant) -> Verdict:
    spec = MutationSpec(
        module_path=mutant.module,
        operator_name=mutant.operator,
        occurrence=mutant.occurrence,
        start_pos=(mutant.line, 0),
        end_pos=(mutant.line, 1),
    )
    result = mutate_and_test([spec], command(mutant.tests()), TIMEOUT_S)
    outcomes = {TestOutcome.KILLED: "killed", TestOutcome.SURVIVED: "survived"}
    return Verdict(mutant, outcomes.get(result.test_outcome, "broken"), result.diff or result.output or "")


def passes(tests: tuple[str, ...]) -> str:
    """What is wrong with the tests before anything is changed; empty when they pass."""
    done = subprocess.run(command(tests).split(), capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    return "" if done.returncode == 0 else done.stdout[-2000:]


def changed(diff: str) -> str:
    """The line before and after, of a diff."""
    lines = [x for x in diff.splitlines() if x[:1] in "+-" and x[:3] not in ("+++", "---")]
    return " → ".join(f"`{x[1:].strip()}`" for x in lines[:2]).replace("|", "\\|")


def report(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "| room | mutants | killed | survived |"
    yield "|---|---|---|---|"
    for room in (*ROOMS, ""):
        mine = [v for v in verdicts if v.mutant.module.startswith(room)]
        killed = sum(v.outcome == "killed" for v in mine)
        if mine:
            yield f"| {room or 'all'} | {len(mine)} | {killed} ({killed / len(mine):.0%}) | {len(mine) - killed} |"
    yield ""
    for v in verdicts:
        if v.outcome != "killed":
            yield f"- `{v.mutant.module}:{v.mutant.line}` {v.outcome}: {changed(v.diff)}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--room", choices=ROOMS, action="append")
    parser.add_argument("--sample", type=int, default=30, help="mutants of each room")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args(argv)
    mutants = [m for room in args.room or ROOMS for m in sample(room, args.sample, args.seed)]
    with tempfile.TemporaryDirectory() as holder:
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(args.workers, spawned, enter_copy, (holder,)) as pool:
            suites = sorted({m.tests() for m in mutants})
            broken = [
                f"{' '.join(s)}\n{said}" for s, said in zip(suites, pool.map(passes, suites), strict=True) if said
            ]
            if broken:
                print("These fail before anything is changed:", *broken, sep="\n", file=sys.stderr)
                return 1
            verdicts = []
            for verdict in pool.map(tried, mutants):
                verdicts.append(verdict)
                print(f"{len(verdicts)}/{len(mutants)} {verdict.outcome} {verdict.mutant}", file=sys.stderr, flush=True)
    print("\n".join(report(verdicts)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
