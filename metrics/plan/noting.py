"""What a reader must know of a table's windows and rows, once each. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

from metrics.calendar.binding import days_label
from metrics.plan.grid.world import World
from metrics.plan.names import NONE_MEMBER
from metrics.query.answer import Cell, Column, Note, Role
from metrics.query.asked import Asked
from metrics.query.when import All

__all__ = ["of_rows", "of_windows"]

_ONE_DAY = dt.timedelta(days=1)


def of_windows(asked: Asked, world: World, *, disclosed: bool) -> list[Note]:
    """`disclosed`: something is told of rows that may not be seen, so since when there are any is not."""
    made = [*_to_date(world), *_likened(world), *_snapshots(asked, world), *_shorter(world)]
    return made if disclosed else [*made, *_before_the_first(world)]


def _to_date(world: World) -> Iterator[Note]:
    for of, days in world.windows.used:
        if of == "shown" and days.cut and days.end is not None:
            number = "" if days.start is None else str((days.end - days.start).days)
            yield Note(code="to_date", fields={"end": (days.end - _ONE_DAY).isoformat(), "days": number})
            return


def _likened(world: World) -> Iterator[Note]:
    for days in world.windows.likened:
        if days.end is not None:
            yield Note(code="partial_compare", fields={"to": (days.end - _ONE_DAY).isoformat()})
            return


def _before_the_first(world: World) -> list[Note]:
    """Windows that begin before the first row of what is asked about: unknown; or known in part, said to who sees all
    rows: since when there are one's own is no news."""
    notes: dict[tuple[str, str], Note] = {}
    for (_, days), metrics in world.windows.used.items():
        for metric in metrics.values():
            first = world.windows.first_day(metric)
            if first is None or days.start is None or days.start >= first:
                continue
            known = world.windows.known(metric, days)
            if known and world.sight.restricts:
                continue
            code = "incomplete_first_period" if known else "no_data_before"
            label = days_label(days, world.model.calendar)
            notes[code, label] = Note(code=code, fields={"date": first.isoformat(), "window": label})
    return list(notes.values())


def _snapshots(asked: Asked, world: World) -> Iterator[Note]:
    mixed = [m.name for m in world.metrics if m.snapshot and not isinstance(asked.period, All)]
    if mixed:
        yield Note(code="assumed", fields={"what": "snapshot", "metrics": ", ".join(mixed)})


def _shorter(world: World) -> Iterator[Note]:
    """Of sources with different last days: the one at whose end the numbers end."""
    through = {d: world.windows.source_through(d) for m in world.subjects for d in world.prepared.sources(m.name)}
    known = sorted((day, dataset) for dataset, day in through.items() if day is not None)
    shown = next((days for of, days in world.windows.used if of == "shown"), None)
    if not known or shown is None or shown.end != known[0][0] + _ONE_DAY or not (shown.cut or shown.start is None):
        return
    (first, source), (last, other) = known[0], known[-1]
    if first < min(last, world.as_of):
        fields = {"source": source, "through": first.isoformat(), "other": other, "other_through": last.isoformat()}
        yield Note(code="shorter_source", fields=fields)


def of_rows(
    asked: Asked, columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]], *, others: int
) -> Iterator[Note]:
    """`others`: something is told of rows that may not be seen, where there are so many of them."""
    places = {c.role: i for i, c in enumerate(columns)}
    if any(c.role == "dimension" and NONE_MEMBER in map(itemgetter(i), rows) for i, c in enumerate(columns)):
        yield Note(code="null_members")
    if "rank" in places:
        unranked = [*map(itemgetter(places["rank"]), rows)].count(None)
        if unranked:
            yield Note(code="not_ranked", fields={"n": str(unranked), "why": "no_value"})
        if "ties" in places and not asked.by and rows and rows[0][places["ties"]]:
            yield Note(code="ties", fields={"n": str(rows[0][places["ties"]])})
    if "change" in places and "change_pct" in places and asked.grain is None:
        empty = sum(r[places["change"]] is not None and r[places["change_pct"]] is None for r in rows)
        if empty:
            yield Note(code="empty_base", fields={"n": str(empty)})
    if others and _kept_back(places, rows):
        yield Note(code="too_few_others", fields={"n": str(others)})


def _kept_back(places: Mapping[Role, int], rows: Sequence[tuple[Cell, ...]]) -> bool:
    """Whether an average, or the gap behind somebody, is not told."""
    if "benchmark" in places:
        return any(row[places["benchmark"]] is None for row in rows)
    if "next_gap" not in places or "rank" not in places:
        return False
    behind = (row for row in rows if isinstance(row[places["rank"]], int) and row[places["rank"]] != 1)
    return any(row[places["next_gap"]] is None for row in behind)
