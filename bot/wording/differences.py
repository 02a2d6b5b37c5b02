"""What differs in a load that is not believed, in words: a line per difference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.wording.dates import bucket_words
from bot.wording.digests import tell
from bot.wording.figures import date_words
from metrics.ingest import Difference
from metrics.model.schema import Calendar

__all__ = ["difference_lines"]


def difference_lines(differences: Sequence[Difference], language: str) -> list[str]:
    return [_line(d, language) for d in differences]


def _line(difference: Difference, language: str) -> str:
    fields = {"table": difference.table}
    key = f"diff.{difference.kind}"
    if difference.kind in ("rows", "past"):
        before, now = int(difference.before), int(difference.now)
        fields |= {"before": f"{before:,}", "now": f"{now:,}", "change": f"−{(before - now) / before:.0%}"}
        if difference.since is not None:
            fields["since"] = bucket_words(difference.since, "month", Calendar(), language)
            key = "diff.rows.since" if difference.kind == "rows" else key
    elif difference.kind != "line_end":
        fields |= {"before": _day(difference.before, language), "now": _day(difference.now, language)}
    return tell(language, key, **fields)


def _day(iso: str, language: str) -> str:
    return date_words(dt.date.fromisoformat(iso), language) if iso else tell(language, "diff.never")
