"""The customers: when each came, whose it was when, which agreements it renewed, when it was lost."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from northstar.catalogue import CHANNELS, CITIES, INDUSTRIES, STORY, TYPES, CustomerType
from northstar.draws import poisson, stream, weighted
from northstar.names import CUSTOMER_SUFFIXES, CUSTOMER_WORDS
from northstar.seasons import add_months, months_from, season, work_day_on_or_after, working_days
from northstar.staff import Rep, team_mates

__all__ = ["Customer", "Renewal", "acquire"]

_BASE_PER_REP = 13  # customers of each rep who is there from the start
_NEW_A_MONTH = 1.25  # per rep, at average skill and season


@dataclass(frozen=True, slots=True)
class Renewal:
    """An agreement that ends on `due`; `decided` is when the customer said yes or no."""

    due: dt.date
    decided: dt.date
    renewed: bool
    amount: int  # whole yuan a term


@dataclass(frozen=True, slots=True)
class Customer:
    """`since`: first order (before the first month for the base). `owners`: (from day, rep), oldest first."""

    id: str
    name: str
    kind: CustomerType
    industry: str
    city: str
    province: str
    channel: str
    since: dt.date
    lost: dt.date | None
    owners: tuple[tuple[dt.date, Rep], ...]
    renewals: tuple[Renewal, ...]
    neglected_from: dt.date | None

    def owner(self, day: dt.date) -> Rep:
        """Whose customer it is on `day`."""
        current = self.owners[0][1]
        for since, rep in self.owners[1:]:
            if since <= day:
                current = rep
        return current

    def alive(self, day: dt.date) -> bool:
        return self.since <= day and (self.lost is None or day < self.lost)


def _name(index: int) -> str:
    """Unique for 2,880 customers, numbered beyond; two of five are written in characters."""
    words, suffixes = len(CUSTOMER_WORDS), len(CUSTOMER_SUFFIXES)
    word = CUSTOMER_WORDS[index % words]
    suffix = CUSTOMER_SUFFIXES[(index // words + index * 7) % suffixes]
    turn = index // (words * suffixes)
    chinese = (index // words + index) % 5 < 2
    name = word[1] + suffix[1] if chinese else f"{word[0]} {suffix[0]}"
    return name if turn == 0 else f"{name} {turn + 1}"


def _owners(rng: random.Random, reps: tuple[Rep, ...], first: Rep, since: dt.date) -> tuple[tuple[dt.date, Rep], ...]:
    """The chain of owners: when one leaves, a team mate takes over the next working day."""
    chain = [(since, first)]
    while (last := chain[-1][1].left) is not None:
        moved = work_day_on_or_after(last + dt.timedelta(days=1))
        heirs = team_mates(reps, chain[-1][1], moved)
        if not heirs or len(chain) > 4:
            break
        chain.append((moved, rng.choice(heirs)))
    return tuple(chain)


def _agreements(
    rng: random.Random, kind: CustomerType, region: str, first_due: dt.date, start: dt.date, until: dt.date
) -> tuple[Renewal, ...]:
    """Renewals in turn until one is lost or the next is due after `until`."""
    found: list[Renewal] = []
    due = first_due
    amount = round(rng.choice((1800, 2400, 3600, 5200)) * kind.pieces * kind.agreement / 6 / 100) * 100
    while due <= until:
        chance = kind.renews
        if region == STORY.weak_region and months_from(start, due) >= STORY.weak_from:
            chance -= 0.16
        renewed = rng.random() < chance
        decided = work_day_on_or_after(due - dt.timedelta(days=rng.randrange(3, 40))) if renewed else due
        found.append(Renewal(due, min(decided, due), renewed, amount))
        if not renewed:
            break
        amount = round(amount * rng.choice((1.0, 1.0, 1.05, 1.1)) / 100) * 100
        due = add_months(due, kind.agreement) + dt.timedelta(days=min(due.day, 28) - 1)
    return tuple(found)


def _make(
    seed: int, number: int, reps: tuple[Rep, ...], rep: Rep, since: dt.date, start: dt.date, until: dt.date
) -> Customer:
    rng = stream(seed, "customer", number)
    base = since < start
    kind = weighted(rng, TYPES, [t.base_share if base else t.share for t in TYPES])
    city, province, _ = weighted(rng, CITIES[rep.region], [c[2] for c in CITIES[rep.region]])
    industry = weighted(rng, INDUSTRIES, [w for _, w in INDUSTRIES])[0]
    channel = weighted(rng, CHANNELS, [w for _, w in CHANNELS])[0]
    first_due = (
        start + dt.timedelta(days=rng.randrange(kind.agreement * 30)) if base else add_months(since, kind.agreement)
    )
    if not base:
        first_due += dt.timedelta(days=min(since.day, 28) - 1)
    # Agreements look a quarter ahead; drawn from a stream of their own, so that looking further changes nothing else.
    renewals = _agreements(stream(seed, "agreements", number), kind, rep.region, first_due, start, add_months(until, 4))
    lost = renewals[-1].due if renewals and not renewals[-1].renewed else None
    neglected = None
    if rng.random() < 0.09:  # nobody calls any more
        neglected = add_months(start, rng.randrange(19, 25)) + dt.timedelta(days=rng.randrange(28))
    owners = _owners(rng, reps, rep, since)
    return Customer(
        f"C{number:05d}",
        _name(number - 1),
        kind,
        industry,
        city,
        province,
        channel,
        since,
        lost,
        owners,
        renewals,
        neglected,
    )


def acquire(seed: int, reps: tuple[Rep, ...], start: dt.date, until: dt.date) -> tuple[Customer, ...]:
    """Every customer up to the month that ends with `until`, numbered in the order they are found."""
    found: list[Customer] = []
    for rep in reps:
        if rep.hired < start:
            rng = stream(seed, "base", rep.id)
            for _ in range(_BASE_PER_REP + rng.randrange(-3, 4)):
                since = start - dt.timedelta(days=rng.randrange(20, 1400))
                found.append(_make(seed, len(found) + 1, reps, rep, since, start, until))
    month = start
    while month <= until:
        for rep in reps:
            days = [d for d in working_days(month) if rep.there(d)]
            rng = stream(seed, "new", rep.id, month)
            mean = _NEW_A_MONTH * rep.skill * season(month) * rep.ramp(month) * len(days) / len(working_days(month))
            if rep.region == STORY.weak_region and months_from(start, month) >= STORY.weak_from:
                mean *= 0.7
            for _ in range(poisson(rng, mean) if days else 0):
                found.append(_make(seed, len(found) + 1, reps, rep, rng.choice(days), start, until))
        month = add_months(month, 1)
    return tuple(found)
