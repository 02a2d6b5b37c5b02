"""Several metrics of one row as a small table: a line per metric, with its target where it has one."""

from __future__ import annotations

from bot.render.cells import Cell, finite
from bot.wording import Words
from metrics.query.answer import Answer, Column
from metrics.query.answer import Cell as Scalar

__all__ = ["scorecard_table"]

ROLES = ("metric", "target", "attainment", "gap")


def scorecard_table(words: Words, answer: Answer) -> tuple[list[str], list[list[Cell]]] | None:
    """(header, lines) of an answer of one row with several metrics and targets; None for any other answer."""
    query = answer.query
    if len(answer.rows) != 1 or len(query.metrics) < 2 or query.by or query.grain is not None or query.target is None:
        return None
    at: dict[tuple[str, str], tuple[Column, Scalar]] = {
        (c.of, c.role): (c, v) for c, v in zip(answer.columns, answer.rows[0], strict=True)
    }
    lines = [
        [Cell(words.metric(name)), *(_cell(words, answer, at.get((name, role))) for role in ROLES)]
        for name in query.metrics
    ]
    header = [
        words.say(key)
        for key in ("column.text.metric", "column.actual", "column.target", "column.attainment", "column.gap")
    ]
    return header, lines


def _cell(words: Words, answer: Answer, found: tuple[Column, Scalar] | None) -> Cell:
    if found is None:
        return Cell("–")
    column, value = found
    metric = words.model.metrics.get(column.of)
    if (
        column.role == "gap"
        and isinstance(value, int | float)
        and value <= 0
        and metric is not None
        and metric.higher_is_better
    ):
        return Cell(words.say("scorecard.reached"), finite(value))
    return Cell(words.cell(column, value, answer), finite(value))
