"""`paceline init`: a new workspace folder."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from bot.console import Console
from bot.init_workspace import run as initialise

__all__ = ["run"]


def run(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> int:
    return int(initialise(args, console, env))
