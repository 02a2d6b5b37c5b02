"""One's own place and the gap to the next better one: own number + gap = somebody's number, and where a filter, a day
or a small group leaves only one, it is known whose."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import product

from hidden import Amount, Asker, Attacker, Company, Try, cell, family
from northstar_truth import LAST_MONTH, LAST_QUARTER, LAST_YEAR, MARCH, THIS_YEAR, Stretch, days

from metrics import Filter, Query, Rank

REPS = ("R001", "R005", "R007", "R015")
Single = tuple[str, str, float]  # a member, the one seller who has numbers with it, the number
MANAGERS = ("M01", "M04", "M09")


def next_better(*queries: Query) -> Callable[[Asker], Iterator[float | None]]:
    """Own number and gap added up, for each of the questions."""

    def attack(ask: Asker) -> Iterator[float | None]:
        for query in queries:
            answer = ask(query)
            gap = cell(answer, "next_gap")
            yield None if gap is None else (cell(answer, "metric") or 0) + gap

    return attack


def outright(query: Query) -> Callable[[Asker], Iterator[float | None]]:
    """The control: somebody who may see the thing asks for it."""

    def attack(ask: Asker) -> Iterator[float | None]:
        yield cell(ask(query), "metric")

    return attack


def only(field: str, *values: str) -> Filter:
    return Filter(field=field, values=values)


def hidden_singles(company: Company, attacker: Attacker, metric: str, over: Stretch, column: str) -> list[Single]:
    return [s for s in company.truth.singles(metric, over, column) if s[1] not in attacker.sees]


@family("rank of a person, only a few rows")
def person_among_few(company: Company) -> Iterator[Try]:
    rng = random.Random("person among few")
    fields = {"customer": "customers.customer", "order_id": "{}.order_id", "invoice_id": "receivables.invoice_id"}
    cases = list(
        product(REPS, (THIS_YEAR, LAST_MONTH, LAST_QUARTER, LAST_YEAR, MARCH), ("sales", "collections"), (1, 3))
    )
    for who, over, metric, count in rng.sample(cases, 24):
        attacker = rng.choice(company.attackers(who))
        column = rng.choice(["customer", "order_id"] + ["invoice_id"] * (metric == "collections"))
        picked = rng.sample(hidden_singles(company, attacker, metric, over, column), count)
        table = "order_lines" if metric == "sales" else "receivables"
        where = (only(fields[column].format(table), *(p[0] for p in picked)),)
        ranked = [
            Query(
                metrics=(metric,), period=over.period, where=where, rank=Rank(over="reps.name", member="@me", within=w)
            )
            for w in ("all", "region", "team")
        ]
        sums: dict[str, float] = {}
        for _, rep, amount in picked:
            sums[rep] = sums.get(rep, 0) + amount
        about = f"{metric} {over} of {column} {', '.join(p[0] for p in picked)}"
        yield Amount(about, attacker, list(sums.values()), next_better(*ranked))
        if count == 1:
            asked = Query(metrics=(metric,), period=over.period, where=where)
            yield Amount(about, company.attacker("OPS"), list(sums.values()), outright(asked), control=True)


@family("rank of a team, only a few rows")
def team_among_few(company: Company) -> Iterator[Try]:
    rng = random.Random("team among few")
    for who, over, metric in rng.sample(
        list(product(MANAGERS, (THIS_YEAR, LAST_MONTH, LAST_YEAR, MARCH), ("sales", "collections"))), 20
    ):
        attacker = rng.choice(company.attackers(who))
        member, _, amount = rng.choice(hidden_singles(company, attacker, metric, over, "customer"))
        where = (only("customers.customer", member),)
        rank = Rank(over="reps.team", member="@me")
        query = Query(metrics=(metric,), period=over.period, where=where, rank=rank)
        yield Amount(f"{metric} {over} of {member}", attacker, [amount], next_better(query))
    teams = Query(metrics=("collections",), by=("reps.team",), period=LAST_MONTH.period)
    yield Amount(
        "collections of Crane",
        company.attacker("OPS"),
        [team_total(company, "collections", LAST_MONTH, "Crane")],
        all_rows(teams),
        control=True,
    )


@family("rank in a small group or a short window")
def small_or_short(company: Company) -> Iterator[Try]:
    """A team among the two or three of its region; a person on a single day, or in windows that differ by one."""
    for who, over, metric in product(MANAGERS, (LAST_MONTH, THIS_YEAR), ("collections", "gross_profit")):
        attacker = company.attacker(who)
        own = company.metrics.org.people[who]
        others = {p.team for p in company.metrics.org.people.values() if p.sells and p.region == own.region} - {
            own.team
        }
        hidden = [team_total(company, metric, over, str(team)) for team in sorted(map(str, others))]
        query = Query(metrics=(metric,), period=over.period, rank=Rank(over="reps.team", member="@me", within="region"))
        yield Amount(f"{metric} {over} of the other teams of {own.region}", attacker, hidden, next_better(query))
    rng = random.Random("short windows")
    for who, metric in product(REPS, ("collections", "gross_profit")):
        day = dt.date(2026, 10, 12) + dt.timedelta(days=rng.randrange(4))
        for over in (days(day), days(day, 2)):
            attacker = company.attacker(who)
            hidden = [v for rep, v in company.truth.by_rep(metric, over).items() if rep not in attacker.sees]
            query = Query(metrics=(metric,), period=over.period, rank=Rank(over="reps.name", member="@me"))
            yield Amount(f"{metric} on {over}", attacker, hidden, next_better(query))
    for who in REPS * 2:
        attacker = company.attacker(who)
        item = rng.choice(["Sentio S1", "Gatera 100", "Visora Pro", "Sentio S2"])
        over = days(dt.date(2026, 11, 2) + dt.timedelta(days=rng.randrange(5)))
        hidden = [v for rep, v in company.truth.by_rep("sales", over, product=item).items() if rep not in attacker.sees]
        query = Query(
            metrics=("sales",),
            period=over.period,
            where=(only("products.product", item),),
            rank=Rank(over="reps.name", member="@me"),
        )
        yield Amount(f"sales of {item} on {over}", attacker, hidden, next_better(query))
    teams = Query(metrics=("gross_profit",), by=("reps.team",), period=LAST_MONTH.period)
    yield Amount(
        "gross profit of Wolf",
        company.attacker("L2"),
        [team_total(company, "gross_profit", LAST_MONTH, "Wolf")],
        all_rows(teams),
        control=True,
    )


def team_total(company: Company, metric: str, over: Stretch, team: str) -> float:
    people = company.metrics.org.people
    return sum(v for rep, v in company.truth.by_rep(metric, over).items() if people[rep].team == team)


def all_rows(query: Query) -> Callable[[Asker], Sequence[float | None]]:
    def attack(ask: Asker) -> Sequence[float | None]:
        answer = ask(query)
        return [] if answer is None else [cell(answer, "metric", row) for row in range(len(answer.rows))]

    return attack
