"""`/kpi-admin`: rules, digests, links and roles by one-line commands."""

from __future__ import annotations

from bot.admin.execute import execute
from bot.admin.parts import Reply

__all__ = ["Reply", "execute"]
