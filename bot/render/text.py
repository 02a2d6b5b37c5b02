"""An outcome as plain text: the terminal, `text` of every Slack message, and the `text` of the batch interface."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from bot.outcome import Outcome
from bot.render.scorecard import scorecard_table
from bot.wording import Words, headline
from bot.wording.headline import is_headcount
from bot.wording.receipt import receipt_lines
from metrics.people import Person
from metrics.query.answer import Answer

__all__ = ["answer_text", "failure_text", "outcome_text", "shown_notes", "table_text"]

MAX_TEXT_ROWS = 50
SAID_ABOVE = (
    "to_date",
    "restricted",
    "channel_restricted",
)  # the dates and "what you may see" are in headline and receipt
SAID_WHOLE = ("rank", "share", "tally")  # kinds whose single row the headline says whole


def outcome_text(words: Words, outcome: Outcome, asker: Person | None) -> str:
    """The whole outcome, without markup."""
    if outcome.answer is not None:
        return answer_text(words, outcome.answer, asker, reading=outcome.reading, assumptions=outcome.assumptions)
    return failure_text(words, outcome)


def answer_text(
    words: Words,
    answer: Answer,
    asker: Person | None,
    *,
    reading: str = "",
    assumptions: Sequence[str] = (),
    rows: int = MAX_TEXT_ROWS,
) -> str:
    """Headline, rows where the headline does not hold them all, notes, receipt."""
    parts = [headline(words, answer, asker)]
    if answer.query.kind == "definition":
        parts += definition_lines(words, answer)
    elif len(answer.rows) > 1 or (answer.rows and len(answer.columns) > 1 and answer.query.kind not in SAID_WHOLE):
        parts.append(table_text(words, answer, most=rows))
        if len(answer.rows) > rows:
            parts.append(words.say("table.shown", shown=rows, total=len(answer.rows)))
    parts += shown_notes(words, answer, assumptions)
    parts.append(" · ".join(receipt_lines(words, answer, reading=reading)))
    return "\n".join(parts)


def shown_notes(words: Words, answer: Answer, assumptions: Sequence[str]) -> list[str]:
    """The notes that headline and receipt have not said."""
    if is_headcount(answer.query):
        return words.notes(
            answer, [a for a in assumptions if not a.startswith("default_")], but=(*SAID_ABOVE, "default_period")
        )
    return words.notes(answer, assumptions, but=SAID_ABOVE)


def definition_lines(words: Words, answer: Answer) -> list[str]:
    """Meaning, formula, version and owner of each metric."""
    lines = []
    for note in answer.receipt.metrics:
        lines.append(f"{words.metric(note.name)}: {words.meaning(note.name)}".rstrip(": "))
        lines.append(f"{words.say('define.formula')}: {note.expression}")
        certified = words.say("define.certified" if note.certified else "define.uncertified")
        said = words.say("define.version", version=note.version, certified=certified)
        lines.append(f"{said} · {words.say('define.owner', owner=note.owner)}" if note.owner else said)
    return lines


def failure_text(words: Words, outcome: Outcome) -> str:
    """Why there is no answer, or which readings there are."""
    if outcome.status == "ambiguous":
        key = "ask.which.subject" if outcome.subject else "ask.which"
        lines = [words.say(key, subject=outcome.subject)]
        return "\n".join([*lines, *(f"{n}. {c.label}" for n, c in enumerate(outcome.choices, start=1))])
    lines = words.issues(outcome.issues)
    if outcome.error is not None:
        lines.append(words.error(outcome.error))
    if outcome.reference:
        lines.append(words.internal(outcome.reference))
    return "\n".join(dict.fromkeys(lines)) or words.say("issue.other.bare")


def table_text(words: Words, answer: Answer, *, most: int = MAX_TEXT_ROWS) -> str:
    """Aligned columns; wide (Chinese) characters count two."""
    board = scorecard_table(words, answer)
    if board is not None:
        lines = [board[0], *([cell.text for cell in line] for line in board[1])]
        return align(lines, [False, *(True for _ in board[0][1:])])
    header = [words.column(c, answer) for c in answer.columns]
    body = [words.row(answer, row) for row in answer.rows[:most]]
    right = [c.role not in ("dimension", "time", "text") for c in answer.columns]
    return align([header, *body], right)


def align(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Lines of cells padded to the width of their column."""
    clean = [[" ".join(cell.split()) for cell in row] for row in rows]
    widths = [max(_width(row[i]) for row in clean) for i in range(len(right))]
    lines = []
    for row in clean:
        cells = [
            " " * (widths[i] - _width(cell)) + cell if right[i] else cell + " " * (widths[i] - _width(cell))
            for i, cell in enumerate(row)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
