"""What reps do every day: visits, calls, follow-ups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from northstar.customers import Customer
from northstar.draws import poisson, stream
from northstar.seasons import add_months, working_days
from northstar.staff import Rep

__all__ = ["ACTIVITIES", "Activity", "activities"]

ACTIVITIES = (
    ("On-site visit", 0.24),
    ("Phone call", 0.34),
    ("Follow-up message", 0.27),
)  # a working day, at average drive


@dataclass(frozen=True, slots=True)
class Activity:
    id: str
    day: dt.date
    rep: Rep
    customer: Customer
    kind: str
    minutes: int


def activities(
    seed: int, reps: tuple[Rep, ...], customers: tuple[Customer, ...], start: dt.date, through: dt.date
) -> Iterator[Activity]:
    """Activities up to `through`, by month, rep and day. Customers who came this month are called from the next one
    on."""
    last: dict[str, dt.date] = {}  # of three customers that come to mind, the one not seen for longest is seen
    month = start
    while month <= through:
        mine: dict[str, list[Customer]] = {}
        weights: dict[str, list[float]] = {}
        for customer in customers:
            if customer.alive(month):
                owner = customer.owner(month).id
                quiet = customer.neglected_from is not None and customer.neglected_from <= month
                mine.setdefault(owner, []).append(customer)
                weights.setdefault(owner, []).append(0.0 if quiet else customer.kind.attention)
        for rep in reps:
            choices = mine.get(rep.id)
            if not choices or not any(weights[rep.id]):
                continue
            rng = stream(seed, "effort", rep.id, month)
            for day in working_days(month):
                number = 0
                for kind, mean in ACTIVITIES:
                    for _ in range(poisson(rng, mean * rep.drive)):
                        customer = min(rng.choices(choices, weights[rep.id], k=3), key=lambda c: last.get(c.id, start))
                        last[customer.id] = day
                        minutes = rng.choice((10, 15, 20, 30)) * (4 if kind == "On-site visit" else 1)
                        number += 1
                        if day <= through and rep.there(day):
                            yield Activity(f"A{day:%y%m%d}{rep.id[1:]}{number:02d}", day, rep, customer, kind, minutes)
        month = add_months(month, 1)
