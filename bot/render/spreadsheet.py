"""An answer as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re

from bot.wording import TableWords
from metrics.query.answer import Cell

__all__ = ["answer_csv", "file_name"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def answer_csv(told: TableWords) -> str:
    """Labels as the header, raw values below (fractions, ISO dates; n/a is empty), codes by their labels. A text that a
    spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_safe(label) for label in told.labels])
    for row in told.table.rows:
        labelled = (told.words.labelled(c.of, v) for c, v in zip(told.table.columns, row, strict=True))
        writer.writerow([_value(value) for value in labelled])
    # The byte order mark makes Excel read UTF-8.
    return "\ufeff" + out.getvalue()


def file_name(told: TableWords) -> str:
    """Plain ASCII, from the metric and the end of its window."""
    named = next((m.subject() for m in told.about if m.subject()), "")
    metric = re.sub(r"[^A-Za-z0-9_-]+", "_", named) or "answer"
    window = told.window()
    if window is None or window.end is None:
        return f"{metric}.csv"
    return f"{metric}_{window.end - dt.timedelta(days=1)}.csv"


def _value(value: Cell) -> str | int | float:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return value
    return value.isoformat() if isinstance(value, dt.date) else _safe(value)


def _safe(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA) else text
