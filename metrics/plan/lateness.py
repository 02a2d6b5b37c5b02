"""Late data: which sources lack a working day that is over, and which answers depend on them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from sqlglot import exp

from metrics.calendar.periods import bind_period
from metrics.errors import StaleData
from metrics.plan.bound import BoundQuery, Coverage
from metrics.plan.compile.prepared import Prepared
from metrics.query import Query
from metrics.query.answer import Note

__all__ = ["is_late", "late_notes", "late_sources"]

_ONE_DAY = dt.timedelta(days=1)
_LOOK_BACK = 400


def is_late(through: dt.date, day: dt.date, *, after: int, is_workday: Callable[[dt.date], bool]) -> bool:
    """Whether data complete to `through` is late, seen from `day`: it lacks the `after`-th last working day before it.
    Nobody waits on Monday for the rows of a Sunday.

    >>> weekday = lambda d: d.weekday() < 5
    >>> monday, friday = dt.date(2026, 11, 23), dt.date(2026, 11, 20)
    >>> [is_late(friday, monday + n * _ONE_DAY, after=1, is_workday=weekday) for n in (0, 1)]
    [False, True]
    """
    for back in range(1, min((day - through).days, _LOOK_BACK)):
        if is_workday(day - back * _ONE_DAY):
            after -= 1
            if after == 0:
                return True
    return (day - through).days >= _LOOK_BACK


def late_sources(coverage: Coverage, day: dt.date, *, is_workday: Callable[[dt.date], bool]) -> Mapping[str, dt.date]:
    """Dataset -> its last complete day, for those that are late on `day`."""
    late: dict[str, dt.date] = {}
    for dataset, through in coverage.through.items():
        after = coverage.late_after.get(dataset, 1)
        if through is not None and after is not None and is_late(through, day, after=after, is_workday=is_workday):
            late[dataset] = through
    return late


def late_notes(bound: BoundQuery, tree: exp.Expr, late: Mapping[str, dt.date], prepared: Prepared) -> tuple[Note, ...]:
    """A note for each late source that the statement reads and whose missing days were asked about. Raises StaleData
    for a ranking: places change with every row that is missing."""
    if not late:
        return ()
    read = {prepared.datasets_by_table.get(t.name) for t in tree.find_all(exp.Table)}
    missed = {d: through for d, through in sorted(late.items()) if d in read and _asks_after(bound, through)}
    for dataset, through in missed.items():
        if _is_ranking(bound.query):
            raise StaleData("stale_data", subject=dataset, fields=_since(through))
    return tuple(Note(code="late_source", fields={"source": d, **_since(t)}) for d, t in missed.items())


def _since(through: dt.date) -> dict[str, str]:
    return {"since": (through + _ONE_DAY).isoformat(), "through": through.isoformat()}


def _asks_after(bound: BoundQuery, through: dt.date) -> bool:
    """A day after `through`, up to as_of, is asked about; the state now is always of today."""
    if any(m.metric.snapshot for m in bound.metrics):
        return True
    asked = [bound.query.period]
    if bound.query.compare is not None and not isinstance(bound.query.compare.to, str):
        asked.append(bound.query.compare.to)
    # bound as if nothing were late: a window can be cut at the last complete day, or end with the last whole unit
    spans = (bind_period(p, calendar=bound.model.calendar, as_of=bound.as_of, through=None) for p in asked)
    return any(span.end > through + _ONE_DAY for span in spans)


def _is_ranking(query: Query) -> bool:
    """Places, or the first or last few of something."""
    return query.rank is not None or (query.limit is not None and bool(query.by))
