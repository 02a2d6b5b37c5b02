"""`paceline init`: a new workspace folder."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from bot import init_workspace
from bot.console import Console

__all__ = ["run"]


def run(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> int:
    return int(init_workspace.run(args, console, env))
