"""An answer as a Slack message: headline, chart, table, notes, receipt, buttons. And a plainer one for old clients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import overload

from bot.outcome import Outcome
from bot.render.blocks import (
    TABLE_DATA_ROWS,
    Block,
    Button,
    actions,
    context,
    data_table,
    escape,
    feedback,
    fields,
    message_blocks,
    preformatted,
    section,
)
from bot.render.cells import Cell, finite
from bot.render.charts import chart_of, short_title
from bot.render.scorecard import scorecard_table
from bot.render.text import answer_text, shown_notes
from bot.wording import Words, headline
from bot.wording.headline import marked_change
from bot.wording.receipt import receipt_lines
from bot.wording.words import window_labelled
from metrics.people import Person
from metrics.query.answer import Answer, Column
from metrics.query.answer import Cell as Scalar

__all__ = ["ACTION_FEEDBACK", "Post", "answer_blocks", "answer_post"]

ACTION_FEEDBACK = "answer_feedback"
TEXT_CHARS = 3500  # of `text`, which screen readers and notifications use
BAR_STEPS = 10
FIELD_KINDS = ("attainment", "comparison", "benchmark", "value")


class _Later(Sequence[Block]):
    """Blocks that are made when somebody looks at them: almost no message needs its plainer form."""

    def __init__(self, make: Callable[[], Sequence[Block]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Sequence[Block]:
        return self._make()

    @overload
    def __getitem__(self, index: int) -> Block: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Block]: ...
    def __getitem__(self, index: int | slice) -> Block | Sequence[Block]:
        return self._made[index]

    def __len__(self) -> int:
        return len(self._made)


@dataclass(frozen=True, slots=True)
class Post:
    """A message to send. `plain`: the same without charts and sortable tables, for when Slack refuses `blocks`; it may
    be made only when it is looked at."""

    text: str
    blocks: tuple[Block, ...] = ()
    plain: Sequence[Block] = ()


def answer_post(
    words: Words,
    outcome: Outcome,
    asker: Person | None,
    *,
    buttons: Sequence[Button] = (),
    rated: str = "",
    most_series: int = 6,
) -> Post:
    """The message of an answered outcome. `rated`: what 👍/👎 are about ("" leaves them out)."""
    answer = outcome.answer
    if answer is None:
        raise ValueError("an outcome without an answer has no answer message")
    text = answer_text(words, answer, asker, reading=outcome.reading, assumptions=outcome.assumptions, rows=20)[
        :TEXT_CHARS
    ]
    full = answer_blocks(words, outcome, answer, asker, buttons, rated, most_series)
    plain = _Later(partial(answer_blocks, words, outcome, answer, asker, buttons, "", 0))
    return Post(escape(text), tuple(full), plain)


def answer_blocks(
    words: Words,
    outcome: Outcome,
    answer: Answer,
    asker: Person | None,
    buttons: Sequence[Button],
    rated: str,
    most_series: int,
) -> list[Block]:
    """Blocks within Slack's limits. `most_series` 0: no charts, and the simple table."""
    blocks = [section(f"*{escape(headline(words, answer, asker))}*")]
    if answer.query.kind == "definition":
        blocks += _definitions(words, answer)
    else:
        blocks += _figures(words, answer, most_series)
    notes = [escape(note) for note in shown_notes(words, answer, outcome.assumptions)]
    receipt = " · ".join(escape(piece) for piece in receipt_lines(words, answer, reading=outcome.reading))
    blocks += context([*notes, receipt])
    blocks += actions(buttons)
    if rated:
        good = (words.say("button.good"), words.say("button.good.label"))
        bad = (words.say("button.bad"), words.say("button.bad.label"))
        blocks.append(feedback(ACTION_FEEDBACK, good, bad, rated))
    return message_blocks(blocks)


def _figures(words: Words, answer: Answer, most_series: int) -> list[Block]:
    kind = answer.query.kind
    board = scorecard_table(words, answer)
    if board is not None:
        table, _ = data_table(*board, _caption(words, answer), simple=not most_series)
        return [table] if table is not None else []
    if kind == "tally" and len(answer.rows) == 1:
        return []
    if len(answer.rows) == 1 and not answer.query.by and answer.query.grain is None:
        return _single(words, answer) if kind in FIELD_KINDS else []
    blocks: list[Block] = []
    chart = chart_of(words, answer, most_series=most_series) if most_series else None
    if chart is not None:
        blocks.append(chart)
    head = [words.column(c, answer) for c in answer.columns]
    body = [_cells(words, answer, row) for row in answer.rows[:TABLE_DATA_ROWS]]
    table, shown = data_table(head, body, _caption(words, answer), simple=not most_series)
    if table is not None:
        blocks.append(table)
    if 0 < shown < len(answer.rows):
        blocks += context([escape(words.say("table.shown", shown=shown, total=len(answer.rows)))])
    return blocks


def _caption(words: Words, answer: Answer) -> str:
    """Slack wants one; the headline has said what it is, so the dates, or the columns where there are none."""
    if (
        any(c.role == "time" for c in answer.columns) and answer.query.grain is None
    ):  # two periods: the rows hold the dates
        return words.metric(answer.query.metrics[0])
    window = window_labelled(answer, "current")
    dated = window is not None and window.start is not None
    return words.window(window) if window is not None and dated else short_title(words, answer)


def _single(words: Words, answer: Answer) -> list[Block]:
    """One row with several numbers: label over value, and a bar for attainment."""
    only = answer.rows[0]
    pairs = [
        (words.column(c, answer), _marked(words, answer, c, v, text))
        for c, v, text in zip(answer.columns, only, words.row(answer, only), strict=True)
    ]
    blocks = []
    attained = next((v for c, v in zip(answer.columns, answer.rows[0], strict=True) if c.role == "attainment"), None)
    share = finite(attained)
    if share is not None:
        filled = max(0, min(BAR_STEPS, int(share * BAR_STEPS)))
        bar = "█" * filled + "░" * (BAR_STEPS - filled)
        column = next(c for c in answer.columns if c.role == "attainment")
        blocks.append(section(f"`{bar}` {escape(words.cell(column, share, answer))}"))
    return blocks + (fields(pairs) if len(pairs) > 1 else [])


def _cells(words: Words, answer: Answer, row: Sequence[Scalar]) -> list[Cell]:
    cells = []
    for column, value, text in zip(answer.columns, row, words.row(answer, row), strict=True):
        numeric = column.role not in ("dimension", "time", "text")
        cells.append(Cell(_marked(words, answer, column, value, text), finite(value) if numeric else None))
    return cells


def _marked(words: Words, answer: Answer, column: Column, value: Scalar, text: str) -> str:
    """The text of a cell, with ▲ or ▼ where it is a change in percent."""
    change = finite(value)
    if column.role != "change_pct" or not change:
        return text
    metric = column.of if column.of in words.model.metrics else answer.query.metrics[0]
    return marked_change(words, metric, float(change), text)


def _definitions(words: Words, answer: Answer) -> list[Block]:
    blocks: list[Block] = []
    for note in answer.receipt.metrics:
        about = words.meaning(note.name)
        blocks.append(section(f"*{escape(words.metric(note.name))}*" + (f"\n{escape(about)}" if about else "")))
        blocks.append(preformatted(note.expression))
        certified = words.say("define.certified" if note.certified else "define.uncertified")
        said = [words.say("define.version", version=note.version, certified=certified)]
        if note.owner:
            said.append(words.say("define.owner", owner=note.owner))
        blocks += context([escape(" · ".join(said))])
    return blocks
