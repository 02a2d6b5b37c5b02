"""Orders, their lines, and the invoices that are paid or not."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from northstar.catalogue import PRODUCTS, STORY, Product
from northstar.customers import Customer
from northstar.draws import lognormal, poisson, stream
from northstar.seasons import add_months, day_weight, months_from, season, work_day_on_or_after
from northstar.staff import Rep

__all__ = ["Invoice", "Line", "invoices", "order_lines", "product_weights"]


@dataclass(frozen=True, slots=True)
class Line:
    """One product of one order. Amounts are fen (1/100 yuan). `first`: the first line of the customer's first order."""

    id: str
    order_id: str
    day: dt.date
    rep: Rep
    customer: Customer
    product: Product
    quantity: int
    amount: int
    cost: int
    first: bool


@dataclass(frozen=True, slots=True)
class Invoice:
    """What an order must bring: due in full on `due`; `paid` is when it was (last) paid, None so far; amounts in
    fen."""

    order_id: str
    rep: Rep
    customer: Customer
    issued: dt.date
    due: dt.date
    amount: int
    paid: dt.date | None
    paid_amount: int


def product_weights(start: dt.date, month: dt.date) -> list[float]:
    """How often each product is bought in the month, relative; a product that is not launched yet weighs nothing."""
    passed = months_from(start, month)
    return [
        min(p.weight * (1 + p.growth) ** (passed - p.launched), 14.0) if passed >= p.launched else 0.0 for p in PRODUCTS
    ]


def _discount(rng: random.Random, rep: Rep, customer: Customer, months: int) -> float:
    share = rng.betavariate(1.6, 12) + {"Key account": 0.05, "Mid-market": 0.02}.get(customer.kind.name, 0.0)
    if rep.team == STORY.cheap_team and months >= STORY.cheap_from:
        share += 0.03 * (months - STORY.cheap_from + 1)
    return min(share, 0.35)


@lru_cache(maxsize=256)
def _demand(month: dt.date, online: bool) -> tuple[tuple[dt.date, ...], tuple[float, ...]]:
    """The days of the month and the running total of their demand."""
    days = tuple(month + dt.timedelta(days=n) for n in range((add_months(month, 1) - month).days))
    return days, tuple(accumulate(w if (w := day_weight(d)) > 0.5 or online else 0.25 * w for d in days))


def _day(rng: random.Random, month: dt.date, online: bool) -> dt.date:
    days, demand = _demand(month, online)
    return rng.choices(days, cum_weights=demand)[0]


def order_lines(seed: int, customers: tuple[Customer, ...], start: dt.date, through: dt.date) -> Iterator[Line]:
    """Lines of all orders up to `through`, customer by customer. A month is drawn whole and cut afterwards."""
    month = start
    while month <= through:
        weights = product_weights(start, month)
        months = months_from(start, month)
        growth = 1.008**months
        for customer in customers:
            if (
                customer.since > through
                or (customer.lost and customer.lost <= month)
                or add_months(month, 1) <= customer.since
            ):
                continue
            rng = stream(seed, "orders", customer.id, month)
            days = [(customer.since, True)] if customer.since >= month else []
            mean = customer.kind.orders * season(month) * growth
            days += [(_day(rng, month, customer.channel == "Online"), False) for _ in range(poisson(rng, mean * 1.8))]
            for number, (day, first) in enumerate(sorted(days, key=lambda d: (d[0], not d[1]))):
                yield from _order(rng, customer, day, first, number, weights, start, through)
        month = add_months(month, 1)


def _order(
    rng: random.Random,
    customer: Customer,
    day: dt.date,
    first: bool,
    number: int,
    weights: list[float],
    start: dt.date,
    through: dt.date,
) -> Iterator[Line]:
    rep = customer.owner(day)
    months = months_from(start, day)
    # Every order draws the same numbers whether it is kept or not, so that no order changes another.
    keep = rng.random() < _appetite(rep, day, months)
    products = {p.id: p for p in rng.choices(PRODUCTS, weights, k=rng.choice((1, 1, 1, 2, 2)))}
    pieces = [
        max(1, round((18000 / p.price) ** 0.9 * customer.kind.pieces * lognormal(rng, 0.55))) for p in products.values()
    ]
    cuts = [_discount(rng, rep, customer, months) for _ in products]
    if day > through or not customer.alive(day) or not (first or keep) or not rep.there(day):
        return
    order_id = f"SO{day:%y%m%d}{customer.id[1:]}{number}"
    for at, (product, quantity, cut) in enumerate(zip(products.values(), pieces, cuts, strict=True)):
        amount = round(product.price * quantity * (1 - cut) * 100)
        yield Line(
            f"{order_id}-{at + 1}",
            order_id,
            day,
            rep,
            customer,
            product,
            quantity,
            amount,
            product.cost * quantity * 100,
            first and at == 0,
        )


def _appetite(rep: Rep, day: dt.date, months: int) -> float:
    """The share of possible orders that this rep gets: skill and ramp-up, and the weak region's bad months."""
    share = 0.55 * rep.skill * (0.55 + 0.45 * rep.ramp(day.replace(day=1)))
    if rep.region == STORY.weak_region and months >= STORY.weak_from:
        share *= 0.72
    if rep.unlucky and months >= STORY.streak_from:
        share *= 0.45
    return min(share, 0.95)


def invoices(seed: int, lines: list[Line], start: dt.date, through: dt.date) -> Iterator[Invoice]:
    """One invoice an order, payment as far as it happened by `through`. Two of a hundred are never paid."""
    totals: dict[str, int] = {}
    heads: dict[str, Line] = {}
    for line in lines:
        totals[line.order_id] = totals.get(line.order_id, 0) + line.amount
        heads.setdefault(line.order_id, line)
    for order_id, head in heads.items():
        rng = stream(seed, "invoice", order_id)
        due = head.day + dt.timedelta(days=head.customer.kind.terms if head.customer.channel != "Online" else 7)
        late = rng.gauss(-4, 6) if rng.random() < 0.8 else rng.expovariate(1 / 25)
        part = rng.choice((0.3, 0.5, 0.7)) if rng.random() < 0.05 else 1.0
        if head.rep.region == STORY.weak_region and months_from(start, due) >= STORY.weak_from and rng.random() < 0.3:
            late += rng.randrange(15, 70)
        never = rng.random() < 0.02
        paid = work_day_on_or_after(max(head.day, due + dt.timedelta(days=round(late))))
        total = totals[order_id]
        done = not never and paid <= through
        yield Invoice(
            order_id,
            head.customer.owner(paid),
            head.customer,
            head.day,
            due,
            total,
            paid if done else None,
            round(total * part) if done else 0,
        )
