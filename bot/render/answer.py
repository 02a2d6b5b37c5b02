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
from bot.render.text import SAID_ABOVE, outcome_text, shown_notes
from bot.wording import TableWords, Words, headline
from bot.wording.findings import fact_lines, fact_table, finding_headline
from bot.wording.headline import marked_change, said_whole
from bot.wording.notes import finding_notes
from bot.wording.receipt import finding_receipt, receipt_lines
from metrics.analyses.analysis import Findings
from metrics.query.answer import Cell as Scalar

__all__ = ["ACTION_FEEDBACK", "Post", "answer_blocks", "answer_post"]

ACTION_FEEDBACK = "answer_feedback"
TEXT_CHARS = 3500  # of `text`, which screen readers and notifications use
TEXT_ROWS = 20
BAR_STEPS = 10


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
    words: Words, outcome: Outcome, *, buttons: Sequence[Button] = (), rated: str = "", most_series: int = 6
) -> Post:
    """The message of an answered outcome. `rated`: what 👍/👎 are about ("" leaves them out)."""
    if outcome.status != "answered":
        raise ValueError("an outcome without an answer has no answer message")
    text = outcome_text(words, outcome, rows=TEXT_ROWS)[:TEXT_CHARS]
    full = answer_blocks(words, outcome, buttons, rated, most_series)
    plain = _Later(partial(answer_blocks, words, outcome, buttons, "", 0))
    return Post(escape(text), tuple(full), plain)


def answer_blocks(
    words: Words, outcome: Outcome, buttons: Sequence[Button], rated: str, most_series: int
) -> list[Block]:
    """Blocks within Slack's limits. `most_series` 0: no charts, and the simple table."""
    if outcome.table is not None:
        blocks = _told(TableWords(words, outcome.table), outcome, most_series)
    elif outcome.findings is not None:
        blocks = _found(words, outcome.findings, outcome, most_series)
    else:
        blocks = _definitions(words, outcome.definition.metrics if outcome.definition is not None else ())
    blocks += actions(buttons)
    if rated:
        good = (words.say("button.good"), words.say("button.good.label"))
        bad = (words.say("button.bad"), words.say("button.bad.label"))
        blocks.append(feedback(ACTION_FEEDBACK, good, bad, rated))
    return message_blocks(blocks)


def _told(told: TableWords, outcome: Outcome, most_series: int) -> list[Block]:
    notes = [escape(note) for note in shown_notes(told, outcome.assumptions)]
    receipt = " · ".join(escape(piece) for piece in receipt_lines(told, reading=outcome.reading))
    return [section(f"*{escape(headline(told))}*"), *_figures(told, most_series), *context([*notes, receipt])]


def _found(words: Words, findings: Findings, outcome: Outcome, most_series: int) -> list[Block]:
    head, lines, _ = fact_lines(fact_table(words, findings), words)
    table, _ = data_table(head, [[Cell(text) for text in line] for line in lines], head[0], simple=not most_series)
    notes = [escape(note) for note in finding_notes(words, findings, outcome.assumptions, but=SAID_ABOVE)]
    receipt = " · ".join(escape(piece) for piece in finding_receipt(words, findings, reading=outcome.reading))
    title = section(f"*{escape(finding_headline(words, findings))}*")
    return [title, *([table] if table is not None else []), *context([*notes, receipt])]


def _figures(told: TableWords, most_series: int) -> list[Block]:
    table, words = told.table, told.words
    board = scorecard_table(told)
    if board is not None:
        made, _ = data_table(*board, _caption(told), simple=not most_series)
        return [made] if made is not None else []
    if len(table.rows) == 1 and not told.asked.by:
        return _single(told)
    blocks: list[Block] = []
    chart = chart_of(told, most_series=most_series) if most_series else None
    if chart is not None:
        blocks.append(chart)
    body = [_cells(told, row) for row in table.rows[:TABLE_DATA_ROWS]]
    made, shown = data_table(list(told.labels), body, _caption(told), simple=not most_series)
    if made is not None:
        blocks.append(made)
    if 0 < shown < len(table.rows):
        blocks += context([escape(words.say("table.shown", shown=shown, total=len(table.rows)))])
    return blocks


def _caption(told: TableWords) -> str:
    """Slack wants one; the headline has said what it is, so the dates, or the columns where there are none."""
    window = told.window()
    dated = window is not None and window.start is not None
    return told.words.window(window) if window is not None and dated else short_title(told)


def _single(told: TableWords) -> list[Block]:
    """One row with several numbers: label over value, and a bar for attainment; nothing where the headline says all."""
    if said_whole(told):
        return []
    row = told.table.rows[0]
    pairs = [
        (label, _marked(told, i, v, text))
        for i, (label, v, text) in enumerate(zip(told.labels, row, told.row(row), strict=True))
    ]
    blocks, at = [], told.at("attainment")
    share = finite(row[at]) if at is not None else None
    if share is not None and at is not None:
        filled = max(0, min(BAR_STEPS, int(share * BAR_STEPS)))
        bar = "█" * filled + "░" * (BAR_STEPS - filled)
        blocks.append(section(f"`{bar}` {escape(told.cell(at, share))}"))
    return blocks + (fields(pairs) if len(pairs) > 1 else [])


def _cells(told: TableWords, row: Sequence[Scalar]) -> list[Cell]:
    cells = []
    for i, (column, value, text) in enumerate(zip(told.table.columns, row, told.row(row), strict=True)):
        numeric = column.role not in ("dimension", "time") and column.unit != "text"
        cells.append(Cell(_marked(told, i, value, text), finite(value) if numeric else None))
    return cells


def _marked(told: TableWords, at: int, value: Scalar, text: str) -> str:
    """The text of a cell, with ▲ or ▼ where it is a change in percent."""
    change, column = finite(value), told.table.columns[at]
    if column.role != "change_pct" or not change:
        return text
    return marked_change(told.words, column.of, float(change), text)


def _definitions(words: Words, metrics: Sequence[str]) -> list[Block]:
    named = words.joined([words.metric(m) for m in metrics])
    blocks = [section(f"*{escape(words.say('head.definition', metric=named))}*")]
    for name in metrics:
        metric, about = words.model.metrics[name], words.meaning(name)
        blocks.append(section(f"*{escape(words.metric(name))}*" + (f"\n{escape(about)}" if about else "")))
        blocks.append(preformatted(metric.expression))
        certified = words.say("define.certified" if metric.certified else "define.uncertified")
        said = [words.say("define.version", version=metric.version, certified=certified)]
        if metric.owner:
            said.append(words.say("define.owner", owner=metric.owner))
        blocks += context([escape(" · ".join(said))])
    return blocks
