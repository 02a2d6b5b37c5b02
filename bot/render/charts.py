"""Native charts: a line for a trend, bars for a breakdown, a pie for a few positive shares. None where a chart says
nothing."""

from __future__ import annotations

from collections.abc import Sequence

from slackblocks import blocks as sb
from slackblocks import objects as so

from bot.render.blocks import Block, clip
from bot.render.cells import finite
from bot.wording import Words
from bot.wording.dates import bucket_start
from metrics.query.answer import Answer, Cell, Column

__all__ = ["chart_of", "short_title"]

CATEGORIES = 20
LABEL_CHARS = 20
TITLE_CHARS = 50
AXIS_CHARS = 50
MOST_EVER = 12
BAR_MEMBERS = 12  # more bars than this are a table


def chart_of(words: Words, answer: Answer, *, most_series: int) -> Block | None:
    """The chart of an answer, or None: nothing to compare, or more than a chart can hold.

    `most_series`: most series or segments (a setting; Slack's own sources differ between 6 and 12).
    """
    query = answer.query
    most_series = min(most_series, MOST_EVER)
    if len(answer.rows) < 2 or query.kind in ("definition", "rank", "tally"):
        return None
    metric = next((i for i, c in enumerate(answer.columns) if c.role == "metric"), None)
    dimensions = [i for i, c in enumerate(answer.columns) if c.role == "dimension"]
    time = next((i for i, c in enumerate(answer.columns) if c.role == "time"), None)
    title = short_title(words, answer)
    if metric is None or answer.columns[metric].unit == "date":
        return None
    if time is not None and query.grain is None:  # two periods: a sentence says it
        return None
    if time is not None:
        return _trend(words, answer, title, time, metric, dimensions, most_series)
    if len(dimensions) != 1:
        return None
    share = next((i for i, c in enumerate(answer.columns) if c.role == "share"), None)
    if share is not None:
        pie = _pie(words, answer, title, dimensions[0], metric, most_series)
        if pie is not None:
            return pie
    return _bars(words, answer, title, dimensions[0], metric)


def _trend(
    words: Words, answer: Answer, title: str, time: int, metric: int, dimensions: Sequence[int], most: int
) -> Block | None:
    if len(dimensions) > 1:
        return None
    starts = sorted({row[time] for row in answer.rows if row[time] is not None}, key=str)[
        -CATEGORIES:
    ]  # ISO labels sort as they run
    if len(starts) < 2:
        return None
    categories = _unique([_axis_label(words, answer, time, start) for start in starts])
    if not dimensions:
        series = [
            (i, words.column(c, answer))
            for i, c in enumerate(answer.columns)
            if c.role in ("metric", "target", "previous") and c.unit == answer.columns[metric].unit
        ][:most]
        by_start = {row[time]: row for row in answer.rows}
        lines = [(name, [finite(by_start[s][i]) for s in starts]) for i, name in series]
    else:
        members = list(dict.fromkeys(row[dimensions[0]] for row in answer.rows))
        if len(members) > most:
            return None
        found = {(row[dimensions[0]], row[time]): finite(row[metric]) for row in answer.rows}
        column = answer.columns[dimensions[0]]
        lines = [(words.cell(column, m, answer), [found.get((m, s)) for s in starts]) for m in members]
    # One finite value per category and series is required; n/a is no zero, so a line with a hole is not drawn.
    drawn = [(name, [v for v in values if v is not None]) for name, values in lines if None not in values]
    if not drawn:
        return None
    column = answer.columns[metric]
    scaled = [(name, [_scaled(column, v) for v in values]) for name, values in drawn]
    return _axis_chart(so.LineChart, title, categories, scaled, _axis(words, answer, column))


def _bars(words: Words, answer: Answer, title: str, dimension: int, metric: int) -> Block | None:
    if len(answer.rows) > BAR_MEMBERS:
        return None
    rows = [(row[dimension], finite(row[metric])) for row in answer.rows]
    if any(value is None for _, value in rows):
        return None
    column: Column = answer.columns[dimension]
    categories = _unique([words.cell(column, member, answer) for member, _ in rows])
    measured = answer.columns[metric]
    values = [_scaled(measured, value) for _, value in rows if value is not None]
    name = words.column(measured, answer)
    return _axis_chart(so.BarChart, title, categories, [(name, values)], _axis(words, answer, measured))


def _pie(words: Words, answer: Answer, title: str, dimension: int, metric: int, most: int) -> Block | None:
    values = [finite(row[metric]) for row in answer.rows]
    shares = next(i for i, c in enumerate(answer.columns) if c.role == "share")
    total = sum(v for row in answer.rows if (v := finite(row[shares])) is not None)
    # Slices of anything less than the whole would look like the whole.
    if len(values) > most or any(v is None or v <= 0 for v in values) or abs(total - 1) > 0.005:
        return None
    labels = _unique([words.cell(answer.columns[dimension], row[dimension], answer) for row in answer.rows])
    segments = [so.ChartSegment(label, value) for label, value in zip(labels, values, strict=True) if value is not None]
    return _block(title, so.PieChart(segments))


def short_title(words: Words, answer: Answer) -> str:
    """Short: the headline above says the rest."""
    metric = words.metric(answer.query.metrics[0])
    over = [words.column(c, answer) for c in answer.columns if c.role in ("dimension", "time")]
    return words.say("chart.title", metric=metric, by=words.joined(over)) if over else metric


def _axis_label(words: Words, answer: Answer, time: int, start: Cell) -> str:
    """A bucket in few characters: weeks by their days alone, which is what distinguishes them."""
    day = bucket_start(start, answer.query.grain, words.model.calendar)
    if day is None or answer.query.grain != "week":
        return words.cell(answer.columns[time], start, answer)
    return words.week(day)


def _scaled(column: Column, value: float) -> float:
    """Percent as people read an axis: 45, not 0.45."""
    return round(value * 100, 2) if column.unit == "percent" else value


def _axis(words: Words, answer: Answer, column: Column) -> str:
    name = words.column(column, answer)
    return words.say("chart.percent", metric=name) if column.unit == "percent" else name


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
