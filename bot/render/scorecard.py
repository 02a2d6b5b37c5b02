"""Several metrics of one row as a small table: a line per metric, with its target where it has one."""

from __future__ import annotations

from bot.render.cells import Cell, finite
from bot.wording import TableWords
from bot.wording.subject import metrics_of

__all__ = ["scorecard_table"]

ROLES = ("metric", "target", "attainment", "gap", "expected", "pace", "needed", "projection")


def scorecard_table(told: TableWords) -> tuple[list[str], list[list[Cell]]] | None:
    """(header, lines) of an answer of one row with several metrics and targets; None for any other answer."""
    words, table = told.words, told.table
    names = metrics_of(told)
    if len(table.rows) != 1 or told.asked.by or len(names) < 2 or len(names) < len(told.about):
        return None
    roles = {c.role for c in table.columns}
    if "target" not in roles or not roles <= set(ROLES):
        return None
    at: dict[tuple[str, str], int] = {(c.of, c.role): i for i, c in enumerate(table.columns)}
    shown = [role for role in ROLES if role in roles]
    lines = [[Cell(words.metric(name)), *(_cell(told, at.get((name, role))) for role in shown)] for name in names]
    keys = ["column.actual" if role == "metric" else f"column.{role}" for role in shown]
    return [words.say(key) for key in ("column.text.metric", *keys)], lines


def _cell(told: TableWords, at: int | None) -> Cell:
    if at is None:
        return Cell("–")
    column, value = told.table.columns[at], told.table.rows[0][at]
    metric = told.words.model.metrics.get(column.of)
    if (
        column.role == "gap"
        and isinstance(value, int | float)
        and value <= 0
        and metric is not None
        and metric.higher_is_better
    ):
        return Cell(told.words.say("scorecard.reached"), finite(value))
    return Cell(told.cell(at, value), finite(value))
