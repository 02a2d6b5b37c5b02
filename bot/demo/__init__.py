"""`paceline demo`: the unmodified bot in a local workspace, over a company that lives from day to day."""

from __future__ import annotations

from bot.demo.command import run

__all__ = ["run"]
