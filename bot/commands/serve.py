"""`paceline serve`: the Slack app and the scheduler."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Mapping

from bot.console import Console
from bot.runtime import Runtime
from bot.serving import serve

__all__ = ["run"]


def run(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    runtime = Runtime.open(args.workspace, env)
    try:
        asyncio.run(serve(runtime, console, scheduler=not args.no_scheduler, port=args.port))
    finally:
        runtime.close()
    return 0
