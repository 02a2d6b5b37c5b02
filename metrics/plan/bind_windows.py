"""The windows of a bound query: what is asked, what it is compared with, its buckets, and what must be said about
them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from metrics.calendar.periods import (
    IsWorkday,
    Span,
    add_units,
    bind_period,
    like_for_like,
    previous,
    span_label,
    unit_start,
    year_before,
)
from metrics.errors import StaleData, UnsupportedCombination
from metrics.model.schema import Metric
from metrics.plan.bound import BoundMetric, Coverage, Trend
from metrics.plan.compile.prepared import Prepared
from metrics.query import AllTime, Query
from metrics.query.answer import Note

__all__ = ["Windows", "bind_windows", "trend_of"]

ONE_DAY = dt.timedelta(days=1)
_LAGS = {"week": 52, "month": 12, "quarter": 4, "year": 1}  # buckets in a year


@dataclass(frozen=True, slots=True)
class Windows:
    """`through`: the last day for which every source needed is complete."""

    metrics: tuple[BoundMetric, ...]
    through: dt.date | None
    notes: tuple[Note, ...]


def bind_windows(
    query: Query,
    metrics: Sequence[Metric],
    prepared: Prepared,
    *,
    as_of: dt.date,
    coverage: Coverage,
    is_workday: IsWorkday,
) -> Windows:
    """Raises StaleData when a day is asked about that is not loaded yet, UnsupportedCombination for windows that mean
    nothing."""
    _check_snapshots(query, metrics)
    _check_now(metrics, prepared, coverage, as_of)
    dated = [m for m in metrics if not m.snapshot]
    through, source = _through(dated or metrics, prepared, coverage)
    period = query.period if dated else AllTime()
    current = bind_period(period, calendar=prepared.model.calendar, as_of=as_of, through=through)
    _check_begun(current, as_of, through, source)
    notes: list[Note] = []
    swapped = _compared(query, current, prepared, as_of=as_of, through=through)
    if swapped is not None:
        current, other = swapped
        if other.end < other.full_end and current.cut:
            notes.append(Note(code="partial_compare", fields={"to": (other.end - ONE_DAY).isoformat()}))
    made = []
    for metric in metrics:
        if metric.snapshot:
            made.append(
                BoundMetric(
                    metric, True, bind_period(AllTime(), calendar=prepared.model.calendar, as_of=as_of, through=None)
                )
            )
            continue
        basis = is_workday if metric.working_day_basis else None
        earlier = _earlier(query, current, swapped, basis)
        first = _first_day(metric, prepared, coverage)
        made.append(
            BoundMetric(
                metric,
                True,
                current,
                earlier,
                known=_known(current, first),
                earlier_known=earlier is None or _known(earlier, first),
            )
        )
    notes += [*_said(query, made, prepared, coverage), *_shorter(dated, current, prepared, coverage, as_of)]
    return Windows(tuple(made), through, tuple(notes))


def _check_snapshots(query: Query, metrics: Sequence[Metric]) -> None:
    snapshots = [m for m in metrics if m.snapshot]
    if not snapshots:
        return
    if query.grain is not None:
        raise UnsupportedCombination("grain_on_snapshot", subject=snapshots[0].name)
    if query.compare is not None:
        raise UnsupportedCombination("compare_snapshot", subject=snapshots[0].name)
    if not isinstance(query.period, AllTime) and (len(snapshots) == len(metrics) or metrics[0].snapshot):
        raise UnsupportedCombination("snapshot_with_period", subject=snapshots[0].name)


def _check_now(metrics: Sequence[Metric], prepared: Prepared, coverage: Coverage, as_of: dt.date) -> None:
    """The state now is all a snapshot metric knows: what it was on an earlier day is not kept."""
    for metric in metrics:
        through, _ = _through([metric], prepared, coverage) if metric.snapshot else (None, "")
        if through is not None and as_of < through:
            raise UnsupportedCombination("snapshot_of_past", subject=metric.name, fields={"date": through.isoformat()})


def _through(metrics: Sequence[Metric], prepared: Prepared, coverage: Coverage) -> tuple[dt.date | None, str]:
    needed = {d: coverage.through.get(d) for m in metrics for d in prepared.sources(m.name)}
    known = {d: day for d, day in needed.items() if day is not None}
    if not known:
        return None, ""
    source = min(known, key=lambda d: known[d])
    return known[source], source


def _check_begun(current: Span, as_of: dt.date, through: dt.date | None, source: str) -> None:
    if not current.empty:
        return
    assert current.start is not None
    if current.start > as_of:
        raise UnsupportedCombination("future_period", subject=current.start.isoformat())
    late = through is not None and current.start - through > ONE_DAY
    if through is not None and (current.unit == "day" or late):
        raise StaleData(
            "not_loaded_yet", subject=source, fields={"since": through.isoformat(), "period": current.start.isoformat()}
        )


def _compared(
    query: Query, current: Span, prepared: Prepared, *, as_of: dt.date, through: dt.date | None
) -> tuple[Span, Span] | None:
    """Two named windows as (later, earlier), the earlier cut where the later one is not over."""
    if query.compare is None or isinstance(query.compare.to, str):
        return None
    other = bind_period(query.compare.to, calendar=prepared.model.calendar, as_of=as_of, through=through)
    if current.start is None or other.start is None:
        raise UnsupportedCombination("compare_all_time")
    later, earlier = (current, other) if current.start >= other.start else (other, current)
    if later.empty and not current.empty:
        _check_begun(later, as_of, through, "")
    if later.cut and not earlier.cut:
        earlier = like_for_like(earlier, later)
    return later, earlier


def _earlier(query: Query, current: Span, swapped: tuple[Span, Span] | None, basis: IsWorkday | None) -> Span | None:
    if query.compare is None or query.grain is not None:
        return None
    if swapped is not None:
        later, earlier = swapped
        whole = replace(earlier, end=earlier.full_end)
        return like_for_like(whole, later, is_workday=basis) if earlier.cut and basis is not None else earlier
    return year_before(current) if query.compare.to == "year_ago" else previous(current, is_workday=basis)


def _first_day(metric: Metric, prepared: Prepared, coverage: Coverage) -> dt.date | None:
    """The latest of the first days of the sources of a metric: before it, the metric cannot be known."""
    days = [coverage.starts.get((d, metric.time[d])) for d in prepared.metric(metric.name).datasets if d in metric.time]
    return max((d for d in days if d is not None), default=None)


def _known(span: Span, first: dt.date | None) -> bool:
    return first is None or span.empty or span.end > first


def _said(query: Query, metrics: Sequence[BoundMetric], prepared: Prepared, coverage: Coverage) -> list[Note]:
    """What the reader must know about the windows, once each."""
    calendar = prepared.model.calendar
    notes: dict[tuple[str, str], Note] = {}
    for bound in metrics:
        if bound.metric.snapshot:
            continue
        if bound.current.cut:
            last = (bound.current.end - ONE_DAY).isoformat()
            days = str((bound.current.end - bound.current.start).days) if bound.current.start else ""
            notes["to_date", ""] = Note(code="to_date", fields={"end": last, "days": days})
        first = _first_day(bound.metric, prepared, coverage)
        for span, known in ((bound.current, bound.known), (bound.earlier, bound.earlier_known)):
            if span is None or span.start is None or first is None:
                continue
            label = span_label(span, calendar)
            if not known:
                notes["no_data_before", label] = Note(
                    code="no_data_before", fields={"date": first.isoformat(), "window": label}
                )
            elif span.start < first:
                notes["incomplete_first_period", label] = Note(
                    code="incomplete_first_period", fields={"date": first.isoformat(), "window": label}
                )
    mixed = [b.metric.name for b in metrics if b.metric.snapshot and not isinstance(query.period, AllTime)]
    if mixed:
        notes["assumed", ""] = Note(code="assumed", fields={"what": "snapshot", "metrics": ", ".join(mixed)})
    return list(notes.values())


def _shorter(
    metrics: Sequence[Metric], current: Span, prepared: Prepared, coverage: Coverage, as_of: dt.date
) -> list[Note]:
    """Of sources with different last days: the one at whose end the numbers end."""
    days = {d: coverage.through.get(d) for m in metrics for d in prepared.metric(m.name).datasets}
    known = sorted((day, dataset) for dataset, day in days.items() if day is not None)
    if not known or current.end != known[0][0] + ONE_DAY or not (current.cut or current.start is None):
        return []
    (first, source), (last, other) = known[0], known[-1]
    if first >= min(last, as_of):
        return []
    fields = {"source": source, "through": first.isoformat(), "other": other, "other_through": last.isoformat()}
    return [Note(code="shorter_source", fields=fields)]


def trend_of(
    query: Query, metrics: Sequence[BoundMetric], prepared: Prepared, *, coverage: Coverage, is_workday: IsWorkday
) -> Trend | None:
    """The buckets. Those wholly before the first row of the source are left out: nothing is known of them."""
    if query.grain is None:
        return None
    calendar, grain, current = prepared.model.calendar, query.grain, metrics[0].current
    first = None
    if current.start is not None:
        first = unit_start(current.start, grain, calendar)
        days = [d for m in metrics if (d := _first_day(m.metric, prepared, coverage)) is not None]
        if days:
            first = max(first, min(unit_start(min(days), grain, calendar), current.end - ONE_DAY))
    lag = 0
    if query.compare is not None:
        lag = _LAGS[grain] if query.compare.to == "year_ago" else 1
        if (
            first is not None and current.start is not None and first < current.start
        ):  # half a bucket has no equal before it
            raise UnsupportedCombination("grain_compare_misaligned", subject=current.start.isoformat())
    partial = bucket = None
    last = unit_start(current.end - ONE_DAY, grain, calendar)
    whole_end = add_units(last, grain, 1)
    if lag and current.end < whole_end and not current.empty:
        running = Span(last, current.end, whole_end, grain)
        basis = is_workday if metrics[0].metric.working_day_basis else None
        if query.compare is None or query.compare.to != "year_ago":
            partial = previous(running, is_workday=basis)
        elif grain == "week":  # the bucket beside it is 52 weeks back, from the same weekday on
            back = add_units(last, grain, -lag)
            partial = like_for_like(Span(back, back, add_units(back, grain, 1), grain), running, is_workday=basis)
        else:
            partial = year_before(running)
        bucket = last
    return Trend(grain, first, current.end, lag, partial, bucket)
