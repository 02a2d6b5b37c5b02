"""Native charts: a line for a trend, bars for a breakdown, a pie for a few positive shares. None where a chart says
nothing."""

from __future__ import annotations

from collections.abc import Sequence

from slackblocks import blocks as sb
from slackblocks import objects as so

from bot.render.blocks import Block, clip
from bot.render.cells import finite
from bot.wording import TableWords
from bot.wording.dates import bucket_start
from bot.wording.subject import names
from metrics.query.answer import Cell, Column

__all__ = ["chart_of", "short_title"]

DRAWN = ("metric", "target", "previous", "running", "count")
CATEGORIES = 20
LABEL_CHARS = 20
TITLE_CHARS = 50
AXIS_CHARS = 50
MOST_EVER = 12
BAR_MEMBERS = 12  # more bars than this are a table


def chart_of(told: TableWords, *, most_series: int) -> Block | None:
    """The chart of an answer, or None: nothing to compare, or more than a chart can hold.

    `most_series`: most series or segments (a setting; Slack's own sources differ between 6 and 12).
    """
    most_series, table, at = min(most_series, MOST_EVER), told.table, told.value_at
    if len(table.rows) < 2 or at is None or table.columns[at].role in ("rank", "field"):
        return None
    dimensions = [i for i, c in enumerate(table.columns) if c.role == "dimension"]
    time = told.at("time")
    if time is not None:
        return _trend(told, time, at, dimensions, most_series)
    if len(dimensions) != 1:
        return None
    pie = _pie(told, dimensions[0], at, most_series) if told.at("share") is not None else None
    return pie if pie is not None else _bars(told, dimensions[0], at)


def _trend(told: TableWords, time: int, metric: int, dimensions: Sequence[int], most: int) -> Block | None:
    if len(dimensions) > 1:
        return None
    table = told.table
    # ISO labels sort as they run
    starts = sorted({row[time] for row in table.rows if row[time] is not None}, key=str)[-CATEGORIES:]
    if len(starts) < 2:
        return None
    categories = _unique([_axis_label(told, time, start) for start in starts])
    if not dimensions:
        series = [
            (i, told.labels[i])
            for i, c in enumerate(table.columns)
            if i >= told.keys and c.role in DRAWN and c.unit == table.columns[metric].unit
        ][:most]
        by_start = {row[time]: row for row in table.rows}
        lines = [(name, [finite(by_start[s][i]) for s in starts]) for i, name in series]
    else:
        members = list(dict.fromkeys(row[dimensions[0]] for row in table.rows))
        if len(members) > most:
            return None
        found = {(row[dimensions[0]], row[time]): finite(row[metric]) for row in table.rows}
        lines = [(told.cell(dimensions[0], m), [found.get((m, s)) for s in starts]) for m in members]
    # One finite value per category and series is required; n/a is no zero, so a line with a hole is not drawn.
    drawn = [(name, [v for v in values if v is not None]) for name, values in lines if None not in values]
    if not drawn:
        return None
    column = table.columns[metric]
    scaled = [(name, [_scaled(column, v) for v in values]) for name, values in drawn]
    return _axis_chart(so.LineChart, short_title(told), categories, scaled, _axis(told, metric))


def _bars(told: TableWords, dimension: int, metric: int) -> Block | None:
    table = told.table
    if len(table.rows) > BAR_MEMBERS:
        return None
    rows = [(row[dimension], finite(row[metric])) for row in table.rows]
    if any(value is None for _, value in rows):
        return None
    categories = _unique([told.cell(dimension, member) for member, _ in rows])
    values = [_scaled(table.columns[metric], value) for _, value in rows if value is not None]
    lines = [(told.labels[metric], values)]
    return _axis_chart(so.BarChart, short_title(told), categories, lines, _axis(told, metric))


def _pie(told: TableWords, dimension: int, metric: int, most: int) -> Block | None:
    table, shares = told.table, told.at("share")
    if shares is None:
        return None
    values = [finite(row[metric]) for row in table.rows]
    total = sum(v for row in table.rows if (v := finite(row[shares])) is not None)
    # Slices of anything less than the whole would look like the whole.
    if len(values) > most or any(v is None or v <= 0 for v in values) or abs(total - 1) > 0.005:
        return None
    labels = _unique([told.cell(dimension, row[dimension]) for row in table.rows])
    segments = [so.ChartSegment(label, value) for label, value in zip(labels, values, strict=True) if value is not None]
    return _block(short_title(told), so.PieChart(segments))


def short_title(told: TableWords) -> str:
    """Short: the headline above says the rest."""
    metric, over = names(told, lead=True), told.labels[: told.keys]
    return told.words.say("chart.title", metric=metric, by=told.words.joined(over)) if over else metric


def _axis_label(told: TableWords, time: int, start: Cell) -> str:
    """A bucket in few characters: weeks by their days alone, which is what distinguishes them."""
    day = bucket_start(start, told.asked.grain, told.words.model.calendar)
    if day is None or told.asked.grain != "week":
        return told.cell(time, start)
    return told.words.week(day)


def _scaled(column: Column, value: float) -> float:
    """Percent as people read an axis: 45, not 0.45."""
    return round(value * 100, 2) if column.unit == "percent" else value


def _axis(told: TableWords, at: int) -> str:
    name = told.labels[at]
    return told.words.say("chart.percent", metric=name) if told.table.columns[at].unit == "percent" else name


def _axis_chart(
    kind: type[so.LineChart] | type[so.BarChart],
    title: str,
    categories: list[str],
    lines: Sequence[tuple[str, Sequence[float]]],
    y: str,
) -> Block:
    names = _unique([name for name, _ in lines])
    series = [
        so.DataSeries(name, [so.DataPoint(label, value) for label, value in zip(categories, values, strict=True)])
        for name, (_, values) in zip(names, lines, strict=True)
    ]
    return _block(title, kind(series, so.AxisConfig(categories, y_label=clip(y, AXIS_CHARS))))


def _block(title: str, chart: so.PieChart | so.LineChart | so.BarChart) -> Block:
    made: Block = sb.DataVisualizationBlock(clip(title, TITLE_CHARS) or "-", chart, block_id="_")._resolve()
    return made


def _unique(labels: Sequence[str]) -> list[str]:
    """Labels of at most 20 characters, all different: a number is put behind those that would be equal."""
    used: set[str] = set()
    result = []
    for label in labels:
        short = clip(" ".join(label.split()) or "–", LABEL_CHARS)
        number = 2
        candidate = short
        while candidate in used:
            tail = f" {number}"
            candidate = clip(short, LABEL_CHARS - len(tail)) + tail
            number += 1
        used.add(candidate)
        result.append(candidate)
    return result
