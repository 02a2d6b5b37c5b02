"""One's own number beside the average of the peers: average × n = the total, and totals subtract."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from itertools import product

from hidden import Amount, Asker, Attacker, Company, Try, cell, family
from northstar_truth import LAST_MONTH, LAST_QUARTER, LAST_YEAR, MARCH, THIS_MONTH, THIS_YEAR, days
from rank_attacks import MANAGERS, REPS, Single, hidden_singles, only, outright, team_total

from metrics import Answer, Benchmark, Filter, Query, Table

WINDOWS = (THIS_YEAR, LAST_MONTH, LAST_QUARTER, LAST_YEAR, MARCH, THIS_MONTH)


def totals(answer: Answer | Table | None, *counts: int) -> list[float]:
    """Average × number of peers, for every number of peers that the answer or the organisation suggests; with and
    without one's own number."""
    average = cell(answer, "benchmark")
    if answer is None or average is None:
        return []
    said = [int(note.fields["n"]) for note in answer.notes if note.code == "benchmark_peers" and "n" in note.fields]
    own = cell(answer, "metric") or 0
    around = {n + step for n in (*said, *counts) for step in (-1, 0, 1)}
    return [average * n - less for n in sorted(around) for less in (0, own)]


def one_total(query: Query, *counts: int) -> Callable[[Asker], list[float]]:
    return lambda ask: totals(ask(query), *counts)


def two_totals(more: Query, less: Query, *counts: int) -> Callable[[Asker], list[float]]:
    """The differences of two totals, and each of them."""

    def attack(ask: Asker) -> list[float]:
        one, other = totals(ask(more), *counts), totals(ask(less), *counts)
        return [*one, *other, *(a - b for a in one for b in other)]

    return attack


def excluding(field: str, *values: str) -> Filter:
    return Filter(field=field, op="not_in", values=values)


def _among(company: Company, attacker: Attacker, of: str, singles: list[Single]) -> list[Single]:
    """Those of sellers who are peers of the attacker."""
    people, own = company.metrics.org.people, attacker.person
    return [s for s in singles if of == "all" or getattr(people[s[1]], of) == getattr(own, of)]


@family("own and team average, with and without one")
def rep_and_average(company: Company) -> Iterator[Try]:
    rng = random.Random("rep and average")
    fields = {"customer": "customers.customer", "order_id": "{}.order_id", "product": "products.product"}
    cases = list(product(REPS, WINDOWS, ("collections", "sales", "gross_profit"), ("team", "region", "all")))
    for who, over, metric, of in rng.sample(cases, 28):
        attacker = rng.choice(company.attackers(who))
        column = rng.choice(["customer", "customer", "order_id"])
        singles = hidden_singles(company, attacker, metric, over, column)
        member, _, amount = rng.choice(_among(company, attacker, of, singles) or singles)
        field = fields[column].format("receivables" if metric == "collections" else "order_lines")
        plain = Query(metrics=(metric,), period=over.period, scope="me", benchmark=Benchmark(of=of))
        without = plain.model_copy(update={"where": (excluding(field, member),)})
        alone = plain.model_copy(update={"where": (only(field, member),)})
        about = f"{metric} {over} of {member} by the {of} average"
        yield Amount(f"{about}, with and without", attacker, [amount], two_totals(plain, without))
        yield Amount(f"{about}, alone", attacker, [amount], one_total(alone, 1))
    member, _, amount = company.truth.singles("collections", LAST_MONTH)[0]
    asked = Query(metrics=("collections",), period=LAST_MONTH.period, where=(only("customers.customer", member),))
    yield Amount(f"collections of {member}", company.attacker("OPS"), [amount], outright(asked), control=True)


@family("own team and the average of the teams")
def team_and_average(company: Company) -> Iterator[Try]:
    rng = random.Random("team and average")
    people = company.metrics.org.people
    for who, over, metric in rng.sample(list(product(MANAGERS, WINDOWS, ("collections", "sales", "gross_profit"))), 14):
        attacker = rng.choice(company.attackers(who))
        member, _, amount = rng.choice(hidden_singles(company, attacker, metric, over, "customer"))
        plain = Query(metrics=(metric,), period=over.period, scope="team", benchmark=Benchmark(of="all"))
        without = plain.model_copy(update={"where": (excluding("customers.customer", member),)})
        alone = plain.model_copy(update={"where": (only("customers.customer", member),)})
        about = f"{metric} {over} of {member} by all teams"
        yield Amount(f"{about}, with and without", attacker, [amount], two_totals(plain, without, 10))
        yield Amount(f"{about}, alone", attacker, [amount], one_total(alone, 1))
    for who, of in product(("M01", "M09", "L1"), ("region", "all")):
        attacker = company.attacker(who)
        singles = hidden_singles(company, attacker, "collections", LAST_MONTH, "customer")
        member, _, amount = rng.choice(_among(company, attacker, of, singles) or singles)
        plain = Query(metrics=("collections",), by=("reps.name",), period=LAST_MONTH.period, benchmark=Benchmark(of=of))
        without = plain.model_copy(update={"where": (excluding("customers.customer", member),)})
        peers = [
            r
            for r in company.truth.by_rep("collections", LAST_MONTH)
            if of == "all" or people[r].region == people[who].region
        ]
        about = f"collections of {member} by a list of people and the {of} average"
        yield Amount(about, attacker, [amount], two_totals(plain, without, len(peers)))
    for who, over, metric in product(
        ("M04", "M05", "M09", "M10"), (LAST_MONTH, LAST_QUARTER), ("collections", "sales")
    ):
        attacker = company.attacker(who)
        own = company.metrics.org.people[who]
        other = {"M04": "Mustang", "M05": "Wolf", "M09": "Yak", "M10": "Panda"}[who]
        query = Query(metrics=(metric,), period=over.period, scope="team", benchmark=Benchmark(of="region"))
        hidden = [team_total(company, metric, over, other)]
        yield Amount(
            f"{metric} {over} of {other} by the average of {own.region}", attacker, hidden, one_total(query, 2)
        )
    query = Query(metrics=("collections",), period=LAST_MONTH.period, where=(only("reps.team", "Wolf"),))
    wolf = team_total(company, "collections", LAST_MONTH, "Wolf")
    yield Amount("collections of Wolf", company.attacker("M04"), [wolf], outright(query), control=True)


