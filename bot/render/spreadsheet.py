"""An answer as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re

from bot.wording import Words
from metrics.query.answer import Answer, Cell

__all__ = ["answer_csv", "file_name"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def answer_csv(words: Words, answer: Answer) -> str:
    """Labels as the header, raw values below (fractions, ISO dates; n/a is empty), codes by their labels. A text that a
    spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_safe(words.column(c, answer)) for c in answer.columns])
    for row in answer.rows:
        writer.writerow([_value(words.labelled(c.of, v)) for c, v in zip(answer.columns, row, strict=True)])
    # The byte order mark makes Excel read UTF-8.
    return "\ufeff" + out.getvalue()


def file_name(answer: Answer) -> str:
    """Plain ASCII, from the metric and the end of its window."""
    metric = re.sub(r"[^A-Za-z0-9_-]+", "_", answer.query.metrics[0]) or "answer"
    window = next((w for w in answer.receipt.windows if w.label == "current"), None)
    return f"{metric}_{window.end - dt.timedelta(days=1)}.csv" if window is not None else f"{metric}.csv"


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
