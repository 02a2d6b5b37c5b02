"""What is suspicious about the rows of a load, by itself and against the load before. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from metrics.ingest.extent import unusually_quiet
from metrics.ingest.report import Difference, TableReport
from metrics.model.sources import Sources
from metrics.model.wholeness import Checks

__all__ = ["differences"]

_FEW = 2  # rows that may always go: one correction in a small table is no fall


def differences(now: Sequence[TableReport], before: Sequence[TableReport], sources: Sources) -> tuple[Difference, ...]:
    """Everything that keeps the new rows from serving, table by table. `before`: empty for a first load."""
    known: Mapping[str, TableReport] = {t.name: t for t in before}
    found: list[Difference] = []
    for table in now:
        checks = sources.tables[table.name].checks
        if table.name in known:
            found += _against(table, known[table.name], checks)
        if checks.quiet:
            found += _quiet(table, known.get(table.name))
    return tuple(found)


def _quiet(now: TableReport, before: TableReport | None) -> Iterator[Difference]:
    """Declared complete, yet without the rows of the last days. A silence that serves already was confirmed."""
    if now.extent is None or not unusually_quiet(now.extent):
        return
    confirmed = before is not None and before.extent is not None and before.extent.last_day == now.extent.last_day
    if confirmed and before is not None and before.extent is not None and unusually_quiet(before.extent):
        return
    yield Difference(table=now.name, kind="quiet", before=now.through or "", now=now.extent.last_day or "")


def _against(now: TableReport, before: TableReport, checks: Checks) -> Iterator[Difference]:
    months = _fallen_months(now, before, checks.fall)
    since = min(months, default=None)
    if _fell(before.kept, now.kept, checks.fall):
        yield Difference(table=now.name, kind="rows", before=str(before.kept), now=str(now.kept), since=since)
    elif months:
        lost, left = (sum(m[at] for m in months.values()) for at in (0, 1))
        yield Difference(table=now.name, kind="past", before=str(lost), now=str(left), since=since)
    if checks.last_day:
        if _back(now.through, before.through):
            yield Difference(table=now.name, kind="through", before=before.through or "", now=now.through or "")
        last, last_before = (t.extent.last_day if t.extent else None for t in (now, before))
        if _back(last, last_before) and (last, last_before) != (now.through, before.through):
            yield Difference(table=now.name, kind="last_day", before=last_before or "", now=last or "")
    if checks.whole_lines and before.whole_lines and now.whole_lines is False:
        yield Difference(table=now.name, kind="line_end")


def _fallen_months(now: TableReport, before: TableReport, fall: float | None) -> dict[str, tuple[int, int]]:
    """Month -> rows before and now, for those up to the last day of the load before that lost too many."""
    if now.extent is None or before.extent is None:
        return {}
    days = (before.through, before.extent.last_day)
    last = min((d for d in days if d is not None), default=dt.date.max.isoformat())[:7]
    counts = {m: (rows, now.extent.months.get(m, 0)) for m, rows in before.extent.months.items() if m <= last}
    return {m: (was, left) for m, (was, left) in counts.items() if _fell(was, left, fall)}


def _fell(before: int, now: int, fall: float | None) -> bool:
    return fall is not None and before - now > max(before * fall, _FEW)


def _back(now: str | None, before: str | None) -> bool:
    """ISO days. A day that is no longer known went back too, unless it was never known."""
    return before is not None and (now is None or now < before)
