"""`paceline demo`: the bot in a local workspace."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from bot.console import Console
from bot.demo import run as perform

__all__ = ["run"]


def run(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> int:
    return int(perform(args, console, env))
