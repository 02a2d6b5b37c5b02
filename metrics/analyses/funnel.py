"""From step to step: how many get how far, where fewer go on than before, and how ripe what is counted is."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import ClassVar

from metrics.analyses.analysis import Analysis, Fact, Findings, Ground, Part, Steps, number
from metrics.errors import UnknownName, UnsupportedCombination
from metrics.kinds.change import Before
from metrics.kinds.metric import Metric
from metrics.kinds.narrowed import Only
from metrics.model.schema import Funnel as Defined
from metrics.model.schema import Model
from metrics.nearest import nearest
from metrics.query import Scope
from metrics.query.answer import Note
from metrics.query.asked import Asked
from metrics.query.measure import Measure
from metrics.query.predicate import In, Predicate
from metrics.query.table import Table
from metrics.query.when import Units, When

__all__ = ["LEAST", "RIPE", "Funnel", "fallen"]

LEAST = 20  # at a step, now and before: of fewer, a difference says nothing
SURELY = 1.645  # standard errors: one in twenty by chance, downwards
RIPE = 0.9  # with a smaller part decided than so much of the part before, a cohort is called young


class Funnel(Analysis):
    """`name`: of `funnels` in sales.yaml; `by`: one field, a funnel for each of its members beside the whole.

    Facts, of each step: count, and from the second on step, the part of the step before that comes so far, and overall,
    the part of the first. Steps are counted each on its own date, so more than all can go on: what is signed this month
    was quoted before.

    Of things that stand somewhere now (`lost` is given): standing, how many stand at each step and, under "lost", how
    many dropped out; decided, the part of which the end is known: how ripe it is; won, the part of the decided that
    came to the last step. Nobody knows how far those came that are lost, so nothing is said of the steps between.

    All of them also with _before: in as long a window before, like for like. worst_step: the one whose conversion has
    fallen most against its own history, surely (see `fallen`; of a cohort, even if all that is open were won), and
    worst_kept, to which part of what it was; None where none has."""

    kind: ClassVar[str] = "funnel"
    name: str
    period: When = Units(unit="month")
    scope: Scope = "all"
    where: Predicate | None = None
    by: str | None = None

    def steps(self, ground: Ground) -> Steps:
        funnel = _named(ground.model, self.name)
        parts: list[Part] = []
        facts: list[Fact] = []
        notes: list[Note] = []
        for by in ((), (self.by,)) if self.by is not None else ((),):
            table, compared = yield from self._table(funnel, by)
            parts.append(Part(name="by" if by else "whole", table=table))
            for row in table.rows:
                at = str(row[0]) if by else ""
                way = _way(funnel, [number(c) for c in row[len(by) :]], compared=compared)
                facts += way.facts(at)
                note = way.remark()
                if note is not None and not by:
                    notes.append(note)
        return Findings(analysis=self, parts=tuple(parts), facts=tuple(facts), notes=tuple(notes))

    def _table(self, funnel: Defined, by: tuple[str, ...]) -> Generator[Asked, Table, tuple[Table, bool]]:
        """(the table, whether it holds the window before): a period that has none before it is shown alone."""
        now = _counted(funnel)
        for shown in ((*now, *(Before(of=m) for m in now)), now):
            asked = Asked(show=shown, by=by, period=self.period, scope=self.scope, where=self.where)
            try:
                return (yield asked), shown is not now
            except UnsupportedCombination:
                if shown is now:
                    raise
        raise AssertionError


def _named(model: Model, name: str) -> Defined:
    found = model.funnels.get(name)
    if found is None:
        raise UnknownName("unknown_funnel", subject=name, suggestions=nearest(name, model.funnels))
    return found


def _counted(funnel: Defined) -> tuple[Measure, ...]:
    """A measure for each step, and one for what is lost on the way where things are."""
    if funnel.field is None or funnel.metric is None:
        return tuple(Metric(name=step) for step in funnel.steps)
    members = [(step,) for step in funnel.steps] + ([funnel.lost] if funnel.lost else [])
    return tuple(Only(of=Metric(name=funnel.metric), where=In(field=funnel.field, values=m)) for m in members)


# --- one funnel ------------------------------------------------------------------------------------------------------

Counts = tuple[float | None, ...]


@dataclass(frozen=True)
class _Flow:
    """How many come to each step, now and before (None: there is none)."""

    steps: tuple[str, ...]
    now: Counts
    before: Counts | None

    def facts(self, at: str) -> Iterator[Fact]:
        for ending, counts in (("", self.now), ("_before", self.before)):
            for i, (step, count) in enumerate(zip(self.steps, counts or (), strict=False)):
                yield _count(f"count{ending}", count, step, at)
                if i and counts is not None:
                    yield _part(f"step{ending}", count, counts[i - 1], step, at)
                    yield _part(f"overall{ending}", count, counts[0], step, at)
        unknown: Counts = (None,) * len(self.steps)
        fell: dict[str, float] = {}
        for i in range(1, len(self.steps)):
            kept = fallen(self.now[i - 1 : i + 1], (self.before or unknown)[i - 1 : i + 1], cohort=False)
            if kept is not None:
                fell[self.steps[i]] = kept
        worst = min(fell, key=lambda step: fell[step], default=None)
        yield from _worst(worst, None if worst is None else fell[worst], at)

    def remark(self) -> Note | None:
        """What stands in the way of holding it against its own history."""
        return Note(code="funnel_no_history") if self.before is None or self.before[0] is None else None


@dataclass(frozen=True)
class _Cohort:
    """How many stand at each step now, the lost ones last; the same of the cohort before (None: there is none)."""

    steps: tuple[str, ...]
    now: Counts
    before: Counts | None

    def facts(self, at: str) -> Iterator[Fact]:
        for ending, counts in (("", self.now), ("_before", self.before)):
            for member, count in zip((*self.steps, "lost"), counts or (), strict=False):
                yield _count(f"standing{ending}", count, member, at)
            if counts is not None:
                won, decided, opened = _ends(counts)
                yield _part(f"decided{ending}", decided, opened, self.steps[0], at)
                yield _part(f"won{ending}", won, decided, self.steps[-1], at)
        yield from _worst(*self._fell(), at)

    def _fell(self) -> tuple[str | None, float | None]:
        """That fewer are won is sure where it would be so even if all that is open now were won, and none of what was
        open before."""
        (won, decided, opened), (before, _, opened_before) = _ends(self.now), _ends(self.before or (None, None))
        if won is None or decided is None or opened is None:
            return None, None
        kept = fallen((opened, won + opened - decided), (opened_before, before), cohort=True)
        return (None if kept is None else self.steps[-1]), kept

    def remark(self) -> Note | None:
        """What stands in the way of holding it against its own history: a young cohort has not lost, or won, what it
        will."""
        if self.before is None or self.before[0] is None:
            return Note(code="funnel_no_history")
        ripe, riper = (_over(decided, opened) for _, decided, opened in map(_ends, (self.now, self.before)))
        if ripe is None or riper is None or ripe >= RIPE * riper:
            return None
        return Note(code="funnel_unripe", fields={"decided": f"{ripe:.0%}", "before": f"{riper:.0%}"})


def _way(funnel: Defined, counts: Sequence[float | None], *, compared: bool) -> _Flow | _Cohort:
    half = len(funnel.steps) + bool(funnel.lost)
    made = _Cohort if funnel.lost else _Flow
    return made(funnel.steps, tuple(counts[:half]), tuple(counts[half:]) if compared else None)


def _ends(counts: Counts) -> tuple[float | None, float | None, float | None]:
    """(won, decided, all) of a cohort."""
    known = [c for c in counts if c is not None]
    if len(known) < len(counts):
        return None, None, None
    return known[-2], known[-2] + known[-1], sum(known)


def fallen(now: Counts, before: Counts, *, cohort: bool) -> float | None:
    """To which part of what it was the conversion has fallen; None: it has not, or it may be chance. (come, gone on)
    now and before. A test of the ratio of two rates on the log scale, a half added to each count:

        z = ln(rate now / rate before) / standard error < −1.645,   20 or more at the step both times

    `cohort`: those who go on are some of those who came (each rate has the variance 1/gone − 1/come); else both are
    counted apart (1/gone + 1/come).

    >>> round(fallen((100, 20), (100, 40), cohort=True), 3)
    0.506
    >>> fallen((19, 0), (100, 90), cohort=True) is None, fallen((100, 40), (100, 42), cohort=True) is None
    (True, True)
    """
    (come, gone), (came, went) = now, before
    if come is None or gone is None or came is None or went is None or come < LEAST or came < LEAST:
        return None
    come, gone, came, went = come + 0.5, gone + 0.5, came + 0.5, went + 0.5
    kept = (gone / come) / (went / came)
    sign = -1 if cohort else 1
    variance = 1 / gone + 1 / went + sign * (1 / come + 1 / came)
    if kept >= 1 or (variance > 0 and log(kept) / sqrt(variance) >= -SURELY):
        return None
    return kept


def _over(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _part(name: str, part: float | None, whole: float | None, of: str, at: str) -> Fact:
    return Fact(name=name, value=_over(part, whole), unit="percent", of=of, at=at)


def _count(name: str, count: float | None, of: str, at: str) -> Fact:
    return Fact(name=name, value=None if count is None else int(count), unit="count", of=of, at=at)


def _worst(step: str | None, kept: float | None, at: str) -> Iterator[Fact]:
    yield Fact(name="worst_step", value=step, unit="text", at=at)
    yield Fact(name="worst_kept", value=kept, unit="percent", of=step or "", at=at)