@family("averages of two groups that differ by one")
def nested_groups(company: Company) -> Iterator[Try]:
    """The region less the own team is the other team; all less those of one mark is whoever has it."""
    people = company.metrics.org.people
    for who, over, metric in product(
        ("R005", "R007"), (LAST_MONTH, LAST_QUARTER, MARCH), ("collections", "gross_profit")
    ):
        attacker = company.attacker(who)
        other = {"R005": "Mustang", "R007": "Yak"}[who]
        region, team = (
            Query(metrics=(metric,), period=over.period, scope="me", benchmark=Benchmark(of=of))
            for of in ("region", "team")
        )
        yield Amount(
            f"{metric} {over} of {other} by region less team",
            attacker,
            [team_total(company, metric, over, other)],
            two_totals(region, team),
        )
    marks = (
        ("reps.timezone", "Europe/Berlin"),
        ("reps.name", "Kevin Wang"),
        ("reps.email", "anna.li@northstar.example"),
        ("reps.rep_id", "R003"),
        ("reps.other_name", "陈静"),
    )
    for (field, value), who, metric in product(marks, ("R001", "R005"), ("collections", "gross_profit")):
        attacker = company.attacker(who)
        whose = [p.id for p in people.values() if p.sells and value in (p.id, p.name, p.email, p.timezone, *p.aliases)]
        found = company.truth.by_rep(metric, LAST_MONTH)
        hidden = [sum(found.get(p, 0) for p in whose), *(found.get(p, 0) for p in whose)]
        plain = Query(metrics=(metric,), period=LAST_MONTH.period, scope="me", benchmark=Benchmark(of="all"))
        without = plain.model_copy(update={"where": (excluding(field, value),)})
        yield Amount(f"{metric} of {value} by all with and without", attacker, hidden, two_totals(plain, without))
    found = company.truth.by_rep("collections", LAST_MONTH)
    query = Query(metrics=("collections",), period=LAST_MONTH.period, where=(only("reps.name", "Kevin Wang"),))
    yield Amount("collections of Kevin Wang", company.attacker("M03"), [found["R004"]], outright(query), control=True)


@family("averages of two windows that differ by a day")
def window_by_a_day(company: Company) -> Iterator[Try]:
    """A day on which one other of the team has a number: the total of a window with it less that of one without."""
    people = company.metrics.org.people
    for who, metric in product((*REPS, "R002", "R003"), ("collections", "sales")):
        attacker = company.attacker(who)
        team = {p.id for p in people.values() if p.sells and p.team == attacker.person.team}
        alone = ((day, found) for day in _october() if len(found := _of(company, metric, day, team - {who})) == 1)
        day, found = next(alone, (None, {}))
        if day is None:
            continue
        (amount,) = found.values()
        start = dt.date(2026, 10, 1)
        whole, less = days(start, (day - start).days + 1), days(start, max((day - start).days, 1))
        plain, shorter, single = (
            Query(metrics=(metric,), period=w.period, scope="me", benchmark=Benchmark(of="team"))
            for w in (whole, less, days(day))
        )
        hidden = [amount]
        yield Amount(f"{metric} on {day} by two windows", attacker, hidden, two_totals(plain, shorter))
        yield Amount(f"{metric} on {day} alone", attacker, hidden, one_total(single, 1))
        whole_team = [sum(_of(company, metric, day, team).values())]
        asked = Query(metrics=(metric,), period=days(day).period, where=(only("reps.team", str(attacker.person.team)),))
        yield Amount(
            f"{metric} of the team on {day}",
            company.attacker(company.boss(who)),
            whole_team,
            outright(asked),
            control=True,
        )


def _october() -> list[dt.date]:
    return [dt.date(2026, 10, 9) + dt.timedelta(days=n) for n in range(22)]


def _of(company: Company, metric: str, day: dt.date, whose: set[str]) -> dict[str, float]:
    found = company.truth.by_rep(metric, days(day))
    return {rep: v for rep, v in found.items() if rep in whose}
