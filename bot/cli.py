"""The `paceline` command. Parses, opens nothing itself, and turns every expected error into one line and an exit code.

Exit codes: 0 done, 1 failure, 2 usage. Each command lives in `bot.commands` and is imported only when it is called.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.calm_start import without_collector
from bot.console import Console

__all__ = ["COMMANDS", "main"]

COMMANDS: dict[str, str] = {
    "init": "make a new workspace folder",
    "check": "validate model, sales, sources and rules: every problem with file, line and fix",
    "load": "build the metric store from the sources",
    "ask": "answer a question, or a batch of them",
    "serve": "run the Slack app (Socket Mode when SLACK_APP_TOKEN is set, else HTTP) and the scheduler",
    "demo": "run the bot in a local workspace with demo data",
    "run-due": "do what the scheduler would do at a moment, once",
    "bench": "run the benchmark suite",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    console = Console(sys.stdout, sys.stderr, sys.stderr.isatty())
    try:
        args = _parse(sys.argv[1:] if argv is None else argv)
    except SystemExit as stop:  # argparse has already said what is wrong
        return stop.code if isinstance(stop.code, int) else 2
    named = args.workspace or os.environ.get("PACELINE_WORKSPACE")
    # The demo makes its own workspace unless one is named; every other command works on the current folder.
    args.workspace = Path(named or ".") if named or args.command != "demo" else None
    with without_collector():
        command = importlib.import_module(f"bot.commands.{args.command.replace('-', '_')}")
        # Not above: a usage error, or --help, need not wait for the engine that `metrics` brings.
        from metrics.errors import InternalError, LoadError, ModelError, UserError
    try:
        return int(command.run(args, console, dict(os.environ)))
    except (ModelError, LoadError) as error:
        for problem in error.problems:
            console.problem(str(problem))
    except UserError as error:
        console.problem(_in_words(error.code, {"subject": error.subject, "code": error.code, **error.fields}))
    except InternalError as error:
        console.problem(f"{type(error).__name__}: {error}")
    except OSError as error:
        if isinstance(error, BrokenPipeError):  # `paceline ask … | head`: the reader has what it wanted
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        console.problem(f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "))
    except KeyboardInterrupt:
        return 130
    return 1


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="paceline", description="A sales organisation runs on its numbers.")
    parser.add_argument(
        "-w", "--workspace", metavar="DIR", default=None, help="workspace folder (default: PACELINE_WORKSPACE or .)"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".")
        # SUPPRESS: `-w` before the command must survive a command without it.
        sub.add_argument("-w", "--workspace", metavar="DIR", default=argparse.SUPPRESS, help="workspace folder")
        _arguments_of(name, sub)
    return parser.parse_args(argv)


def _arguments_of(name: str, sub: argparse.ArgumentParser) -> None:
    if name == "init":
        sub.add_argument("dir", metavar="DIR", help="folder to make")
        sub.add_argument(
            "--from", dest="source", metavar="DATA", help="propose the files from this CSV or Parquet file"
        )
    elif name == "check":
        sub.add_argument("--strict", action="store_true", help="warnings fail too")
    elif name == "load":
        choice = sub.add_mutually_exclusive_group()
        choice.add_argument(
            "--show-difference", action="store_true", help="say what differs in the load that waits to be confirmed"
        )
        choice.add_argument("--confirm", metavar="ID", help="let the load that waits serve, as it was shown")
    elif name == "ask":
        sub.add_argument("question", nargs="?", metavar="QUESTION")
        sub.add_argument(
            "--as", dest="asker", metavar="PERSON", help="who asks: id, full name or e-mail of the people dataset"
        )
        sub.add_argument(
            "--as-of", metavar="ISO", help="moment asked about; a date is the end of that day (default: now)"
        )
        sub.add_argument(
            "--channel", choices=["PUBLIC", "DM"], type=str.upper, default="DM", help="who will see the answer"
        )
        sub.add_argument("--json", action="store_true", help="print the JSON object of --batch")
        sub.add_argument("--explain", action="store_true", help="print how the question is read, and do not answer it")
        sub.add_argument("--batch", metavar="FILE", help="JSON lines file of questions, or - for standard input")
    elif name == "serve":
        sub.add_argument("--no-scheduler", action="store_true", help="answer only: for extra replicas")
        sub.add_argument(
            "--port", type=int, metavar="N", help="port of the HTTP listener (default: PACELINE_PORT or 3000)"
        )
    elif name == "demo":
        sub.add_argument("--port", type=int, default=None, metavar="N", help="port of the page")
        sub.add_argument("--folder", metavar="DIR", help="where the demo company is kept (default: .demo)")
        sub.add_argument("--no-browser", action="store_true", help="do not open a browser")
        sub.add_argument("--as-of", metavar="ISO", help="the moment the demo starts at")
        sub.add_argument("--prepare", action="store_true", help="only write and load the demo company, then exit")
    elif name == "run-due":
        sub.add_argument("--as-of", required=True, metavar="ISO", help="the moment to run for")
        sub.add_argument("--dry-run", action="store_true", help="print what would be sent; send and record nothing")
    elif name == "bench":
        sub.add_argument("rest", nargs=argparse.REMAINDER, help="arguments of the suite")


def _in_words(code: str, fields: Mapping[str, str]) -> str:
    from bot.wording.sentences import say

    try:
        return say("en", f"error.{code}", **fields)
    except KeyError:
        return say("en", "error.other", **fields)


if __name__ == "__main__":
    sys.exit(main())
