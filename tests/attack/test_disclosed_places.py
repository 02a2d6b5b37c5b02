"""Nobody learns whose number it is that stands next to theirs.

One's own number and the gap make the number of whoever has the next better place. Of many random questions those that
are about the same sum of months are put together: who has that number is one of the peers of every answer that tells
it, and none of the peers of an answer in which the next number lies further away. So it is known as soon as only one
person is left. Shares and totals beside one's own must be of nothing hidden at all."""

from __future__ import annotations

import datetime as dt
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from metrics.errors import UserError
from metrics.kinds.change import Before, Change
from metrics.kinds.metric import Metric
from metrics.kinds.place import PlaceGap
from metrics.kinds.share import Share, Total
from metrics.query.asked import Asked
from metrics.query.measure import Measure
from metrics.query.predicate import In
from metrics.query.when import Named

sys.path.append(str(Path(__file__).parent.parent / "algebra"))
from algebra import answered
from month_sums import AS_OF, Company, Rep, moved, opened, periods, reps

Months = tuple[tuple[dt.date, int], ...]  # in order, how often each counts
NEAR = 0.5
PICKED = (("reps.team", "Ant"), ("reps.team", "Dot"), ("reps.region", "South"), ("reps.rep_id", "a1"))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """With a team of one beside a large one of the same region."""
    begin = dt.date(2022, 1, 1)
    alone = [Rep("solo", "Dot", "South", begin)]
    yield from opened(tmp_path_factory.mktemp("places"), [*reps(), *alone])


@dataclass(frozen=True)
class Told:
    """Among `peers` the next better number than one's own by the sum of `months`; None: there is none."""

    months: Months
    peers: frozenset[str]
    number: float | None


def _measure(rng: Random, months: tuple[dt.date, ...], depth: int = 2) -> tuple[Measure, list[tuple[dt.date, int]]]:
    """A measure, and of which months its number over some months is the sum."""
    to, kind = rng.choice(("previous", "year_ago")), rng.random()
    if depth == 0 or kind < 0.5:
        return Metric(name="revenue"), [(m, 1) for m in months]
    inner, then = _measure(rng, moved(months, to), depth - 1)
    if kind < 0.8:
        return Before(of=inner, to=to), then  # type: ignore[arg-type]
    revenue = Metric(name="revenue")
    return Change(of=revenue, to=to), [(m, 1) for m in months] + [(m, -1) for m in moved(months, to)]  # type: ignore[arg-type]


def _added(found: list[tuple[dt.date, int]]) -> Months:
    made: dict[dt.date, int] = defaultdict(int)
    for month, times in found:
        made[month] += times
    return tuple(sorted((m, t) for m, t in made.items() if t))


def _number(company: Company, who: str, months: Months) -> int:
    return sum(times * company.numbers.get((who, month), 0) for month, times in months)


def gaps(company: Company, me: Rep, *, seed: int, count: int) -> tuple[list[Told], list[str]]:
    """What is told, and answers that are not what they are taken for."""
    viewer, rng = company.metrics.org.people[me.id], Random(seed)
    told: list[Told] = []
    odd: list[str] = []
    for _ in range(count):
        period, there = rng.choice(periods())
        measure, found = _measure(rng, there)
        within = rng.choice(("all", "team", "region"))
        by = ("month",) if rng.random() < 0.2 and len(there) == 1 else ()
        gap = PlaceGap(of=measure, over="reps.rep_id", member=me.id, within=within)  # type: ignore[arg-type]
        try:
            table = answered(company.metrics, Asked(show=(gap,), by=by, period=period), viewer, AS_OF)
        except UserError:
            continue
        peers = [r for r in company.reps.values() if r.there(there)]
        if within != "all":
            peers = [r for r in peers if getattr(r, within) == getattr(me, within)]
        months = _added(found)
        own = _number(company, me.id, months)
        others = [_number(company, r.id, months) for r in peers]
        better = min((n for n in others if n > own), default=None)
        for *_, distance in table.rows:
            if distance is None and better is not None:  # of too few
                continue
            if distance is not None and (better is None or abs(float(distance) + own - better) > NEAR):
                odd.append(f"{measure} {period} {within}: {distance} from {own}, not to {better}")
                continue
            told.append(Told(months, frozenset(r.id for r in peers) - {me.id}, better))
    return told, odd


