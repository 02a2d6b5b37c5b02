"""Confirm and Cancel: bound to the command that was shown, to whoever gave it, and to one press."""

from __future__ import annotations

import datetime as dt
import re

from bot.state import State
from bot.state.pending import PendingCommand, Verdict
from bot.wording.digests import tell

__all__ = ["EXPIRES_AFTER", "take"]

EXPIRES_AFTER = dt.timedelta(hours=1)
_ID = re.compile(r"[\w-]{24}", re.ASCII)


def take(
    identifier: str, verdict: Verdict, *, actor: str, language: str, state: State, at: dt.datetime
) -> PendingCommand | str:
    """The command that is decided on with this press, which uses it up; or why there is none, in words. `identifier`
    is whatever the button carried."""
    found = state.pending.get(identifier) if _ID.fullmatch(identifier) else None
    if found is None:
        return tell(language, "pending.unknown")
    if found.actor != actor:
        return tell(language, "pending.not_yours")
    if found.settled is None and at - found.given_at > EXPIRES_AFTER:
        return tell(language, "pending.expired")
    if found.settled is None and state.pending.settle(identifier, verdict, at=at):
        return found
    settled = state.pending.get(identifier)
    return tell(language, "pending.cancelled" if settled and settled.settled == "cancelled" else "pending.confirmed")
