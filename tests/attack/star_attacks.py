"""Rows without an owner that lead to rows with one: counted, dated, grouped and filtered through them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import product

from existence_attacks import told_apart
from hidden import Amount, Company, Existence, Try, family
from outright_attacks import ask_all
from star import FIRST_YEAR

from metrics import AllTime, Filter, Named, Query, Rank

YEARS = tuple(range(FIRST_YEAR, FIRST_YEAR + 3))


@family("rows reached through an owned table", company="star")
def through_orders(company: Company) -> Iterator[Try]:
    rng = random.Random("star")
    people = company.metrics.org.people
    for who, year in product(("s1", "s8", "red", "blue"), YEARS):
        for attacker in (company.attacker(who), company.among_everybody(who)):
            found = _by_seller(company, year)
            seller = rng.choice(sorted(s for s in found if s not in attacker.sees))
            customer, bought = rng.choice([c for c in _by_customer(company, year) if c[2] not in attacker.sees])[:2]
            period = Named(unit="year", year=year)
            way, through = rng.choice(_by_way(company, year))
            total = sum(found.values())
            tries: list[tuple[str, float, Query]] = [
                (
                    "by name",
                    found[seller],
                    Query(
                        metrics=("revenue",),
                        period=period,
                        where=(Filter(field="reps.name", values=(people[seller].name,)),),
                    ),
                ),
                ("of all, by rep", found[seller], Query(metrics=("revenue",), period=period, by=("reps.name",))),
                (
                    "of all, ranked",
                    found[seller],
                    Query(metrics=("revenue",), period=period, rank=Rank(over="reps.name")),
                ),
                (
                    "of a customer",
                    bought,
                    Query(
                        metrics=("revenue",),
                        period=period,
                        where=(Filter(field="customers.customer", values=(customer,)),),
                    ),
                ),
                ("by customer", bought, Query(metrics=("revenue",), period=period, by=("customers.customer",))),
                (
                    "of a way of ordering",
                    through,
                    Query(metrics=("revenue",), period=period, where=(Filter(field="orders.way", values=(way,)),)),
                ),
                ("of the year", total, Query(metrics=("revenue",), period=period)),
                ("by year", total, Query(metrics=("revenue",), period=AllTime(), grain="year")),
                ("by product", total, Query(metrics=("revenue",), period=period, by=("lines.product",))),
            ]
            for label, amount, query in rng.sample(tries, 4):
                yield Amount(f"revenue of {year} {label}", attacker, [amount], ask_all(query))
    shipped = Query(metrics=("shipped",), period=AllTime(), by=("reps.name",))
    whole = _by_seller(company, None)
    for who in ("s1", "s8", "red", "blue"):
        attacker = company.attacker(who)
        hidden = [v for s, v in whole.items() if s not in attacker.sees]
        yield Amount("shipped by rep", attacker, hidden, ask_all(shipped))
    for year in YEARS:
        found = _by_seller(company, year)
        query = Query(
            metrics=("revenue",),
            period=Named(unit="year", year=year),
            where=(Filter(field="reps.rep_id", values=("s3",)),),
        )
        for who in ("ops", "red", "s3"):
            yield Amount(f"revenue of s3 in {year}", company.attacker(who), [found["s3"]], ask_all(query), control=True)


@family("orders behind public lines", company="star")
def orders_behind_lines(company: Company) -> Iterator[Try]:
    rng = random.Random("orders behind lines")
    known = company.truth.rows("SELECT order_id, rep_id FROM orders ORDER BY 1")
    for who in ("s1", "s8", "red", "blue"):
        attacker = company.attacker(who)
        for metric in ("revenue", "order_count", "shipped"):
            order = rng.choice([o for o, rep in known if rep not in attacker.sees])
            form = _of_order(metric)
            yield Existence(f"{metric} of {order}", attacker, told_apart(form, order, "o9999"))
    yield Existence(
        "revenue of o0007", company.attacker("ops"), told_apart(_of_order("revenue"), "o0007", "o9999"), control=True
    )


def _of_order(metric: str) -> Callable[[str], Query]:
    return lambda name: Query(metrics=(metric,), where=(Filter(field="orders.order_id", values=(name,)),))


_REVENUE = "FROM lines JOIN orders USING (order_id) JOIN customers USING (customer_id)"


def _by_seller(company: Company, year: int | None) -> dict[str, float]:
    when = f"WHERE year(order_date) = {year}" if year else ""
    return {s: float(v) for s, v in company.truth.rows(f"SELECT rep_id, sum(amount) {_REVENUE} {when} GROUP BY 1")}


def _by_customer(company: Company, year: int) -> list[tuple[str, float, str]]:
    found = company.truth.rows(
        f"SELECT customer, sum(amount), min(rep_id) {_REVENUE} WHERE year(order_date) = {year} GROUP BY 1 ORDER BY 1"
    )
    return [(c, float(v), rep) for c, v, rep in found]


def _by_way(company: Company, year: int) -> list[tuple[str, float]]:
    return [
        (w, float(v))
        for w, v in company.truth.rows(
            f"SELECT way, sum(amount) {_REVENUE} WHERE year(order_date) = {year} GROUP BY 1 ORDER BY 1"
        )
    ]
