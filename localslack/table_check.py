"""Checks Slack's tables and charts: `table`, `data_table`, `data_visualization`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from localslack.element_check import at_most, count, required_text
from localslack.limits import MOST

__all__ = ["check_data_table", "check_data_visualization", "check_table", "rich_text_length", "table_length"]


def _say(what: str, at: str) -> str:
    return f"[ERROR] {what} [json-pointer:{at}]"


def rich_text_length(node: Any) -> int:
    """Characters a rich_text tree shows."""
    if isinstance(node, list):
        return sum(map(rich_text_length, node))
    if isinstance(node, dict):
        own = len(node["text"]) if isinstance(node.get("text"), str) else 0
        if node.get("type") == "emoji":
            own = 1
        return own + rich_text_length(node.get("elements", []))
    return 0


def _cell(cell: Any, at: str, kinds: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(cell, dict) or cell.get("type") not in kinds:
        kind = cell.get("type") if isinstance(cell, dict) else type(cell).__name__
        yield _say(f"unsupported cell type: {kind}; must be one of {', '.join(kinds)}", at)
    elif cell["type"] == "rich_text":
        if rich_text_length(cell) < 1:
            yield _say("must be more than 0 characters", at)
    elif not isinstance(cell.get("text"), str) or not cell["text"]:
        yield _say("must be more than 0 characters", f"{at}/text")
    if isinstance(cell, dict) and cell.get("type") == "raw_number" and not _finite(cell.get("value")):
        yield _say("value must be a finite number", f"{at}/value")


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _rows(
    block: dict[str, Any], at: str, kind: str, *, least: int, body: tuple[str, ...], head: tuple[str, ...]
) -> Iterator[str]:
    rows = block.get("rows")
    yield from count(rows, f"{kind}.rows", f"{at}/rows", least=least)
    if not isinstance(rows, list):
        return
    widths = {len(row) for row in rows if isinstance(row, list)}
    if len(widths) > 1:
        yield _say("every row must have the same number of cells", f"{at}/rows")
    for r, row in enumerate(rows):
        yield from count(row, f"{kind}.columns", f"{at}/rows/{r}")
        for c, cell in enumerate(row if isinstance(row, list) else ()):
            yield from _cell(cell, f"{at}/rows/{r}/{c}", head if r == 0 else body)


def check_table(block: dict[str, Any], at: str) -> Iterator[str]:
    """A `table`: 1-100 rows of 1-20 raw_text or rich_text cells, none empty."""
    yield from _rows(block, at, "table", least=1, body=("raw_text", "rich_text"), head=("raw_text", "rich_text"))
    settings = block.get("column_settings")
    if settings is not None:
        yield from count(settings, "table.column_settings", f"{at}/column_settings", least=0)
        for i, setting in enumerate(settings if isinstance(settings, list) else ()):
            if setting is not None and setting.get("align", "left") not in ("left", "center", "right"):
                yield _say("align must be left, center or right", f"{at}/column_settings/{i}/align")


def check_data_table(block: dict[str, Any], at: str) -> Iterator[str]:
    """A `data_table`: caption, a header row and 1-200 more of equal width, page_size 1-100."""
    if not isinstance(block.get("caption"), str) or not block["caption"]:
        yield _say("missing required field: caption", f"{at}/caption")
    yield from _rows(
        block, at, "data_table", least=2, body=("raw_text", "raw_number", "rich_text"), head=("raw_text", "raw_number")
    )
    size = block.get("page_size", 5)
    if not isinstance(size, int) or not 1 <= size <= MOST["data_table.page_size"]:
        yield _say(f"must be between 1 and {MOST['data_table.page_size']}", f"{at}/page_size")


def table_length(block: dict[str, Any]) -> int:
    """Characters in all cells of a table."""
    total = 0
    for row in block.get("rows") or ():
        for cell in row if isinstance(row, list) else ():
            total += rich_text_length(cell) if isinstance(cell, dict) else 0
    return total


def check_data_visualization(block: dict[str, Any], at: str) -> Iterator[str]:
    """A `data_visualization`: a title and one chart (bar, line, area with series over categories, or a pie)."""
    yield from required_text(block.get("title"), "data_visualization.title", f"{at}/title")
    chart = block.get("chart")
    here = f"{at}/chart"
    if not isinstance(chart, dict):
        yield _say("missing required field: chart", here)
    elif chart.get("type") == "pie":
        yield from _pie(chart, here)
    elif chart.get("type") in ("bar", "line", "area"):
        yield from _axes(chart, here)
    else:
        yield _say(f"unsupported type: {chart.get('type')}", f"{here}/type")


def _pie(chart: dict[str, Any], at: str) -> Iterator[str]:
    segments = chart.get("segments")
    yield from count(segments, "data_visualization.segments", f"{at}/segments")
    for i, segment in enumerate(segments if isinstance(segments, list) else ()):
        here = f"{at}/segments/{i}"
        yield from required_text(segment.get("label"), "data_visualization.label", f"{here}/label")
        if not _finite(segment.get("value")) or segment["value"] <= 0:
            yield _say("value must be a finite number greater than 0", f"{here}/value")


def _axes(chart: dict[str, Any], at: str) -> Iterator[str]:
    axis = chart.get("axis_config")
    if not isinstance(axis, dict):
        yield _say("missing required field: axis_config", f"{at}/axis_config")
        axis = {}
    categories = axis.get("categories")
    yield from count(categories, "data_visualization.categories", f"{at}/axis_config/categories")
    listed = [c for c in categories if isinstance(c, str)] if isinstance(categories, list) else []
    for i, category in enumerate(listed):
        yield from required_text(category, "data_visualization.label", f"{at}/axis_config/categories/{i}")
    if len(set(listed)) != len(listed):
        yield _say("categories must be unique", f"{at}/axis_config/categories")
    for name in ("x_label", "y_label"):
        yield from at_most(axis.get(name), "data_visualization.axis_label", f"{at}/axis_config/{name}")
    series = chart.get("series")
    yield from count(series, "data_visualization.series", f"{at}/series")
    names: list[Any] = []
    for i, one in enumerate(series if isinstance(series, list) else ()):
        here = f"{at}/series/{i}"
        names.append(one.get("name"))
        yield from required_text(one.get("name"), "data_visualization.name", f"{here}/name")
        points = one.get("data")
        yield from count(points, "data_visualization.categories", f"{here}/data")
        labels = [p.get("label") for p in points] if isinstance(points, list) else []
        if sorted(map(str, labels)) != sorted(listed):
            yield _say("data must have exactly one value for each category", f"{here}/data")
        for j, point in enumerate(points if isinstance(points, list) else ()):
            if not _finite(point.get("value")):
                yield _say("value must be a finite number", f"{here}/data/{j}/value")
    if len(set(names)) != len(names):
        yield _say("series names must be unique", f"{at}/series")
