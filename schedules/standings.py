"""Where everybody stands, in a number of statements that does not depend on how many people there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from metrics.model.schema import Metric, Model
from metrics.people import Person
from metrics.query import Compare, Query, Rank, Relative, Target
from metrics.query.answer import Answer
from schedules.messages import PaceState, Standing
from schedules.numbers import Numbers, noon, number

__all__ = ["MONTH", "Month", "digest_metrics", "furthest_behind", "month_of", "pace_state", "standings"]

MONTH = Relative(unit="month")
_MOST_METRICS = 4  # a digest is read on a phone
_THRESHOLDS: tuple[tuple[float, PaceState], ...] = ((1.05, "ahead"), (0.95, "on_track"), (0.80, "behind"))


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month to date: [start, end) up to and including `day`; working days gone by and left after `day`."""

    start: dt.date
    end: dt.date
    day: dt.date
    gone: int
    left: int

    @property
    def elapsed(self) -> float:
        """Share of the month's working days gone by, 1 when there are none."""
        return self.gone / (self.gone + self.left) if self.gone + self.left else 1.0


def month_of(day: dt.date, working: Callable[[dt.date], bool]) -> Month:
    start = day.replace(day=1)
    end = (start + dt.timedelta(days=32)).replace(day=1)
    days = [start + dt.timedelta(days=n) for n in range((end - start).days)]
    gone = sum(1 for d in days if d <= day and working(d))
    left = sum(1 for d in days if d > day and working(d))
    return Month(start, end, day, gone, left)


def digest_metrics(model: Model) -> tuple[str, ...]:
    """What a digest speaks of: the metrics with a target, default and scorecard first; without targets the
    scorecard."""
    order = [*([model.default_metric] if model.default_metric else []), *model.scorecard, *model.metrics]
    names = list(dict.fromkeys(n for n in order if n in model.metrics and not model.metrics[n].snapshot))
    targeted = [n for n in names if model.metrics[n].has_target] if model.targets is not None else []
    return tuple((targeted or [n for n in names if n in model.scorecard] or names)[:_MOST_METRICS])


def pace_state(pace: float | None, *, higher_is_better: bool) -> PaceState | None:
    """ahead ≥ 1.05, on track ≥ 0.95, behind ≥ 0.80, else at risk; turned round where lower is better."""
    if pace is None:
        return None
    good = pace if higher_is_better else (1 / pace if pace > 0 else float("inf"))
    return next((state for least, state in _THRESHOLDS if good >= least - 1e-12), "at_risk")


def standings(
    numbers: Numbers,
    people: Sequence[Person],
    month: Month,
    *,
    names: Sequence[str],
    scope: str = "me",
    ranks: bool = False,
    previous: bool = False,
) -> dict[str, tuple[Standing, ...]]:
    """Person id -> one Standing per metric of `names`, each computed over that person's own cut (`scope` "me" or
    "team")."""
    if not people or not names:
        return {}
    model = numbers.model
    targeted = [n for n in names if model.metrics[n].has_target and model.targets is not None]
    plain = [n for n in names if n not in targeted]
    each = _Each(numbers, people, noon(month.day))
    base = {"period": MONTH, "scope": scope}
    answers: dict[str, list[Mapping[str, Answer]]] = {n: [] for n in names}
    for group, target in ((targeted, Target()), (plain, None)):
        if group:
            found = each(Query.model_validate({**base, "metrics": tuple(group), "target": target}))
            compared = (
                each(Query.model_validate({**base, "metrics": tuple(group), "compare": Compare(to="previous")}))
                if previous
                else {}
            )
            for name in group:
                answers[name] += [found, compared]
    people_id = model.people.id if model.people is not None else None
    for name in names:
        for within in ("team", "all"):
            ranked = ranks and people_id is not None
            rank = Rank(over=people_id, member="@me", within=within) if ranked and people_id else None
            answers[name].append(each(Query(metrics=(name,), period=MONTH, rank=rank)) if rank else {})
    return {
        p.id: tuple(_standing(model.metrics[n], [a.get(p.id) for a in answers[n]], month) for n in names)
        for p in people
    }


def furthest_behind(model: Model, found: Sequence[Standing]) -> str | None:
    """The metric with the worst pace among those that are behind or at risk."""
    late = [s for s in found if s.state in ("behind", "at_risk") and s.pace is not None]
    return min(late, key=lambda s: _goodness(model.metrics[s.metric], s.pace or 0.0)).metric if late else None


def _goodness(metric: Metric, pace: float) -> float:
    return pace if metric.higher_is_better else (1 / pace if pace else float("inf"))


@dataclass(frozen=True, slots=True)
class _Each:
    numbers: Numbers
    people: Sequence[Person]
    as_of: dt.datetime

    def __call__(self, query: Query) -> Mapping[str, Answer]:
        return self.numbers.answer_each(query, people=self.people, as_of=self.as_of)


def _standing(metric: Metric, answers: Sequence[Answer | None], month: Month) -> Standing:
    found, compared, team, everybody = answers

    def read(answer: Answer | None, role: str) -> float | None:
        return number(answer, role, metric.name) if answer is not None else None

    def place(answer: Answer | None, role: str) -> int | None:
        value = number(answer, role, "") if answer is not None else None
        return None if value is None else int(value)

    actual, target = read(found, "metric"), read(found, "target")
    # A ratio's target holds for any stretch of the period; only what adds up grows with the days.
    expected = None if target is None else target * month.elapsed if metric.additive else target
    before, change, change_pct = _movement(compared, metric.name)
    pace = actual / expected if actual is not None and expected is not None and expected > 0 else None
    gap = target - actual if target is not None and actual is not None else None
    open_gap = gap if gap is not None and gap > 0 and metric.additive and metric.higher_is_better else None
    return Standing(
        metric=metric.name,
        unit=metric.unit,
        actual=actual,
        target=target,
        attainment=actual / target if actual is not None and target is not None and target > 0 else None,
        gap=gap,
        expected=expected,
        pace=pace,
        state=pace_state(pace, higher_is_better=metric.higher_is_better),
        needed=open_gap / month.left if open_gap is not None and month.left else None,
        rank_team=place(team, "rank"),
        n_team=place(team, "n"),
        rank_all=place(everybody, "rank"),
        n_all=place(everybody, "n"),
        previous=before,
        change=change,
        change_pct=change_pct,
    )


def _movement(answer: Answer | None, metric: str) -> tuple[float | None, float | None, float | None]:
    """(value before, change, change %) of a comparison: a row per period, the earlier one first."""
    if answer is None or len(answer.rows) != 2:
        return None, None, None
    return (
        number(answer, "metric", metric, 0),
        number(answer, "change", metric, 1),
        number(answer, "change_pct", metric, 1),
    )
