"""Opportunities and what comes of them: stages, quotes, contracts."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

from northstar.catalogue import PRODUCTS, STORY, Product
from northstar.customers import Customer
from northstar.draws import lognormal, poisson, stream, weighted
from northstar.orders import product_weights
from northstar.seasons import add_months, months_from, season, work_day_on_or_after, working_days
from northstar.staff import Rep

__all__ = ["LOST_REASONS", "STAGES", "Deal", "deals"]

STAGES = ("Lead", "Qualified", "Proposal", "Negotiation")
_PASS = (0.78, 0.8, 0.74, 0.79)  # chance to leave each stage upwards; the last is signing
_DAYS = (9, 14, 16, 13)  # average days in a stage
LOST_REASONS = (("Price", 34), ("Competitor", 26), ("No budget", 18), ("No decision", 14), ("Product fit", 8))


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity as it stands on the last day of data. `entered`: day each stage was entered, in order; amounts in
    whole yuan; `quotes`: (day, amount), revisions included; `moved`: whether each entered stage was left upwards."""

    id: str
    rep: Rep
    customer: Customer
    product: Product
    created: dt.date
    expected: dt.date
    amount: int
    entered: tuple[dt.date, ...]
    moved: tuple[bool, ...]
    stage: str
    closed: dt.date | None
    lost_reason: str
    quotes: tuple[tuple[dt.date, int], ...]


def deals(
    seed: int, reps: tuple[Rep, ...], customers: tuple[Customer, ...], start: dt.date, through: dt.date
) -> Iterator[Deal]:
    """Opportunities opened up to `through`, by month and rep; those opened in the four months before `start` too,
    unless they ended before it. Each life is drawn to its end and then cut at `through`."""
    of_rep: dict[str, list[Customer]] = {r.id: [] for r in reps}
    for customer in customers:
        for _, rep in customer.owners:
            of_rep[rep.id].append(customer)
    month = add_months(start, -4)
    while month <= through:
        weights = product_weights(start, max(month, start))
        for rep in reps:
            rng = stream(seed, "deals", rep.id, month)
            days = [d for d in working_days(month) if rep.there(d)]
            mean = (
                2.9 * (0.6 + 0.4 * rep.drive) * season(month) * rep.ramp(month) * len(days) / len(working_days(month))
            )
            for number in range(poisson(rng, mean) if days else 0):
                day = rng.choice(days)
                mine = [c for c in of_rep[rep.id] if c.alive(day) and c.owner(day).id == rep.id]
                if mine and day <= through:
                    deal = _live(
                        seed, f"OP{month:%y%m}{rep.id[1:]}{number:02d}", rep, mine, day, weights, start, through
                    )
                    if deal.closed is None or deal.closed >= start:
                        yield deal
        month = add_months(month, 1)


def _chance(rng: random.Random, rep: Rep, customer: Customer, at: int, day: dt.date, start: dt.date) -> bool:
    """Whether the deal leaves stage `at` upwards, decided on `day`."""
    months = months_from(start, day)
    chance = _PASS[at] * customer.kind.wins ** (at == 3) * (0.8 + 0.2 * rep.skill)
    if rep.region == STORY.weak_region and months >= STORY.weak_from:
        chance -= 0.13
    lucky = rng.random() < min(chance, 0.96)
    return lucky and not (rep.unlucky and months >= STORY.streak_from and at == 3)


def _live(
    seed: int,
    deal_id: str,
    rep: Rep,
    mine: list[Customer],
    created: dt.date,
    weights: list[float],
    start: dt.date,
    through: dt.date,
) -> Deal:
    rng = stream(seed, "deal", deal_id)
    customer = weighted(rng, mine, [c.kind.attention for c in mine])
    product = weighted(rng, PRODUCTS, weights)
    amount = round(26000 * customer.kind.pieces**1.3 * lognormal(rng, 0.6) / 100) * 100
    expected = created + dt.timedelta(days=rng.randrange(30, 90))
    asked, revised = round(amount * rng.uniform(1.0, 1.12) / 100) * 100, rng.random() < 0.3
    reason = weighted(rng, LOST_REASONS, [w for _, w in LOST_REASONS])[0]  # all drawn before life begins: see draws.py
    entered, moved, day, closed, won = [created], [], created, None, False
    for at, days in enumerate(_DAYS):
        wait = 1 + round(rng.expovariate(1 / days)) if rng.random() > 0.04 else 200  # a few are forgotten
        day = work_day_on_or_after(day + dt.timedelta(days=wait))
        up = _chance(rng, rep, customer, at, day, start)
        if day > through or (rep.left is not None and day > rep.left):
            break  # still open; what a leaver left open stays in his name until it is closed as lost
        moved.append(up)
        if not up:
            closed = day
            break
        if at == 3:
            closed, won = day, True
            break
        entered.append(day)
    if closed is None and rep.left is not None and rep.left <= through:
        closed = rep.left
    moved += [False] * (len(entered) - len(moved))
    quotes: list[tuple[dt.date, int]] = []
    if len(entered) > 2:
        quotes.append((entered[2], asked))
        if len(entered) > 3 and revised:
            quotes.append((entered[3], amount))
    stage = "Won" if won else "Lost" if closed else STAGES[len(entered) - 1]
    return Deal(
        deal_id,
        rep,
        customer,
        product,
        created,
        expected,
        amount,
        tuple(entered),
        tuple(moved),
        stage,
        closed,
        reason if stage == "Lost" else "",
        tuple(quotes),
    )
