"""Cells of a table that is about to be shown. Apart from the blocks: the terminal shows them without Slack."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Cell", "finite"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a table cell shows, and the number it sorts by."""

    text: str
    number: float | int | None = None


def finite(value: object) -> float | int | None:
    """A number that JSON and Slack take, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, int):
        return value
    number = float(value)
    return number if math.isfinite(number) else None
