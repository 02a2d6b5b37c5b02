"""Monthly targets: what the company expected of each person, without knowing who is good or what would go wrong."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator

from northstar.catalogue import TYPES
from northstar.customers import Customer
from northstar.draws import stream
from northstar.seasons import add_months, months_from, season, working_days
from northstar.staff import Rep

__all__ = ["TARGETED", "targets"]

TARGETED = ("sales", "collections", "new_customers", "contracts_signed", "visits", "calls", "follow_ups")
_ORDER_VALUE = {
    "Key account": 43_000,
    "Mid-market": 23_000,
    "Small business": 14_000,
}  # yuan, what an order usually brings
_RATE = {t.name: t.orders for t in TYPES}


def _thousands(value: float) -> int:
    return max(1000, round(value / 1000) * 1000)


def targets(
    seed: int, reps: Iterable[Rep], customers: Iterable[Customer], start: dt.date, until: dt.date
) -> Iterator[tuple[Rep, dt.date, str, int]]:
    """(rep, first of month, metric, amount) for every month up to `until` in which the rep is there.

    Sales follow the customers a person had when the month began; a new month ahead uses the book as it stands.
    """
    book: dict[tuple[str, dt.date], float] = defaultdict(float)
    months = [add_months(start, n) for n in range(months_from(start, until) + 1)]
    for customer in customers:
        for month in months:
            if customer.alive(month):
                book[customer.owner(month).id, month] += _RATE[customer.kind.name] * _ORDER_VALUE[customer.kind.name]
    for rep in reps:
        for month in months:
            days = working_days(month)
            there = sum(rep.there(d) for d in days) / len(days)
            if not there:
                continue
            rng = stream(seed, "target", rep.id, month)
            ramp, demand = rep.ramp(month) * there, season(month)
            sales = (
                (book[rep.id, month] * 1.008 ** months_from(start, month) + 20_000) * demand * rng.uniform(0.96, 1.12)
            )
            amounts = {
                "sales": _thousands(sales * (0.55 + 0.45 * ramp)),
                "collections": _thousands(sales * (0.5 + 0.45 * ramp)),
                "new_customers": max(1, round(1.35 * demand * ramp)),
                "contracts_signed": max(1, round(1.0 * demand * ramp)),
                "visits": max(1, round(4.6 * there * len(days) / 21)),
                "calls": max(1, round(6.5 * there * len(days) / 21)),
                "follow_ups": max(1, round(5.2 * there * len(days) / 21)),
            }
            for metric in TARGETED:
                yield rep, month, metric, amounts[metric]
