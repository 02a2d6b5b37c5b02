"""Is an answer's table the same facts as a gold table? Shapes may differ, numbers may not.

A gold table was written by hand with SQL and may carry supporting columns (won and lost beside a win rate) that an
answer need not show. So: every text column and the first number column of the gold must be there; a comparison may
come as one row of numbers (gold) or as a row per period (ours). No other leniency.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Sequence
from typing import Any

Row = Sequence[Any]


def _cell(value: Any) -> Any:
    """Numbers to float, dates and quarter names to one spelling."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value).strip().casefold()
    # 2017-Q3 and Q3 are the same bucket within one year
    return text[5:] if len(text) == 7 and text[4:6] == "-q" else text


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-6, abs_tol=6e-5)  # gold is rounded to four places
    return bool(a == b)


def _column(rows: Sequence[Row], i: int) -> list[Any]:
    return [row[i] for row in rows]


def _is_text(column: Sequence[Any]) -> bool:
    return any(isinstance(v, str) for v in column)


def same_rows(gold: Sequence[Row], ours: Sequence[Row], *, ordered: bool) -> bool:
    """Every gold row stands in `ours` (same count), through one assignment of gold columns to our columns."""
    gold = [[_cell(v) for v in row] for row in gold]
    ours = [[_cell(v) for v in row] for row in ours]
    if not gold:
        return not ours
    if len(gold) != len(ours):
        return len(gold) == 1 and _as_periods(gold[0], ours)
    width = len(gold[0])
    text = [i for i in range(width) if _is_text(_column(gold, i))]
    numbers = [i for i in range(width) if i not in text]
    needed = text + numbers[:1]
    for picked in itertools.permutations(range(len(ours[0])), len(needed)):
        left = [[row[i] for i in needed] for row in gold]
        right = [[row[i] for i in picked] for row in ours]
        if _equal(left, right, ordered=ordered):
            return True
    return len(gold) == 1 and _as_periods(gold[0], ours)


def _equal(left: list[list[Any]], right: list[list[Any]], *, ordered: bool) -> bool:
    if not ordered:
        left, right = (sorted(rows, key=repr) for rows in (left, right))
    return all(_same(a, b) for l_row, r_row in zip(left, right, strict=True) for a, b in zip(l_row, r_row, strict=True))


def _as_periods(gold: Row, ours: Sequence[Row]) -> bool:
    """A gold comparison in one row against a row per period: all its numbers must be among ours."""
    if len(ours) < 2:
        return False
    cells = [v for row in ours for v in row]
    return all(any(_same(value, cell) for cell in cells) for value in gold if value is not None)
