"""From step to step: how many get how far, where fewer go on than before, and how ripe what is counted is."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import ClassVar

from metrics.analyses.analysis import Analysis, Fact, Findings, Ground, Part, Steps, number
from metrics.errors import TooLarge, UnknownName, UnsupportedCombination
from metrics.kinds.change import Before
from metrics.kinds.metric import Metric
from metrics.model.schema import Funnel as Defined
from metrics.model.schema import Model
from metrics.nearest import nearest
from metrics.query import Scope
from metrics.query.answer import Cell, Note
from metrics.query.asked import Asked
from metrics.query.predicate import Predicate
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
        if self.by is not None and self.by == funnel.field:
            raise UnsupportedCombination("funnel_by_its_steps", subject=self.by)
        parts: list[Part] = []
        facts: list[Fact] = []
        notes: list[Note] = []
        for by in ("", self.by) if self.by is not None else ("",):
            ways = yield from self._ways(funnel, _keys(by, ground.model), parts, prefix="by" if by else "whole")
            for at, way in ways:
                facts += way.facts(at)
                remark = way.remark()
                if remark is not None and not by:
                    notes.append(remark)
        return Findings(analysis=self, parts=tuple(parts), facts=tuple(facts), notes=tuple(notes))

    def _ways(
        self, funnel: Defined, keys: tuple[str, ...], parts: list[Part], *, prefix: str
    ) -> Generator[Asked, Table, list[tuple[str, _Flow | _Cohort]]]:
        """(the row's name, its funnel), of everybody who has a row."""
        metrics = (funnel.metric,) if funnel.metric is not None else funnel.steps
        table, compared = yield from self._table(metrics, keys)
        parts.append(Part(name=prefix, table=table))
        made = _Cohort if funnel.lost else _Flow
        if funnel.field is None:
            counts = {row[: len(keys)]: _halves(row[len(keys) :], compared=compared) for row in table.rows}
        else:
            split, _ = yield from self._table(metrics, (*keys, funnel.field))
            parts.append(Part(name=f"{prefix}.{funnel.field}", table=split))
            counts = _by_member(funnel, len(keys), table, split, compared=compared)
        return [(str(row[-1]) if row else "", made(funnel.steps, *both)) for row, both in counts.items()]

    def _table(self, metrics: Sequence[str], by: tuple[str, ...]) -> Generator[Asked, Table, tuple[Table, bool]]:
        """(the metrics, and their numbers in the window before; whether there are these): a period that has none before
        it is shown alone."""
        now = tuple(Metric(name=name) for name in metrics)
        for shown in ((*now, *(Before(of=m) for m in now)), now):
            asked = Asked(show=shown, by=by, period=self.period, scope=self.scope, where=self.where)
            try:
                table = yield asked
            except UnsupportedCombination:
                if shown is now:
                    raise
            else:
                if table.proof.truncated:  # what is cut off would pass for nothing
                    raise TooLarge("too_many_rows")
                return table, shown is not now
        raise AssertionError


def _named(model: Model, name: str) -> Defined:
    found = model.funnels.get(name)
    if found is None:
        raise UnknownName("unknown_funnel", subject=name, suggestions=nearest(name, model.funnels))
    return found


def _keys(by: str, model: Model) -> tuple[str, ...]:
    """What tells the rows apart, the name that is shown last: two people of one name are two."""
    people = model.people
    if people is not None and by == people.name != people.id:
        return (people.id, by)
    return (by,) if by else ()


Counts = tuple[float | None, ...]
Row = tuple[Cell, ...]


def _halves(cells: Sequence[Cell], *, compared: bool) -> tuple[Counts, Counts | None]:
    """(now, before)."""
    numbers = tuple(number(cell) for cell in cells)
    half = len(numbers) // 2
    return (numbers[:half], numbers[half:]) if compared else (numbers, None)


def _by_member(
    funnel: Defined, keys: int, whole: Table, split: Table, *, compared: bool
) -> dict[Row, tuple[Counts, Counts | None]]:
    """Of each row of `whole` the counts of the members, and of those that are lost together. A member without rows
    counts 0, or n/a where the whole is: nothing is known of that time."""
    found: dict[Row, list[float | None]] = {}
    for row in split.rows:
        found[row[: keys + 1]] = [number(cell) for cell in row[keys + 1 :]]
    groups = [(step,) for step in funnel.steps] + ([funnel.lost] if funnel.lost else [])
    made: dict[Row, tuple[Counts, Counts | None]] = {}
    for row in whole.rows:
        key, totals = row[:keys], row[keys:]
        columns = []
        for column, total in enumerate(totals):
            known = number(total) is not None
            there = [[found[*key, m][column] or 0 for m in group if (*key, m) in found] for group in groups]
            columns.append(tuple(sum(counts) if known else None for counts in there))
        made[key] = (columns[0], columns[1] if compared else None)
    return made


# --- one funnel ------------------------------------------------------------------------------------------------------


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
