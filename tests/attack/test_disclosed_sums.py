"""Everything that a rep is told of others, taken together, determines no hidden person's number.

Each average that is told is a sum over people and months once it is multiplied by how many people it is of. Of many
random questions those that are answered are put into one system of linear equations: no combination of them may be
about the numbers of one hidden person alone. What the sums are made of is worked out here, from the rows that the test
made."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from metrics.errors import UserError
from metrics.kinds.arithmetic import Sum, Times
from metrics.kinds.change import Before, Change
from metrics.kinds.metric import Metric
from metrics.kinds.narrowed import During
from metrics.kinds.peer_average import PeerAverage
from metrics.query.asked import Asked
from metrics.query.measure import Measure
from metrics.query.predicate import In

sys.path.append(str(Path(__file__).parent.parent / "algebra"))
from algebra import answered
from month_sums import AS_OF, Company, Rep, moved, opened, periods, reps

Form = dict[tuple[str, dt.date], Fraction]  # person and month -> how often their number is in a sum


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    yield from opened(tmp_path_factory.mktemp("sums"), reps())


# --- random questions, and what is in their sums ---------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """`sums`: of the answer without buckets, or of the bucket that begins on a day: months of which numbers are summed,
    each so many times, and months in one of which a peer has to be there."""

    asked: Asked
    within: str
    picked: tuple[str, str, bool] | None
    sums: dict[dt.date | None, tuple[list[tuple[dt.date, Fraction]], tuple[dt.date, ...]]]


def _measure(
    rng: Random, depth: int
) -> tuple[Measure, Callable[[tuple[dt.date, ...]], list[tuple[dt.date, Fraction]]]]:
    """A measure, and of which months its number over some months is the sum."""
    revenue, to = Metric(name="revenue"), rng.choice(("previous", "year_ago"))
    kind = rng.random()
    if depth == 0 or kind < 0.3:
        return revenue, lambda months: [(m, Fraction(1)) for m in months]
    inner, of = _measure(rng, depth - 1)
    if kind < 0.5:
        return Before(of=inner, to=to), lambda months: of(moved(months, to))  # type: ignore[arg-type]
    if kind < 0.65:
        return Change(of=inner, to=to), lambda months: of(months) + [(m, -n) for m, n in of(moved(months, to))]  # type: ignore[arg-type]
    if kind < 0.75:
        return Times(of=inner, factor=2), lambda months: [(m, 2 * n) for m, n in of(months)]
    if kind < 0.9:
        other, more = _measure(rng, depth - 1)
        return Sum(of=(inner, other)), lambda months: of(months) + more(months)
    period, others = rng.choice(periods())
    return During(of=inner, period=period), lambda months: of(others)


def _question(rng: Random, member: str) -> Question:
    period, months = rng.choice(periods())
    measure, of = _measure(rng, 2)
    within = rng.choice(("all", "team", "region"))
    picked = None
    if rng.random() < 0.3:
        field = rng.choice(("team", "region"))
        chosen = rng.choice({"team": ("Ant", "Bee", "Cat"), "region": ("North", "South")}[field])
        picked = (field, chosen, rng.random() < 0.3)
    where = None if picked is None else In(field=f"reps.{picked[0]}", values=(picked[1],), out=picked[2])
    average: Measure = PeerAverage(of=measure, over="reps.rep_id", member=member, within=within)  # type: ignore[arg-type]
    by = ("month",) if rng.random() < 0.3 else ()
    sums = {m: (of((m,)), (m,)) for m in months} if by else {None: (of(months), months)}
    if rng.random() < 0.15:  # around the average instead
        average = Before(of=average, to="year_ago")
        sums = {m: (of(moved(there, "year_ago")), moved(there, "year_ago")) for m, (_, there) in sums.items()}
    return Question(Asked(show=(average,), by=by, period=period, where=where), within, picked, sums)


def _form(company: Company, question: Question, bucket: dt.date | None, me: Rep) -> tuple[Form, int]:
    """The sum that the average is of, and how many people."""
    of, there = question.sums[bucket]
    peers = [r for r in company.reps.values() if r.there(there)]
    if question.within != "all":
        peers = [r for r in peers if getattr(r, question.within) == getattr(me, question.within)]
    if question.picked is not None:
        field, member, out = question.picked
        peers = [r for r in peers if (getattr(r, field) == member) != out]
    form: Form = {}
    for r in peers:
        for month, times in of:
            if (r.id, month) in company.numbers:
                form[r.id, month] = form.get((r.id, month), Fraction(0)) + times
    return {key: times for key, times in form.items() if times}, len(peers)


# --- what is determined ----------------------------------------------------------------------------------------------


def _rank(rows: list[Form]) -> int:
    """Of a matrix of which only what is not zero is held, by elimination."""
    rows, rank = [dict(r) for r in rows if r], 0
    while rows:
        pivot = rows.pop()
        column, lead = next(iter(pivot.items()))
        rank += 1
        left = []
        for row in rows:
            if column in row:
                times = row[column] / lead
                for key, value in pivot.items():
                    row[key] = row.get(key, Fraction(0)) - times * value
                row = {k: v for k, v in row.items() if v}
            if row:
                left.append(row)
        rows = left
    return rank


def determined(forms: list[Form]) -> set[str]:
    """People about whom alone some combination of the sums is."""
    whole = _rank(forms)
    people = {who for form in forms for who, _ in form}
    return {p for p in people if _rank([{k: v for k, v in f.items() if k[0] != p} for f in forms]) < whole}


def attack(company: Company, who: str, *, seed: int, count: int) -> tuple[list[Form], list[str]]:
    """What is told of hidden people, and answers that are not the sum that they are taken for."""
    viewer = company.metrics.org.people[who]
    seen = {who, *company.metrics.org.subtree(who)}
    me = company.reps[min(seen & company.reps.keys())]
    rng = Random(seed)
    told: dict[tuple[str, dt.date | None], Form] = {}
    odd: list[str] = []
    for _ in range(count):
        question = _question(rng, me.id)
        try:
            table = answered(company.metrics, question.asked, viewer, AS_OF)
        except UserError:
            continue
        for *at, value in table.rows:
            bucket = at[0] if at else None
            if value is None:
                continue
            form, people = _form(company, question, bucket, me)
            whole = sum(times * company.numbers[key] for key, times in form.items())
            if people == 0 or abs(float(value) * people - float(whole)) > 1e-3 * people:
                odd.append(f"{question.asked.to_json()} {bucket}: {value} x {people} is not {float(whole)}")
            told[question.asked.to_json(), bucket] = {k: v for k, v in form.items() if k[0] not in seen}
    return list(told.values()), odd


@pytest.mark.parametrize("who", ["a0", "b0", "c0", "m1"])
def test_no_combination_of_averages_is_about_one_person(company: Company, who: str) -> None:
    told, odd = attack(company, who, seed=7, count=400)
    assert not odd, "\n".join(odd[:5])
    assert len(told) > 20, "too little is told to attack"
    found = determined(told)
    assert not found, f"{sorted(found)} by {len(told)} answers"


def test_what_is_determined_is_found() -> None:
    one, two = dt.date(2024, 1, 1), dt.date(2024, 2, 1)
    everybody = {(p, m): Fraction(1) for p in "xyz" for m in (one, two)}
    but_one = {(p, m): Fraction(1) for p in "xy" for m in (one, two)}
    assert determined([everybody]) == set()
    assert determined([everybody, but_one]) == {"z"}