def known(told: list[Told]) -> set[tuple[str, Months]]:
    """People of whom it comes out that a number is theirs."""
    found: set[tuple[str, Months]] = set()
    by_months: dict[Months, list[Told]] = defaultdict(list)
    for one in told:
        by_months[one.months].append(one)
    for months, answers in by_months.items():
        for number in {a.number for a in answers if a.number is not None}:
            who = frozenset.intersection(*(a.peers for a in answers if a.number == number))
            for other in answers:
                if other.number is None or other.number > number:
                    who -= other.peers
            if len(who) == 1:
                found.add((*who, months))
    return found


@pytest.mark.parametrize("who", ["a0", "a3", "b0", "b2", "c0", "c5"])
def test_nobody_is_known_by_the_gap_to_them(company: Company, who: str) -> None:
    told, odd = gaps(company, company.reps[who], seed=3, count=500)
    assert not odd, "\n".join(odd[:5])
    assert len(told) > 20, "too little is told to attack"
    assert not known(told)


def test_who_is_known_is_found() -> None:
    months: Months = ((dt.date(2024, 1, 1), 1),)
    wide, narrow = frozenset("xyz"), frozenset("xy")
    assert known([Told(months, wide, 7.0)]) == set()
    assert known([Told(months, wide, 7.0), Told(months, narrow, 9.0)]) == {("z", months)}
    assert known([Told(months, wide, 7.0), Told(months, narrow, None)]) == {("z", months)}
    assert known([Told(months, wide, 7.0), Told(months, narrow, 7.0)]) == set()


@pytest.mark.parametrize("who", ["a0", "c0", "solo", "m1"])
def test_no_share_or_total_is_of_anything_hidden(company: Company, who: str) -> None:
    """Own number / share = the whole: it may be of what one sees alone."""
    viewer, rng = company.metrics.org.people[who], Random(11)
    seen = {who, *company.metrics.org.subtree(who)} & company.reps.keys()
    revenue, answers = Metric(name="revenue"), 0
    for _ in range(250):
        period, there = rng.choice(periods())
        over = rng.choice(((), ("reps.rep_id",), ("reps.team",), ("reps.rep_id", "reps.team")))
        lift = rng.choice(((), (), ("reps.team",), ("reps.region",), ("reps.rep_id",)))
        kind = rng.choice((Share, Total))
        scope = None if lift else rng.choice((None, "team", "region", "all"))
        shown = kind(of=revenue, over=over or None, scope=scope, lift=lift)  # type: ignore[arg-type]
        picked = rng.choice(
            (None, ("reps.team", "Ant"), ("reps.team", "Dot"), ("reps.region", "South"), ("reps.rep_id", "a1"))
        )
        asked = Asked(
            show=(revenue, shown),
            by=rng.choice(((), ("reps.rep_id",), ("reps.team",), ("reps.rep_id", "reps.team"))),
            period=period,
            scope=rng.choice(("me", "team", "all")),
            where=None if picked is None else In(field=picked[0], values=(picked[1],)),
        )
        try:
            table = answered(company.metrics, asked, viewer, AS_OF)
        except UserError:
            continue
        answers += 1
        most = sum(company.numbers.get((p, m), 0) for p in seen for m in there)
        for *_, own, told in table.rows:
            whole = told if kind is Total else own / told if own and told else 0
            assert float(whole or 0) <= most + NEAR, f"{asked.to_json()} tells {whole} of {most}"
    assert answers > 10, "too little is told to attack"


def test_who_sees_all_is_told_the_whole(company: Company) -> None:
    january = Named(unit="month", index=1, year=2024)
    asked = Asked(show=(Total(of=Metric(name="revenue"), scope="all"),), period=january)
    (row,) = answered(company.metrics, asked, company.metrics.org.people["ops"], AS_OF).rows
    assert float(row[0]) == sum(n for (_, m), n in company.numbers.items() if m == dt.date(2024, 1, 1))
