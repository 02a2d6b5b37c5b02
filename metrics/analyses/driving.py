"""An analysis is run: its questions are told, one after the other, until it has found what it looks for."""

from __future__ import annotations

from collections.abc import Callable

from metrics.analyses.analysis import Analysis, Findings, Ground
from metrics.errors import CompileError, UserError
from metrics.query.asked import Asked
from metrics.query.table import Table

__all__ = ["MOST_QUESTIONS", "drive"]

MOST_QUESTIONS = 20


def drive(analysis: Analysis, ground: Ground, tell: Callable[[Asked], Table]) -> Findings:
    """`tell`: the table of a question for whoever asks; all over the same data, so that the parts fit together. Raises
    the UserErrors that the analysis does not do without."""
    steps = analysis.steps(ground)
    try:
        asked = next(steps)
        for _ in range(MOST_QUESTIONS):
            try:
                table = tell(asked)
            except UserError as refused:
                asked = steps.throw(refused)
            else:
                asked = steps.send(table)
    except StopIteration as done:
        found: Findings = done.value
        return found
    raise CompileError(f"{analysis.kind} asked more than {MOST_QUESTIONS} questions")
