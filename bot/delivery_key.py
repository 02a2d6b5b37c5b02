"""What tells one delivery by Slack from another: the same twice is one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

__all__ = ["delivery_key"]

_LONGEST = 150


def delivery_key(body: Mapping[str, Any], raw: str, timestamp: str) -> str:
    """The event's id; for a command or an interaction its trigger, which Slack makes anew for each deed of a person;
    else, over HTTP, a digest of what was signed (timestamp and body). "" where there is nothing to tell by."""
    for kind, name in (("", "event_id"), ("trigger:", "trigger_id")):
        said = body.get(name)
        if isinstance(said, str) and said:
            return kind + (said if len(said) <= _LONGEST else hashlib.sha256(said.encode()).hexdigest())
    return "body:" + hashlib.sha256(f"{timestamp}:{raw}".encode()).hexdigest() if raw else ""
