"""An outcome as plain text: the terminal, `text` of every Slack message, and the `text` of the batch interface."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from bot.outcome import Outcome
from bot.render.scorecard import scorecard_table
from bot.wording import TableWords, Words, headline
from bot.wording.headline import is_headcount, said_whole
from bot.wording.notes import finding_notes, notes
from bot.wording.receipt import finding_receipt, receipt_lines
from metrics.analyses.analysis import Findings

__all__ = ["answer_text", "failure_text", "findings_text", "outcome_text", "shown_notes", "table_text"]

MAX_TEXT_ROWS = 50
# the dates and "what you may see" are in headline and receipt
SAID_ABOVE = ("to_date", "restricted", "channel_restricted")


def outcome_text(words: Words, outcome: Outcome, *, rows: int = MAX_TEXT_ROWS) -> str:
    """The whole outcome, without markup."""
    if outcome.parts:
        return "\n\n".join(outcome_text(words, part, rows=rows) for part in outcome.parts)
    if outcome.table is not None:
        told = TableWords(words, outcome.table)
        return answer_text(told, reading=outcome.reading, assumptions=outcome.assumptions, rows=rows)
    if outcome.findings is not None:
        return findings_text(words, outcome.findings, reading=outcome.reading, assumptions=outcome.assumptions)
    if outcome.definition is not None:
        return "\n".join(definition_lines(words, outcome.definition.metrics))
    return failure_text(words, outcome)


def answer_text(
    told: TableWords, *, reading: str = "", assumptions: Sequence[str] = (), rows: int = MAX_TEXT_ROWS
) -> str:
    """Headline, rows where the headline does not hold them all, notes, receipt."""
    parts, table = [headline(told)], told.table
    if table.rows and not said_whole(told):
        parts.append(table_text(told, most=rows))
        if len(table.rows) > rows:
            parts.append(told.words.say("table.shown", shown=rows, total=len(table.rows)))
    parts += shown_notes(told, assumptions)
    parts.append(" · ".join(receipt_lines(told, reading=reading)))
    return "\n".join(parts)


def shown_notes(told: TableWords, assumptions: Sequence[str]) -> list[str]:
    """The notes that headline and receipt have not said."""
    if is_headcount(told):
        left = [a for a in assumptions if not a.startswith("default_")]
        return notes(told, left, but=(*SAID_ABOVE, "default_period"))
    return notes(told, assumptions, but=SAID_ABOVE)


def findings_text(words: Words, findings: Findings, *, reading: str = "", assumptions: Sequence[str] = ()) -> str:
    """What was found, line by line, notes, receipt."""
    from bot.wording.findings import fact_lines, fact_table, finding_headline  # here: few questions take an analysis

    head, lines, left = fact_lines(fact_table(words, findings), words)
    parts = [finding_headline(words, findings), align([head, *lines], [n >= left for n, _ in enumerate(head)])]
    parts += finding_notes(words, findings, assumptions, but=SAID_ABOVE)
    parts.append(" · ".join(finding_receipt(words, findings, reading=reading)))
    return "\n".join(parts)


def definition_lines(words: Words, metrics: Sequence[str]) -> list[str]:
    """Meaning, formula, version and owner of each metric."""
    lines = [words.say("head.definition", metric=words.joined([words.metric(m) for m in metrics]))]
    for name in metrics:
        metric = words.model.metrics[name]
        lines.append(f"{words.metric(name)}: {words.meaning(name)}".rstrip(": "))
        lines.append(f"{words.say('define.formula')}: {metric.expression}")
        certified = words.say("define.certified" if metric.certified else "define.uncertified")
        said = words.say("define.version", version=metric.version, certified=certified)
        lines.append(f"{said} · {words.say('define.owner', owner=metric.owner)}" if metric.owner else said)
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


def table_text(told: TableWords, *, most: int = MAX_TEXT_ROWS) -> str:
    """Aligned columns; wide (Chinese) characters count two."""
    board = scorecard_table(told)
    if board is not None:
        lines = [board[0], *([cell.text for cell in line] for line in board[1])]
        return align(lines, [False, *(True for _ in board[0][1:])])
    body = [told.row(row) for row in told.table.rows[:most]]
    right = [c.role not in ("dimension", "time") and c.unit != "text" for c in told.table.columns]
    return align([told.labels, *body], right)


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
