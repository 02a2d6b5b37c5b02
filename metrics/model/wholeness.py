"""What sources.yaml says about wholeness: how far rows may fall between two loads, and when a source counts as late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from metrics.model.shapes import Either, Flag, Record, Text, Whole

__all__ = ["CHECKS", "EVERY_CHECK", "LATE_AFTER", "Checks", "checks_of", "late_after_of"]

_SHARE = Text(r"\d{1,2}(\.\d+)?\s*%|100\s*%", "a percentage such as 10%")
CHECKS = Either(
    (
        Record({"fall": Either((_SHARE, Flag())), "last_day": Flag(), "quiet": Flag(), "whole_lines": Flag()}),
        Flag(),
    )
)
LATE_AFTER = Either((Whole(1, 366), Flag()))
_FALL = 0.10
_DAILY = 1  # working days after which a source with a last complete day is late, unless it says otherwise


@dataclass(frozen=True, slots=True)
class Checks:
    """What makes the rows of a table suspicious; each can be switched off.

    fall         share of the rows of the table, or of one past month, that may be gone since the load before; None: any
    last_day     the last complete day, and the newest day with rows, never go back
    quiet        the days just before the last complete day have rows, as they always had
    whole_lines  the file does not end in the middle of a line
    """

    fall: float | None = _FALL
    last_day: bool = True
    quiet: bool = True
    whole_lines: bool = True


EVERY_CHECK = Checks()
_OFF = Checks(fall=None, last_day=False, quiet=False, whole_lines=False)


def checks_of(said: Any, above: Checks) -> Checks:
    """`checks:` as written, over what is said for all tables (`above`). YAML reads on and off as true and false."""
    if isinstance(said, bool):
        return above if said else _OFF
    if not isinstance(said, Mapping):
        return above
    changes: dict[str, Any] = dict(said)
    if "fall" in changes:
        share = changes["fall"]
        changes["fall"] = float(share.rstrip("% ")) / 100 if isinstance(share, str) else _FALL if share else None
    return replace(above, **changes)


def late_after_of(said: Any) -> int | None:
    """Working days without a complete day after which the source is late; None: it never is."""
    if isinstance(said, bool):
        return _DAILY if said else None
    return said if isinstance(said, int) else _DAILY
